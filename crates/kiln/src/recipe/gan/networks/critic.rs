//! Critics, by name.

use burn::tensor::Device;
use kiln_core::Medium;
use kiln_models::{
    Activation, AutoEncoderConfig, Bottleneck, CriticHeadConfig, DcganCriticConfig, Initial, Norm,
    PerceptronConfig, PixelError, PlainResnetCriticConfig, ResnetCriticConfig,
    Stylegan2CriticConfig, VolumeCriticConfig, WaveCriticConfig,
};
use serde::{Deserialize, Serialize};

use super::critic_body::CriticBody;
use super::sample::{cube, sizes, square};
use crate::recipe::RecipeError;

/// A critic.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
#[serde(deny_unknown_fields)]
pub enum CriticNetwork {
    /// Radford, Metz and Chintala 2016.
    Dcgan {
        /// Channels at half the resolution.
        width: usize,
        /// 3 x 3 convolutions after each halving of the resolution but the first; the paper has
        /// none.
        #[serde(default)]
        extra_layers: usize,
        /// How it is normalised; by batch in the paper.
        #[serde(default)]
        norm: Norm,
        /// What is done with its last features; nothing in the paper.
        #[serde(default)]
        head: CriticHeadConfig,
    },
    /// SNGAN's residual network (Miyato et al. 2018).
    Resnet {
        /// Channels at the full resolution; they double as it halves.
        width: usize,
        /// The most channels.
        widest: usize,
        /// Residual blocks at the lowest resolution that keep it.
        flat_blocks: usize,
        /// How it is normalised; spectrally in the paper.
        norm: Norm,
        /// Side of the maps that a self-attention looks over (SAGAN, BigGAN); 0 for none.
        #[serde(default)]
        attention: usize,
        /// What is done with its last features; nothing in the paper.
        #[serde(default)]
        head: CriticHeadConfig,
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
        /// What is done with its last features; nothing in the paper.
        #[serde(default)]
        head: CriticHeadConfig,
    },
    /// StyleGAN2's (Karras et al. 2020), residual.
    Stylegan2 {
        /// Channels at the full resolution; they double as it halves.
        width: usize,
        /// The most channels.
        widest: usize,
        /// Samples in a group whose spread becomes one more feature map; the paper has 4, 0 is none.
        group: usize,
    },
    /// BEGAN's auto-encoder (Berthelot et al. 2017), whose logit is its negative error.
    AutoEncoder {
        /// Channels at the full resolution.
        width: usize,
        /// Numbers in a code.
        codes: usize,
        /// How a reconstruction is compared.
        error: PixelError,
    },
    /// 3D-GAN's (Wu et al. 2016), for volumes.
    Volume {
        /// Channels at half the resolution; they double as it halves. 64 in the paper.
        width: usize,
        /// How it is normalised, by `batch`, `spectral` or not; by batch in the paper.
        #[serde(default)]
        norm: Norm,
        /// What is done with its last features; nothing in the paper.
        #[serde(default)]
        head: CriticHeadConfig,
    },
    /// WaveGAN's (Donahue et al. 2018), for sounds.
    Wave {
        /// Channels at a quarter of the length; they double as it is divided by 4. 64 in the paper.
        width: usize,
        /// Samples that the phase is shuffled by at most, either way; 0 for not at all.
        #[serde(default = "two")]
        shuffle: usize,
        /// How it is normalised: not at all in the paper.
        #[serde(default = "Norm::none")]
        norm: Norm,
        /// What is done with its last features; nothing in the paper.
        #[serde(default)]
        head: CriticHeadConfig,
    },
    /// Linear layers.
    Perceptron {
        /// Widths between sample and logit.
        hidden: Vec<usize>,
        /// Between layers.
        activation: Activation,
        /// Probability that a hidden unit is dropped in training, in `[0, 1)`.
        #[serde(default)]
        dropout: f64,
        /// Whether weights are spectrally normalised.
        #[serde(default)]
        spectral_norm: bool,
        /// What is done with its last features.
        #[serde(default)]
        head: CriticHeadConfig,
    },
}

/// The reach of the paper's phase shuffle.
fn two() -> usize {
    2
}

impl CriticNetwork {
    /// Its first weights, unless the recipe has others.
    ///
    /// # Errors
    ///
    /// When there is no such network.
    pub fn initial(&self, sample: [usize; 3]) -> Result<Initial, RecipeError> {
        Ok(match self {
            Self::Dcgan { .. } | Self::Volume { .. } => Initial::dcgan(),
            Self::Wave { .. } => Initial::glorot(),
            Self::Resnet { .. } => Initial::sngan(),
            Self::PlainResnet { .. } => self.plain_resnet(sample)?.initial()?,
            Self::Stylegan2 { .. } => Initial::stylegan2(),
            Self::AutoEncoder { .. } => Initial::kaiming(1.0),
            Self::Perceptron { .. } => Initial::kaiming(0.0),
        })
    }

