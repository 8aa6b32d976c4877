//! The two-perceptron GAN of the popular Keras tutorial (Keras-GAN, `gan.py`), turn by turn.
//!
//! A round: the critic learns from half a batch of reals, then from half a batch of fakes, each
//! in an update of its own; then the generator learns from a full batch through the frozen
//! critic. Labels of reals are 0.9 (Salimans et al. 2016, section 3.4).
//!
//! Departs from the listing: logits and a stable loss instead of a sigmoid and its logarithm,
//! which are the same function.

use burn::tensor::{Device, Tensor};
use kiln_core::{Clock, Purpose, Schedule, Sheet, Side};
use kiln_models::{Activation, Initial, LayerRow, Pass, Perceptron, PerceptronConfig, layers};
use kiln_objective::{Boundary, Labels, Verdict, logistic_loss};
use kiln_train::{Batch, Game, Learner, LearnerConfig, OptimizerConfig, Round, State, StateError};
use serde::{Deserialize, Serialize};

use super::painter::{LatentSpace, Painter, Prior, paint_sheet};
use super::{Family, Images, Origins, RecipeError, Subject, World, record_verdict};

/// Every constant of the game.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct VanillaConfig {
    /// Numbers in a latent.
    pub latents: usize,
    /// Widths between latent and picture.
    pub generator_hidden: Vec<usize>,
    /// Widths between picture and logit.
    pub critic_hidden: Vec<usize>,
    /// Weight of a batch in the running statistics of the generator's batch norm; none for no
    /// batch norm. Keras' momentum 0.8 is 0.2 here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch_norm: Option<f64>,
    /// The target of reals, in `(0, 1]`.
    pub real_label: f32,
    /// How the critic learns.
    pub critic: LearnerConfig,
    /// How the generator learns.
    pub generator: LearnerConfig,
}

impl Default for VanillaConfig {
    fn default() -> Self {
        let adam = LearnerConfig {
            // Keras' epsilon is 1e-7.
            optimizer: OptimizerConfig::Adam {
                beta1: 0.5,
                beta2: Schedule::constant(0.999),
                epsilon: 1e-7,
                weight_decay: 0.0,
            },
            rate: Schedule::constant(2e-4),
            clip_norm: None,
        };
        Self {
            latents: 100,
            generator_hidden: vec![256, 512, 1024],
            critic_hidden: vec![512, 256],
            batch_norm: Some(0.2),
            real_label: 0.9,
            critic: adam,
            generator: adam,
        }
    }
}

/// The game while it is played.
#[derive(Debug)]
pub struct Vanilla {
    config: VanillaConfig,
    picture: [usize; 3],
    batch_size: usize,
    generator: Learner<Perceptron>,
    critic: Learner<Perceptron>,
    device: Device,
    preview: Origins,
}

/// Lanes of a round's latents.
const CRITIC_LANE: u64 = 0;
const GENERATOR_LANE: u64 = 1;

impl Vanilla {
    fn paint(&self, n: usize, lane: u64, pass: &Pass, round: &Round<'_>) -> Tensor<4> {
        let latents = round.normals(Purpose::Latents, lane, [n, self.config.latents]);
        self.generator.network().paint(latents.into(), self.picture, pass).value
    }

    /// The critic learns from reals, then from as many fakes; the generator is not moved.
    fn critic_turn(mut self, real: Tensor<4>, round: &mut Round<'_>) -> Self {
        // Keras runs `generator.predict` here: running statistics, nothing moves.
        let fake = self.paint(real.dims()[0], CRITIC_LANE, &Pass::eval(), round).detach();
        let look = |critic: &Learner<Perceptron>, images: Tensor<4>| {
            critic.network().judge(images.into(), &Pass::train(None)).value
        };

        let real = look(&self.critic, real);
        let loss_real = logistic_loss(real.clone(), self.config.real_label);
        self.critic = self.critic.learn(&loss_real, round);

        let fake = look(&self.critic, fake);
        let loss_fake = logistic_loss(fake.clone(), 0.0);
        self.critic = self.critic.learn(&loss_fake, round);

        record_verdict(&Verdict { real, fake }, Boundary::At(0.0), round);
        // The listing reports the mean of its two losses.
        round.record("critic/loss", (loss_real + loss_fake) * 0.5);
        self
    }

    /// The generator learns from a full batch through the frozen critic.
    fn generator_turn(mut self, round: &mut Round<'_>) -> Self {
        let fake = self.paint(self.batch_size, GENERATOR_LANE, &Pass::train(None), round);
        let pass = Pass::train(None).keeping_statistics();
        let logits = self.critic.frozen().judge(fake.into(), &pass).value;
        let loss = logistic_loss(logits, 1.0);
        self.generator = self.generator.learn(&loss, round);
        round.record("generator/loss", loss);
        self
    }
}

impl Game for Vanilla {
    type Batch = Images;

    fn play(self, batches: Vec<Images>, round: &mut Round<'_>) -> Self {
        batches
            .into_iter()
            .fold(self, |game, batch| game.critic_turn(batch.pixels, round).generator_turn(round))
    }

