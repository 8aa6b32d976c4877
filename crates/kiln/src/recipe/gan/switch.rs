//! The adaptive switch: the critic rests while it is far ahead.

use kiln_train::Means;
use serde::{Deserialize, Serialize};

use crate::recipe::RecipeError;

/// When the critic rests: as soon as either bound is passed, until the next look. It is still asked
/// for its verdict, so that it can be seen when to go on.
///
/// Wu et al. 2016 (3D-GAN) let it rest above an accuracy of 0.8; Antic 2019 (DeOldify, NoGAN) lets
/// it rest below a loss.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Switch {
    /// It rests above this share of right verdicts, in `[0, 1]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub above_accuracy: Option<f64>,
    /// It rests below this loss.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub below_loss: Option<f64>,
}

impl Switch {
    /// Checks that there is a bound, and that it can be passed.
    pub(super) fn validate(self) -> Result<(), RecipeError> {
        let share = self.above_accuracy.is_none_or(|bound| (0.0..1.0).contains(&bound));
        let number = self.below_loss.is_none_or(f64::is_finite);
        let some = self.above_accuracy.is_some() || self.below_loss.is_some();
        if share && number && some { Ok(()) } else { Err(RecipeError::Switch) }
    }

    /// Whether the critic rests, given the means since the last look; what was not read says no.
    pub(super) fn rests(self, means: &Means) -> bool {
        let mean = |name: &str| means.by_name.get(name).copied().unwrap_or(f64::NAN);
        let accuracy = (mean("critic/accuracy-real") + mean("critic/accuracy-fake")) / 2.0;
        self.above_accuracy.is_some_and(|bound| accuracy > bound)
            || self.below_loss.is_some_and(|bound| mean("critic/loss") < bound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn means(real: f64, fake: f64, loss: f64) -> Means {
        let named =
            [("critic/accuracy-real", real), ("critic/accuracy-fake", fake), ("critic/loss", loss)];
        let by_name = named.map(|(name, mean)| (name.to_owned(), mean)).into();
        Means { by_name, non_finite: 0 }
    }

    #[test]
    fn a_switch_without_a_bound_that_can_be_passed_is_refused() {
        let accuracy = |bound| Switch { above_accuracy: Some(bound), ..Switch::default() };
        assert!(accuracy(0.8).validate().is_ok());
        assert!(Switch { below_loss: Some(0.65), ..Switch::default() }.validate().is_ok());
        for useless in [Switch::default(), accuracy(80.0), accuracy(f64::NAN)] {
            assert!(useless.validate().is_err(), "{useless:?}");
        }
    }

    #[test]
    fn a_critic_that_is_far_ahead_rests() {
        let by_accuracy = Switch { above_accuracy: Some(0.8), ..Switch::default() };
        assert!(by_accuracy.rests(&means(0.9, 0.8, 1.0)));
        assert!(!by_accuracy.rests(&means(0.9, 0.6, 0.1)));
        let by_loss = Switch { below_loss: Some(0.65), ..Switch::default() };
        assert!(by_loss.rests(&means(0.5, 0.5, 0.6)));
        assert!(!by_loss.rests(&means(1.0, 1.0, 0.7)));
        assert!(!Switch::default().rests(&means(1.0, 1.0, 0.0)));
        assert!(!by_accuracy.rests(&Means::default()), "nothing was read");
    }
}
