//! What the rounds left to be read: for the reports, and for a game that decides by it.

use burn::tensor::{Device, Tensor};
use kiln_core::{Clock, SamplesSeen};
use serde::{Deserialize, Serialize};

use crate::game::Game;
use crate::meters::Meters;
use crate::state::{State, StateError};

/// The readings of a run.
#[derive(Debug, Default)]
pub(crate) struct Readings {
    /// Since the last report.
    pub(crate) tick: Meters,
    /// Since the game last looked.
    look: Meters,
    looked: Looked,
}

/// When the game last looked.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Looked {
    at: SamplesSeen,
}

impl Readings {
    /// Adds the readings of one round.
    pub(crate) fn add<G: Game>(&mut self, game: &G, readings: &[(&'static str, Tensor<1>)]) {
        self.tick.add(readings);
        if game.looks_every().is_some() {
            self.look.add(readings);
        }
    }

    /// Lets the game look at its readings, if that is due.
    ///
    /// # Errors
    ///
    /// When the device failed.
    pub(crate) fn show<G: Game>(&mut self, game: G, clock: &Clock) -> Result<G, StateError> {
        let due = |every: u64| every > 0 && clock.rounds.0.is_multiple_of(every);
        if !game.looks_every().is_some_and(due) {
            return Ok(game);
        }
        let means = self.look.read()?;
        let samples = clock.samples.0 - self.looked.at.0;
        self.looked.at = clock.samples;
        Ok(game.adapt(&means, samples))
    }

    /// Puts everything into `state`.
    pub(crate) fn save(&self, state: &mut State) {
        self.tick.save("meters", state);
        self.look.save("looks", state);
        state.put("looked", &self.looked);
    }

    /// Takes what [`save`](Self::save) put in.
    ///
    /// # Errors
    ///
    /// When something is missing.
    pub(crate) fn load(state: &mut State, device: &Device) -> Result<Self, StateError> {
        Ok(Self {
            tick: Meters::load("meters", state, device)?,
            look: Meters::load("looks", state, device)?,
            looked: state.take("looked")?,
        })
    }
}
