//! How long a run lasts and how often it reports, saves and looks at itself.

use kiln_core::SamplesSeen;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::checkpoint::Retention;
use crate::watchdog::Policy;

/// The plan of a run. All times are real samples shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Plan {
    /// When the run is complete.
    pub until: SamplesSeen,
    /// End earlier when this is reached.
    pub stop_when: Option<StopWhen>,
    /// Between reports.
    pub tick: SamplesSeen,
    /// Between sheets.
    pub sheet_every: SamplesSeen,
    /// Between snapshots.
    pub snapshot_every: SamplesSeen,
    /// Between checkpoints.
    pub checkpoint_every: SamplesSeen,
    /// Between evaluations of the averaged generator, and once at the end; none for no evaluation.
    pub evaluate_every: Option<SamplesSeen>,
    /// Which checkpoints stay.
    pub keep: Retention,
    /// What the watchdog does.
    pub watchdog: Policy,
}

/// A reason to end before all samples were shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StopWhen {
    /// The critic's accuracy stays at 0.5 while the samples are as varied as the reals.
    Equilibrium,
    /// Neither the losses nor the spread of the sheet change any more.
    Plateau,
}

/// A plan that cannot be followed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PlanError {
    /// A cadence of zero samples.
    #[error("`{0}` is 0 samples; it must be at least 1")]
    Zero(&'static str),
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            until: SamplesSeen(300_000),
            stop_when: None,
            tick: SamplesSeen(3_200),
            sheet_every: SamplesSeen(16_000),
            snapshot_every: SamplesSeen(64_000),
            checkpoint_every: SamplesSeen(16_000),
            evaluate_every: None,
            keep: Retention::default(),
            watchdog: Policy::default(),
        }
    }
}

impl Plan {
    /// Checks the times.
    ///
    /// # Errors
    ///
    /// Names a time that is zero.
    pub fn check(&self) -> Result<(), PlanError> {
        let times = [
            ("until", self.until),
            ("tick", self.tick),
            ("sheet-every", self.sheet_every),
            ("snapshot-every", self.snapshot_every),
            ("checkpoint-every", self.checkpoint_every),
            ("evaluate-every", self.evaluate_every.unwrap_or(SamplesSeen(1))),
        ];
        match times.into_iter().find(|(_, time)| time.0 == 0) {
            Some((name, _)) => Err(PlanError::Zero(name)),
            None => Ok(()),
        }
    }
}

/// Whether a multiple of `every` lies in `(before, now]`.
pub(crate) fn due(before: SamplesSeen, now: SamplesSeen, every: SamplesSeen) -> bool {
    now.0 / every.0 > before.0 / every.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn something_is_due_once_for_each_multiple_passed() {
        let due = |before, now| due(SamplesSeen(before), SamplesSeen(now), SamplesSeen(100));
        assert!(!due(0, 64) && due(64, 128) && !due(128, 192) && due(192, 256) && due(36, 100));
    }

    #[test]
    fn a_cadence_of_zero_is_refused_by_name() {
        let plan = Plan { tick: SamplesSeen(0), ..Plan::default() };
        assert_eq!(plan.check(), Err(PlanError::Zero("tick")));
    }
}
