//! The run loop: one page, in a fixed order.

use std::time::Instant;

use burn::tensor::Device;
use kiln_core::{Clock, SamplesSeen, Sheet};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::checkpoint::{CheckpointError, Checkpoints, Damage, SavedRun};
use crate::evaluator::{EvaluationError, Evaluator};
use crate::event::{Event, Finish, Observer, Tick, Timing};
use crate::game::{Batch, Game};
use crate::plan::{Plan, due};
use crate::readings::Readings;
use crate::round::Round;
use crate::source::{Source, SourceError};
use crate::state::{State, StateError};
use crate::stop::Stop;
use crate::watchdog::Watchdog;

/// A run that is ready to be played.
pub struct Run<'a, G: Game> {
    /// How long, how often.
    pub plan: Plan,
    /// What every random number of the run follows from.
    pub seed: u64,
    /// Where the game is played, with autodiff.
    pub device: Device,
    /// Where batches come from.
    pub source: &'a mut dyn Source<Batch = G::Batch>,
    /// Where the run is saved.
    pub checkpoints: &'a Checkpoints,
    /// Where the averaged generator goes, given the time and what drawing samples needs.
    pub snapshots: &'a mut dyn FnMut(Clock, &State) -> std::io::Result<String>,
    /// What measures the averaged generator, if the plan has it measured.
    pub evaluator: Option<&'a mut dyn Evaluator>,
    /// [`Sheet::spread`] of the reals, to tell collapse by.
    pub real_spread: f64,
    /// Who hears what happens.
    pub observer: &'a mut dyn Observer,
    /// How the run is asked to stop.
    pub stop: Stop,
}

/// How a run ended.
#[derive(Debug)]
pub struct Outcome<G> {
    /// The game as it stands.
    pub game: G,
    /// When it ended.
    pub clock: Clock,
    /// Why it ended.
    pub finish: Finish,
}

/// Why a run failed. What was saved before is still there.
#[derive(Debug, Error)]
pub enum RunError {
    /// A batch could not be drawn.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A checkpoint could not be saved or read.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A saved state does not fit, or the device failed.
    #[error(transparent)]
    State(#[from] StateError),
    /// A report or snapshot could not be written.
    #[error("cannot write the run's records: {0}")]
    Records(#[from] std::io::Error),
    /// The evaluation failed.
    #[error("the evaluation failed: {0}; `--set plan.evaluate-every=` goes on without")]
    Evaluation(#[source] EvaluationError),
    /// The game broke down again and again.
    #[error(
        "{reason} at {clock_samples}, after {attempts} roll-backs with lower learning rates; the \
         last good checkpoint is kept. Lower --lr, clip gradients, or choose a steadier loss"
    )]
    Diverged {
        /// What was found.
        reason: String,
        /// When.
        clock_samples: SamplesSeen,
        /// Roll-backs that were tried.
        attempts: u32,
    },
}

/// What the engine remembers beside the game.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Memory {
    clock: Clock,
    attempt: u32,
    rate_factor: f64,
    seconds: f64,
    watchdog: Watchdog,
    mark: u64,
}

