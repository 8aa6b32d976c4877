//! The turns: Zhu et al. 2017, section 3, in the order of the authors' code.
//!
//! Both translators learn together: what each makes raises the logits of its critic, comes back by the
//! other as it was, and pictures of the set that it makes are left as they are. Then each critic learns
//! to tell its set from what was made, of now and of some rounds before.

use burn::tensor::{Device, Tensor};
use kiln_core::{Clock, Purpose, Sheet, Stream};
use kiln_models::Pass;
use kiln_objective::{ImageHistory, ImagePool};
use kiln_train::{Average, Game, Learner, Round, State, StateError};

use super::config::CycleConfig;
use super::painter::CyclePainter;
use super::sheet::there_and_back;
use super::ways::{BothWays, Way};
use crate::recipe::pools::{put_pool, take_pool};
use crate::recipe::translation::{PatchTurn, raised};
use crate::recipe::{Examples, Images, TranslationCritic, Translator};

/// The game while it is played.
#[derive(Debug)]
pub struct Cycle {
    pub(super) config: CycleConfig,
    /// `[channels, height, width]` of the pictures of both sets.
    pub(super) shape: [usize; 3],
    pub(super) translators: Learner<BothWays<Translator>>,
    /// Of what is made forth, and of what is made back.
    pub(super) critics: [Learner<TranslationCritic>; 2],
    pub(super) averaged: Average<BothWays<Translator>>,
    /// What each critic remembers.
    pub(super) pools: BothWays<ImagePool>,
    pub(super) device: Device,
    pub(super) examples: Examples,
}

/// Pictures `[batch, channels, height, width]`, by the way on which they are translated.
type Pictures = BothWays<Tensor<4>>;

/// Which pass of a translator it is: each drops units of its own.
#[derive(Clone, Copy)]
enum Glance {
    Made,
    Cycled,
    Same,
}

/// The names of what is saved, in the order of [`Way::ALL`].
const CRITICS: [&str; 2] = ["critic-forth", "critic-back"];
const POOLS: [&str; 2] = ["pool-forth", "pool-back"];

impl Cycle {
    /// Of what was read: the first set's channels first.
    fn sets(&self, batch: &Images) -> Pictures {
        let [channels, ..] = self.shape;
        let set = |from| batch.pixels.clone().narrow(1, from, channels);
        BothWays { forth: set(0), back: set(channels) }
    }

    fn translate(
        &self,
        way: Way,
        pictures: Tensor<4>,
        glance: Glance,
        round: &Round<'_>,
    ) -> Tensor<4> {
        let lane = 2 * glance as u64 + way as u64;
        let pass = Pass::train(Some(round.address(Purpose::Dropout).lane(lane)));
        // Only what is made for the critics moves statistics.
        let pass = match glance {
            Glance::Made => pass.iterating_power(),
            Glance::Cycled | Glance::Same => pass.keeping_statistics(),
        };
        self.translators.network().of(way).forward(pictures.into(), &pass).value
    }

    /// Both translators learn, from everything that is asked of either.
    fn translators_turn(mut self, sets: &Pictures, made: &Pictures, round: &mut Round<'_>) -> Self {
        let [forth, back] = Way::ALL.map(|way| self.loss(way, sets, made, round));
        self.translators = self.translators.learn(&(forth + back), round);
        self
    }

    /// What is asked of the translator of this way, and of the other by the way back.
    fn loss(&self, way: Way, sets: &Pictures, made: &Pictures, round: &mut Round<'_>) -> Tensor<1> {
        let (here, there, made) = (sets.of(way), sets.of(way.other()), made.of(way));
        let critic = self.critics[way as usize].frozen();
        let raised = raised(self.config.objective, &critic, made.clone(), || there.clone());
        let cycled = self.translate(way.other(), made.clone(), Glance::Cycled, round);
        let cycle = distance(cycled, here);
        round.record("generator/loss", raised.clone());
        round.record("generator/cycle", cycle.clone());
        let loss = raised + cycle * self.config.cycle;
        if self.config.identity == 0.0 {
            return loss;
        }
        let same = distance(self.translate(way, there.clone(), Glance::Same, round), there);
        round.record("generator/identity", same.clone());
        loss + same * self.config.identity
    }

