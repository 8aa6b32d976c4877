//! What happens in a run, as data: the terminal, `stats.jsonl`, TensorBoard and the log are
//! written from these and from nothing else.

use std::collections::BTreeMap;

use kiln_core::{Clock, SamplesSeen, Sheet};
use serde::{Deserialize, Serialize};

/// Something that happened in a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Event {
    /// The loop begins, from nothing or from a checkpoint.
    Started {
        /// Where it begins.
        clock: Clock,
        /// Where it will end, if nothing stops it.
        until: SamplesSeen,
        /// Whether it goes on from a checkpoint.
        resumed: bool,
    },
    /// A report, every tick.
    Tick(Tick),
    /// A sheet of samples from the fixed latents; the pixels come beside the event.
    Sheet {
        /// When.
        clock: Clock,
        /// [`Sheet::spread`] of the samples.
        spread: f64,
        /// The same of the reals' sheet.
        real_spread: f64,
        #[serde(skip)]
        /// The samples themselves.
        sheet: Option<Sheet>,
    },
    /// Something that the user should look at; the run goes on.
    Warning {
        /// When.
        clock: Clock,
        /// What.
        warning: Warning,
    },
    /// The run went back to an earlier checkpoint.
    RolledBack {
        /// Where the trouble was found.
        from: Clock,
        /// Where the run goes on.
        to: Clock,
        /// The how-manieth roll-back of this run, from 1.
        attempt: u32,
        /// What every learning rate is multiplied by from here on.
        rate_factor: f64,
        /// What was found.
        reason: String,
    },
    /// Everything needed to go on was saved.
    Checkpoint {
        /// When.
        clock: Clock,
    },
    /// Averaged generator weights were saved for use.
    Snapshot {
        /// When.
        clock: Clock,
        /// File name in `snapshots/`.
        file: String,
    },
    /// The averaged generator was evaluated.
    Evaluation {
        /// When.
        clock: Clock,
        /// What was measured, by name: `digits/frechet`, `inception-tf/recall`, ...
        values: Measured,
    },
    /// A checkpoint could not be read and the one before it is used.
    DamagedCheckpoint {
        /// Its name in `checkpoints/`.
        checkpoint: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The run ended.
    Finished {
        /// When.
        clock: Clock,
        /// Why.
        finish: Finish,
    },
}

impl Event {
    /// Whether the event belongs in `stats.jsonl`: it does if an uninterrupted run has it too.
    pub fn is_recorded(&self) -> bool {
        matches!(
            self,
            Self::Tick(_)
                | Self::Sheet { .. }
                | Self::Warning { .. }
                | Self::RolledBack { .. }
                | Self::Evaluation { .. }
        )
    }
}

/// What an evaluation measured, by name.
pub type Measured = BTreeMap<String, f64>;

/// The numbers of one tick: means over the rounds since the tick before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tick {
    /// When.
    pub clock: Clock,
    /// Means by name: `critic/loss`, `critic/accuracy-real`, `generator/gradient-norm`, ...
    pub means: BTreeMap<String, f64>,
    /// Learning rates by side, at the end of the tick.
    pub rates: BTreeMap<String, f64>,
    /// How many of the readings were not finite; they are left out of the means.
    pub non_finite: u64,
    /// What differs from machine to machine and from try to try.
    pub timing: Timing,
}

/// How long things took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// Seconds of training since the run began, over all its processes.
    pub seconds: f64,
    /// Real samples a second, over this tick.
    pub samples_per_second: f64,
    /// Largest resident memory of the process so far, in bytes; zero where it cannot be known.
    pub peak_memory_bytes: u64,
}

/// What the watchdog saw.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Warning {
    /// The samples of the sheet are nearly the same.
    Collapse {
        /// Spread of the sheet over spread of the reals.
        spread_ratio: f64,
    },
    /// The critic tells every real from every fake, so the generator learns little.
    CriticWins {
        /// Mean critic accuracy over the window.
        accuracy: f64,
    },
}

/// Why a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Finish {
    /// All samples of the budget were shown.
    Budget,
    /// The critic can no longer tell real from fake, and the samples are varied.
    Equilibrium,
    /// The sheet and the losses no longer change.
    Plateau,
    /// The user asked for it: the run can go on.
    Interrupted,
}

/// Hears what happens in a run. The loop calls it between rounds.
pub trait Observer {
    /// Takes note of an event.
    ///
    /// # Errors
    ///
    /// When what must be recorded cannot be, as on a full disk; the run then stops.
    fn observe(&mut self, event: &Event) -> std::io::Result<()>;

    /// Puts the record on disk and says how long it is, for a checkpoint to remember.
    ///
    /// # Errors
    ///
    /// When the record cannot be written.
    fn mark(&mut self) -> std::io::Result<u64> {
        Ok(0)
    }

    /// Cuts the record back to a length that [`mark`](Self::mark) gave: the run goes on from
    /// there, so what came after did not happen.
    ///
    /// # Errors
    ///
    /// When the record cannot be written.
    fn rewind(&mut self, _mark: u64) -> std::io::Result<()> {
        Ok(())
    }
}

/// Hears nothing.
impl Observer for () {
    fn observe(&mut self, _event: &Event) -> std::io::Result<()> {
        Ok(())
    }
}
