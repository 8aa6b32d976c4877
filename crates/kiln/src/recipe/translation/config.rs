//! The constants of a translation, and what follows from them before the first round.

use burn::tensor::Device;
use kiln_core::{SamplesSeen, Schedule, Side};
use kiln_data::Arrangement;
use kiln_models::{Initial, LayerRow, layers};
use kiln_objective::Adversarial;
use kiln_objective::penalty::GradientPenalty;
use kiln_train::{Average, AverageConfig, LearnerConfig, OptimizerConfig};
use serde::{Deserialize, Serialize};

use super::critics::TranslationCritic;
use super::examples::Examples;
use super::game::Translation;
use super::networks::{TranslationNetworks, Translator, TranslatorShape};
use super::nogan::NoGan;
use super::painter::TranslationPainter;
use super::perceptual::{Perceptual, not_negative};
use crate::recipe::painter::Painter;
use crate::recipe::{Conditions, Family, RecipeError, Subject, World};

/// What a critic judges by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CriticSees {
    /// What was made beside what it was made of, joined along the channels: whether they belong together
    /// (Isola et al. 2017).
    #[default]
    Pair,
    /// What was made alone (Ledig et al. 2017).
    Made,
}

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
    /// What the critic sees.
    pub critic_sees: CriticSees,
    /// What the mean absolute difference to the target counts, with values in `[-1, 1]`.
    pub l1: Schedule,
    /// What the mean squared difference counts.
    pub l2: Schedule,
    /// What the difference of features counts, and whose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub perceptual: Option<Perceptual>,
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
            critic_sees: CriticSees::Pair,
            l1: Schedule::constant(100.0),
            l2: Schedule::constant(0.0),
            perceptual: None,
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
        let [_, size, _] = world.subject.picture;
        let perceptual = self.perceptual.as_ref();
        let features = perceptual.map(|perceptual| perceptual.open(size, &world.device));
        Ok(Translation {
            config: self.clone(),
            channels,
            features: features.transpose()?,
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

    fn times(&self) -> Option<usize> {
        match self.networks.generator {
            TranslatorShape::Srresnet { times, .. } => Some(times),
            _ => None,
        }
    }

    fn layers(&self, world: &World) -> Result<Vec<(&'static str, Vec<LayerRow>)>, RecipeError> {
        let (generator, critic) = self.init(world)?;
        Ok(vec![("generator", layers(&generator)), ("critic", layers(&critic))])
    }
}

impl TranslationConfig {
    fn init(&self, world: &World) -> Result<(Translator, TranslationCritic), RecipeError> {
        let (subject, device) = (&world.subject, &world.device);
        let ([inputs, ..], [outputs, size, _]) = (input_of(subject)?, subject.picture);
        let generator = self.networks.generator.init(inputs, subject.picture, device)?;
        let seen = match self.critic_sees {
            CriticSees::Pair => inputs + outputs,
            CriticSees::Made => outputs,
        };
        Ok((generator, self.networks.critic.init(seen, size, device)?))
    }

    fn validate(&self) -> Result<(), RecipeError> {
        self.critic.check()?;
        self.generator.check()?;
        self.nogan.map_or(Ok(()), NoGan::validate)?;
        self.penalties.iter().try_for_each(GradientPenalty::validate)?;
        self.perceptual.as_ref().map_or(Ok(()), Perceptual::validate)?;
        not_negative("adversarial", &Schedule::constant(self.adversarial))?;
        not_negative("l1", &self.l1)?;
        not_negative("l2", &self.l2)?;
        let nothing = Schedule::constant(0.0);
        if self.adversarial == 0.0
            && [self.l1, self.l2] == [nothing; 2]
            && self.perceptual.is_none()
        {
            return Err(RecipeError::NothingToLearn);
        }
        Ok(())
    }
}