impl<G: Game> Run<'_, G> {
    /// Plays until the plan is fulfilled or a stop is asked for: goes on from the newest
    /// checkpoint if there is one, from the first round otherwise.
    ///
    /// # Errors
    ///
    /// When data, disk or device fail, or the game keeps breaking down.
    pub fn play(mut self, game: G) -> Result<Outcome<G>, RunError> {
        let (mut game, mut memory, mut readings) = self.resume_or_start(game)?;
        let mut watch = Stopwatch::start(&memory);
        let finish = loop {
            if let Some(finish) = self.finish(&memory) {
                break finish;
            }
            let before = memory.clock.samples;
            let batches = self.draw(&game, &memory.clock)?;
            game = self.round(game, batches, &mut memory, &mut readings);
            game = readings.show(game, &memory.clock)?;

            let now = memory.clock.samples;
            let last = now >= self.plan.until;
            let mut trouble = None;
            if last || due(before, now, self.plan.tick) {
                trouble = self.report(&game, &mut memory, &mut readings, &mut watch)?;
            }
            if trouble.is_none() && (last || due(before, now, self.plan.sheet_every)) {
                self.sheet(&game, &mut memory)?;
            }
            if trouble.is_none() && (last || due(before, now, self.plan.snapshot_every)) {
                trouble = self.snapshot(&game, &memory)?;
            }
            let evaluation = self.plan.evaluate_every.filter(|_| trouble.is_none());
            if evaluation.is_some_and(|every| last || due(before, now, every)) {
                trouble = self.evaluate(&game, &memory)?;
            }
            if trouble.is_none() && (last || due(before, now, self.plan.checkpoint_every)) {
                trouble = self.checkpoint(&game, &mut memory, &readings, &watch)?;
            }
            if let Some(reason) = trouble {
                (game, memory, readings) = self.roll_back(game, memory, reason)?;
                watch = Stopwatch::start(&memory);
            }
        };
        self.end(game, memory, readings, &watch, finish)
    }

    /// Why the run should end before the next round, if it should.
    fn finish(&self, memory: &Memory) -> Option<Finish> {
        if memory.clock.samples >= self.plan.until {
            return Some(Finish::Budget);
        }
        if self.stop.requested() {
            return Some(Finish::Interrupted);
        }
        let goal = self.plan.stop_when.filter(|goal| memory.watchdog.reached(*goal))?;
        Some(match goal {
            crate::plan::StopWhen::Equilibrium => Finish::Equilibrium,
            crate::plan::StopWhen::Plateau => Finish::Plateau,
        })
    }

    fn draw(&mut self, game: &G, clock: &Clock) -> Result<Vec<G::Batch>, SourceError> {
        (0..game.batches(clock)).map(|_| self.source.draw()).collect()
    }

    fn round(
        &self,
        game: G,
        batches: Vec<G::Batch>,
        memory: &mut Memory,
        readings: &mut Readings,
    ) -> G {
        let samples = batches.iter().map(Batch::samples).sum::<usize>() as u64;
        let mut round = Round::new(memory.clock, self.seed, &self.device)
            .after_rollbacks(memory.attempt, memory.rate_factor);
        let game = game.play(batches, &mut round);
        memory.clock = round.clock;
        memory.clock.count_round(samples);
        readings.add(&game, &round.into_readings());
        game
    }

    /// Reads the meters and reports; says what is wrong if the losses are.
    fn report(
        &mut self,
        game: &G,
        memory: &mut Memory,
        readings: &mut Readings,
        watch: &mut Stopwatch,
    ) -> Result<Option<String>, RunError> {
        let means = readings.tick.read()?;
        let warning = memory.watchdog.see_tick(&means);
        let rates = game.rates(&memory.clock).into_iter();
        let tick = Tick {
            clock: memory.clock,
            rates: rates.map(|(side, rate)| (side.to_owned(), rate * memory.rate_factor)).collect(),
            non_finite: means.non_finite,
            timing: watch.lap(memory),
            means: means.by_name,
        };
        let non_finite = tick.non_finite;
        self.observer.observe(&Event::Tick(tick))?;
        if let Some(warning) = warning {
            self.observer.observe(&Event::Warning { clock: memory.clock, warning })?;
        }
        Ok((non_finite > 0).then(|| format!("{non_finite} readings are not finite numbers")))
    }

    fn sheet(&mut self, game: &G, memory: &mut Memory) -> Result<(), RunError> {
        let sheet: Sheet = game.preview()?;
        let (spread, real_spread) = (sheet.spread(), self.real_spread);
        let clock = memory.clock;
        // An untrained generator makes nearly the same sample of any latent: no collapse.
        let trained = clock.rounds.0 > 0;
        let warning = trained.then(|| memory.watchdog.see_sheet(spread, real_spread)).flatten();
        self.observer.observe(&Event::Sheet { clock, spread, real_spread, sheet: Some(sheet) })?;
        if let Some(warning) = warning {
            self.observer.observe(&Event::Warning { clock, warning })?;
        }
        Ok(())
    }

    /// Saves everything; says what is wrong instead if the weights are.
    fn checkpoint(
        &mut self,
        game: &G,
        memory: &mut Memory,
        readings: &Readings,
        watch: &Stopwatch,
    ) -> Result<Option<String>, RunError> {
        let mut state = State::new();
        game.save(&mut state);
        state.read()?;
        if let Some(name) = state.first_non_finite() {
            return Ok(Some(format!("`{name}` holds values that are not finite numbers")));
        }
        readings.save(&mut state);
        state.read()?;
        memory.mark = self.observer.mark()?;
        memory.seconds = watch.seconds();
        let engine =
            serde_json::to_value(&memory).map_err(|e| StateError::Format(e.to_string()))?;
        self.checkpoints.save(memory.clock, engine, &state)?;
        self.observer.observe(&Event::Checkpoint { clock: memory.clock })?;
        Ok(None)
    }

    /// Saves the averaged generator; says what is wrong instead if its weights are.
    fn snapshot(&mut self, game: &G, memory: &Memory) -> Result<Option<String>, RunError> {
        let state = averaged(game)?;
        if let Some(name) = state.first_non_finite() {
            return Ok(Some(not_finite(name)));
        }
        let file = (self.snapshots)(memory.clock, &state)?;
        self.observer.observe(&Event::Snapshot { clock: memory.clock, file })?;
        Ok(None)
    }

    /// Measures the averaged generator; says what is wrong instead if its weights are.
    fn evaluate(&mut self, game: &G, memory: &Memory) -> Result<Option<String>, RunError> {
        let Some(evaluator) = self.evaluator.as_mut() else { return Ok(None) };
        let state = averaged(game)?;
        if let Some(name) = state.first_non_finite() {
            return Ok(Some(not_finite(name)));
        }
        let values = evaluator.evaluate(memory.clock, state).map_err(RunError::Evaluation)?;
        self.observer.observe(&Event::Evaluation { clock: memory.clock, values })?;
        Ok(None)
    }

    fn resume_or_start(&mut self, game: G) -> Result<(G, Memory, Readings), RunError> {
        let until = self.plan.until;
        if let Some((saved, damaged)) = self.checkpoints.newest()? {
            let (game, memory, readings) = self.restore(game, saved)?;
            self.observer.rewind(memory.mark)?;
            self.tell_damage(damaged)?;
            self.observer.observe(&Event::Started { clock: memory.clock, until, resumed: true })?;
            return Ok((game, memory, readings));
        }
        let mut memory = Memory {
            clock: Clock::default(),
            attempt: 0,
            rate_factor: 1.0,
            seconds: 0.0,
            watchdog: Watchdog::new(self.plan.watchdog),
            mark: 0,
        };
        self.observer.rewind(0)?;
        self.observer.observe(&Event::Started { clock: memory.clock, until, resumed: false })?;
        self.source.seek(SamplesSeen(0))?;
        self.sheet(&game, &mut memory)?;
        let watch = Stopwatch::start(&memory);
        let readings = Readings::default();
        match self.checkpoint(&game, &mut memory, &readings, &watch)? {
            None => Ok((game, memory, readings)),
            Some(reason) => {
                Err(RunError::Diverged { reason, clock_samples: SamplesSeen(0), attempts: 0 })
            }
        }
    }

    fn restore(&mut self, game: G, mut saved: SavedRun) -> Result<(G, Memory, Readings), RunError> {
        let memory: Memory = serde_json::from_value(saved.engine)
            .map_err(|e| StateError::Value { name: "engine".to_owned(), reason: e.to_string() })?;
        let readings = Readings::load(&mut saved.state, &self.device)?;
        let game = game.load(&mut saved.state)?;
        saved.state.finish()?;
        self.source.seek(memory.clock.samples)?;
        Ok((game, memory, readings))
    }

    /// Goes back to the newest good checkpoint with new random numbers and lower rates, and
    /// saves that at once: a kill after this must not replay the old fate.
    fn roll_back(
        &mut self,
        game: G,
        sick: Memory,
        reason: String,
    ) -> Result<(G, Memory, Readings), RunError> {
        let attempt = sick.attempt + 1;
        let diverged = |reason| RunError::Diverged {
            reason,
            clock_samples: sick.clock.samples,
            attempts: sick.attempt,
        };
        if attempt > self.plan.watchdog.retries {
            return Err(diverged(reason));
        }
        let Some((saved, damaged)) = self.checkpoints.newest()? else {
            return Err(diverged(reason));
        };
        let (game, mut memory, readings) = self.restore(game, saved)?;
        self.tell_damage(damaged)?;
        memory.attempt = attempt;
        memory.rate_factor = sick.rate_factor * self.plan.watchdog.rate_factor;
        self.observer.observe(&Event::RolledBack {
            from: sick.clock,
            to: memory.clock,
            attempt,
            rate_factor: memory.rate_factor,
            reason: reason.clone(),
        })?;
        let watch = Stopwatch::start(&memory);
        match self.checkpoint(&game, &mut memory, &readings, &watch)? {
            None => Ok((game, memory, readings)),
            Some(_) => Err(diverged(reason)),
        }
    }

    fn tell_damage(&mut self, damaged: Vec<Damage>) -> std::io::Result<()> {
        damaged.into_iter().try_for_each(|Damage { checkpoint, reason }| {
            self.observer.observe(&Event::DamagedCheckpoint { checkpoint, reason })
        })
    }

    /// Saves what an early end has not saved yet, and says goodbye.
    fn end(
        mut self,
        game: G,
        mut memory: Memory,
        readings: Readings,
        watch: &Stopwatch,
        finish: Finish,
    ) -> Result<Outcome<G>, RunError> {
        if finish != Finish::Budget {
            if let Some(reason) = self.checkpoint(&game, &mut memory, &readings, watch)? {
                let (clock_samples, attempts) = (memory.clock.samples, memory.attempt);
                return Err(RunError::Diverged { reason, clock_samples, attempts });
            }
            self.snapshot(&game, &memory)?;
        }
        self.observer.observe(&Event::Finished { clock: memory.clock, finish })?;
        Ok(Outcome { game, clock: memory.clock, finish })
    }
}

