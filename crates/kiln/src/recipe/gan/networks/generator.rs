//! Generators, by name.

use burn::tensor::Device;
use kiln_core::Medium;
use kiln_models::{
    Activation, Bottleneck, DcganGeneratorConfig, DecoderConfig, Initial, PerceptronConfig,
    PlainResnetGeneratorConfig, ResnetGeneratorConfig, Stylegan2GeneratorConfig,
    VolumeGeneratorConfig, WaveGeneratorConfig,
};
use serde::{Deserialize, Serialize};

use super::generator_body::{GeneratorBody, Painting};
use super::sample::{cube, sizes, square};
use crate::recipe::RecipeError;

/// A generator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
#[serde(deny_unknown_fields)]
pub enum GeneratorNetwork {
    /// Radford, Metz and Chintala 2016.
    Dcgan {
        /// Channels at half the resolution.
        width: usize,
        /// 3 x 3 convolutions with batch norm after each doubling of the resolution but the last;
        /// the paper has none.
        #[serde(default)]
        extra_layers: usize,
    },
    /// SNGAN's residual network (Miyato et al. 2018), with batch norm, and what BigGAN adds (Brock et
    /// al. 2019).
    Resnet {
        /// Channels at the full resolution; they double as it halves.
        width: usize,
        /// The most channels.
        widest: usize,
        /// Width of an embedding of the class that all blocks share (BigGAN has 128); 0 for gains and
        /// offsets a class.
        #[serde(default)]
        shared: usize,
        /// Whether each block follows a slice of the latent of its own.
        #[serde(default)]
        hierarchical: bool,
        /// Side of the maps that a self-attention looks over; 0 for none.
        #[serde(default)]
        attention: usize,
        /// Whether weights are spectrally normalised.
        #[serde(default)]
        spectral_norm: bool,
    },
    /// R3GAN's residual network without normalisation (Huang et al. 2024).
    PlainResnet {
        /// Channels at the full resolution; they double as it halves.
        width: usize,
        /// The most channels.
        widest: usize,
        /// Residual blocks at each resolution.
        blocks: usize,
        /// What they are; the plain ones of the paper's configuration D unless given.
        #[serde(default)]
        bottleneck: Bottleneck,
    },
    /// StyleGAN2's (Karras et al. 2020).
    Stylegan2 {
        /// Channels at the full resolution; they double as it halves.
        width: usize,
        /// The most channels.
        widest: usize,
        /// Width of a style; the paper has 512.
        styles: usize,
        /// Layers of the mapping network; the paper has 8.
        mapping: usize,
        /// Share of samples with two styles; the paper has 0.9.
        #[serde(default)]
        mixing: f64,
        /// Whether blocks are residual and the last paints alone; else every resolution adds a picture.
        #[serde(default)]
        residual: bool,
    },
    /// BEGAN's decoder (Berthelot et al. 2017).
    Decoder {
        /// Channels of every layer.
        width: usize,
    },
    /// 3D-GAN's (Wu et al. 2016), for volumes.
    Volume {
        /// Channels at half the resolution; they double as it halves. 64 in the paper.
        width: usize,
        /// Whether the volume is smoothed before tanh; not in the paper.
        #[serde(default)]
        smooth: bool,
    },
    /// WaveGAN's (Donahue et al. 2018), for sounds.
    Wave {
        /// Channels at a quarter of the length; they double as it is divided by 4. 64 in the paper.
        width: usize,
    },
    /// Linear layers.
    Perceptron {
        /// Widths between latent and sample.
        hidden: Vec<usize>,
        /// Between layers.
        activation: Activation,
        /// At the end: `tanh` for pictures, `identity` for points.
        output: Activation,
        /// Weight of a batch in the running statistics of batch norm; none for no batch norm.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        batch_norm: Option<f64>,
    },
}

impl GeneratorNetwork {
    /// Its first weights, unless the recipe has others.
    ///
    /// # Errors
    ///
    /// When there is no such network.
    pub fn initial(&self, latents: usize, sample: [usize; 3]) -> Result<Initial, RecipeError> {
        Ok(match self {
            Self::Dcgan { .. } | Self::Volume { .. } => Initial::dcgan(),
            Self::Wave { .. } => Initial::glorot(),
            Self::Resnet { .. } => Initial::sngan(),
            Self::PlainResnet { .. } => self.plain_resnet(latents, sample)?.initial()?,
            Self::Stylegan2 { .. } => Initial::stylegan2(),
            Self::Decoder { .. } => Initial::kaiming(1.0),
            Self::Perceptron { .. } => Initial::kaiming(0.0),
        })
    }

