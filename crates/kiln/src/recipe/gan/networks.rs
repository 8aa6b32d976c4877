//! The networks that the game may be played with, by name: any generator against any critic.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use kiln_models::{
    Activation, DcganCritic, DcganCriticConfig, DcganGenerator, DcganGeneratorConfig, Initial,
    Pass, Perceptron, PerceptronConfig,
};
use kiln_ops::Dual;
use serde::{Deserialize, Serialize};

use crate::recipe::RecipeError;

/// Both sides' networks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Networks {
    /// From latents to samples.
    pub generator: GeneratorNetwork,
    /// From samples to logits.
    pub critic: CriticNetwork,
}

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

/// A critic.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
#[serde(deny_unknown_fields)]
pub enum CriticNetwork {
    /// Radford, Metz and Chintala 2016.
    Dcgan {
        /// Channels at half the resolution.
        width: usize,
        /// 3 x 3 convolutions with batch norm after each halving of the resolution but the first;
        /// the paper has none.
        #[serde(default)]
        extra_layers: usize,
    },
    /// Linear layers.
    Perceptron {
        /// Widths between sample and logit.
        hidden: Vec<usize>,
        /// Between layers.
        activation: Activation,
    },
}

impl GeneratorNetwork {
    /// Its first weights, unless the recipe has others.
    ///
    /// # Errors
    ///
    /// When there is no such network.
    pub fn initial(&self) -> Result<Initial, RecipeError> {
        Ok(match self {
            Self::Dcgan { .. } => Initial::dcgan(),
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
}

impl CriticNetwork {
    /// Its first weights, unless the recipe has others.
    ///
    /// # Errors
    ///
    /// When there is no such network.
    pub fn initial(&self) -> Result<Initial, RecipeError> {
        Ok(match self {
            Self::Dcgan { .. } => Initial::dcgan(),
            Self::Perceptron { .. } => Initial::kaiming(0.0),
        })
    }

    /// The network for samples of the shape `[channels, height, width]`, without weights.
    ///
    /// # Errors
    ///
    /// When there is no such network.
    pub fn init(&self, sample: [usize; 3], device: &Device) -> Result<Critic, RecipeError> {
        Ok(match self.clone() {
            Self::Dcgan { width, extra_layers } => {
                let [channels, size] = square(sample)?;
                let config = DcganCriticConfig { channels, width, size, extra_layers };
                Critic::Dcgan(config.init(device)?)
            }
            Self::Perceptron { hidden, activation } => {
                let sizes = sizes(sample.iter().product(), &hidden, 1);
                let config =
                    PerceptronConfig { hidden: activation, ..PerceptronConfig::new(sizes) };
                Critic::Perceptron(config.init(device)?)
            }
        })
    }
}

/// From latents to samples.
#[derive(Module, Debug)]
pub enum Generator {
    /// Convolutional.
    Dcgan(DcganGenerator),
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

/// From samples to logits: a higher one means "more real".
#[derive(Module, Debug)]
pub enum Critic {
    /// Convolutional.
    Dcgan(DcganCritic),
    /// Linear.
    Perceptron(Perceptron),
}

impl Critic {
    /// Shape: `[batch, channels, height, width]` to `[batch, 1]`.
    pub fn forward(&self, samples: Dual<4>, pass: &Pass) -> Dual<2> {
        match self {
            Self::Dcgan(network) => network.forward(samples, pass),
            Self::Perceptron(network) => network.judge(samples, pass),
        }
    }

    /// What it judges by: its last hidden layer, `[batch, features]`.
    pub fn features(&self, samples: Dual<4>, pass: &Pass) -> Dual<2> {
        match self {
            Self::Dcgan(network) => network.features(samples, pass),
            Self::Perceptron(network) => network.features(samples, pass),
        }
    }
}

fn sizes(first: usize, hidden: &[usize], last: usize) -> Vec<usize> {
    [&[first], hidden, &[last]].concat()
}

/// `[channels, side]` of a square picture.
fn square([channels, height, width]: [usize; 3]) -> Result<[usize; 2], RecipeError> {
    if height == width {
        return Ok([channels, height]);
    }
    let size = height.min(width);
    Err(RecipeError::Picture(format!(
        "the pictures are {width} x {height}; these networks make squares: give --size, such as \
         {size}"
    )))
}
