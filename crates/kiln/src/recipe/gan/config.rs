//! The constants of the game, and what follows from them before the first round.

use burn::tensor::{Device, Tensor};
use kiln_core::{Medium, SamplesSeen, Schedule, Side};
use kiln_models::{CriticHeadConfig, Initial, LayerRow, Norm, Pass, layers};
use kiln_objective::energy::{Balance, Began};
use kiln_objective::penalty::GradientPenalty;
use kiln_objective::{Adversarial, Boundary, Labels, LeCam, Verdict};
use kiln_train::{Average, AverageConfig, LearnerConfig, OptimizerConfig, Round};
use serde::{Deserialize, Serialize};

use super::augment::Augment;
use super::condition::Condition;
use super::encoding::Encoding;
use super::game::Gan;
use super::memories::Memories;
use super::networks::{Critic, CriticNetwork, Generator, GeneratorNetwork, Networks};
use super::pace::Pace;
use super::painter::GanPainter;
use super::regularisers::Regularisers;
use super::switch::Switch;
use crate::recipe::painter::{LatentSpace, Painter, Prior};
use crate::recipe::{Conditions, Family, Images, RecipeError, Subject, World};

/// Every constant of the game.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct GanConfig {
    /// Numbers in a latent.
    pub latents: usize,
    /// How they are distributed.
    pub prior: Prior,
    /// The networks.
    pub networks: Networks,
    /// Their first weights, if not those that the networks' authors gave them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initial: Option<Initial>,
    /// What samples are asked to be, if anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
    /// What the sides play for.
    pub objective: Adversarial,
    /// What the critic is told.
    pub labels: Labels,
    /// What holds the energies of fakes and reals in proportion (BEGAN), if anything: it weighs the
    /// fakes in the critic's Wasserstein loss.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub balance: Option<Began>,
    /// How often each side plays.
    pub pace: Pace,
    /// When the critic rests, if ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub switch: Option<Switch>,
    /// Rounds from one look at the readings to the next, where something is decided by them.
    pub look_every: u64,
    /// Standard deviation of the Gaussian noise on all that the critic sees, over time (Arjovsky
    /// and Bottou 2017, section 3; Sonderby et al. 2017): pictures are in `[-1, 1]`.
    pub noise: Schedule,
    /// What happens to all that the critic sees, before the noise.
    pub augment: Augment,
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
    /// What else holds the game in bounds.
    pub regularisers: Regularisers,
    /// The largest magnitude of the critic's weights; larger ones are cut to it after each of its
    /// updates (Arjovsky et al. 2017, WGAN, algorithm 1).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clip_weights: Option<f64>,
    /// How the critic learns.
    pub critic: LearnerConfig,
    /// How the generator learns.
    pub generator: LearnerConfig,
    /// How the weights for samples are averaged.
    pub average: AverageConfig,
    /// The encoder that is taught once the game is over, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoder: Option<Encoding>,
    /// Parts into which a batch is cut to save memory; gradients are added up over them.
    pub accumulate: usize,
}

impl Default for GanConfig {
    /// DCGAN's constants (Radford, Metz and Chintala 2016), with normal latents, as in the authors'
    /// Torch port, and a width for the CPU: the paper's is 128 at 64 x 64.
    fn default() -> Self {
        let adam = LearnerConfig {
            optimizer: OptimizerConfig::adam(0.5, 0.999),
            rate: Schedule::constant(2e-4),
            clip_norm: None,
        };
        let extra_layers = 0;
        Self {
            latents: 100,
            prior: Prior::Normal,
            networks: Networks {
                generator: GeneratorNetwork::Dcgan { width: 32, extra_layers },
                critic: CriticNetwork::Dcgan {
                    width: 32,
                    extra_layers,
                    norm: Norm::Batch,
                    head: CriticHeadConfig::default(),
                },
            },
            initial: None,
            condition: None,
            objective: Adversarial::NonSaturating,
            labels: Labels::HARD,
            balance: None,
            pace: Pace::default(),
            switch: None,
            look_every: 4,
            noise: Schedule::constant(0.0),
            augment: Augment::None,
            pack: 1,
            top_k: Schedule::constant(1.0),
            lecam: None,
            penalties: vec![],
            regularisers: Regularisers::default(),
            clip_weights: None,
            critic: adam,
            generator: adam,
            average: AverageConfig::new(SamplesSeen(10_000), 0.05),
            encoder: None,
            accumulate: 1,
        }
    }
}

