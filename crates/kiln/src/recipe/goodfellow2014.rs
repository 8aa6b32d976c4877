//! The first paper: Goodfellow et al. 2014, "Generative Adversarial Nets", algorithm 1 and the
//! authors' `mnist.yaml`.
//!
//! A generator of two ReLU layers and a sigmoid, a maxout critic with dropout, stochastic gradient
//! descent with growing momentum and a falling rate.
//!
//! Both networks see pixels in `[0, 1]`, as the authors' do. (In `[-1, 1]`, where a digit's
//! background is eight times as long a vector, the paper's rate of 0.1 breaks the game within
//! 2,000 updates.)
//!
//! Departs from the paper: the authors start the last offset from the pixels' marginals, here it
//! starts at zero.

use burn::tensor::{Device, Tensor};
use kiln_core::{Clock, Purpose, SamplesSeen, Schedule, Sheet, Side};
use kiln_models::{
    Activation, Initial, LayerRow, MaxoutCritic, MaxoutCriticConfig, Pass, Perceptron,
    PerceptronConfig, layers,
};
use kiln_objective::{Adversarial, Boundary, Labels, Verdict, critic_loss, generator_loss};
use kiln_train::{Game, Learner, LearnerConfig, OptimizerConfig, Round, State, StateError};
use serde::{Deserialize, Serialize};

use super::painter::{LatentSpace, Painter, Prior, paint_sheet};
use super::{Family, Images, Origins, RecipeError, Subject, World, record_verdict};

/// Every constant of the game.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Goodfellow2014Config {
    /// Numbers in a latent, uniform in `[-1, 1)`.
    pub latents: usize,
    /// Widths between latent and picture.
    pub generator_hidden: Vec<usize>,
    /// Units of the critic's maxout layers.
    pub critic_units: Vec<usize>,
    /// Affine pieces of a maxout unit.
    pub pieces: usize,
    /// The paper's are minimax and non-saturating.
    pub objective: Adversarial,
    /// Critic turns in a round: `k` of algorithm 1.
    pub critic_turns: usize,
    /// How the critic learns.
    pub critic: LearnerConfig,
    /// How the generator learns.
    pub generator: LearnerConfig,
}

/// The factor 1 / 1.000004 an update halves the rate in ln 2 / ln 1.000004 = 173,287 updates of
/// 100 samples.
const RATE_HALF_LIFE: SamplesSeen = SamplesSeen(17_328_700);
/// 250 epochs of the authors' 50,000 training samples.
const MOMENTUM_UNTIL: SamplesSeen = SamplesSeen(250 * 50_000);

impl Default for Goodfellow2014Config {
    fn default() -> Self {
        let descent = LearnerConfig {
            optimizer: OptimizerConfig::Sgd {
                momentum: Schedule::Linear { from: 0.5, to: 0.7, until: MOMENTUM_UNTIL },
            },
            rate: Schedule::Decay { from: 0.1, floor: 1e-6, half_life: RATE_HALF_LIFE },
            clip_norm: None,
        };
        Self {
            latents: 100,
            generator_hidden: vec![1200, 1200],
            critic_units: vec![240, 240],
            pieces: 5,
            objective: Adversarial::NonSaturating,
            critic_turns: 1,
            critic: descent,
            generator: descent,
        }
    }
}

/// The game while it is played.
#[derive(Debug)]
pub struct Goodfellow2014 {
    config: Goodfellow2014Config,
    picture: [usize; 3],
    batch_size: usize,
    generator: Learner<Perceptron>,
    critic: Learner<MaxoutCritic>,
    device: Device,
    preview: Origins,
}

impl Goodfellow2014 {
    fn latents(&self, n: usize, turn: usize, round: &Round<'_>) -> Tensor<2> {
        round.uniforms(Purpose::Latents, turn as u64, [n, self.config.latents], (-1.0, 1.0))
    }

    /// What `critic` says of the reals of a turn and of as many fakes.
    fn verdict(
        &self,
        critic: &MaxoutCritic,
        turn: usize,
        real: Tensor<4>,
        round: &Round<'_>,
    ) -> Verdict {
        let latents = self.latents(real.dims()[0], turn, round);
        let generator = self.generator.frozen();
        let fake = generator.paint(latents.into(), self.picture, &Pass::train(None)).value;
        let look =
            |images: Tensor<4>, lane| critic.forward(images.into(), &dropping(round, lane)).value;
        let lane = 2 * turn as u64;
        Verdict { real: look(real, lane), fake: look(fake, lane + 1) }
    }

    fn boundary(&self) -> Boundary {
        self.config.objective.boundary(Labels::HARD)
    }

    /// Line 3 to 6 of algorithm 1: ascend the critic's gradient.
    fn critic_turn(mut self, turn: usize, real: Tensor<4>, round: &mut Round<'_>) -> Self {
        let verdict = self.verdict(self.critic.network(), turn, real, round);
        record_verdict(&verdict, self.boundary(), round);
        let loss = critic_loss(self.config.objective, verdict, Labels::HARD);
        self.critic = self.critic.learn(&loss, round);
        round.record("critic/loss", loss);
        self
    }

