//! DCGAN: Radford, Metz and Chintala 2016, "Unsupervised Representation Learning with Deep
//! Convolutional Generative Adversarial Networks", section 4 and the authors' code.
//!
//! Departs from the paper: normal latents (as the authors' Torch port) and samples from averaged
//! weights. The default width is sized for the CPU; the paper's is 128 at 64 x 64.

use burn::tensor::{Device, Tensor};
use kiln_core::{Address, Clock, Purpose, Schedule, Sheet, Side};
use kiln_models::{
    DcganCritic, DcganCriticConfig, DcganGenerator, DcganGeneratorConfig, Initial, LayerRow, Pass,
    initialise, layers,
};
use kiln_objective::penalty::{Phi, input_gradient, penalty_along};
use kiln_objective::{Adversarial, R1, Smoothing, Verdict, critic_loss, generator_loss};
use kiln_train::{
    Average, AverageConfig, Game, Gradients, Learner, LearnerConfig, OptimizerConfig, Round, State,
    StateError,
};
use serde::{Deserialize, Serialize};

use super::painter::{LatentSpace, Painter, Prior, paint_sheet};
use super::{Family, Images, RecipeError, World, record_verdict};

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
    /// The target of reals in the logistic losses.
    pub smoothing: Smoothing,
    /// Standard deviation of the Gaussian noise on all that the critic sees, over time (Arjovsky
    /// and Bottou 2017, section 3; Sonderby et al. 2017): pictures are in `[-1, 1]`.
    pub noise: Schedule,
    /// A penalty on the critic's slope at real samples, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r1: Option<R1>,
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
            smoothing: Smoothing::NONE,
            noise: Schedule::constant(0.0),
            r1: None,
            critic: adam,
            generator: adam,
            average: AverageConfig { half_life: kiln_core::SamplesSeen(10_000), ramp: 0.05 },
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

/// The game while it is played.
#[derive(Debug)]
pub struct Dcgan {
    config: DcganConfig,
    generator: Learner<DcganGenerator>,
    critic: Learner<DcganCritic>,
    averaged: Average<DcganGenerator>,
    device: Device,
    preview: Vec<f32>,
}

/// A part of the batch: reals, and the latents of as many fakes.
struct Part {
    real: Tensor<4>,
    latents: Tensor<2>,
}

impl Dcgan {
    /// The critic learns to tell fakes from reals; the generator is not moved.
    fn critic_turn(mut self, parts: &[Part], fake: &[Tensor<4>], round: &mut Round<'_>) -> Self {
        let frozen = self.generator.frozen();
        let mut gradients = Gradients::default();
        for (idx, Part { real, latents }) in parts.iter().enumerate() {
            let fake = match fake.get(idx) {
                Some(shared) => shared.clone().detach(),
                None => frozen.forward(latents.clone().into(), &keep()).value,
            };
            let critic = self.critic.network();
            let real = self.noisy(real.clone(), 3 * idx, round);
            let fake = self.noisy(fake, 3 * idx + 1, round);
            let look = |images: Tensor<4>| critic.forward(images.into(), &Pass::train(None)).value;
            let verdict = Verdict { real: look(real.clone()), fake: look(fake) };
            record_verdict(&verdict, round);
            let loss = critic_loss(self.config.objective, verdict, self.config.smoothing);
            round.record("critic/loss", loss.clone());
            let loss = match self.config.r1.and_then(|r1| r1.factor(round.clock.rounds.0)) {
                Some(factor) => {
                    let frozen = self.critic.frozen();
                    let slope = input_gradient(real.clone(), |x| frozen.forward(x, &keep()));
                    let r = penalty_along(real, slope, Phi::Square, |x| critic.forward(x, &keep()));
                    round.record("critic/r1", r.value);
                    loss + r.surrogate * factor
                }
                None => loss,
            };
            gradients = gradients.plus(Gradients::of(critic, &(loss / parts.len() as f64)));
        }
        self.critic = self.critic.step(gradients, round);
        self
    }

    /// The generator learns to raise the frozen critic's logits of its fakes.
    fn generator_turn(
        mut self,
        parts: &[Part],
        fake: Vec<Tensor<4>>,
        round: &mut Round<'_>,
    ) -> Self {
        let critic = self.critic.frozen();
        let mut shared = fake.into_iter();
        let mut gradients = Gradients::default();
        for (idx, Part { latents, .. }) in parts.iter().enumerate() {
            let fake = shared.next().unwrap_or_else(|| self.fake(latents));
            let fake = self.noisy(fake, 3 * idx + 2, round);
            let logits = critic.forward(fake.into(), &keep()).value;
            let loss = generator_loss(self.config.objective, logits);
            let part = loss.clone() / parts.len() as f64;
            gradients = gradients.plus(Gradients::of(self.generator.network(), &part));
            round.record("generator/loss", loss);
        }
        self.generator = self.generator.step(gradients, round);
        self
    }

