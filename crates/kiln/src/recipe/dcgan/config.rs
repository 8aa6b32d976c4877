//! The constants of the game, and what follows from them before the first round.

use burn::tensor::Device;
use kiln_core::{Address, Purpose, SamplesSeen, Schedule, Side};
use kiln_models::{DcganCriticConfig, DcganGeneratorConfig, Initial, LayerRow, initialise, layers};
use kiln_objective::penalty::GradientPenalty;
use kiln_objective::{Adversarial, DiffAugment, Labels, LeCam};
use kiln_train::{Average, AverageConfig, LearnerConfig, OptimizerConfig};
use serde::{Deserialize, Serialize};

use super::game::Dcgan;
use super::painter::DcganPainter;
use crate::recipe::painter::{LatentSpace, Painter, Prior};
use crate::recipe::{Family, RecipeError, World};

/// Every constant of the game.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct DcganConfig {
    /// Numbers in a latent.
    pub latents: usize,
    /// Channels of both networks at half the resolution.
    pub width: usize,
    /// What the networks have beyond the paper's.
    pub extra_layers: ExtraLayers,
    /// What the sides play for.
    pub objective: Adversarial,
    /// What the critic is told.
    pub labels: Labels,
    /// Standard deviation of the Gaussian noise on all that the critic sees, over time (Arjovsky
    /// and Bottou 2017, section 3; Sonderby et al. 2017): pictures are in `[-1, 1]`.
    pub noise: Schedule,
    /// What happens to all that the critic sees, before the noise.
    pub augment: DiffAugment,
    /// Samples that the critic judges at once (PacGAN); 1 for each by itself.
    pub pack: usize,
    /// The share of the fakes, those that the critic likes best, that the generator learns from,
    /// over time (Sinha et al. 2020); 1 for all.
    pub top_k: Schedule,
    /// What keeps the critic from running away, if anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lecam: Option<LeCam>,
    /// Penalties on the critic's slope, of which any may be combined.
    pub penalties: Vec<GradientPenalty>,
    /// How the critic learns.
    pub critic: LearnerConfig,
    /// How the generator learns.
    pub generator: LearnerConfig,
    /// How the weights for samples are averaged.
    pub average: AverageConfig,
    /// Parts into which a batch is cut to save memory; gradients are added up over them.
    pub accumulate: usize,
}

impl Default for DcganConfig {
    fn default() -> Self {
        let adam = LearnerConfig {
            optimizer: OptimizerConfig::adam(0.5, 0.999),
            rate: Schedule::constant(2e-4),
            clip_norm: None,
        };
        Self {
            latents: 100,
            width: 32,
            extra_layers: ExtraLayers::default(),
            objective: Adversarial::NonSaturating,
            labels: Labels::HARD,
            noise: Schedule::constant(0.0),
            augment: DiffAugment::default(),
            pack: 1,
            top_k: Schedule::constant(1.0),
            lecam: None,
            penalties: vec![],
            critic: adam,
            generator: adam,
            average: AverageConfig { half_life: SamplesSeen(10_000), ramp: 0.05 },
            accumulate: 1,
        }
    }
}

/// 3 x 3 convolutions with batch norm that keep the resolution; the paper has none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ExtraLayers {
    /// After each doubling of the resolution but the last.
    pub generator: usize,
    /// After each halving but the first.
    pub critic: usize,
}

impl Family for DcganConfig {
    type Game = Dcgan;

    fn start(&self, world: &World) -> Result<Dcgan, RecipeError> {
        self.critic.check()?;
        self.generator.check()?;
        self.labels.validate()?;
        self.noise.check()?;
        self.top_k.check()?;
        self.lecam.map_or(Ok(()), LeCam::validate)?;
        self.penalties.iter().try_for_each(GradientPenalty::validate)?;
        let shares = [SamplesSeen(0), SamplesSeen(u64::MAX)].map(|now| self.top_k.at(now));
        if let Some(share) = shares.into_iter().find(|share| !(*share > 0.0 && *share <= 1.0)) {
            return Err(RecipeError::TopK(share));
        }
        let parts = self.accumulate * self.pack;
        if parts == 0 || !world.batch_size.is_multiple_of(parts) {
            return Err(RecipeError::Batch(format!(
                "a batch of {} cannot be cut into {} parts of packs of {}: change `accumulate`, \
                 `pack` or --batch-size",
                world.batch_size, self.accumulate, self.pack
            )));
        }
        let weights = Address::new(world.seed, Purpose::Weights);
        let generator = self.generator_config(world.picture)?.init(&world.device)?;
        let generator = initialise(generator, &Initial::dcgan(), weights.named("generator"));
        let critic = self.critic_config(world.picture)?.init(&world.device)?;
        let critic = initialise(critic, &Initial::dcgan(), weights.named("critic"));
        let preview = Address::new(world.seed, Purpose::Preview);
        Ok(Dcgan {
            config: self.clone(),
            anchors: None,
            averaged: Average::of(&generator, self.average),
            generator: self.generator.init(Side::Generator, generator),
            critic: self.critic.init(Side::Critic, critic),
            device: world.device.clone(),
            preview: self.latent_space().draw(world.sheet, preview),
        })
    }

    fn painter(
        &self,
        picture: [usize; 3],
        device: &Device,
    ) -> Result<Box<dyn Painter>, RecipeError> {
        let device = device.clone().without_autodiff();
        let generator = self.generator_config(picture)?.init(&device)?;
        Ok(Box::new(DcganPainter { generator, latents: self.latents, device }))
    }

    fn layers(&self, world: &World) -> Result<Vec<(&'static str, Vec<LayerRow>)>, RecipeError> {
        let generator = self.generator_config(world.picture)?.init(&world.device)?;
        let critic = self.critic_config(world.picture)?.init(&world.device)?;
        Ok(vec![("generator", layers(&generator)), ("critic", layers(&critic))])
    }
}

impl DcganConfig {
    /// How many of `n` logits the generator learns from now.
    pub(super) fn k(&self, n: usize, now: SamplesSeen) -> usize {
        ((n as f64 * self.top_k.at(now)).round() as usize).max(1)
    }

    fn latent_space(&self) -> LatentSpace {
        LatentSpace { width: self.latents, prior: Prior::Normal }
    }

    fn generator_config(&self, picture: [usize; 3]) -> Result<DcganGeneratorConfig, RecipeError> {
        let [channels, size] = square(picture)?;
        let Self {
            latents, width, extra_layers: ExtraLayers { generator: extra_layers, .. }, ..
        } = *self;
        Ok(DcganGeneratorConfig { latents, channels, width, size, extra_layers })
    }

    fn critic_config(&self, picture: [usize; 3]) -> Result<DcganCriticConfig, RecipeError> {
        let [channels, size] = square(picture)?;
        let Self { width, extra_layers: ExtraLayers { critic: extra_layers, .. }, .. } = *self;
        let channels = channels * self.pack;
        Ok(DcganCriticConfig {
            channels,
            width,
            size,
            extra_layers,
            ..DcganCriticConfig::default()
        })
    }
}

/// `[channels, side]` of a square picture.
fn square([channels, height, width]: [usize; 3]) -> Result<[usize; 2], RecipeError> {
    if height == width {
        return Ok([channels, height]);
    }
    let size = height.min(width);
    Err(RecipeError::Picture(format!(
        "the pictures are {width} x {height}; dcgan makes squares: give --size, such as {size}"
    )))
}
