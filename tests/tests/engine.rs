//! The run loop and any game: what it promises whatever is played.

use std::collections::BTreeSet;
use std::io;

use burn::tensor::{Device, Tensor};
use kiln_core::{Address, Clock, Medium, Purpose, SamplesSeen, Schedule, Sheet, Side, Stream};
use kiln_models::{Initial, Pass, Perceptron, PerceptronConfig, initialise};
use kiln_objective::{Adversarial, Labels, Verdict, critic_loss, generator_loss};
use kiln_train::{
    Batch, Checkpoints, EvaluationError, Evaluator, Event, Finish, Game, Learner, LearnerConfig,
    Measured, Observer, OptimizerConfig, Outcome, Plan, Policy, Retention, Round, Run, RunError,
    Source, SourceError, State, StateError, Stop, Warning,
};

/// Points on a circle, sixteen at a time, each a function of its position.
struct Circle {
    position: u64,
}

struct Points(Tensor<2>);

impl Batch for Points {
    fn samples(&self) -> usize {
        self.0.dims()[0]
    }
}

impl Source for Circle {
    type Batch = Points;

    fn seek(&mut self, samples: SamplesSeen) -> Result<(), SourceError> {
        self.position = samples.0;
        Ok(())
    }

    fn draw(&mut self) -> Result<Points, SourceError> {
        let at = SamplesSeen(self.position);
        let angles = Stream::new(Address::new(0, Purpose::Data).at(at)).uniforms(
            16,
            0.0,
            std::f32::consts::TAU,
        );
        let points: Vec<[f32; 2]> = angles.iter().map(|angle| [angle.cos(), angle.sin()]).collect();
        self.position += 16;
        let rows: [[f32; 2]; 16] = points.try_into().map_err(|_| SourceError("sixteen".into()))?;
        Ok(Points(Tensor::from_floats(rows, &device())))
    }
}

fn device() -> Device {
    Device::flex().autodiff()
}

/// A Wasserstein game with weight clipping and WGAN's opening: many critic turns for the first
/// generator updates, five afterwards (Arjovsky et al. 2017 and the authors' code).
struct Wgan {
    generator: Learner<Perceptron>,
    critic: Learner<Perceptron>,
    trap: Trap,
}

/// What goes wrong, to see whether it is noticed.
#[derive(Clone, Copy, PartialEq)]
enum Trap {
    None,
    /// The weights break at this time, unless the run was rolled back.
    BreaksOnce(u64),
    /// They break there at every try.
    BreaksAlways(u64),
    /// The generator makes the same point whatever its latent.
    Collapsed,
}

fn wgan(trap: Trap, seed: u64) -> Wgan {
    let config = LearnerConfig {
        optimizer: OptimizerConfig::RmsProp { alpha: 0.99, epsilon: 1e-8 },
        rate: Schedule::constant(1e-3),
        clip_norm: None,
    };
    let network = |name: &str, sizes: Vec<usize>| {
        let network = PerceptronConfig::new(sizes).init(&device()).unwrap();
        initialise(network, &Initial::glorot(), Address::new(seed, Purpose::Weights).named(name))
    };
    Wgan {
        generator: config.init(Side::Generator, network("generator", vec![2, 8, 2])),
        critic: config.init(Side::Critic, network("critic", vec![2, 8, 1])),
        trap,
    }
}

impl Wgan {
    fn fake(&self, latents: Tensor<2>) -> Tensor<2> {
        self.generator.network().forward(latents.into(), &Pass::train(None)).value
    }

    fn critic_turn(mut self, turn: u64, real: Tensor<2>, round: &mut Round<'_>) -> Self {
        let fake = self.fake(round.normals(Purpose::Latents, turn, [16, 2])).detach();
        let look = |x: Tensor<2>| self.critic.network().forward(x.into(), &Pass::train(None)).value;
        let verdict = Verdict { real: look(real), fake: look(fake) };
        let loss = critic_loss(Adversarial::Wasserstein, verdict, Labels::HARD);
        self.critic = self
            .critic
            .learn(&loss, round)
            .map(|critic| kiln_train::replace(critic, |_, weights| weights.clamp(-0.1, 0.1)));
        round.record("critic/loss", loss);
        self
    }