    /// What the critic sees of `images`; each `lane` draws its own noise.
    fn noisy(&self, images: Tensor<4>, lane: usize, round: &Round<'_>) -> Tensor<4> {
        let deviation = self.config.noise.at(round.clock.samples);
        if deviation == 0.0 {
            return images;
        }
        let noise = round.normals(Purpose::Noise, lane as u64, images.dims());
        images + noise * deviation
    }

    fn fake(&self, latents: &Tensor<2>) -> Tensor<4> {
        self.generator.network().forward(latents.clone().into(), &Pass::train(None)).value
    }
}

/// Statistics of the batch, and none that moves: for a network whose turn it is not.
fn keep() -> Pass {
    Pass::train(None).keeping_statistics()
}

impl Game for Dcgan {
    type Batch = Images;

    fn play(self, batches: Vec<Images>, round: &mut Round<'_>) -> Self {
        let (width, n_parts) = (self.config.latents, self.config.accumulate);
        let reals = batches.into_iter().flat_map(|batch| batch.pixels.chunk(n_parts, 0));
        let parts: Vec<Part> = reals
            .enumerate()
            .map(|(lane, real)| {
                let shape = [real.dims()[0], width];
                Part { real, latents: round.normals(Purpose::Latents, lane as u64, shape) }
            })
            .collect();
        let shown: usize = parts.iter().map(|part| part.real.dims()[0]).sum();
        // Both turns see the same fakes, as in the authors' Torch port; a batch in several parts
        // is there to save memory, so its fakes are made again instead of kept.
        let fake = if parts.len() == 1 { vec![self.fake(&parts[0].latents)] } else { vec![] };
        let game = self.critic_turn(&parts, &fake, round);
        let mut game = game.generator_turn(&parts, fake, round);
        let now = round.clock.samples + shown as u64;
        game.averaged = game.averaged.follow(game.generator.network(), now, shown as u64);
        game
    }

    fn rates(&self, clock: &Clock) -> Vec<(&'static str, f64)> {
        vec![("critic", self.critic.rate(clock)), ("generator", self.generator.rate(clock))]
    }

    fn preview(&self) -> Result<Sheet, StateError> {
        let painter = DcganPainter {
            generator: self.averaged.network().clone(),
            latents: self.config.latents,
            device: self.device.clone().without_autodiff(),
        };
        paint_sheet(&painter, &self.preview)
    }

    fn save(&self, state: &mut State) {
        self.generator.save("generator", state);
        self.critic.save("critic", state);
        self.averaged.save("averaged", state);
    }

    fn load(mut self, state: &mut State) -> Result<Self, StateError> {
        self.generator = self.generator.load("generator", state, &self.device)?;
        self.critic = self.critic.load("critic", state, &self.device)?;
        self.averaged = self.averaged.load("averaged", state, &self.device)?;
        Ok(self)
    }

    fn snapshot(&self, state: &mut State) {
        self.averaged.save("generator", state);
    }
}

impl Family for DcganConfig {
    type Game = Dcgan;

