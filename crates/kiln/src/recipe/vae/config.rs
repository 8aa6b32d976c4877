//! The constants of the auto-encoder, and what follows from them before the first round.

use burn::tensor::Device;
use kiln_core::{Address, Medium, Purpose, SamplesSeen, Schedule, Side};
use kiln_models::{Activation, CriticHeadConfig, Initial, LayerRow, initialise, layers};
use kiln_objective::Likelihood;
use kiln_train::{Average, AverageConfig, LearnerConfig, OptimizerConfig};
use serde::{Deserialize, Serialize};

use super::game::Vae;
use super::model::VaeModel;
use super::painter::VaePainter;
use crate::recipe::painter::{LatentSpace, Painter, Prior};
use crate::recipe::{CriticNetwork, Family, GeneratorNetwork, RecipeError, Subject, World};

/// Every constant of the auto-encoder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct VaeConfig {
    /// Numbers in a latent.
    pub latents: usize,
    /// The networks.
    pub networks: VaeNetworks,
    /// Their first weights, if not those that the networks' authors gave them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initial: Option<Initial>,
    /// How likely a picture is where the decoder makes another.
    pub likelihood: Likelihood,
    /// What the divergence from the prior counts beside the likelihood, over time (Higgins et al.
    /// 2017; a rise from 0 is Bowman et al.'s of 2016); 1 in the paper.
    pub beta: Schedule,
    /// How both networks learn, as one: they are the generator's side, and there is no other.
    pub generator: LearnerConfig,
    /// How the weights for use are averaged.
    pub average: AverageConfig,
}

/// The networks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct VaeNetworks {
    /// From pictures to where their latents may be: a critic with as many outputs as that takes.
    pub encoder: CriticNetwork,
    /// From latents to pictures.
    pub decoder: GeneratorNetwork,
}

impl Default for VaeConfig {
    /// The paper's for MNIST (section 5 and appendix C): perceptrons with one hidden layer of 500, 20
    /// latents of the 3 to 200 that were tried. Departs from the paper: Adam for Adagrad, and averaged
    /// weights in use.
    fn default() -> Self {
        let (hidden, activation) = (vec![500], Activation::Tanh);
        Self {
            latents: 20,
            networks: VaeNetworks {
                encoder: CriticNetwork::Perceptron {
                    hidden: hidden.clone(),
                    activation,
                    dropout: 0.0,
                    spectral_norm: false,
                    head: CriticHeadConfig::default(),
                },
                decoder: GeneratorNetwork::Perceptron {
                    hidden,
                    activation,
                    output: Activation::Tanh,
                    batch_norm: None,
                },
            },
            initial: None,
            likelihood: Likelihood::Bernoulli,
            beta: Schedule::constant(1.0),
            generator: LearnerConfig {
                optimizer: OptimizerConfig::adam(0.9, 0.999),
                rate: Schedule::constant(1e-3),
                clip_norm: None,
            },
            average: AverageConfig::new(SamplesSeen(10_000), 0.05),
        }
    }
}

impl Family for VaeConfig {
    type Game = Vae;

    fn start(&self, world: &World) -> Result<Vae, RecipeError> {
        self.validate(&world.subject)?;
        let (picture, space) = (world.subject.picture, self.latent_space());
        let VaeModel { encoder, decoder } = self.init(&world.subject, &world.device)?;
        let VaeNetworks { encoder: of_encoder, decoder: of_decoder } = &self.networks;
        let first = |own: Result<Initial, RecipeError>| self.initial.clone().map_or(own, Ok);
        let of_encoder = first(of_encoder.initial(picture))?;
        let of_decoder = first(of_decoder.initial(self.latents, picture))?;
        let weights = Address::new(world.seed, Purpose::Weights);
        let model = VaeModel {
            encoder: initialise(encoder, &of_encoder, weights.named("encoder")),
            decoder: initialise(decoder, &of_decoder, weights.named("generator")),
        };
        Ok(Vae {
            config: self.clone(),
            averaged: Average::of(&model, self.average),
            model: self.generator.init(Side::Generator, model),
            preview: world.preview(space),
            medium: world.subject.medium,
            device: world.device.clone(),
        })
    }

    fn painter(&self, subject: &Subject, device: &Device) -> Result<Box<dyn Painter>, RecipeError> {
        let device = device.clone().without_autodiff();
        let model = self.init(subject, &device)?;
        let (medium, space) = (subject.medium, self.latent_space());
        Ok(Box::new(VaePainter { model, medium, space, device }))
    }

    fn takes(&self, medium: Medium) -> bool {
        self.networks.encoder.takes(medium) && self.networks.decoder.takes(medium)
    }

    fn layers(&self, world: &World) -> Result<Vec<(&'static str, Vec<LayerRow>)>, RecipeError> {
        let model = self.init(&world.subject, &world.device)?;
        Ok(vec![("encoder", layers(&model.encoder)), ("decoder", layers(&model.decoder))])
    }
}

impl VaeConfig {
    pub(super) fn latent_space(&self) -> LatentSpace {
        LatentSpace::new(self.latents, Prior::Normal)
    }

    fn init(&self, subject: &Subject, device: &Device) -> Result<VaeModel, RecipeError> {
        let VaeNetworks { encoder, decoder } = &self.networks;
        Ok(VaeModel {
            encoder: encoder.init(subject.picture, 2 * self.latents, device)?,
            decoder: decoder.init(self.latents, subject.picture, 0, device)?,
        })
    }

    fn validate(&self, subject: &Subject) -> Result<(), RecipeError> {
        let [_, height, width] = subject.picture;
        let bounded = [height, width] != [1, 1] && self.networks.decoder.is_bounded();
        if self.likelihood == Likelihood::Bernoulli && !bounded {
            return Err(RecipeError::Unbounded);
        }
        self.generator.check()?;
        self.beta.check()?;
        let ends = [SamplesSeen(0), SamplesSeen(u64::MAX)].map(|now| self.beta.at(now));
        match ends.into_iter().find(|beta| *beta < 0.0) {
            Some(beta) => Err(RecipeError::Weight("beta", beta)),
            None => Ok(()),
        }
    }
}