    fn generator_turn(mut self, round: &mut Round<'_>) -> Self {
        let fake = self.fake(round.normals(Purpose::Latents, u64::MAX, [16, 2]));
        let logits = self.critic.frozen().forward(fake.into(), &Pass::train(None)).value;
        let loss = generator_loss(Adversarial::Wasserstein, logits.clone(), || logits);
        self.generator = self.generator.learn(&loss, round);
        round.record("generator/loss", loss);
        self
    }

    fn spring(mut self, round: &Round<'_>) -> Self {
        let now = round.clock.samples.0;
        let breaks = match self.trap {
            Trap::BreaksOnce(at) => now >= at && round.rate_factor() == 1.0,
            Trap::BreaksAlways(at) => now >= at,
            _ => false,
        };
        if breaks {
            self.generator = self
                .generator
                .map(|generator| kiln_train::replace(generator, |_, weights| weights * f32::NAN));
        }
        self
    }
}

impl Game for Wgan {
    type Batch = Points;

    fn batches(&self, clock: &Clock) -> usize {
        if clock.generator.0 < 2 { 10 } else { 5 }
    }

    fn play(self, batches: Vec<Points>, round: &mut Round<'_>) -> Self {
        let turns = batches.into_iter().zip(0..);
        let game = turns.fold(self, |game, (batch, turn)| game.critic_turn(turn, batch.0, round));
        game.generator_turn(round).spring(round)
    }

    fn rates(&self, clock: &Clock) -> Vec<(&'static str, f64)> {
        vec![("generator", self.generator.rate(clock))]
    }

    fn preview(&self) -> Result<Sheet, StateError> {
        let scale = if self.trap == Trap::Collapsed { 0.0 } else { 1.0 };
        let latents = Stream::new(Address::new(3, Purpose::Preview)).normals(32);
        let latents = Tensor::<1>::from_floats(latents.as_slice(), &device()).reshape([16, 2]);
        let points = self.fake(latents * scale).reshape([32]).without_autodiff();
        let values = kiln_train::read_tensors(vec![points])?.remove(0);
        Ok(Sheet { medium: Medium::Point, shape: vec![2], values, columns: None })
    }

    fn save(&self, state: &mut State) {
        self.generator.save("generator", state);
        self.critic.save("critic", state);
    }

    fn load(mut self, state: &mut State) -> Result<Self, StateError> {
        self.generator = self.generator.load("generator", state, &device())?;
        self.critic = self.critic.load("critic", state, &device())?;
        Ok(self)
    }

    fn snapshot(&self, state: &mut State) {
        state.put_module("generator", self.generator.network());
    }
}

/// Remembers events, and stops the run at a time.
#[derive(Default)]
struct Memory {
    events: Vec<Event>,
    stop_at: Option<(u64, Stop)>,
}

impl Observer for Memory {
    fn observe(&mut self, event: &Event) -> io::Result<()> {
        if let (Event::Checkpoint { clock }, Some((at, stop))) = (event, &self.stop_at)
            && clock.samples.0 >= *at
        {
            stop.request();
        }
        self.events.push(event.clone());
        Ok(())
    }
}

fn plan() -> Plan {
    Plan {
        until: SamplesSeen(2_000),
        tick: SamplesSeen(250),
        sheet_every: SamplesSeen(500),
        snapshot_every: SamplesSeen(1_000),
        checkpoint_every: SamplesSeen(400),
        ..Plan::default()
    }
}

fn play(
    folder: &std::path::Path,
    trap: Trap,
    memory: &mut Memory,
) -> Result<Outcome<Wgan>, RunError> {
    play_seeded(folder, trap, memory, 3)
}

fn play_seeded(
    folder: &std::path::Path,
    trap: Trap,
    memory: &mut Memory,
    seed: u64,
) -> Result<Outcome<Wgan>, RunError> {
    play_as(folder, memory, Setup { trap, seed, plan: plan(), evaluator: None })
}

struct Setup<'a> {
    trap: Trap,
    seed: u64,
    plan: Plan,
    evaluator: Option<&'a mut dyn Evaluator>,
}

