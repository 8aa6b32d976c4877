//! The networks of critics, each with its features and its logit.

use burn::module::Module;
use kiln_models::{
    AutoEncoder, DcganCritic, Pass, Perceptron, PlainResnetCritic, ResnetCritic, Stylegan2Critic,
    VolumeCritic, WaveCritic,
};
use kiln_ops::Dual;

/// From samples to logits, of which a higher one means "more real", or, as an encoder, to other
/// numbers.
#[derive(Module, Debug)]
#[expect(clippy::large_enum_variant, reason = "a game has one critic")]
pub enum CriticBody {
    /// Convolutional.
    Dcgan(DcganCritic),
    /// Residual, with a choice of normalisation.
    Resnet(ResnetCritic),
    /// Residual, without normalisation.
    PlainResnet(PlainResnetCritic),
    /// Residual, with equalised learning rates.
    Stylegan2(Stylegan2Critic),
    /// An auto-encoder.
    AutoEncoder(AutoEncoder),
    /// Of volumes.
    Volume(VolumeCritic),
    /// Of sounds.
    Wave(WaveCritic),
    /// Linear.
    Perceptron(Perceptron),
}

/// What a critic makes of samples.
#[derive(Debug, Clone)]
pub struct Look {
    /// What it judges by: its last hidden layer, or the codes of an auto-encoder, `[batch, features]`.
    pub features: Dual<2>,
    /// `[batch, outputs]`: one, unless it is an encoder.
    pub logits: Dual<2>,
}

impl CriticBody {
    /// Shape: `[batch, channels, height, width]` to `[batch, outputs]`.
    pub fn forward(&self, samples: Dual<4>, pass: &Pass) -> Dual<2> {
        self.look(samples, pass).logits
    }

    /// The features and the logits. Shape of the samples: `[batch, channels, height, width]`.
    pub fn look(&self, samples: Dual<4>, pass: &Pass) -> Look {
        let features = self.features(samples.clone(), pass);
        let seen = features.clone();
        let logits = match self {
            Self::Dcgan(network) => network.judge.forward(seen, pass),
            Self::Resnet(network) => network.judge.forward(seen, pass),
            Self::PlainResnet(network) => network.judge.forward(seen, pass),
            Self::Volume(network) => network.judge.forward(seen, pass),
            Self::Stylegan2(network) => network.judge.forward(seen),
            Self::Wave(network) => network.judge.forward(seen, pass),
            Self::AutoEncoder(network) => {
                let again = network.decoder.forward(seen, pass);
                network.energy_between(samples, again).scale(-1.0)
            }
            Self::Perceptron(network) => network.conclude(seen, pass),
        };
        Look { features, logits }
    }

    /// The features alone, `[batch, features]`.
    pub fn features(&self, samples: Dual<4>, pass: &Pass) -> Dual<2> {
        match self {
            Self::Dcgan(network) => network.features(samples, pass),
            Self::Resnet(network) => network.features(samples, pass),
            Self::PlainResnet(network) => network.features(samples, pass),
            Self::Volume(network) => network.features(samples, pass),
            Self::Stylegan2(network) => network.features(samples),
            Self::Wave(network) => network.features(samples, pass),
            Self::AutoEncoder(network) => network.codes(samples, pass),
            Self::Perceptron(network) => network.features(samples, pass),
        }
    }

    /// How many features there are.
    pub fn width(&self) -> usize {
        match self {
            Self::Dcgan(network) => network.head.features,
            Self::Resnet(network) => network.head.features,
            Self::PlainResnet(network) => network.head.features,
            Self::Volume(network) => network.head.features,
            Self::Stylegan2(network) => network.judge.weight.dims()[0],
            Self::Wave(network) => network.head.features,
            Self::AutoEncoder(network) => network.condense.weight.dims()[1],
            Self::Perceptron(network) => network.head.features,
        }
    }
}
