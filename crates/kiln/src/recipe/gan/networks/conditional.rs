//! Critics that are told what samples are asked to be, or tell it.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use kiln_models::{
    Activation, ConditionPlane, ConditionPlaneConfig, Embedding, EmbeddingConfig, Pass, Perceptron,
    PerceptronConfig,
};
use kiln_ops::Dual;

use super::CriticNetwork;
use super::critic_body::{CriticBody, Look};
use crate::recipe::RecipeError;
use crate::recipe::gan::condition::CriticLink;

/// From samples to logits: a higher one means "more real".
#[derive(Module, Debug)]
#[expect(clippy::large_enum_variant, reason = "a game has one critic")]
pub enum Critic {
    /// Knows of nothing but samples.
    Plain(CriticBody),
    /// Knows what they are asked to be.
    Conditional(ConditionalCritic),
}

/// A critic with what joins it to conditions.
#[derive(Module, Debug)]
pub struct ConditionalCritic {
    /// It sees samples.
    pub body: CriticBody,
    /// Joined to the samples before.
    pub plane: Option<ConditionPlane>,
    /// What the features are compared with.
    pub project: Option<Embedding>,
    /// Tells the condition from the features.
    pub recognise: Option<Perceptron>,
}

/// What a critic says of samples.
#[derive(Debug, Clone)]
pub struct Opinion {
    /// `[batch, 1]`.
    pub logits: Tensor<2>,
    /// What it takes them to be, if it tells: logits, `[batch, conditions]`.
    pub recognised: Option<Tensor<2>>,
}

impl Opinion {
    /// What was said of the first `n` samples, and of the others.
    pub(in crate::recipe::gan) fn split(self, n: usize) -> [Self; 2] {
        let part = |from: usize, n: usize| Self {
            logits: self.logits.clone().narrow(0, from, n),
            recognised: self.recognised.clone().map(|said| said.narrow(0, from, n)),
        };
        let [all, _] = self.logits.dims();
        [part(0, n), part(n, all - n)]
    }
}

impl Critic {
    /// The network for samples of the shape `[channels, height, width]` with conditions of the width
    /// `width`, without weights.
    ///
    /// # Errors
    ///
    /// When there is no such network.
    pub fn init(
        network: &CriticNetwork,
        sample: [usize; 3],
        told: Option<(CriticLink, usize)>,
        device: &Device,
    ) -> Result<Self, RecipeError> {
        let Some((link, classes)) = told else {
            return Ok(Self::Plain(network.init(sample, 1, device)?));
        };
        let [channels, height, width] = sample;
        let planes = link.planes;
        let body = network.init([channels + planes, height, width], 1, device)?;
        let plane = ConditionPlaneConfig { classes, planes: [planes, height, width] };
        let project = EmbeddingConfig::new(classes, body.width());
        let project = project.with_spectral_norm(network.is_spectral());
        let recognise = link.recognises.map(|hidden| {
            let sizes = [&[body.width()][..], &hidden, &[classes]].concat();
            PerceptronConfig {
                hidden: Activation::LeakyRelu { slope: 0.1 },
                batch_norm: Some(0.1),
                spectral_norm: network.is_spectral(),
                ..PerceptronConfig::new(sizes)
            }
        });
        Ok(Self::Conditional(ConditionalCritic {
            body,
            plane: (planes > 0).then(|| plane.init(device)),
            project: link.projects.then(|| project.init(device)),
            recognise: recognise.map(|config| config.init(device)).transpose()?,
        }))
    }

    /// Shape: `[batch, channels, height, width]` to `[batch, 1]`.
    pub fn forward(&self, samples: Dual<4>, pass: &Pass) -> Dual<2> {
        self.look(samples, pass).logits
    }

    /// All that it says of samples, `[batch, channels, height, width]`.
    pub fn opinion(&self, samples: Tensor<4>, pass: &Pass) -> Opinion {
        let Look { features, logits } = self.look(samples.into(), pass);
        let recognised = match self {
            Self::Conditional(ConditionalCritic { recognise: Some(layer), .. }) => {
                Some(layer.forward(features, pass).value)
            }
            _ => None,
        };
        Opinion { logits: logits.value, recognised }
    }

    /// What it judges by, `[batch, features]`.
    pub fn features(&self, samples: Dual<4>, pass: &Pass) -> Dual<2> {
        match self {
            Self::Plain(body) => body.features(samples, pass),
            Self::Conditional(critic) => critic.body.features(critic.joined(samples, pass), pass),
        }
    }

    fn look(&self, samples: Dual<4>, pass: &Pass) -> Look {
        match self {
            Self::Plain(body) => body.look(samples, pass),
            Self::Conditional(critic) => critic.look(samples, pass),
        }
    }
}

impl ConditionalCritic {
    fn look(&self, samples: Dual<4>, pass: &Pass) -> Look {
        let [batch, ..] = samples.dims();
        let Look { features, logits } = self.body.look(self.joined(samples, pass), pass);
        let logits = match &self.project {
            Some(rows) => logits + features.clone().project(rows.forward(batch, pass).value),
            None => logits,
        };
        Look { features, logits }
    }

    fn joined(&self, samples: Dual<4>, pass: &Pass) -> Dual<4> {
        match &self.plane {
            Some(plane) => plane.forward(samples, pass),
            None => samples,
        }
    }
}
