//! The constants of a translation, and what follows from them before the first round.

use burn::tensor::Device;
use kiln_core::{SamplesSeen, Schedule, Side};
use kiln_data::Arrangement;
use kiln_models::{Initial, LayerRow, PatchCritic, layers};
use kiln_objective::Adversarial;
use kiln_objective::penalty::GradientPenalty;
use kiln_train::{Average, AverageConfig, LearnerConfig, OptimizerConfig};
use serde::{Deserialize, Serialize};

use super::examples::Examples;
use super::game::Translation;
use super::networks::{TranslationNetworks, Translator};
use super::nogan::NoGan;
use super::painter::TranslationPainter;
use crate::recipe::painter::Painter;
use crate::recipe::{Conditions, Family, RecipeError, Subject, World};

/// Every constant of the game.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct TranslationConfig {
    /// The networks.
    pub networks: TranslationNetworks,
    /// Their first weights.
    pub initial: Initial,
    /// What the sides play for.
    pub objective: Adversarial,
    /// What the generator's adversarial loss counts; at 0 there is no game and the generator learns
    /// from the distance alone.
    pub adversarial: f64,
    /// What the mean absolute difference to the target counts, with values in `[-1, 1]`.
    pub l1: f64,
    /// When which side learns; without it both do all the time, where there is a game.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nogan: Option<NoGan>,
    /// Penalties on the slope of the critic's mean logit of a pair.
    pub penalties: Vec<GradientPenalty>,
    /// How the critic learns.
    pub critic: LearnerConfig,
    /// How the generator learns.
    pub generator: LearnerConfig,
    /// How the weights for use are averaged; the paper uses the live ones.
    pub average: AverageConfig,
}

impl Default for TranslationConfig {
    /// The paper's (section 3.3 and appendix 6).
    fn default() -> Self {
        let adam = LearnerConfig {
            optimizer: OptimizerConfig::adam(0.5, 0.999),
            rate: Schedule::constant(2e-4),
            clip_norm: None,
        };
        Self {
            networks: TranslationNetworks::default(),
            initial: Initial::dcgan(),
            objective: Adversarial::NonSaturating,
            adversarial: 1.0,
            l1: 100.0,
            nogan: None,
            penalties: vec![],
            critic: adam,
            generator: adam,
            average: AverageConfig::new(SamplesSeen(0), 0.0),
        }
    }
}

/// `[channels, height, width]` of what pictures are made of.
pub(super) fn input_of(subject: &Subject) -> Result<[usize; 3], RecipeError> {
    subject.input.ok_or(RecipeError::NoPairs)
}

impl Family for TranslationConfig {
    type Game = Translation;

    fn start(&self, world: &World) -> Result<Translation, RecipeError> {
        self.validate()?;
        let (generator, critic) = self.init(world)?;
        let initial = &self.initial;
        let (generator, critic) = world.initialise((generator, initial), (critic, initial));
        let [channels, ..] = input_of(&world.subject)?;
        let nothing = || Examples { shape: world.subject.pair(), channels, values: Vec::new() };
        Ok(Translation {
            config: self.clone(),
            channels,
            waits: true,
            averaged: Average::of(&generator, self.average),
            generator: self.generator.init(Side::Generator, generator),
            critic: self.critic.init(Side::Critic, critic),
            device: world.device.clone(),
            examples: world.examples.clone().unwrap_or_else(nothing),
        })
    }

    fn painter(&self, subject: &Subject, device: &Device) -> Result<Box<dyn Painter>, RecipeError> {
        let device = device.clone().without_autodiff();
        let input = input_of(subject)?;
        let generator = self.networks.generator.init(input[0], subject.picture, &device)?;
        Ok(Box::new(TranslationPainter { generator, input, device }))
    }

    fn conditions(&self, subject: &Subject) -> Result<Conditions, RecipeError> {
        input_of(subject).map(Conditions::Input)
    }

    fn arrangement(&self) -> Arrangement {
        Arrangement::Pairs
    }

    fn layers(&self, world: &World) -> Result<Vec<(&'static str, Vec<LayerRow>)>, RecipeError> {
        let (generator, critic) = self.init(world)?;
        Ok(vec![("generator", layers(&generator)), ("critic", layers(&critic))])
    }
}

impl TranslationConfig {
    fn init(&self, world: &World) -> Result<(Translator, PatchCritic), RecipeError> {
        let (subject, device) = (&world.subject, &world.device);
        let ([inputs, ..], [outputs, size, _]) = (input_of(subject)?, subject.picture);
        let generator = self.networks.generator.init(inputs, subject.picture, device)?;
        Ok((generator, self.networks.critic.init(inputs + outputs, size, device)?))
    }

    fn validate(&self) -> Result<(), RecipeError> {
        self.critic.check()?;
        self.generator.check()?;
        self.nogan.map_or(Ok(()), NoGan::validate)?;
        self.penalties.iter().try_for_each(GradientPenalty::validate)?;
        for (name, weight) in [("adversarial", self.adversarial), ("l1", self.l1)] {
            if !(weight >= 0.0 && weight.is_finite()) {
                return Err(RecipeError::Weight(name, weight));
            }
        }
        if self.adversarial == 0.0 && self.l1 == 0.0 {
            return Err(RecipeError::NothingToLearn);
        }
        Ok(())
    }
}