impl Family for GanConfig {
    type Game = Gan;

    fn start(&self, world: &World) -> Result<Gan, RecipeError> {
        self.validate(world)?;
        let (generator, critic) = self.init(world)?;
        let first = |own: Result<Initial, RecipeError>| self.initial.clone().map_or(own, Ok);
        let (networks, picture) = (&self.networks, world.subject.picture);
        let conditions = self.conditions(&world.subject)?;
        let (space, preview) = (self.latent_space(), world.preview_address());
        let (for_generator, for_critic) = (
            first(networks.generator.initial(self.latents, picture))?,
            first(networks.critic.initial(picture))?,
        );
        let (generator, critic) =
            world.initialise((generator, &for_generator), (critic, &for_critic));
        self.settle(&generator, &critic, world);
        let encoder = self.init_encoder(&world.subject, &world.device)?;
        let encoder = self.encoder.zip(encoder);
        Ok(Gan {
            config: self.clone(),
            anchors: None,
            balance: self.balance.map(|_| Balance::new(&world.device)),
            resting: false,
            ada: match self.augment {
                Augment::Ada(ada) => Some(ada.start()),
                _ => None,
            },
            memories: Memories::default(),
            averaged: Average::of(&generator, self.average),
            generator: self.generator.init(Side::Generator, generator),
            critic: self.critic.init(Side::Critic, critic),
            encoder: encoder.map(|(how, network)| how.start(network, &for_critic, world)),
            device: world.device.clone(),
            medium: world.subject.medium,
            preview: conditions.sheet(world.sheet, &space, preview),
            conditions,
        })
    }

    fn painter(&self, subject: &Subject, device: &Device) -> Result<Box<dyn Painter>, RecipeError> {
        let device = device.clone().without_autodiff();
        let (conditions, space) = (self.conditions(subject)?, self.latent_space());
        let generator = self.init_generator(subject, &conditions, &device)?;
        let tellers = self.init_tellers(subject, &device)?;
        let (medium, truncation) = (subject.medium, None);
        Ok(Box::new(GanPainter {
            generator,
            medium,
            space,
            conditions,
            tellers,
            truncation,
            device,
        }))
    }

    fn takes(&self, medium: Medium) -> bool {
        self.networks.generator.takes(medium) && self.networks.critic.takes(medium)
    }

    fn conditions(&self, subject: &Subject) -> Result<Conditions, RecipeError> {
        let condition = self.condition.as_ref();
        condition.map_or(Ok(Conditions::None), |condition| condition.conditions(subject))
    }

    fn opinion(&self, game: &Gan, reals: Images, round: &Round<'_>) -> Option<(Verdict, Boundary)> {
        let parts = game.parts(0, reals, round);
        let verdicts = parts.iter().map(|part| game.verdict(part, round));
        let (real, fake) = verdicts.map(|Verdict { real, fake }| (real, fake)).unzip();
        let verdict = Verdict { real: Tensor::cat(real, 0), fake: Tensor::cat(fake, 0) };
        Some((verdict, game.boundary()))
    }

    fn layers(&self, world: &World) -> Result<Vec<(&'static str, Vec<LayerRow>)>, RecipeError> {
        let (generator, critic) = self.init(world)?;
        let mut all = vec![("generator", layers(&generator)), ("critic", layers(&critic))];
        let encoder = self.init_encoder(&world.subject, &world.device)?;
        all.extend(encoder.map(|encoder| ("encoder", layers(&encoder))));
        Ok(all)
    }
}

impl GanConfig {
    /// How many of `n` logits the generator learns from now.
    pub(super) fn k(&self, n: usize, now: SamplesSeen) -> usize {
        ((n as f64 * self.top_k.at(now)).round() as usize).max(1)
    }

    /// Whether the critic looks at each sample for itself: what tells conditions has batch norm.
    pub(super) fn looks_singly(&self) -> bool {
        let tells = self.condition.as_ref().is_some_and(|told| told.critic().recognises.is_some());
        self.networks.critic.sees_singly() && !tells
    }

