//! Events for the tests of this module.

use kiln_core::{Clock, SamplesSeen};
use kiln_train::{Event, Tick, Timing};

/// A clock that shows `samples` and nothing else.
pub(super) fn clock(samples: u64) -> Clock {
    Clock { samples: SamplesSeen(samples), ..Clock::default() }
}

/// A tick of the named means.
pub(super) fn tick(samples: u64, means: &[(&str, f64)]) -> Tick {
    Tick {
        clock: clock(samples),
        means: means.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect(),
        rates: [("critic".to_owned(), 2e-4)].into(),
        non_finite: 0,
        timing: Timing::default(),
    }
}

/// The same as an event.
pub(super) fn ticked(samples: u64, means: &[(&str, f64)]) -> Event {
    Event::Tick(tick(samples, means))
}
