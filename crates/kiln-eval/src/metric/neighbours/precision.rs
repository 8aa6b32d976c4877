//! Improved precision and recall (Kynkaanniemi et al. 2019, equations 1 and 2).
//!
//! The manifold of a set is the union of balls about its points, each as large as the distance to
//! the `k`-th nearest other point. Precision: share of the samples within the manifold of the
//! reals. Recall: share of the reals within that of the samples. Both in `[0, 1]`; `k` is 3 in the
//! paper and in torch-fidelity, whose values these are.

use serde::Serialize;

use super::distances::fold;
use super::radii::squared_radii;
use crate::metric::{Estimate, Sets, Warning};
use crate::{EvalError, Features};

/// The neighbour that sets the size of a ball, as in the paper.
pub const PRECISION_NEIGHBOUR: usize = 3;

/// From how many samples on the values settle, roughly (section 3.1 and figure 4 of the paper: its
/// own numbers are of 50,000).
const ADVISED: usize = 5000;

/// Precision and recall.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PrecisionRecall {
    /// Share of the samples that look real. The spread is the standard error over the samples;
    /// the manifold is held.
    pub precision: Estimate,
    /// Share of the reals that could have been sampled; the spread is over the reals.
    pub recall: Estimate,
    /// Harmonic mean of both, 0 where both are.
    pub f_score: f64,
    /// Which neighbour sets the size of a ball.
    pub neighbour: usize,
    /// Reasons for doubt.
    pub warnings: Vec<Warning>,
}

/// Precision and recall with balls up to the `neighbour`-th neighbour. Time of
/// `width * (real + fake)^2`; memory of a few blocks.
///
/// A spread by resampling would be wrong: a point drawn twice is its own nearest neighbour, and
/// the balls shrink. For the chance of the manifolds, repeat with other samples.
///
/// # Errors
///
/// When a set has not more rows than `neighbour`, that is 0, or the widths differ.
pub fn precision_recall(sets: &Sets<'_>, neighbour: usize) -> Result<PrecisionRecall, EvalError> {
    let what = "precision and recall";
    sets.check(what, 2)?;
    let within = |points: &Features, centres: &Features| {
        let radii = squared_radii(centres, what, neighbour)?;
        let inside = fold(
            points,
            centres,
            |_| false,
            |inside, near| {
                *inside |= near.squared <= radii[near.idx];
            },
        );
        let shares: Vec<f64> =
            inside.into_iter().map(|inside| f64::from(u8::from(inside))).collect();
        Ok::<_, EvalError>(Estimate::of_points(&shares))
    };
    let (precision, recall) = (within(sets.fake, sets.real)?, within(sets.real, sets.fake)?);
    let (p, r) = (precision.value, recall.value);
    // torch-fidelity's guard, so that 0 and 0 make 0.
    let f_score = 2.0 * p * r / (p + r).max(1e-5);
    Ok(PrecisionRecall { precision, recall, f_score, neighbour, warnings: warnings(sets, ADVISED) })
}

/// What the sizes of the sets do to manifolds.
pub(super) fn warnings(sets: &Sets<'_>, advised: usize) -> Vec<Warning> {
    let (real, fake, samples) = (sets.real.len(), sets.fake.len(), sets.smaller());
    let mut warnings = Vec::new();
    if real != fake {
        warnings.push(Warning::UnequalSets { real, fake });
    }
    if samples < advised {
        warnings.push(Warning::FewSamples { samples, advised });
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(values: &[f32]) -> Features {
        Features::new(1, values.to_vec()).unwrap()
    }

    #[test]
    fn points_on_a_line_have_the_shares_done_by_hand() {
        // Balls about the reals 0, 1, 3: radii 1, 1, 2, so [-1, 5]. Balls about the samples
        // -1, 4, 9, 10: radii 5, 5, 1, 1, so [-6, 11].
        let (real, fake) = (line(&[0.0, 1.0, 3.0]), line(&[-1.0, 4.0, 9.0, 10.0]));
        let found = precision_recall(&Sets { real: &real, fake: &fake }, 1).unwrap();
        assert_eq!((found.precision.value, found.recall.value), (0.5, 1.0));
        assert!((found.f_score - 2.0 / 3.0).abs() < 1e-12);
        // Four points of 0 or 1, half of each: sqrt((1 / 3) / 4).
        assert!((found.precision.spread.deviation - (1.0_f64 / 12.0).sqrt()).abs() < 1e-12);
        let few = Warning::FewSamples { samples: 3, advised: 5000 };
        assert_eq!(found.warnings, [Warning::UnequalSets { real: 3, fake: 4 }, few]);
    }

    #[test]
    fn a_set_is_precise_about_itself_and_blind_to_another() {
        let (near, far) = (line(&[0.0, 1.0, 2.0, 2.0]), line(&[50.0, 51.0, 52.0, 53.0]));
        let of = |real, fake| {
            let found = precision_recall(&Sets { real, fake }, PRECISION_NEIGHBOUR).unwrap();
            (found.precision.value, found.recall.value, found.f_score)
        };
        assert_eq!(of(&near, &near), (1.0, 1.0, 1.0));
        assert_eq!(of(&near, &far), (0.0, 0.0, 0.0));
    }

    #[test]
    fn sets_without_enough_neighbours_are_refused() {
        let (real, fake) = (line(&[0.0, 1.0, 2.0]), line(&[0.0, 1.0, 2.0, 3.0]));
        let refusal = precision_recall(&Sets { real: &real, fake: &fake }, 3).unwrap_err();
        let expected = "precision and recall needs at least 4 samples, not 3";
        assert_eq!(refusal.to_string(), expected);
    }
}