    /// The network for samples of the shape `[channels, height, width]`, without weights; its batch
    /// norms follow conditions of the width `classes`, 0 for none.
    ///
    /// # Errors
    ///
    /// When there is no such network, or it has no batch norm to follow them.
    pub fn init(
        &self,
        latents: usize,
        sample: [usize; 3],
        classes: usize,
        device: &Device,
    ) -> Result<GeneratorBody, RecipeError> {
        let plain = |name| if classes > 0 { Err(RecipeError::NoBatchNorm(name)) } else { Ok(()) };
        Ok(match self.clone() {
            Self::Dcgan { width, extra_layers } => {
                let [channels, size] = square(sample)?;
                let config =
                    DcganGeneratorConfig { latents, channels, width, size, extra_layers, classes };
                GeneratorBody::Dcgan(config.init(device)?)
            }
            Self::Resnet { width, widest, shared, hierarchical, attention, spectral_norm } => {
                let [channels, size] = square(sample)?;
                let config = ResnetGeneratorConfig {
                    latents,
                    channels,
                    width,
                    widest,
                    size,
                    classes,
                    shared,
                    hierarchical,
                    attention,
                    spectral_norm,
                };
                GeneratorBody::Resnet(config.init(device)?)
            }
            Self::PlainResnet { .. } => {
                plain("`plain-resnet`")?;
                GeneratorBody::PlainResnet(self.plain_resnet(latents, sample)?.init(device)?)
            }
            Self::Stylegan2 { width, widest, styles, mapping, mixing, residual } => {
                plain("`stylegan2`")?;
                let [channels, size] = square(sample)?;
                let config = Stylegan2GeneratorConfig {
                    latents,
                    channels,
                    width,
                    widest,
                    size,
                    styles,
                    mapping,
                    mixing,
                    residual,
                };
                GeneratorBody::Stylegan2(config.init(device)?)
            }
            Self::Decoder { width } => {
                plain("`decoder`")?;
                let [channels, size] = square(sample)?;
                let config = DecoderConfig { latents, channels, width, size };
                GeneratorBody::Decoder(config.init(device)?)
            }
            Self::Wave { width } => {
                plain("`wave`")?;
                let [channels, _, length] = sample;
                let config = WaveGeneratorConfig { latents, channels, width, length };
                GeneratorBody::Wave(config.init(device)?)
            }
            Self::Volume { width, smooth } => {
                plain("`volume`")?;
                let size = cube(sample)?;
                let config = VolumeGeneratorConfig { latents, width, size, smooth };
                GeneratorBody::Volume(config.init(device)?)
            }
            Self::Perceptron { hidden, activation, output, batch_norm } => {
                plain("`perceptron`")?;
                let sizes = sizes(latents, &hidden, sample.iter().product());
                let config = PerceptronConfig {
                    hidden: activation,
                    output,
                    batch_norm,
                    ..PerceptronConfig::new(sizes)
                };
                GeneratorBody::Perceptron(Painting { network: config.init(device)?, sample })
            }
        })
    }

    /// Whether it makes samples of this kind.
    pub fn takes(&self, medium: Medium) -> bool {
        match self {
            Self::Volume { .. } => medium == Medium::Volume,
            Self::Wave { .. } => matches!(medium, Medium::Sound { .. }),
            Self::Perceptron { .. } => true,
            _ => matches!(medium, Medium::Image | Medium::Point),
        }
    }

    /// Whether its values stay in `[-1, 1]`.
    pub fn is_bounded(&self) -> bool {
        match self {
            Self::Dcgan { .. } | Self::Resnet { .. } | Self::Volume { .. } | Self::Wave { .. } => {
                true
            }
            Self::PlainResnet { .. } | Self::Stylegan2 { .. } | Self::Decoder { .. } => false,
            Self::Perceptron { output, .. } => {
                matches!(output, Activation::Tanh | Activation::Sigmoid)
            }
        }
    }

    /// Of another kind: one that cannot be.
    fn plain_resnet(
        &self,
        latents: usize,
        sample: [usize; 3],
    ) -> Result<PlainResnetGeneratorConfig, RecipeError> {
        let [channels, size] = square(sample)?;
        let Self::PlainResnet { width, widest, blocks, bottleneck } = *self else {
            return Ok(PlainResnetGeneratorConfig { width: 0, ..Default::default() });
        };
        Ok(PlainResnetGeneratorConfig {
            latents,
            channels,
            width,
            widest,
            size,
            blocks,
            bottleneck,
        })
    }
}
