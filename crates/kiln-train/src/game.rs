//! The contract between the engine and a family of networks.

use kiln_core::{Clock, Sheet};

use crate::meters::Means;
use crate::round::Round;
use crate::state::{State, StateError};

/// What a game is played with: images, pairs, waves, points.
pub trait Batch {
    /// How many samples it holds.
    fn samples(&self) -> usize;
}

/// A family: its networks, optimisers and everything else that changes while it trains.
///
/// The engine plays it with [`Run`](crate::Run). Nothing in [`play`](Self::play) may read from
/// the device, open a file or print.
pub trait Game: Sized {
    /// What a round is played with.
    type Batch: Batch;

    /// How many batches the round at this clock draws.
    fn batches(&self, _clock: &Clock) -> usize {
        1
    }

    /// Plays the turns of one round, in their order, and follows the averaged weights.
    fn play(self, batches: Vec<Self::Batch>, round: &mut Round<'_>) -> Self;

    /// Rounds from one look at the readings to the next, for a game that decides by them; none, the
    /// default, for one that does not. Each look reads from the device.
    fn looks_every(&self) -> Option<u64> {
        None
    }

    /// Decides by the means of the readings since the last look, in which `samples` real samples
    /// were shown: an augmentation's probability, whether the critic rests.
    #[must_use]
    fn adapt(self, _means: &Means, _samples: u64) -> Self {
        self
    }

    /// Learning rates by side at this clock, for the report.
    fn rates(&self, clock: &Clock) -> Vec<(&'static str, f64)>;

    /// The same samples at every call but for the weights: from fixed latents and, where the
    /// family has them, the averaged weights.
    ///
    /// # Errors
    ///
    /// When the device failed.
    fn preview(&self) -> Result<Sheet, StateError>;

    /// Puts everything that the game needs to go on into `state`.
    fn save(&self, state: &mut State);

    /// Takes what [`save`](Self::save) put in.
    ///
    /// # Errors
    ///
    /// When something is missing or does not fit.
    fn load(self, state: &mut State) -> Result<Self, StateError>;

    /// Puts what drawing samples needs into `state`: the averaged generator.
    fn snapshot(&self, state: &mut State);
}
