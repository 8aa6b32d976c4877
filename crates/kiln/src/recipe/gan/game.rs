//! The turns.

use burn::tensor::{Device, Tensor};
use kiln_core::{Clock, Medium, Purpose, Sheet};
use kiln_models::Pass;
use kiln_objective::ada::AdaController;
use kiln_objective::energy::Balance;
use kiln_objective::{Anchors, Verdict, generator_loss, top_k};
use kiln_train::{
    Average, Batch, Game, Gradients, Learner, Means, Round, State, StateError, clip_weights,
};

use super::config::GanConfig;
use super::encoding::GanEncoder;
use super::judge::plus;
use super::memories::{Memories, orthogonal_terms};
use super::networks::{Critic, Generator};
use super::painter::GanPainter;
use super::part::Part;
use super::terms::Looked;
use crate::recipe::painter::paint_sheet;
use crate::recipe::penalties::Penalised;
use crate::recipe::{Conditions, Images, Origins};

/// The game while it is played.
#[derive(Debug)]
pub struct Gan {
    pub(super) config: GanConfig,
    pub(super) generator: Learner<Generator>,
    pub(super) critic: Learner<Critic>,
    /// Finds latents, where the recipe has one.
    pub(super) encoder: Option<Learner<GanEncoder>>,
    pub(super) averaged: Average<Generator>,
    /// LeCam's, from the first round on.
    pub(super) anchors: Option<Anchors>,
    /// BEGAN's.
    pub(super) balance: Option<Balance>,
    /// Whether the critic rests until the next look.
    pub(super) resting: bool,
    /// ADA's.
    pub(super) ada: Option<AdaController>,
    /// The regularisers'.
    pub(super) memories: Memories,
    /// What samples may be asked to be.
    pub(super) conditions: Conditions,
    pub(super) device: Device,
    pub(super) medium: Medium,
    pub(super) preview: Origins,
}

impl Gan {
    /// The critic learns to tell fakes from reals; the generator is not moved. `fake` is made of
    /// the latents, unless it is there already.
    pub(super) fn critic_turn(
        mut self,
        parts: &[Part],
        fake: Option<Tensor<4>>,
        round: &mut Round<'_>,
    ) -> Self {
        let generator = self.generator.frozen();
        let mut gradients = Gradients::default();
        for (idx, part) in parts.iter().enumerate() {
            let fake = match &fake {
                Some(shared) => shared.clone().detach(),
                None => generator.forward(part.latents.clone(), &part.making(Pass::keeping())),
            };
            let loss = self.critic_loss(idx, part, fake, round) / parts.len() as f64;
            gradients = gradients.plus(Gradients::of(self.critic.network(), &loss));
        }
        let side = self.critic.network();
        let own = self.memories.weight_terms(&self.config.regularisers, "critic", side);
        self.critic = self.critic.step(gradients.plus(own), round);
        if let Some(bound) = self.config.clip_weights {
            self.critic = self.critic.map(|critic| clip_weights(critic, bound));
        }
        self
    }

    /// What the critic makes small, of the `idx`-th part of its turn.
    fn critic_loss(
        &mut self,
        idx: usize,
        part: &Part,
        fake: Tensor<4>,
        round: &mut Round<'_>,
    ) -> Tensor<1> {
        let lanes = part.lanes();
        let (fake, asked) = self.pooled(fake, part, round);
        let real = self.seen(part.real.clone(), lanes.real, round);
        let fake = self.seen(fake, lanes.fake, round);
        let passes = [lanes.real, lanes.fake].map(|lane| training(lane, round));
        let [of_real, of_fake] = self.look_at_both([&real, &fake], passes, &asked, idx);
        let verdict = Verdict { real: of_real.logits.clone(), fake: of_fake.logits.clone() };
        let looked = [
            Looked { seen: &real, logits: &verdict.real, asked: &asked.real },
            Looked { seen: &fake, logits: &verdict.fake, asked: &asked.fake },
        ];
        let changed = self.consistency(part, looked, round);
        let told = self.recognition([of_real, of_fake], &asked, round);
        let loss = plus(plus(self.judge(verdict, part.lane, round), changed), told);
        let (penalties, lane) = (&self.config.penalties, part.lane as usize);
        // The passes of a penalty share their masks.
        let masks = round.address(Purpose::Dropout).lane(lanes.real);
        let pass = |at_fakes: bool| {
            let pass = Pass::train(Some(masks)).keeping_statistics();
            self.judging_of(pass, if at_fakes { &asked.fake } else { &asked.real })
        };
        let live = |x, at_fakes| self.critic.network().forward(x, &pass(at_fakes));
        let frozen = |x, at_fakes| self.critic.frozen().forward(x, &pass(at_fakes));
        Penalised { penalties, real, fake, lane }.add_to(loss, round, live, frozen)
    }