impl<'a> Setup<'a> {
    fn measured(evaluator: &'a mut Counter) -> Self {
        let plan = Plan { evaluate_every: Some(SamplesSeen(600)), ..plan() };
        Self { trap: Trap::None, seed: 3, plan, evaluator: Some(evaluator) }
    }
}

fn play_as(
    folder: &std::path::Path,
    memory: &mut Memory,
    Setup { trap, seed, plan, evaluator }: Setup<'_>,
) -> Result<Outcome<Wgan>, RunError> {
    let checkpoints = Checkpoints::open(folder, Retention::default()).unwrap();
    let stop = memory.stop_at.as_ref().map(|(_, stop)| stop.clone()).unwrap_or_default();
    let run = Run {
        plan,
        seed,
        device: device(),
        source: &mut Circle { position: 0 },
        checkpoints: &checkpoints,
        snapshots: &mut |clock, _| Ok(clock.samples.0.to_string()),
        evaluator: evaluator.map(|one| one as &mut dyn Evaluator),
        real_spread: 0.7,
        observer: memory,
        stop,
    };
    run.play(wgan(trap, seed))
}

fn weights(game: &Wgan) -> Vec<u32> {
    let tensors = kiln_train::parameters(game.generator.network());
    let tensors = tensors.into_iter().map(|parameter| parameter.values).collect();
    kiln_train::read_tensors(tensors).unwrap().into_iter().flatten().map(f32::to_bits).collect()
}

#[test]
fn a_round_may_draw_several_batches_and_their_number_may_change() {
    let folder = tempfile::tempdir().unwrap();
    let outcome = play(folder.path(), Trap::None, &mut Memory::default()).unwrap();
    assert_eq!(outcome.finish, Finish::Budget);
    // Two rounds of ten batches, then rounds of five until 2,000 samples were shown.
    assert_eq!(outcome.clock.samples, SamplesSeen(2 * 160 + 21 * 80));
    assert_eq!(outcome.clock.rounds.0, 23);
    assert_eq!(outcome.clock.critic.0, 2 * 10 + 21 * 5);
    assert_eq!(outcome.clock.generator.0, 23);
}

#[test]
fn a_run_that_was_stopped_goes_on_to_the_bit() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut whole = Memory::default();
    let expected = play(one.path(), Trap::None, &mut whole).unwrap();
    let mut first = Memory { stop_at: Some((700, Stop::default())), ..Memory::default() };
    let stopped = play(two.path(), Trap::None, &mut first).unwrap();
    assert_eq!(stopped.finish, Finish::Interrupted);
    let mut second = Memory::default();
    let outcome = play(two.path(), Trap::None, &mut second).unwrap();
    assert_eq!(outcome.clock, expected.clock);
    assert_eq!(weights(&outcome.game), weights(&expected.game));
    let means = |memory: &Memory| -> Vec<_> {
        let ticks = memory.events.iter().filter_map(|event| match event {
            Event::Tick(tick) => Some((tick.clock, tick.means.clone())),
            _ => None,
        });
        ticks.collect()
    };
    assert_eq!([means(&first), means(&second)].concat(), means(&whole));
}

/// Counts the generator's tensors, or fails.
struct Counter {
    times: Vec<u64>,
    works: bool,
}

impl Evaluator for Counter {
    fn evaluate(&mut self, clock: Clock, state: State) -> Result<Measured, EvaluationError> {
        if !self.works {
            return Err("no weights to measure with".into());
        }
        self.times.push(clock.samples.0);
        Ok(Measured::from([("weights/tensors".to_owned(), state.shapes().count() as f64)]))
    }
}

#[test]
fn the_generator_is_measured_when_it_is_due_and_the_game_stays_the_same() {
    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (mut plain, mut memory) = (Memory::default(), Memory::default());
    let expected = play(one.path(), Trap::None, &mut plain).unwrap();
    let mut evaluator = Counter { times: Vec::new(), works: true };
    let outcome = play_as(two.path(), &mut memory, Setup::measured(&mut evaluator)).unwrap();
    assert_eq!(weights(&outcome.game), weights(&expected.game));
    // Rounds are of 160 samples, then of 80: the first at or after 600, 1200, 1800, and the last.
    assert_eq!(evaluator.times, [640, 1200, 1840, 2000]);
    let recorded = memory.events.iter().filter(|event| match event {
        Event::Evaluation { values, .. } => values["weights/tensors"] > 0.0 && event.is_recorded(),
        _ => false,
    });
    assert_eq!(recorded.count(), 4);
}