    fn rates(&self, clock: &Clock) -> Vec<(&'static str, f64)> {
        vec![("critic", self.critic.rate(clock)), ("generator", self.generator.rate(clock))]
    }

    fn preview(&self) -> Result<Sheet, StateError> {
        use burn::module::Module;
        let painter = PerceptronPainter {
            generator: self.generator.network().valid(),
            space: self.config.latent_space(),
            picture: self.picture,
            device: self.device.clone().without_autodiff(),
        };
        paint_sheet(&painter, &self.preview)
    }

    fn save(&self, state: &mut State) {
        self.generator.save("generator", state);
        self.critic.save("critic", state);
    }

    fn load(mut self, state: &mut State) -> Result<Self, StateError> {
        self.generator = self.generator.load("generator", state, &self.device)?;
        self.critic = self.critic.load("critic", state, &self.device)?;
        Ok(self)
    }

    fn snapshot(&self, state: &mut State) {
        state.put_module("generator", self.generator.network());
    }
}

impl Family for VanillaConfig {
    type Game = Vanilla;

    fn start(&self, world: &World) -> Result<Vanilla, RecipeError> {
        self.critic.check()?;
        self.generator.check()?;
        Labels::one_sided(self.real_label).validate()?;
        if world.batch_size < 2 {
            let reason = "vanilla shows the critic half a batch: give --batch-size of at least 2";
            return Err(RecipeError::Batch(reason.to_owned()));
        }
        let generator = self.generator_config(world.subject.picture).init(&world.device)?;
        let critic = self.critic_config(world.subject.picture).init(&world.device)?;
        let (generator, critic) =
            world.initialise((generator, &Initial::glorot()), (critic, &Initial::glorot()));
        Ok(Vanilla {
            config: self.clone(),
            picture: world.subject.picture,
            batch_size: world.batch_size,
            generator: self.generator.init(Side::Generator, generator),
            critic: self.critic.init(Side::Critic, critic),
            device: world.device.clone(),
            preview: world.preview(self.latent_space()),
        })
    }

    fn painter(&self, subject: &Subject, device: &Device) -> Result<Box<dyn Painter>, RecipeError> {
        let device = device.clone().without_autodiff();
        let picture = subject.picture;
        let generator = self.generator_config(picture).init(&device)?;
        Ok(Box::new(PerceptronPainter { generator, space: self.latent_space(), picture, device }))
    }

    fn reals_per_draw(&self, batch_size: usize) -> usize {
        batch_size / 2
    }

    fn opinion(
        &self,
        game: &Vanilla,
        reals: Images,
        round: &Round<'_>,
    ) -> Option<(Verdict, Boundary)> {
        let fake = game.paint(reals.samples(), CRITIC_LANE, &Pass::eval(), round);
        let critic = game.critic.frozen();
        let look = |images: Tensor<4>| critic.judge(images.into(), &Pass::eval()).value;
        Some((Verdict { real: look(reals.pixels), fake: look(fake) }, Boundary::At(0.0)))
    }

    fn layers(&self, world: &World) -> Result<Vec<(&'static str, Vec<LayerRow>)>, RecipeError> {
        let generator = self.generator_config(world.subject.picture).init(&world.device)?;
        let critic = self.critic_config(world.subject.picture).init(&world.device)?;
        Ok(vec![("generator", layers(&generator)), ("critic", layers(&critic))])
    }
}

impl VanillaConfig {
    fn latent_space(&self) -> LatentSpace {
        LatentSpace::new(self.latents, Prior::Normal)
    }

    fn generator_config(&self, picture: [usize; 3]) -> PerceptronConfig {
        let mut sizes = vec![self.latents];
        sizes.extend(&self.generator_hidden);
        sizes.push(picture.iter().product());
        let (output, batch_norm) = (Activation::Tanh, self.batch_norm);
        PerceptronConfig { output, batch_norm, ..PerceptronConfig::new(sizes) }
    }

    fn critic_config(&self, picture: [usize; 3]) -> PerceptronConfig {
        let mut sizes = vec![picture.iter().product()];
        sizes.extend(&self.critic_hidden);
        sizes.push(1);
        PerceptronConfig::new(sizes)
    }
}

/// A perceptron that makes pictures in `[-1, 1]`.
struct PerceptronPainter {
    generator: Perceptron,
    space: LatentSpace,
    picture: [usize; 3],
    device: Device,
}

impl Painter for PerceptronPainter {
    fn latents(&self) -> LatentSpace {
        self.space
    }

    fn paint(&self, latents: Tensor<2>, _condition: Option<Tensor<2>>) -> Tensor<4> {
        self.generator.paint(latents.into(), self.picture, &Pass::eval()).value
    }

    fn load(&mut self, state: &mut State) -> Result<(), StateError> {
        self.generator = state.take_module("generator", self.generator.clone(), &self.device)?;
        Ok(())
    }

    fn device(&self) -> Device {
        self.device.clone()
    }
}