/// What drawing samples needs, on the host.
fn averaged<G: Game>(game: &G) -> Result<State, StateError> {
    let mut state = State::new();
    game.snapshot(&mut state);
    state.read()?;
    Ok(state)
}

fn not_finite(name: &str) -> String {
    format!("`{name}` holds values that are not finite numbers")
}

/// Measures the time of this process and adds it to that of the processes before.
struct Stopwatch {
    began: Instant,
    seconds_before: f64,
    lap_began: Instant,
    lap_samples: SamplesSeen,
}

impl Stopwatch {
    fn start(memory: &Memory) -> Self {
        let now = Instant::now();
        Self {
            began: now,
            seconds_before: memory.seconds,
            lap_began: now,
            lap_samples: memory.clock.samples,
        }
    }

    fn seconds(&self) -> f64 {
        self.seconds_before + self.began.elapsed().as_secs_f64()
    }

    fn lap(&mut self, memory: &Memory) -> Timing {
        let samples = memory.clock.samples.0 - self.lap_samples.0;
        let samples_per_second = samples as f64 / self.lap_began.elapsed().as_secs_f64();
        self.lap_began = Instant::now();
        self.lap_samples = memory.clock.samples;
        Timing {
            seconds: self.seconds(),
            samples_per_second,
            peak_memory_bytes: crate::memory::peak_resident_bytes(),
        }
    }
}
