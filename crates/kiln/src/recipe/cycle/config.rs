//! The constants of CycleGAN, and what follows from them before the first round.

use burn::tensor::Device;
use kiln_core::{SamplesSeen, Schedule, Side};
use kiln_data::Arrangement;
use kiln_models::{Initial, LayerRow, Norm, layers};
use kiln_objective::penalty::GradientPenalty;
use kiln_objective::{Adversarial, ImageHistory, ImagePool};
use kiln_train::{Average, AverageConfig, LearnerConfig, OptimizerConfig};
use serde::{Deserialize, Serialize};

use super::game::Cycle;
use super::painter::CyclePainter;
use super::ways::{BothWays, Way};
use crate::recipe::painter::Painter;
use crate::recipe::{
    Conditions, Examples, Family, RecipeError, Subject, TranslationCritic, TranslationNetworks,
    Translator, TranslatorShape, World,
};

/// Every constant of the game.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct CycleConfig {
    /// The networks of either way.
    pub networks: TranslationNetworks,
    /// Their first weights.
    pub initial: Initial,
    /// What the sides play for.
    pub objective: Adversarial,
    /// What counts that a picture comes back as it was: the mean absolute difference, with values in
    /// `[-1, 1]`.
    pub cycle: f64,
    /// What counts that a translator leaves pictures of the set that it translates into as they are.
    pub identity: f64,
    /// What a critic remembers of fakes of the past.
    pub pool: ImageHistory,
    /// Penalties on the slope of a critic's mean logit.
    pub penalties: Vec<GradientPenalty>,
    /// How the critics learn.
    pub critic: LearnerConfig,
    /// How the translators learn.
    pub generator: LearnerConfig,
    /// How the weights for use are averaged; the paper uses the live ones.
    pub average: AverageConfig,
}

impl Default for CycleConfig {
    /// The paper's (sections 4 and 7.1), with the identity loss of its section 5.2, which the
    /// authors' code has everywhere; for 200 epochs of 1,000 pictures.
    fn default() -> Self {
        let [since, until] = [100_000, 200_000].map(SamplesSeen);
        let adam = LearnerConfig {
            optimizer: OptimizerConfig::adam(0.5, 0.999),
            rate: Schedule::Hold { from: 2e-4, since, to: 0.0, until },
            clip_norm: None,
        };
        let generator = TranslatorShape::Resnet { width: 64, blocks: 9, norm: Norm::Instance };
        Self {
            networks: TranslationNetworks { generator, ..TranslationNetworks::default() },
            initial: Initial::dcgan(),
            objective: Adversarial::LeastSquares,
            cycle: 10.0,
            identity: 5.0,
            pool: ImageHistory::CYCLEGAN,
            penalties: vec![],
            critic: adam,
            generator: adam,
            average: AverageConfig::new(SamplesSeen(0), 0.0),
        }
    }
}

/// The shape of the pictures of both sets.
pub(super) fn shape_of(subject: &Subject) -> Result<[usize; 3], RecipeError> {
    let both = subject.input.filter(|input| *input == subject.picture);
    both.ok_or(RecipeError::NoSets)
}

impl Family for CycleConfig {
    type Game = Cycle;

    fn start(&self, world: &World) -> Result<Cycle, RecipeError> {
        self.validate()?;
        let (translators, critics) = self.init(world)?;
        let initial = &self.initial;
        let (translators, BothWays { forth, back }) =
            world.initialise((translators, initial), (critics, initial));
        let shape = shape_of(&world.subject)?;
        let nothing =
            || Examples { shape: world.subject.pair(), channels: shape[0], values: Vec::new() };
        Ok(Cycle {
            config: self.clone(),
            shape,
            averaged: Average::of(&translators, self.average),
            translators: self.generator.init(Side::Generator, translators),
            critics: [forth, back].map(|critic| self.critic.init(Side::Critic, critic)),
            pools: BothWays::each(|_| ImagePool::default()),
            device: world.device.clone(),
            examples: world.examples.clone().unwrap_or_else(nothing),
        })
    }

    fn painter(&self, subject: &Subject, device: &Device) -> Result<Box<dyn Painter>, RecipeError> {
        let device = device.clone().without_autodiff();
        let translators = self.translators(subject, &device)?;
        Ok(Box::new(CyclePainter {
            translators,
            way: Way::Forth,
            shape: shape_of(subject)?,
            device,
        }))
    }

    fn conditions(&self, subject: &Subject) -> Result<Conditions, RecipeError> {
        shape_of(subject).map(Conditions::Input)
    }

    fn arrangement(&self) -> Arrangement {
        Arrangement::Sets
    }

    fn layers(&self, world: &World) -> Result<Vec<(&'static str, Vec<LayerRow>)>, RecipeError> {
        let (translators, critics) = self.init(world)?;
        Ok(vec![("generator", layers(&translators)), ("critic", layers(&critics))])
    }
}

impl CycleConfig {
    fn translators(
        &self,
        subject: &Subject,
        device: &Device,
    ) -> Result<BothWays<Translator>, RecipeError> {
        let shape = shape_of(subject)?;
        if matches!(self.networks.generator, TranslatorShape::Srresnet { .. }) {
            return Err(RecipeError::Enlarging);
        }
        let translator = || self.networks.generator.init(shape[0], shape, device);
        Ok(BothWays { forth: translator()?, back: translator()? })
    }

    fn init(
        &self,
        world: &World,
    ) -> Result<(BothWays<Translator>, BothWays<TranslationCritic>), RecipeError> {
        let (subject, device) = (&world.subject, &world.device);
        let [channels, size, _] = shape_of(subject)?;
        let translators = self.translators(subject, device)?;
        let critic = || self.networks.critic.init(channels, size, device);
        Ok((translators, BothWays { forth: critic()?, back: critic()? }))
    }

    fn validate(&self) -> Result<(), RecipeError> {
        self.critic.check()?;
        self.generator.check()?;
        self.penalties.iter().try_for_each(GradientPenalty::validate)?;
        for (name, weight) in [("cycle", self.cycle), ("identity", self.identity)] {
            if !(weight >= 0.0 && weight.is_finite()) {
                return Err(RecipeError::Weight(name, weight));
            }
        }
        Ok(())
    }
}