    /// The generator learns to raise the frozen critic's logits of its fakes, which are made of the
    /// latents, unless they are there already.
    pub(super) fn generator_turn(
        mut self,
        parts: &[Part],
        fake: Option<Tensor<4>>,
        round: &mut Round<'_>,
    ) -> Self {
        let critic = self.critic.frozen();
        let mut gradients = Gradients::default();
        for (idx, part) in parts.iter().enumerate() {
            let fake = fake.clone().unwrap_or_else(|| self.fake(part, idx));
            let look = |samples: &Tensor<4>, lane, asked| {
                let seen = self.seen(samples.clone(), lane, round);
                critic.opinion(seen, &self.judging_of(judging(lane, round), asked))
            };
            let of_fake = look(&fake, part.lanes().judged, &part.asked.fake);
            let logits = of_fake.logits.clone();
            let k = self.config.k(logits.dims()[0], round.clock.samples);
            let of_real = || look(&part.real, part.lanes().real, &part.asked.real);
            let reals = || of_real().logits.narrow(0, 0, k);
            let loss = generator_loss(self.config.objective, top_k(logits, k), reals);
            round.record("generator/loss", loss.clone());
            let loss = plus(loss, self.misrecognition(of_fake, &part.asked, round));
            let loss = plus(loss, self.generator_terms(part, &fake, &critic, round));
            let share = loss / parts.len() as f64;
            gradients = gradients.plus(Gradients::of(self.generator.network(), &share));
        }
        let (side, config) = (self.generator.network(), &self.config.regularisers);
        let own = self.memories.weight_terms(config, "generator", side);
        let own = own.plus(orthogonal_terms(config, side));
        self.generator = self.generator.step(gradients.plus(own), round);
        self
    }
}

/// The same pass; the vectors of spectral normalisation move in a turn's first part alone.
pub(super) fn first(idx: usize, pass: Pass) -> Pass {
    if idx == 0 { pass.iterating_power() } else { pass }
}

/// A pass of the critic in its own turn; each `lane` drops units of its own.
fn training(lane: u64, round: &Round<'_>) -> Pass {
    Pass::train(Some(round.address(Purpose::Dropout).lane(lane)))
}

/// A pass of the critic that moves none of its statistics.
pub(super) fn judging(lane: u64, round: &Round<'_>) -> Pass {
    training(lane, round).keeping_statistics()
}

impl Game for Gan {
    type Batch = Images;

    fn batches(&self, clock: &Clock) -> usize {
        if self.is_encoding(clock) {
            return 1;
        }
        let own = self.config.pace.fresh && self.config.objective.looks_at_reals();
        self.config.pace.turns(clock) + usize::from(own)
    }