    /// The network for samples of the shape `[channels, height, width]`, without weights. It makes
    /// `outputs` numbers of each: one, the logit, or more as an encoder.
    ///
    /// # Errors
    ///
    /// When there is no such network, or it cannot be an encoder.
    pub fn init(
        &self,
        sample: [usize; 3],
        outputs: usize,
        device: &Device,
    ) -> Result<CriticBody, RecipeError> {
        Ok(match self.clone() {
            Self::Dcgan { width, extra_layers, norm, head } => {
                let [channels, size] = square(sample)?;
                let config =
                    DcganCriticConfig { channels, width, size, extra_layers, norm, head, outputs };
                CriticBody::Dcgan(config.init(device)?)
            }
            Self::Resnet { width, widest, flat_blocks, norm, attention, head } => {
                let [channels, size] = square(sample)?;
                let config = ResnetCriticConfig {
                    channels,
                    width,
                    widest,
                    size,
                    flat_blocks,
                    norm,
                    attention,
                    head,
                    outputs,
                };
                CriticBody::Resnet(config.init(device)?)
            }
            Self::PlainResnet { .. } => {
                let config = PlainResnetCriticConfig { outputs, ..self.plain_resnet(sample)? };
                CriticBody::PlainResnet(config.init(device)?)
            }
            Self::Stylegan2 { width, widest, group } => {
                let [channels, size] = square(sample)?;
                let config =
                    Stylegan2CriticConfig { channels, width, widest, size, group, outputs };
                CriticBody::Stylegan2(config.init(device)?)
            }
            Self::AutoEncoder { .. } if outputs != 1 => return Err(RecipeError::NoEncoder),
            Self::AutoEncoder { width, codes, error } => {
                let [channels, size] = square(sample)?;
                let config = AutoEncoderConfig { channels, width, codes, size, error };
                CriticBody::AutoEncoder(config.init(device)?)
            }
            Self::Wave { width, shuffle, norm, head } => {
                let [channels, _, length] = sample;
                let config =
                    WaveCriticConfig { channels, width, length, shuffle, norm, head, outputs };
                CriticBody::Wave(config.init(device)?)
            }
            Self::Volume { width, norm, head } => {
                let size = cube(sample)?;
                let config = VolumeCriticConfig { width, size, norm, head, outputs };
                CriticBody::Volume(config.init(device)?)
            }
            Self::Perceptron { hidden, activation, dropout, spectral_norm, head } => {
                let sizes = sizes(sample.iter().product(), &hidden, outputs);
                let config = PerceptronConfig {
                    hidden: activation,
                    dropout,
                    spectral_norm,
                    head,
                    ..PerceptronConfig::new(sizes)
                };
                CriticBody::Perceptron(config.init(device)?)
            }
        })
    }

    /// Whether it looks at samples of this kind.
    pub fn takes(&self, medium: Medium) -> bool {
        match self {
            Self::Volume { .. } => medium == Medium::Volume,
            Self::Wave { .. } => matches!(medium, Medium::Sound { .. }),
            Self::Perceptron { .. } => true,
            _ => matches!(medium, Medium::Image | Medium::Point),
        }
    }

    /// Whether its weights are spectrally normalised.
    pub fn is_spectral(&self) -> bool {
        match self {
            Self::Dcgan { norm, .. } | Self::Resnet { norm, .. } | Self::Volume { norm, .. } => {
                norm.is_spectral()
            }
            Self::Perceptron { spectral_norm, .. } => *spectral_norm,
            Self::PlainResnet { .. }
            | Self::Stylegan2 { .. }
            | Self::AutoEncoder { .. }
            | Self::Wave { .. } => false,
        }
    }

    /// Whether its logit of a sample depends on nothing but this sample and the weights, so that it may
    /// look at reals and fakes in one pass.
    pub fn sees_singly(&self) -> bool {
        match self {
            Self::Dcgan { norm, head, .. }
            | Self::Resnet { norm, head, .. }
            | Self::Volume { norm, head, .. } => *norm != Norm::Batch && head.sees_singly(),
            Self::Wave { shuffle, norm, head, .. } => {
                *shuffle == 0 && *norm != Norm::Batch && head.sees_singly()
            }
            Self::PlainResnet { head, .. } => head.sees_singly(),
            Self::Perceptron { dropout, head, .. } => *dropout == 0.0 && head.sees_singly(),
            Self::Stylegan2 { group, .. } => *group == 0,
            Self::AutoEncoder { .. } => false,
        }
    }

    /// Of another kind: one that cannot be.
    fn plain_resnet(&self, sample: [usize; 3]) -> Result<PlainResnetCriticConfig, RecipeError> {
        let [channels, size] = square(sample)?;
        let Self::PlainResnet { width, widest, blocks, bottleneck, head } = *self else {
            return Ok(PlainResnetCriticConfig { width: 0, ..Default::default() });
        };
        let outputs = 1;
        Ok(PlainResnetCriticConfig {
            channels,
            width,
            widest,
            size,
            blocks,
            bottleneck,
            head,
            outputs,
        })
    }
}