    /// Line 8 and 9: descend the generator's.
    fn generator_turn(mut self, real: Tensor<4>, round: &mut Round<'_>) -> Self {
        let turn = self.config.critic_turns;
        let latents = self.latents(self.batch_size, turn, round);
        let generator = self.generator.network();
        let fake = generator.paint(latents.into(), self.picture, &Pass::train(None)).value;
        let critic = self.critic.frozen();
        let look =
            |images: Tensor<4>, lane| critic.forward(images.into(), &dropping(round, lane)).value;
        let lane = 2 * turn as u64;
        let loss = generator_loss(self.config.objective, look(fake, lane), || look(real, lane + 1));
        self.generator = self.generator.learn(&loss, round);
        round.record("generator/loss", loss);
        self
    }
}

/// Pixels in [-1, 1] as they are seen here, in [0, 1].
fn unit(batch: Images) -> Tensor<4> {
    (batch.pixels + 1.0) / 2.0
}

/// A training pass with this lane's dropout masks.
fn dropping(round: &Round<'_>, lane: u64) -> Pass {
    Pass::train(Some(round.address(Purpose::Dropout).lane(lane)))
}

impl Game for Goodfellow2014 {
    type Batch = Images;

    fn batches(&self, _clock: &Clock) -> usize {
        self.config.critic_turns
    }

    fn play(self, batches: Vec<Images>, round: &mut Round<'_>) -> Self {
        let reals: Vec<_> = batches.into_iter().map(unit).collect();
        let Some(last) = reals.last().cloned() else { return self };
        let turns = reals.into_iter().enumerate();
        let game = turns.fold(self, |game, (turn, real)| game.critic_turn(turn, real, round));
        game.generator_turn(last, round)
    }

    fn rates(&self, clock: &Clock) -> Vec<(&'static str, f64)> {
        vec![("critic", self.critic.rate(clock)), ("generator", self.generator.rate(clock))]
    }

    fn preview(&self) -> Result<Sheet, StateError> {
        use burn::module::Module;
        let painter = StretchedPainter {
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

impl Family for Goodfellow2014Config {
    type Game = Goodfellow2014;

    fn start(&self, world: &World) -> Result<Goodfellow2014, RecipeError> {
        self.critic.check()?;
        self.generator.check()?;
        if self.critic_turns == 0 {
            let reason = "`critic-turns` is 0; the critic needs at least 1 turn a round";
            return Err(RecipeError::Batch(reason.to_owned()));
        }
        let generator = self.generator_config(world.subject.picture).init(&world.device)?;
        let critic = self.critic_config(world.subject.picture).init(&world.device)?;
        let (generator, critic) = world
            .initialise((generator, &Initial::uniform(0.05)), (critic, &Initial::uniform(0.005)));
        Ok(Goodfellow2014 {
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
        Ok(Box::new(StretchedPainter { generator, space: self.latent_space(), picture, device }))
    }

    fn opinion(
        &self,
        game: &Goodfellow2014,
        reals: Images,
        round: &Round<'_>,
    ) -> Option<(Verdict, Boundary)> {
        Some((game.verdict(&game.critic.frozen(), 0, unit(reals), round), game.boundary()))
    }

    fn layers(&self, world: &World) -> Result<Vec<(&'static str, Vec<LayerRow>)>, RecipeError> {
        let generator = self.generator_config(world.subject.picture).init(&world.device)?;
        let critic = self.critic_config(world.subject.picture).init(&world.device)?;
        Ok(vec![("generator", layers(&generator)), ("critic", layers(&critic))])
    }
}

impl Goodfellow2014Config {
    fn latent_space(&self) -> LatentSpace {
        LatentSpace::new(self.latents, Prior::Uniform)
    }

    fn generator_config(&self, picture: [usize; 3]) -> PerceptronConfig {
        let mut sizes = vec![self.latents];
        sizes.extend(&self.generator_hidden);
        sizes.push(picture.iter().product());
        let (hidden, output) = (Activation::Relu, Activation::Sigmoid);
        PerceptronConfig { hidden, output, ..PerceptronConfig::new(sizes) }
    }

    fn critic_config(&self, picture: [usize; 3]) -> MaxoutCriticConfig {
        MaxoutCriticConfig {
            inputs: picture.iter().product(),
            units: self.critic_units.clone(),
            pieces: self.pieces,
            ..MaxoutCriticConfig::default()
        }
    }
}

struct StretchedPainter {
    generator: Perceptron,
    space: LatentSpace,
    picture: [usize; 3],
    device: Device,
}

impl Painter for StretchedPainter {
    fn latents(&self) -> LatentSpace {
        self.space
    }

    fn paint(&self, latents: Tensor<2>, _condition: Option<Tensor<2>>) -> Tensor<4> {
        let unit = self.generator.paint(latents.into(), self.picture, &Pass::eval()).value;
        unit * 2.0 - 1.0 // the sigmoid's [0, 1] to [-1, 1]
    }

    fn load(&mut self, state: &mut State) -> Result<(), StateError> {
        self.generator = state.take_module("generator", self.generator.clone(), &self.device)?;
        Ok(())
    }

    fn device(&self) -> Device {
        self.device.clone()
    }
}