    pub(crate) fn latent_space(&self) -> LatentSpace {
        LatentSpace::new(self.latents, self.prior)
    }

    fn init(&self, world: &World) -> Result<(Generator, Critic), RecipeError> {
        let (subject, device) = (&world.subject, &world.device);
        let generator = self.init_generator(subject, &self.conditions(subject)?, device)?;
        Ok((generator, self.init_critic(subject, device)?))
    }

    pub(super) fn init_critic(
        &self,
        subject: &Subject,
        device: &Device,
    ) -> Result<Critic, RecipeError> {
        let conditions = self.conditions(subject)?;
        let [channels, height, width] = subject.picture;
        let seen = [channels * self.pack, height, width];
        let told = self.condition.as_ref().map(Condition::critic);
        let told = told.map(|told| (told, conditions.width() * self.pack));
        Critic::init(&self.networks.critic, seen, told, device)
    }

    fn init_generator(
        &self,
        subject: &Subject,
        conditions: &Conditions,
        device: &Device,
    ) -> Result<Generator, RecipeError> {
        let told = self.condition.as_ref().map(Condition::generator);
        let told = told.map(|told| (told, conditions.width()));
        let (network, picture) = (&self.networks.generator, subject.picture);
        Generator::init(network, self.latents, picture, told, device)
    }

    /// Brings the vectors of spectral normalisation, which start at random, near their weights': the
    /// first fakes are made before a turn moves them.
    fn settle(&self, generator: &Generator, critic: &Critic, world: &World) {
        const ITERATIONS: usize = 5;
        let latents = Tensor::ones([2, self.latents], &world.device);
        for _ in 0..ITERATIONS {
            let fake = generator.forward(latents.clone(), &Pass::keeping().iterating_power());
            let seen = Tensor::cat(vec![fake; self.pack], 1);
            critic.forward(seen.into(), &Pass::keeping().iterating_power());
        }
    }

    /// Augmentation is of pictures: the channels of a volume are its slices, not colours, and a sound
    /// has one row.
    fn augments(&self, medium: Medium) -> Result<(), RecipeError> {
        let augmented = self.augment != Augment::None || self.regularisers.consistency.is_some();
        match medium {
            Medium::Volume | Medium::Sound { .. } if augmented => {
                Err(RecipeError::Augmented { medium })
            }
            _ => Ok(()),
        }
    }

    fn validate(&self, world: &World) -> Result<(), RecipeError> {
        self.critic.check()?;
        self.generator.check()?;
        self.labels.validate()?;
        self.condition.as_ref().map_or(Ok(()), Condition::validate)?;
        self.pace.validate()?;
        self.switch.map_or(Ok(()), Switch::validate)?;
        self.augment.validate()?;
        self.augments(world.subject.medium)?;
        self.regularisers.validate()?;
        self.noise.check()?;
        self.top_k.check()?;
        self.lecam.map_or(Ok(()), LeCam::validate)?;
        self.balance.map_or(Ok(()), Began::validate)?;
        self.validate_encoder()?;
        self.penalties.iter().try_for_each(GradientPenalty::validate)?;
        let shares = [SamplesSeen(0), SamplesSeen(u64::MAX)].map(|now| self.top_k.at(now));
        if let Some(share) = shares.into_iter().find(|share| !(*share > 0.0 && *share <= 1.0)) {
            return Err(RecipeError::TopK(share));
        }
        if self.look_every == 0 {
            return Err(RecipeError::LookEvery);
        }
        if let Some(bound) = self.clip_weights.filter(|bound| *bound <= 0.0 || bound.is_nan()) {
            return Err(RecipeError::Clip(bound));
        }
        if self.balance.is_some() && self.objective != Adversarial::Wasserstein {
            return Err(RecipeError::Balance);
        }
        let parts = self.accumulate * self.pack;
        if parts == 0 || !world.batch_size.is_multiple_of(parts) {
            return Err(RecipeError::Batch(format!(
                "a batch of {} cannot be cut into {} parts of packs of {}: change `accumulate`, \
                 `pack` or --batch-size",
                world.batch_size, self.accumulate, self.pack
            )));
        }
        Ok(())
    }
}