    fn start(&self, world: &World) -> Result<Dcgan, RecipeError> {
        self.critic.check()?;
        self.generator.check()?;
        self.smoothing.validate()?;
        self.noise.check()?;
        self.r1.map_or(Ok(()), |r1| r1.validate())?;
        if self.accumulate == 0 || !world.batch_size.is_multiple_of(self.accumulate) {
            return Err(RecipeError::Batch(format!(
                "a batch of {} cannot be cut into {} equal parts: change `accumulate` or \
                 --batch-size",
                world.batch_size, self.accumulate
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
        Ok(DcganCriticConfig { channels, width, size, extra_layers })
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

struct DcganPainter {
    generator: DcganGenerator,
    latents: usize,
    device: Device,
}

impl Painter for DcganPainter {
    fn latents(&self) -> LatentSpace {
        LatentSpace { width: self.latents, prior: Prior::Normal }
    }

    fn paint(&self, latents: Tensor<2>) -> Tensor<4> {
        self.generator.forward(latents.into(), &Pass::eval()).value
    }

    fn load(&mut self, state: &mut State) -> Result<(), StateError> {
        self.generator = state.take_module("generator", self.generator.clone(), &self.device)?;
        Ok(())
    }

    fn device(&self) -> Device {
        self.device.clone()
    }
}

#[cfg(test)]
#[cfg(feature = "cpu")]
mod tests {
    use burn::module::Module;
    use kiln_train::{parameters, read_tensors};

    use super::*;

    fn game(config: DcganConfig) -> Dcgan {
        let world = World {
            picture: [1, 16, 16],
            pictures: 8,
            seed: 1,
            batch_size: 4,
            sheet: 4,
            device: Device::flex().autodiff(),
        };
        DcganConfig { width: 4, latents: 5, ..config }.start(&world).unwrap()
    }

    fn batch() -> Vec<Images> {
        let pixels = Tensor::ones([4, 1, 16, 16], &Device::flex().autodiff()) * 0.3;
        vec![Images { pixels, labels: None }]
    }

    /// Weights and running statistics, to the bit.
    fn bits<M: Module>(network: &M) -> Vec<u32> {
        let tensors = parameters(network).into_iter().map(|p| p.values).collect();
        read_tensors(tensors).unwrap().into_iter().flatten().map(f32::to_bits).collect()
    }

    /// The plain game, and one with all that may be added to it.
    fn configs() -> [DcganConfig; 2] {
        let plain = DcganConfig::default();
        let r1 = Some(R1 { weight: 1.0, every: 1 });
        let noise = Schedule::constant(0.3);
        let extra_layers = ExtraLayers { generator: 1, critic: 1 };
        [plain.clone(), DcganConfig { r1, noise, extra_layers, ..plain }]
    }

    fn round(device: &Device) -> Round<'_> {
        Round::new(Clock::default(), 1, device)
    }

    fn parts(game: &Dcgan, round: &Round<'_>) -> Vec<Part> {
        let latents = round.normals(Purpose::Latents, 0, [4, game.config.latents]);
        vec![Part { real: batch().remove(0).pixels, latents }]
    }

    #[test]
    fn the_critics_turn_moves_the_critic_alone() {
        for config in configs() {
            let game = game(config);
            let device = game.device.clone();
            let mut round = round(&device);
            let parts = parts(&game, &round);
            let fake = vec![game.fake(&parts[0].latents)];
            let (generator, critic) = (bits(game.generator.network()), bits(game.critic.network()));
            let game = game.critic_turn(&parts, &fake, &mut round);
            assert_eq!(bits(game.generator.network()), generator);
            assert_ne!(bits(game.critic.network()), critic);
            assert_eq!((round.clock.critic.0, round.clock.generator.0), (1, 0));
        }
    }

    #[test]
    fn the_penalty_changes_the_critics_step_and_not_its_statistics() {
        let [plain, added] = configs();
        let penalised = DcganConfig { r1: added.r1, ..plain.clone() };
        let [plain, penalised] = [plain, penalised].map(|config| {
            let game = game(config);
            let device = game.device.clone();
            let mut round = round(&device);
            let parts = parts(&game, &round);
            game.critic_turn(&parts, &[], &mut round)
        });
        let named = |game: &Dcgan, statistics: bool| {
            let all = parameters(game.critic.network()).into_iter();
            let of_kind = all.filter(|p| p.trained != statistics).map(|p| p.values);
            read_tensors(of_kind.collect()).unwrap()
        };
        assert_eq!(named(&plain, true), named(&penalised, true));
        assert_ne!(named(&plain, false), named(&penalised, false));
    }

    #[test]
    fn fakes_made_again_for_the_critic_leave_the_generator_untouched() {
        let game = game(DcganConfig::default());
        let device = game.device.clone();
        let mut round = round(&device);
        let parts = parts(&game, &round);
        let generator = bits(game.generator.network());
        let game = game.critic_turn(&parts, &[], &mut round);
        assert_eq!(bits(game.generator.network()), generator);
    }

    #[test]
    fn the_generators_turn_moves_the_generator_alone_through_the_frozen_critic() {
        for config in configs() {
            let game = game(config);
            let device = game.device.clone();
            let mut round = round(&device);
            let parts = parts(&game, &round);
            let fake = vec![game.fake(&parts[0].latents)];
            let (generator, critic) = (bits(game.generator.network()), bits(game.critic.network()));
            let game = game.generator_turn(&parts, fake, &mut round);
            assert_eq!(bits(game.critic.network()), critic);
            // Every weight gets a gradient, or a layer would be cut off.
            let moved = bits(game.generator.network());
            let n_moved = moved.iter().zip(&generator).filter(|(a, b)| a != b).count();
            assert!(n_moved * 10 > moved.len() * 9, "{n_moved} of {}", moved.len());
            assert_eq!((round.clock.critic.0, round.clock.generator.0), (0, 1));
        }
    }

    #[test]
    fn a_frozen_critic_gathers_no_gradient() {
        let game = game(DcganConfig::default());
        let latents = Tensor::ones([4, 5], &game.device);
        let loss =
            |critic: &DcganCritic| critic.forward(game.fake(&latents).into(), &keep()).value.mean();
        let frozen = game.critic.frozen();
        assert!(Gradients::of(&frozen, &loss(&frozen)).is_empty());
        assert!(!Gradients::of(game.generator.network(), &loss(&frozen)).is_empty());
        let live = game.critic.network();
        assert!(!Gradients::of(live, &loss(live)).is_empty(), "and a live one would");
    }

    #[test]
    fn a_batch_in_parts_still_makes_one_update_a_side() {
        let game = game(DcganConfig { accumulate: 2, ..DcganConfig::default() });
        let device = game.device.clone();
        let mut round = round(&device);
        let before = bits(game.generator.network());
        let game = game.play(batch(), &mut round);
        assert_eq!((round.clock.critic.0, round.clock.generator.0), (1, 1));
        assert_ne!(bits(game.generator.network()), before);
    }

    #[test]
    fn pictures_that_are_no_squares_are_refused_with_advice() {
        let error = DcganConfig::default().painter([1, 28, 30], &Device::flex()).err().unwrap();
        assert!(error.to_string().contains("--size"), "{error}");
    }
}