#[test]
fn an_evaluation_that_fails_ends_the_run_with_its_reason_and_a_way_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut evaluator = Counter { times: Vec::new(), works: false };
    let setup = Setup::measured(&mut evaluator);
    let error = play_as(folder.path(), &mut Memory::default(), setup).err().unwrap();
    let text = error.to_string();
    assert!(
        text.contains("no weights to measure with") && text.contains("evaluate-every="),
        "{text}"
    );
}

#[test]
fn broken_weights_roll_back_to_new_random_numbers_and_lower_rates() {
    let folder = tempfile::tempdir().unwrap();
    let mut memory = Memory::default();
    let outcome = play(folder.path(), Trap::BreaksOnce(900), &mut memory).unwrap();
    assert_eq!(outcome.finish, Finish::Budget);
    let (from, to, factor) = memory
        .events
        .iter()
        .find_map(|event| match event {
            Event::RolledBack { from, to, rate_factor, .. } => Some((*from, *to, *rate_factor)),
            _ => None,
        })
        .unwrap();
    // Found at the next tick: no later than one tick and one round after it happened.
    assert!((900..=900 + 250 + 80).contains(&from.samples.0), "{from:?}");
    assert!(to.samples.0 < 900 && factor == 0.5, "{to:?} {factor}");
    // Nothing that is not finite was ever saved.
    let sick = memory.events.iter().any(|event| {
        matches!(event, Event::Checkpoint { clock } if (900..from.samples.0).contains(&clock.samples.0))
    });
    assert!(!sick);
    assert!(weights(&outcome.game).iter().all(|bits| f32::from_bits(*bits).is_finite()));
}

#[test]
fn a_game_that_breaks_again_and_again_ends_with_advice() {
    let folder = tempfile::tempdir().unwrap();
    let mut memory = Memory::default();
    let error = play(folder.path(), Trap::BreaksAlways(900), &mut memory).err().unwrap();
    assert!(error.to_string().contains("Lower --lr"), "{error}");
    let rolled = |event: &&Event| matches!(event, Event::RolledBack { .. });
    assert_eq!(memory.events.iter().filter(rolled).count(), Policy::default().retries as usize);
}

#[test]
fn a_collapse_is_told_by_the_second_sheet_after_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let mut memory = Memory::default();
    play(folder.path(), Trap::Collapsed, &mut memory).unwrap();
    let told = memory.events.iter().find_map(|event| match event {
        Event::Warning { clock, warning: Warning::Collapse { .. } } => Some(clock.samples.0),
        _ => None,
    });
    // Sheets come every 500 samples; the one before the first round proves nothing.
    assert!(told.is_some_and(|samples| samples <= 1_000 + 160), "{told:?}");
}

#[test]
fn ten_healthy_seeds_raise_nothing() {
    for seed in 1..=10 {
        let folder = tempfile::tempdir().unwrap();
        let mut memory = Memory::default();
        play_seeded(folder.path(), Trap::None, &mut memory, seed).unwrap();
        let alarms = memory
            .events
            .iter()
            .filter(|event| matches!(event, Event::Warning { .. } | Event::RolledBack { .. }));
        assert_eq!(alarms.count(), 0, "seed {seed}");
    }
}

#[test]
fn different_seeds_and_turns_have_different_latents() {
    let device = device();
    let round = |attempt| Round::new(Clock::default(), 1, &device).after_rollbacks(attempt, 1.0);
    let draw = |attempt, lane| {
        let latents: Tensor<2> = round(attempt).normals(Purpose::Latents, lane, [2, 2]);
        latents.into_data().iter::<f32>().map(f32::to_bits).collect::<Vec<_>>()
    };
    let all: BTreeSet<_> = [draw(0, 0), draw(0, 1), draw(1, 0)].into();
    assert_eq!(all.len(), 3);
    assert_eq!(draw(1, 1), draw(1, 1));
}
