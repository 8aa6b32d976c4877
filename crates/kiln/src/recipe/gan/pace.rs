//! How often each side plays.

use kiln_core::Clock;
use serde::{Deserialize, Serialize};

use crate::recipe::RecipeError;

/// The turns of a round: the critic's, then one of the generator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Pace {
    /// Critic turns in a round, each on its own batch of reals.
    pub critic_turns: usize,
    /// Rounds in which the critic has more turns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opening: Option<Opening>,
    /// Whether the generator's turn draws its own latents (and reals, where the objective asks for
    /// them) instead of sharing those of the critic's last turn.
    pub fresh: bool,
}

/// Rounds in which the critic is brought near its optimum (Arjovsky et al. 2017, WGAN, the authors'
/// code: 100 turns in the first 25 rounds and in every 500th).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Opening {
    /// Critic turns in such a round.
    pub critic_turns: usize,
    /// The first rounds, counted in updates of the generator.
    pub updates: u64,
    /// Then every so manieth; 0 for none.
    pub every: u64,
}

impl Default for Pace {
    fn default() -> Self {
        Self { critic_turns: 1, opening: None, fresh: false }
    }
}

impl Pace {
    /// Checks that the critic plays at all.
    pub(super) fn validate(&self) -> Result<(), RecipeError> {
        let opening = self.opening.map_or(1, |opening| opening.critic_turns);
        if self.critic_turns == 0 || opening == 0 {
            let reason = "`critic-turns` is 0; the critic needs at least 1 turn a round";
            return Err(RecipeError::Batch(reason.to_owned()));
        }
        Ok(())
    }

    /// Critic turns of the round at `clock`.
    pub(super) fn turns(&self, clock: &Clock) -> usize {
        let played = clock.generator.0;
        match self.opening {
            Some(Opening { critic_turns, updates, every })
                if played < updates || (every > 0 && played.is_multiple_of(every)) =>
            {
                critic_turns
            }
            _ => self.critic_turns,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kiln_core::Updates;

    #[test]
    fn wgans_critic_opens_with_a_hundred_turns_and_returns_to_them() {
        let opening = Some(Opening { critic_turns: 100, updates: 25, every: 500 });
        let pace = Pace { critic_turns: 5, opening, fresh: true };
        let turns =
            |generator| pace.turns(&Clock { generator: Updates(generator), ..Clock::default() });
        assert_eq!([0, 24, 25, 499, 500, 501].map(turns), [100, 100, 5, 5, 100, 5]);
        let without = Pace { opening: None, ..pace };
        assert_eq!(without.turns(&Clock::default()), 5);
    }

    #[test]
    fn a_critic_that_never_plays_is_refused() {
        assert!(Pace { critic_turns: 0, ..Pace::default() }.validate().is_err());
        let opening = Some(Opening { critic_turns: 0, updates: 1, every: 0 });
        assert!(Pace { opening, ..Pace::default() }.validate().is_err());
    }
}
