//! R1 as a recipe configures it.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// `weight / 2` times the mean square of the critic's gradient at real samples (Mescheder et al.
/// 2018, equation 9), every so many rounds and that many times as strong (lazy regularisation:
/// Karras et al. 2020, StyleGAN2, appendix B).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct R1 {
    /// The paper's gamma; at least 0.
    pub weight: f64,
    /// Rounds from one penalty to the next; 1 for every round.
    pub every: u64,
}

/// A penalty that cannot be taken.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum R1Error {
    /// The weight is negative or not a number.
    #[error("the weight of r1 is {0}; it must be a number of at least 0")]
    Weight(f64),
    /// No rounds between two penalties.
    #[error("`every` of r1 is 0; 1 takes the penalty in every round")]
    Every,
}

impl R1 {
    /// Checks the constants.
    ///
    /// # Errors
    ///
    /// When the weight is negative or not finite, or `every` is 0.
    pub fn validate(&self) -> Result<(), R1Error> {
        if !(self.weight >= 0.0 && self.weight.is_finite()) {
            return Err(R1Error::Weight(self.weight));
        }
        if self.every == 0 { Err(R1Error::Every) } else { Ok(()) }
    }

    /// What the mean square is multiplied by in round `round`, counted from 0, if it is due.
    pub fn factor(&self, round: u64) -> Option<f64> {
        let due = round.is_multiple_of(self.every) && self.weight > 0.0;
        due.then(|| self.weight / 2.0 * self.every as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lazy_penalty_weighs_the_same_in_the_mean() {
        let r1 = R1 { weight: 0.5, every: 4 };
        let total: f64 = (0..100).filter_map(|round| r1.factor(round)).sum();
        assert_eq!(total / 100.0, 0.25);
        assert_eq!(r1.factor(3), None);
    }

    #[test]
    fn constants_out_of_range_are_refused() {
        assert_eq!(R1 { weight: -1.0, every: 1 }.validate(), Err(R1Error::Weight(-1.0)));
        assert_eq!(R1 { weight: 1.0, every: 0 }.validate(), Err(R1Error::Every));
        assert_eq!(R1 { weight: 0.0, every: 1 }.validate(), Ok(()));
    }
}
