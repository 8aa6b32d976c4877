//! The clock of a run: how many samples were shown, rounds played and updates made.
//!
//! Schedules and reports run on [`SamplesSeen`], so curves stay comparable across batch sizes.

use std::fmt;
use std::ops::{Add, AddAssign};

use serde::{Deserialize, Serialize};

macro_rules! count {
    ($(#[$doc:meta])* $name:ident, $unit:literal) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize,
            Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub u64);

        impl $name {
            /// The count as a floating point number, for arithmetic that is not exact.
            pub fn as_f64(self) -> f64 {
                self.0 as f64
            }
        }

        impl Add<u64> for $name {
            type Output = Self;
            fn add(self, more: u64) -> Self {
                Self(self.0 + more)
            }
        }

        impl AddAssign<u64> for $name {
            fn add_assign(&mut self, more: u64) {
                self.0 += more;
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!("{} ", $unit), self.0)
            }
        }
    };
}

count!(
    /// Real samples shown to the critic since the run began: the time axis of everything.
    SamplesSeen,
    "samples"
);
count!(
    /// Rounds played; a round is one pass through the turns of a game.
    Rounds,
    "rounds"
);
count!(
    /// Optimiser steps taken by one side.
    Updates,
    "updates"
);

/// A side of the game. A translator counts as a generator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// Judges samples; the discriminator of the literature.
    Critic,
    /// Makes samples.
    Generator,
    /// Finds what samples are made of.
    Encoder,
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// Real samples shown.
    pub samples: SamplesSeen,
    /// Rounds played.
    pub rounds: Rounds,
    /// Updates of the critic.
    pub critic: Updates,
    /// Updates of the generator.
    pub generator: Updates,
    /// Updates of an encoder beside them.
    #[serde(default, skip_serializing_if = "Updates::is_none")]
    pub encoder: Updates,
}

impl Updates {
    fn is_none(&self) -> bool {
        self.0 == 0
    }
}

impl Clock {
    /// Updates of one side.
    pub fn updates(&self, side: Side) -> Updates {
        match side {
            Side::Critic => self.critic,
            Side::Generator => self.generator,
            Side::Encoder => self.encoder,
        }
    }

    /// Records one optimiser step of `side`.
    pub fn count_update(&mut self, side: Side) {
        match side {
            Side::Critic => self.critic += 1,
            Side::Generator => self.generator += 1,
            Side::Encoder => self.encoder += 1,
        }
    }

    /// Records a round that showed `samples` real samples.
    pub fn count_round(&mut self, samples: u64) {
        self.rounds += 1;
        self.samples += samples;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_moves_samples_and_rounds_but_no_update() {
        let mut clock = Clock::default();
        clock.count_round(64);
        clock.count_update(Side::Critic);
        assert_eq!(clock.samples, SamplesSeen(64));
        assert_eq!(clock.rounds, Rounds(1));
        assert_eq!((clock.critic, clock.generator), (Updates(1), Updates(0)));
    }

    #[test]
    fn counts_say_their_unit() {
        assert_eq!(SamplesSeen(3).to_string(), "3 samples");
    }
}
