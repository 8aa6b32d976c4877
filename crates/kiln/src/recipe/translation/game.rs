//! The turns: Isola et al. 2017, section 3, and the authors' code.
//!
//! The generator makes a picture of each input once a round. The critic learns to tell pairs of an
//! input and its target from pairs of the input and what was made of it; then the generator learns to
//! raise the logits of its pairs, patch by patch, and to come near the target. A schedule may let
//! either side learn alone before that.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use kiln_core::{Clock, Purpose, Sheet};
use kiln_models::Pass;
use kiln_train::{Average, Game, Learner, Means, Round, State, StateError};

use super::config::{CriticSees, TranslationConfig};
use super::critics::TranslationCritic;
use super::examples::Examples;
use super::networks::Translator;
use super::nogan::Phase;
use super::painter::TranslationPainter;
use super::patches::{PatchTurn, raised};
use super::perceptual::Features;
use crate::recipe::Images;
use crate::recipe::painter::paint_sheet;

/// The game while it is played.
#[derive(Debug)]
pub struct Translation {
    pub(super) config: TranslationConfig,
    /// Channels of an input.
    pub(super) channels: usize,
    /// Whether the generator waits for the critic until the next look, by the schedule.
    pub(super) waits: bool,
    pub(super) generator: Learner<Translator>,
    pub(super) critic: Learner<TranslationCritic>,
    pub(super) averaged: Average<Translator>,
    /// What a perceptual loss sees with; it stands still.
    pub(super) features: Option<Features>,
    pub(super) device: Device,
    pub(super) examples: Examples,
}

/// A batch of pairs, each `[batch, channels, height, width]`.
struct Pairs {
    input: Tensor<4>,
    target: Tensor<4>,
}

impl Pairs {
    /// Of what was read, the input's channels first.
    fn of(pictures: &Images, channels: usize) -> Self {
        let both = pictures.pixels.dims()[1];
        let narrow = |from, n| pictures.pixels.clone().narrow(1, from, n);
        Self { input: narrow(0, channels), target: narrow(channels, both - channels) }
    }

    /// What the critic sees of what was made of the inputs.
    fn seen(&self, made: Tensor<4>, sees: CriticSees) -> Tensor<4> {
        match sees {
            CriticSees::Pair => Tensor::cat(vec![self.input.clone(), made], 1),
            CriticSees::Made => made,
        }
    }
}

impl Translation {
    /// What is made of the inputs; half of the inner units are dropped, which is all the noise there
    /// is. A generator that does not learn is left as it is.
    fn fake(&self, pairs: &Pairs, round: &Round<'_>) -> Tensor<4> {
        let pass = Pass::train(Some(round.address(Purpose::Dropout)));
        let input = pairs.input.clone().into();
        match self.phase(round) {
            Phase::Critic => self.generator.frozen().forward(input, &pass.keeping_statistics()),
            _ => self.generator.network().forward(input, &pass.iterating_power()),
        }
        .value
    }

    /// The critic learns to tell targets from fakes, given the inputs; the generator is not moved.
    fn critic_turn(mut self, pairs: &Pairs, fake: Tensor<4>, round: &mut Round<'_>) -> Self {
        let TranslationConfig { objective, penalties, critic_sees, .. } = &self.config;
        let [real, fake] = [pairs.target.clone(), fake].map(|made| pairs.seen(made, *critic_sees));
        let turn = PatchTurn { objective: *objective, penalties, real, fake, lane: 0 };
        self.critic = turn.play(self.critic, round);
        self
    }

    /// How far what was made is from the targets: by its values, and by what a network sees in it.
    fn content(&self, pairs: &Pairs, fake: Tensor<4>, round: &mut Round<'_>) -> Tensor<1> {
        let TranslationConfig { l1, l2, perceptual, .. } = &self.config;
        let now = round.clock.samples;
        let apart = fake.clone() - pairs.target.clone();
        let distance = apart.clone().abs().mean();
        round.record("generator/l1", distance.clone());
        let mut loss = distance * l1.at(now);
        if l2.at(now) > 0.0 {
            let squared = apart.square().mean();
            round.record("generator/l2", squared.clone());
            loss = loss + squared * l2.at(now);
        }
        let seen = perceptual.as_ref().zip(self.features.as_ref()).and_then(|(how, features)| {
            how.apart(features, [fake, pairs.target.clone()], &round.clock)
        });
        if let Some((apart, weight)) = seen {
            round.record("generator/features", apart.clone());
            loss = loss + apart * weight;
        }
        loss
    }

