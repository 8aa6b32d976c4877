//! NoGAN, the schedule of DeOldify (Antic 2019): the generator learns content alone, then the critic
//! alone learns to tell what it makes, and a short game between both ends the run.
//!
//! The game begins where an ordinary one ends: the generator is as good as content makes it and the
//! critic knows its faults, so that what is left is to take these away before the game brings new ones.

use kiln_core::SamplesSeen;
use kiln_train::Means;
use serde::{Deserialize, Serialize};

use crate::recipe::RecipeError;

/// How long either side learns alone, and when the generator learns in the game.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct NoGan {
    /// Samples at the start, from which the generator alone learns.
    pub content: SamplesSeen,
    /// Samples after these, from which the critic alone learns.
    pub critic: SamplesSeen,
    /// In the game the generator learns while the critic's loss was under this at the last look, and
    /// waits for the critic else.
    pub below_loss: f64,
    /// Rounds from one look to the next.
    pub look_every: u64,
}

impl Default for NoGan {
    /// The threshold is DeOldify's (its notebook `ColorizeTrainingStable`), where a loss of ln 2 = 0.69
    /// is chance; the lengths are of a run of minutes.
    fn default() -> Self {
        let [content, critic] = [8_000, 2_000].map(SamplesSeen);
        Self { content, critic, below_loss: 0.65, look_every: 4 }
    }
}

/// Who learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// The generator, from the distance to the targets alone.
    Content,
    /// The critic.
    Critic,
    /// Both.
    Game,
}

impl NoGan {
    /// Who learns at this time; `waits` says whether the generator waits in the game.
    pub(super) fn phase(self, now: SamplesSeen, waits: bool) -> Phase {
        match now.0 {
            at if at < self.content.0 => Phase::Content,
            at if waits || at < self.content.0.saturating_add(self.critic.0) => Phase::Critic,
            _ => Phase::Game,
        }
    }

    /// Whether the generator waits, given the means since the last look: it does where the critic has
    /// not learned yet.
    pub(super) fn waits(self, means: &Means) -> bool {
        means.by_name.get("critic/loss").is_none_or(|loss| *loss >= self.below_loss)
    }

    /// Checks that the game can be played.
    pub(super) fn validate(self) -> Result<(), RecipeError> {
        if self.look_every == 0 {
            return Err(RecipeError::LookEvery);
        }
        if !(self.below_loss > 0.0 && self.below_loss.is_finite()) {
            return Err(RecipeError::Threshold(self.below_loss));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_comes_first_then_the_critic_then_the_game() {
        let [content, critic] = [10, 5].map(SamplesSeen);
        let nogan = NoGan { content, critic, ..NoGan::default() };
        let phases = |waits| [0, 9, 10, 14, 15].map(|at| nogan.phase(SamplesSeen(at), waits));
        use Phase::{Content, Critic, Game};
        assert_eq!(phases(false), [Content, Content, Critic, Critic, Game]);
        assert_eq!(phases(true), [Content, Content, Critic, Critic, Critic]);
    }

    #[test]
    fn the_generator_waits_for_a_critic_that_guesses() {
        let means =
            |loss: f64| Means { by_name: [("critic/loss".into(), loss)].into(), non_finite: 0 };
        assert!(NoGan::default().waits(&means(0.69)));
        assert!(!NoGan::default().waits(&means(0.6)));
        assert!(NoGan::default().waits(&Means::default()), "nothing was read");
    }

    #[test]
    fn what_cannot_be_followed_is_told() {
        let check = |below_loss, look_every| {
            NoGan { below_loss, look_every, ..NoGan::default() }.validate()
        };
        assert!(check(0.65, 4).is_ok());
        assert!(matches!(check(0.65, 0), Err(RecipeError::LookEvery)));
        assert!(matches!(check(0.0, 4), Err(RecipeError::Threshold(_))));
    }
}
