//! `stop_when`, from readings and sheets to the end of the run.

use std::io;

use burn::tensor::{Device, Tensor};
use kiln_core::{Clock, Medium, SamplesSeen, Sheet};
use kiln_train::{
    Batch, Checkpoints, Event, Finish, Game, Observer, Outcome, Plan, Retention, Round, Run,
    Source, SourceError, State, StateError, Stop, StopWhen,
};

/// Batches of nothing.
struct Ten;

impl Batch for Ten {
    fn samples(&self) -> usize {
        10
    }
}

impl Source for Ten {
    type Batch = Self;

    fn seek(&mut self, _samples: SamplesSeen) -> Result<(), SourceError> {
        Ok(())
    }

    fn draw(&mut self) -> Result<Self, SourceError> {
        Ok(Self)
    }
}

/// A game with given readings, and a sheet of two points that lie this far from their mean.
#[derive(Clone, Copy)]
struct Played {
    accuracy: fn(SamplesSeen) -> f32,
    loss: fn(SamplesSeen) -> f32,
    spread: f32,
}

impl Game for Played {
    type Batch = Ten;

    fn play(self, _batches: Vec<Ten>, round: &mut Round<'_>) -> Self {
        let now = round.clock.samples;
        let readings = [
            ("critic/accuracy-real", (self.accuracy)(now)),
            ("critic/accuracy-fake", (self.accuracy)(now)),
            ("critic/loss", (self.loss)(now)),
            ("generator/loss", (self.loss)(now)),
        ];
        for (name, value) in readings {
            round.record(name, Tensor::from_floats([value], &Device::flex()));
        }
        self
    }

    fn rates(&self, _clock: &Clock) -> Vec<(&'static str, f64)> {
        Vec::new()
    }

    fn preview(&self) -> Result<Sheet, StateError> {
        let values = vec![-self.spread, self.spread];
        Ok(Sheet { medium: Medium::Point, shape: vec![1], values, columns: None })
    }

    fn save(&self, _state: &mut State) {}

    fn load(self, _state: &mut State) -> Result<Self, StateError> {
        Ok(self)
    }

    fn snapshot(&self, _state: &mut State) {}
}

struct Deaf;

impl Observer for Deaf {
    fn observe(&mut self, _event: &Event) -> io::Result<()> {
        Ok(())
    }
}

const BUDGET: SamplesSeen = SamplesSeen(20_000);

fn play(game: Played, stop_when: StopWhen) -> Outcome<Played> {
    let folder = tempfile::tempdir().unwrap();
    let run = Run {
        plan: Plan {
            until: BUDGET,
            stop_when: Some(stop_when),
            tick: SamplesSeen(100),
            sheet_every: SamplesSeen(500),
            snapshot_every: BUDGET,
            checkpoint_every: BUDGET,
            ..Plan::default()
        },
        seed: 1,
        device: Device::flex().autodiff(),
        source: &mut Ten,
        checkpoints: &Checkpoints::open(folder.path(), Retention::default()).unwrap(),
        snapshots: &mut |clock, _| Ok(clock.samples.0.to_string()),
        evaluator: None,
        real_spread: 1.0,
        observer: &mut Deaf,
        stop: Stop::default(),
    };
    run.play(game).unwrap()
}

const BALANCED: Played = Played { accuracy: |_| 0.51, loss: |_| 0.7, spread: 1.0 };

#[test]
fn a_critic_that_guesses_about_varied_samples_ends_the_run() {
    let outcome = play(BALANCED, StopWhen::Equilibrium);
    assert_eq!(outcome.finish, Finish::Equilibrium);
    assert!(outcome.clock.samples < BUDGET);
}

#[test]
fn a_critic_that_guesses_about_a_collapsed_generator_does_not() {
    let collapsed = Played { spread: 0.01, ..BALANCED };
    assert_eq!(play(collapsed, StopWhen::Equilibrium).finish, Finish::Budget);
}

#[test]
fn a_critic_that_is_mostly_right_does_not() {
    let winning = Played { accuracy: |_| 0.8, ..BALANCED };
    assert_eq!(play(winning, StopWhen::Equilibrium).finish, Finish::Budget);
}

#[test]
fn losses_and_sheets_that_stand_still_end_the_run() {
    let outcome = play(BALANCED, StopWhen::Plateau);
    assert_eq!(outcome.finish, Finish::Plateau);
    let falling = Played { loss: |now| 10.0 - now.0 as f32 * 4e-4, ..BALANCED };
    assert_eq!(play(falling, StopWhen::Plateau).finish, Finish::Budget);
}
