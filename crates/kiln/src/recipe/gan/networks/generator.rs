//! Generators, by name.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use kiln_models::{
    Activation, DcganGenerator, DcganGeneratorConfig, Decoder, DecoderConfig, Initial, Pass,
    Perceptron, PerceptronConfig, PlainResnetGenerator, PlainResnetGeneratorConfig,
    ResnetGenerator, ResnetGeneratorConfig,
};
use kiln_ops::Dual;
use serde::{Deserialize, Serialize};

use super::sample::{sizes, square};
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
    /// SNGAN's residual network (Miyato et al. 2018), with batch norm.
    Resnet {
        /// Channels at the full resolution; they double as it halves.
        width: usize,
        /// The most channels.
        widest: usize,
    },
    /// R3GAN's residual network without normalisation (Huang et al. 2024).
    PlainResnet {
        /// Channels at the full resolution; they double as it halves.
        width: usize,
        /// The most channels.
        widest: usize,
        /// Residual blocks at each resolution.
        blocks: usize,
    },
    /// BEGAN's decoder (Berthelot et al. 2017).
    Decoder {
        /// Channels of every layer.
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
            Self::Dcgan { .. } => Initial::dcgan(),
            Self::Resnet { .. } => Initial::sngan(),
            Self::PlainResnet { .. } => self.plain_resnet(latents, sample)?.initial()?,
            Self::Decoder { .. } => Initial::kaiming(1.0),
            Self::Perceptron { .. } => Initial::kaiming(0.0),
        })
    }

    /// The network for samples of the shape `[channels, height, width]`, without weights.
    ///
    /// # Errors
    ///
    /// When there is no such network.
    pub fn init(
        &self,
        latents: usize,
        sample: [usize; 3],
        device: &Device,
    ) -> Result<Generator, RecipeError> {
        Ok(match self.clone() {
            Self::Dcgan { width, extra_layers } => {
                let [channels, size] = square(sample)?;
                let config = DcganGeneratorConfig { latents, channels, width, size, extra_layers };
                Generator::Dcgan(config.init(device)?)
            }
            Self::Resnet { width, widest } => {
                let [channels, size] = square(sample)?;
                let config = ResnetGeneratorConfig { latents, channels, width, widest, size };
                Generator::Resnet(config.init(device)?)
            }
            Self::PlainResnet { .. } => {
                Generator::PlainResnet(self.plain_resnet(latents, sample)?.init(device)?)
            }
            Self::Decoder { width } => {
                let [channels, size] = square(sample)?;
                let config = DecoderConfig { latents, channels, width, size };
                Generator::Decoder(config.init(device)?)
            }
            Self::Perceptron { hidden, activation, output, batch_norm } => {
                let sizes = sizes(latents, &hidden, sample.iter().product());
                let config = PerceptronConfig {
                    hidden: activation,
                    output,
                    batch_norm,
                    ..PerceptronConfig::new(sizes)
                };
                Generator::Perceptron(Painting { network: config.init(device)?, sample })
            }
        })
    }

    /// Of another kind: one that cannot be.
    fn plain_resnet(
        &self,
        latents: usize,
        sample: [usize; 3],
    ) -> Result<PlainResnetGeneratorConfig, RecipeError> {
        let [channels, size] = square(sample)?;
        let (width, widest, blocks) = match *self {
            Self::PlainResnet { width, widest, blocks } => (width, widest, blocks),
            _ => (0, 0, 0),
        };
        Ok(PlainResnetGeneratorConfig { latents, channels, width, widest, size, blocks })
    }
}

/// From latents to samples.
#[derive(Module, Debug)]
pub enum Generator {
    /// Convolutional.
    Dcgan(DcganGenerator),
    /// Residual, with batch norm.
    Resnet(ResnetGenerator),
    /// Residual, without normalisation.
    PlainResnet(PlainResnetGenerator),
    /// A decoder.
    Decoder(Decoder),
    /// Linear.
    Perceptron(Painting),
}

impl Generator {
    /// Shape: `[batch, latents]` to `[batch, channels, height, width]`.
    pub fn forward(&self, latents: Tensor<2>, pass: &Pass) -> Tensor<4> {
        self.moving(latents.into(), pass).value
    }

    /// The same for latents that may carry a tangent.
    pub fn moving(&self, latents: Dual<2>, pass: &Pass) -> Dual<4> {
        match self {
            Self::Dcgan(network) => network.forward(latents, pass),
            Self::Resnet(network) => network.forward(latents, pass),
            Self::PlainResnet(network) => network.forward(latents, pass),
            Self::Decoder(network) => network.forward(latents, pass),
            Self::Perceptron(painting) => painting.network.paint(latents, painting.sample, pass),
        }
    }
}

/// A perceptron whose output has the shape of a sample.
#[derive(Module, Debug)]
pub struct Painting {
    /// The perceptron.
    pub network: Perceptron,
    /// `[channels, height, width]`
    #[module(skip)]
    pub sample: [usize; 3],
}