    /// Each critic learns to tell its set from what was made to look like it.
    fn critics_turn(mut self, sets: &Pictures, made: &Pictures, round: &mut Round<'_>) -> Self {
        let pools = std::mem::replace(&mut self.pools, BothWays::each(|_| ImagePool::default()));
        let CycleConfig { objective, penalties, pool: history, .. } = &self.config;
        let mut turn = |way: Way, critic, pool| {
            let (real, fake) = (sets.of(way.other()).clone(), made.of(way).clone());
            let mut stream = Stream::new(round.address(Purpose::Pool).lane(way as u64));
            let draws = stream.uniforms(fake.dims()[0] * ImageHistory::DRAWS, 0.0, 1.0);
            let (fake, pool) = history.exchange(pool, fake, &draws);
            let (objective, lane) = (*objective, way as usize);
            (PatchTurn { objective, penalties, real, fake, lane }.play(critic, round), pool)
        };
        let [of_forth, of_back] = self.critics;
        let (of_forth, forth) = turn(Way::Forth, of_forth, pools.forth);
        let (of_back, back) = turn(Way::Back, of_back, pools.back);
        self.critics = [of_forth, of_back];
        self.pools = BothWays { forth, back };
        self
    }

    /// What is made of either set.
    fn made(&self, sets: &Pictures, round: &Round<'_>) -> Pictures {
        BothWays::each(|way| self.translate(way, sets.of(way).clone(), Glance::Made, round))
    }

    /// The critics' turn of a batch by itself.
    #[cfg(test)]
    pub(super) fn critics_alone(self, batch: &Images, round: &mut Round<'_>) -> Self {
        let sets = self.sets(batch);
        let made = detached(&self.made(&sets, round));
        self.critics_turn(&sets, &made, round)
    }

    /// The translators' turn of a batch by itself.
    #[cfg(test)]
    pub(super) fn translators_alone(self, batch: &Images, round: &mut Round<'_>) -> Self {
        let sets = self.sets(batch);
        let made = self.made(&sets, round);
        self.translators_turn(&sets, &made, round)
    }
}

/// The mean absolute difference.
fn distance(one: Tensor<4>, other: &Tensor<4>) -> Tensor<1> {
    (one - other.clone()).abs().mean()
}

fn detached(pictures: &Pictures) -> Pictures {
    BothWays::each(|way| pictures.of(way).clone().detach())
}

impl Game for Cycle {
    type Batch = Images;

    fn play(self, batches: Vec<Images>, round: &mut Round<'_>) -> Self {
        let mut game = self;
        for batch in &batches {
            let shown = batch.pixels.dims()[0] as u64;
            let sets = game.sets(batch);
            let made = game.made(&sets, round);
            let fakes = detached(&made);
            game = game.translators_turn(&sets, &made, round);
            game = game.critics_turn(&sets, &fakes, round);
            let now = round.clock.samples + shown;
            game.averaged = game.averaged.follow(game.translators.network(), now, shown);
        }
        game
    }

    fn rates(&self, clock: &Clock) -> Vec<(&'static str, f64)> {
        vec![("critic", self.critics[0].rate(clock)), ("generator", self.translators.rate(clock))]
    }

    fn preview(&self) -> Result<Sheet, StateError> {
        let painter = |way| CyclePainter {
            translators: self.averaged.network().clone(),
            way,
            shape: self.shape,
            device: self.device.clone().without_autodiff(),
        };
        there_and_back(&self.examples, [&painter(Way::Forth), &painter(Way::Back)])
    }

    fn save(&self, state: &mut State) {
        self.translators.save("generator", state);
        self.averaged.save("averaged", state);
        for way in Way::ALL {
            self.critics[way as usize].save(CRITICS[way as usize], state);
            put_pool(state, POOLS[way as usize], self.pools.of(way));
        }
    }

    fn load(mut self, state: &mut State) -> Result<Self, StateError> {
        self.translators = self.translators.load("generator", state, &self.device)?;
        self.averaged = self.averaged.load("averaged", state, &self.device)?;
        let [of_forth, of_back] = self.critics;
        self.critics = [
            of_forth.load(CRITICS[0], state, &self.device)?,
            of_back.load(CRITICS[1], state, &self.device)?,
        ];
        self.pools.forth = take_pool(state, POOLS[0], &self.device)?;
        self.pools.back = take_pool(state, POOLS[1], &self.device)?;
        Ok(self)
    }

    fn snapshot(&self, state: &mut State) {
        self.averaged.save("generator", state);
    }
}
