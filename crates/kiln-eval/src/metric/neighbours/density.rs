//! Density and coverage (Naeem et al. 2020, equations 4 and 5), as the package `prdc` has them.
//!
//! Balls are about reals only, each as large as the distance to the `k`-th nearest other real.
//! Density: how many balls a sample is in, over `k`, in `[0, inf)` and 1 for samples of the reals'
//! kind; unlike precision it is not fooled by one outlier with a large ball. Coverage: share of
//! the balls that hold a sample, in `[0, 1]` and about `1 - 2^-k` for samples of the reals' kind.
//! On the edge of a ball is outside.

use serde::Serialize;

use super::distances::fold;
use super::precision::warnings;
use super::radii::squared_radii;
use crate::EvalError;
use crate::metric::{Estimate, Sets, Warning};

/// The neighbour that sets the size of a ball, as in the paper.
pub const MANIFOLD_NEIGHBOUR: usize = 5;

/// Samples in the paper's experiments (section 4).
const ADVISED: usize = 10_000;

/// Density and coverage.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DensityCoverage {
    /// Balls of reals that a sample is in, over `k`. The spread is the standard error over the
    /// samples; the balls are held.
    pub density: Estimate,
    /// Share of the balls that hold a sample; the spread is over the reals, the samples are held.
    pub coverage: Estimate,
    /// Which neighbour sets the size of a ball.
    pub neighbour: usize,
    /// Reasons for doubt.
    pub warnings: Vec<Warning>,
}

/// Density and coverage with balls up to the `neighbour`-th neighbour. Time of
/// `width * real * (real + 2 fake)`; memory of a few blocks.
///
/// # Errors
///
/// When there are not more reals than `neighbour`, that is 0, a set is empty, or the widths differ.
pub fn density_coverage(sets: &Sets<'_>, neighbour: usize) -> Result<DensityCoverage, EvalError> {
    let what = "density and coverage";
    sets.check(what, 1)?;
    let radii = squared_radii(sets.real, what, neighbour)?;
    let balls = fold(
        sets.fake,
        sets.real,
        |_| 0_u32,
        |balls, near| {
            *balls += u32::from(near.squared < radii[near.idx]);
        },
    );
    let dense: Vec<f64> = balls.iter().map(|n| f64::from(*n) / neighbour as f64).collect();
    let covered = fold(
        sets.real,
        sets.fake,
        |real| (radii[real], false),
        |(radius, held), near| {
            *held |= near.squared < *radius;
        },
    );
    let covered: Vec<f64> = covered.iter().map(|(_, held)| f64::from(u8::from(*held))).collect();
    Ok(DensityCoverage {
        density: Estimate::of_points(&dense),
        coverage: Estimate::of_points(&covered),
        neighbour,
        warnings: warnings(sets, ADVISED),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Features;

    fn line(values: &[f32]) -> Features {
        Features::new(1, values.to_vec()).unwrap()
    }

    #[test]
    fn points_on_a_line_have_the_numbers_done_by_hand() {
        // Balls about the reals 0, 1, 3, without their edges: (-1, 1), (0, 2), (1, 5). The sample
        // 0.5 is in two, 1.5 in two, 1 in one, 9 in none; every ball holds one of them.
        let (real, fake) = (line(&[0.0, 1.0, 3.0]), line(&[0.5, 1.5, 1.0, 9.0]));
        let found = density_coverage(&Sets { real: &real, fake: &fake }, 1).unwrap();
        assert_eq!((found.density.value, found.coverage.value), (1.25, 1.0));
        let one = line(&[0.5]);
        let found = density_coverage(&Sets { real: &real, fake: &one }, 1).unwrap();
        assert!((found.coverage.value - 2.0 / 3.0).abs() < 1e-12);
        assert_eq!((found.density.value, found.density.spread.deviation), (2.0, 0.0));
    }

    #[test]
    fn only_the_reals_need_neighbours() {
        let (three, one) = (line(&[0.0, 1.0, 3.0]), line(&[0.5]));
        let refusal = density_coverage(&Sets { real: &three, fake: &one }, 5).unwrap_err();
        assert_eq!(refusal.to_string(), "density and coverage needs at least 6 samples, not 3");
        assert!(density_coverage(&Sets { real: &three, fake: &one }, 2).is_ok());
    }
}