    /// The generator learns from the frozen critic and from the distance to the targets.
    fn generator_turn(mut self, pairs: &Pairs, fake: Tensor<4>, round: &mut Round<'_>) -> Self {
        let phase = self.phase(round);
        let mut loss = self.content(pairs, fake.clone(), round);
        if phase == Phase::Game {
            let sees = self.config.critic_sees;
            let (critic, real) = (self.critic.frozen(), || pairs.seen(pairs.target.clone(), sees));
            let raised = raised(self.config.objective, &critic, pairs.seen(fake, sees), real);
            round.record("generator/loss", raised.clone());
            loss = loss + raised * self.config.adversarial;
        }
        self.generator = self.generator.learn(&loss, round);
        self
    }

    /// The critic's turn of a batch by itself.
    #[cfg(test)]
    pub(super) fn critic_alone(self, batch: &Images, round: &mut Round<'_>) -> Self {
        let pairs = Pairs::of(batch, self.channels);
        let fake = self.fake(&pairs, round).detach();
        self.critic_turn(&pairs, fake, round)
    }

    /// The generator's turn of a batch by itself.
    #[cfg(test)]
    pub(super) fn generator_alone(self, batch: &Images, round: &mut Round<'_>) -> Self {
        let pairs = Pairs::of(batch, self.channels);
        let fake = self.fake(&pairs, round);
        self.generator_turn(&pairs, fake, round)
    }

    /// Who learns: without a schedule both, or the generator from the distance where there is no game.
    fn phase(&self, round: &Round<'_>) -> Phase {
        match self.config.nogan {
            _ if self.config.adversarial == 0.0 => Phase::Content,
            Some(nogan) => nogan.phase(round.clock.samples, self.waits),
            None => Phase::Game,
        }
    }
}

impl Game for Translation {
    type Batch = Images;

    fn play(self, batches: Vec<Images>, round: &mut Round<'_>) -> Self {
        let mut game = self;
        for batch in &batches {
            let shown = batch.pixels.dims()[0] as u64;
            let pairs = Pairs::of(batch, game.channels);
            let fake = game.fake(&pairs, round);
            let phase = game.phase(round);
            if phase != Phase::Content {
                game = game.critic_turn(&pairs, fake.clone().detach(), round);
            }
            if phase != Phase::Critic {
                game = game.generator_turn(&pairs, fake, round);
            }
            let now = round.clock.samples + shown;
            game.averaged = game.averaged.follow(game.generator.network(), now, shown);
        }
        game
    }

    fn looks_every(&self) -> Option<u64> {
        self.config.nogan.map(|nogan| nogan.look_every)
    }

    fn adapt(self, means: &Means, _samples: u64) -> Self {
        Self { waits: self.config.nogan.is_some_and(|nogan| nogan.waits(means)), ..self }
    }

    fn rates(&self, clock: &Clock) -> Vec<(&'static str, f64)> {
        vec![("critic", self.critic.rate(clock)), ("generator", self.generator.rate(clock))]
    }

    fn preview(&self) -> Result<Sheet, StateError> {
        let [_, height, width] = self.examples.shape;
        let painter = TranslationPainter {
            generator: self.averaged.network().valid(),
            input: [self.channels, height, width],
            device: self.device.clone().without_autodiff(),
        };
        Ok(self.examples.beside(&paint_sheet(&painter, &self.examples.origins())?))
    }

    fn save(&self, state: &mut State) {
        self.generator.save("generator", state);
        self.critic.save("critic", state);
        self.averaged.save("averaged", state);
        if self.config.nogan.is_some() {
            state.put("waits", &self.waits);
        }
        if let Some(features) = &self.features {
            features.save(state);
        }
    }

    fn load(mut self, state: &mut State) -> Result<Self, StateError> {
        self.generator = self.generator.load("generator", state, &self.device)?;
        self.critic = self.critic.load("critic", state, &self.device)?;
        self.averaged = self.averaged.load("averaged", state, &self.device)?;
        if self.config.nogan.is_some() {
            self.waits = state.take("waits")?;
        }
        if let Some(features) = &self.features {
            features.load(state)?;
        }
        Ok(self)
    }

    fn snapshot(&self, state: &mut State) {
        self.averaged.save("generator", state);
    }
}