    fn play(self, batches: Vec<Images>, round: &mut Round<'_>) -> Self {
        if self.is_encoding(&round.clock) {
            return batches.iter().fold(self, |game, batch| game.encoder_turn(batch, round));
        }
        let shown: usize = batches.iter().map(Batch::samples).sum();
        let now = round.clock.samples + shown as u64;
        let (fresh, n_turns) = (self.config.pace.fresh, self.config.pace.turns(&round.clock));
        let mut reals = batches;
        let Some(last) = reals.last().cloned() else { return self };
        reals.truncate(n_turns);
        let turns = reals.into_iter().enumerate();
        let turns: Vec<Vec<Part>> =
            turns.map(|(turn, real)| self.parts(turn, real, round)).collect();
        let generators = match turns.last() {
            Some(shared) if !fresh => shared.clone(),
            _ => self.parts(n_turns, last, round),
        };
        // Both sides see the same fakes, as in DCGAN's Torch port; a batch in several parts is
        // there to save memory, so its fakes are made again instead of kept.
        let shared = (!fresh && generators.len() == 1).then(|| self.fake(&generators[0], 0));
        let mut game = self;
        for (turn, parts) in turns.iter().enumerate() {
            let fake = shared.clone().filter(|_| turn + 1 == n_turns);
            if game.resting {
                game.resting_turn(parts, round);
            } else {
                game = game.critic_turn(parts, fake, round);
            }
        }
        game = game.generator_turn(&generators, shared, round);
        game.averaged = game.averaged.follow(game.generator.network(), now, shown as u64);
        game
    }

    fn looks_every(&self) -> Option<u64> {
        let decides = self.config.switch.is_some() || self.config.augment.is_adaptive();
        decides.then_some(self.config.look_every)
    }

    fn adapt(mut self, means: &Means, samples: u64) -> Self {
        if let Some(signs) = means.by_name.get("augment/real-signs") {
            self.ada = self.ada.map(|ada| ada.follow(*signs, samples));
        }
        self.resting = self.config.switch.is_some_and(|switch| switch.rests(means));
        self
    }

    fn rates(&self, clock: &Clock) -> Vec<(&'static str, f64)> {
        match self.encoder.as_ref().filter(|_| self.is_encoding(clock)) {
            Some(encoder) => vec![("encoder", encoder.rate(clock))],
            None => {
                vec![("critic", self.critic.rate(clock)), ("generator", self.generator.rate(clock))]
            }
        }
    }

    fn preview(&self) -> Result<Sheet, StateError> {
        let painter = GanPainter {
            generator: self.averaged.network().clone(),
            medium: self.medium,
            space: self.config.latent_space(),
            conditions: self.conditions.clone(),
            tellers: None,
            truncation: None,
            device: self.device.clone().without_autodiff(),
        };
        paint_sheet(&painter, &self.preview)
    }

    fn save(&self, state: &mut State) {
        self.generator.save("generator", state);
        self.critic.save("critic", state);
        self.averaged.save("averaged", state);
        if let Some(encoder) = &self.encoder {
            encoder.save("encoder", state);
        }
        state.put("resting", &self.resting);
        state.put("ada", &self.ada);
        self.memories.save(state);
        if let Some(Anchors { real, fake }) = &self.anchors {
            state.put_tensor("lecam/real", real.clone());
            state.put_tensor("lecam/fake", fake.clone());
        }
        if let Some(Balance { k }) = &self.balance {
            state.put_tensor("balance/k", k.clone());
        }
    }

    fn load(mut self, state: &mut State) -> Result<Self, StateError> {
        self.generator = self.generator.load("generator", state, &self.device)?;
        self.critic = self.critic.load("critic", state, &self.device)?;
        self.averaged = self.averaged.load("averaged", state, &self.device)?;
        let encoder = self.encoder.map(|encoder| encoder.load("encoder", state, &self.device));
        self.encoder = encoder.transpose()?;
        self.resting = state.take("resting")?;
        self.ada = state.take("ada")?;
        let device = self.device.clone().without_autodiff();
        self.memories = Memories::load(state, &device)?;
        if state.shapes().any(|(name, _)| name == "lecam/real") {
            let mut anchor = |name| state.take_tensor(name, &device);
            self.anchors =
                Some(Anchors { real: anchor("lecam/real")?, fake: anchor("lecam/fake")? });
        }
        if self.balance.is_some() {
            self.balance = Some(Balance { k: state.take_tensor("balance/k", &device)? });
        }
        Ok(self)
    }

    fn snapshot(&self, state: &mut State) {
        self.averaged.save("generator", state);
        if let Some(encoder) = &self.encoder {
            state.put_module("encoder", encoder.network());
            state.put_module("critic", self.critic.network());
        }
    }
}
