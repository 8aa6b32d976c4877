//! The turns.

use burn::tensor::{Device, Tensor};
use kiln_core::{Clock, Purpose, Sheet};
use kiln_models::{DcganCritic, DcganGenerator, Pass};
use kiln_objective::{Anchors, DiffAugment, Verdict, critic_loss, generator_loss, pack, top_k};
use kiln_train::{Average, Game, Gradients, Learner, Round, State, StateError};

use super::config::DcganConfig;
use super::painter::DcganPainter;
use crate::recipe::painter::paint_sheet;
use crate::recipe::penalties::Penalised;
use crate::recipe::{Images, record_verdict};

/// The game while it is played.
#[derive(Debug)]
pub struct Dcgan {
    pub(super) config: DcganConfig,
    pub(super) generator: Learner<DcganGenerator>,
    pub(super) critic: Learner<DcganCritic>,
    pub(super) averaged: Average<DcganGenerator>,
    /// LeCam's, from the first round on.
    pub(super) anchors: Option<Anchors>,
    pub(super) device: Device,
    pub(super) preview: Vec<f32>,
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
            let real = self.seen(real.clone(), 3 * idx, round);
            let fake = self.seen(fake, 3 * idx + 1, round);
            let look = |images: Tensor<4>| {
                self.critic.network().forward(images.into(), &Pass::train(None)).value
            };
            let verdict = Verdict { real: look(real.clone()), fake: look(fake.clone()) };
            let loss = self.judge(verdict, idx, round);
            let critic = self.critic.network();
            let penalised = Penalised { penalties: &self.config.penalties, real, fake, lane: idx };
            let live = |x| critic.forward(x, &keep());
            let frozen = |x| self.critic.frozen().forward(x, &keep());
            let loss = penalised.add_to(loss, round, live, frozen);
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
        for (idx, Part { real, latents }) in parts.iter().enumerate() {
            let fake = shared.next().unwrap_or_else(|| self.fake(latents));
            let fake = self.seen(fake, 3 * idx + 2, round);
            let look = |images: Tensor<4>| critic.forward(images.into(), &keep()).value;
            let logits = look(fake);
            let k = self.config.k(logits.dims()[0], round.clock.samples);
            let reals = || look(self.seen(real.clone(), 3 * idx, round)).narrow(0, 0, k);
            let loss = generator_loss(self.config.objective, top_k(logits, k), reals);
            let part = loss.clone() / parts.len() as f64;
            gradients = gradients.plus(Gradients::of(self.generator.network(), &part));
            round.record("generator/loss", loss);
        }
        self.generator = self.generator.step(gradients, round);
        self
    }

    /// The critic's loss but for the penalties; each `lane` draws its own wrong labels.
    fn judge(&mut self, verdict: Verdict, lane: usize, round: &mut Round<'_>) -> Tensor<1> {
        record_verdict(&verdict, round);
        let term = match (self.config.lecam, &self.anchors) {
            (Some(lecam), Some(anchors)) => Some(lecam.term(&verdict, anchors)),
            _ => None,
        };
        self.anchors = self.config.lecam.map(|lecam| lecam.follow(&verdict, self.anchors.take()));
        let verdict = self.flipped(verdict, lane, round);
        let loss = critic_loss(self.config.objective, verdict, self.config.labels);
        round.record("critic/loss", loss.clone());
        match term {
            Some(term) => loss + term,
            None => loss,
        }
    }

    /// What the critic sees of `images`, `[batch / pack, pack channels, ...]`: augmented, noisy,
    /// packed; each `lane` has its own random numbers.
    fn seen(&self, images: Tensor<4>, lane: usize, round: &Round<'_>) -> Tensor<4> {
        let (mut images, lane) = (images, lane as u64);
        if !self.config.augment.is_none() {
            let shape = [images.dims()[0], DiffAugment::DRAWS];
            let draws = round.uniforms(Purpose::Augment, lane, shape, (0.0, 1.0));
            images = self.config.augment.apply(images, &draws);
        }
        let deviation = self.config.noise.at(round.clock.samples);
        if deviation != 0.0 {
            images =
                images.clone() + round.normals(Purpose::Noise, lane, images.dims()) * deviation;
        }
        pack(images, self.config.pack)
    }

    /// The verdict with some labels wrong; each `lane` draws its own.
    fn flipped(&self, verdict: Verdict, lane: usize, round: &Round<'_>) -> Verdict {
        let probability = self.config.labels.flip;
        if probability == 0.0 {
            return verdict;
        }
        let shape = verdict.real.dims();
        let uniform = round.uniforms(Purpose::Labels, lane as u64, shape, (0.0, 1.0));
        verdict.flipped(uniform, probability)
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
        if let Some(Anchors { real, fake }) = &self.anchors {
            state.put_tensor("lecam/real", real.clone());
            state.put_tensor("lecam/fake", fake.clone());
        }
    }

    fn load(mut self, state: &mut State) -> Result<Self, StateError> {
        self.generator = self.generator.load("generator", state, &self.device)?;
        self.critic = self.critic.load("critic", state, &self.device)?;
        self.averaged = self.averaged.load("averaged", state, &self.device)?;
        if state.shapes().any(|(name, _)| name == "lecam/real") {
            let device = self.device.clone().without_autodiff();
            let mut anchor = |name| state.take_tensor(name, &device);
            self.anchors =
                Some(Anchors { real: anchor("lecam/real")?, fake: anchor("lecam/fake")? });
        }
        Ok(self)
    }

    fn snapshot(&self, state: &mut State) {
        self.averaged.save("generator", state);
    }
}

#[cfg(test)]
#[cfg(feature = "cpu")]
mod tests {
    use burn::module::Module;
    use kiln_core::Schedule;
    use kiln_objective::penalty::{GradientPenalty, PenaltyKind};
    use kiln_objective::{Adversarial, Labels, LeCam};
    use kiln_train::{parameters, read_tensors};

    use super::*;
    use crate::recipe::{ExtraLayers, Family, World};

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
        let kinds = PenaltyKind::ALL.into_iter();
        let penalties = kinds.map(|kind| GradientPenalty { kind, weight: 1.0, every: 1 }).collect();
        let noise = Schedule::constant(0.3);
        let extra_layers = ExtraLayers { generator: 1, critic: 1 };
        let objective = Adversarial::RelativisticAverage;
        let labels = Labels { real: 0.9, fake: 0.1, flip: 0.25 };
        let (pack, top_k) = (2, Schedule::constant(0.5));
        let lecam = Some(LeCam { weight: 0.3, decay: 0.99 });
        let augment = DiffAugment { colour: true, translation: true, cutout: false };
        let added =
            DcganConfig { penalties, noise, extra_layers, objective, labels, ..plain.clone() };
        [plain, DcganConfig { pack, top_k, augment, lecam, ..added }]
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
        let penalised = DcganConfig { penalties: added.penalties, ..plain.clone() };
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
