//! Kernel distance: the unbiased squared maximum mean discrepancy under a polynomial kernel.
//!
//! With `k(x, y) = (x . y / width + 1)^3`, a subset of `m` rows of each set has the mean of `k` over
//! pairs of different reals, plus that over pairs of different samples, less twice that over all
//! `m^2` pairs of a real and a sample. The value is the mean over subsets. Kernel Inception
//! distance, KID, where the features are Inception's: Binkowski et al. 2018, section 4. It has no
//! bias, so it is slightly below 0 at times for sets of the same kind. torch-fidelity takes 100
//! subsets of 1000.

use kiln_core::Address;
use rayon::prelude::*;
use serde::Serialize;

use super::estimate::Estimate;
use super::matrix::{columns, product};
use super::sets::{Sets, chosen, inside};
use super::warning::Warning;
use crate::{EvalError, Features};

/// Samples in a subset in torch-fidelity and in published numbers.
pub const KERNEL_SUBSET: usize = 1000;

/// Subsets in torch-fidelity.
pub const KERNEL_SUBSETS: usize = 100;

/// Rows of each set that are compared at once: as many of both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubsetPair {
    /// Rows of the real pictures.
    pub real: Vec<usize>,
    /// Rows of the samples.
    pub fake: Vec<usize>,
}

/// A kernel distance.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct KernelDistance {
    /// The mean over the subsets, and their standard deviation.
    pub estimate: Estimate,
    /// Samples in the smallest subset.
    pub subset_size: usize,
    /// Reasons for doubt.
    pub warnings: Vec<Warning>,
}

/// `subsets` pairs of `size` rows each, none twice within a subset; where a set has fewer rows,
/// of as many as it has. Pair `i` draws on lanes `2 i` and `2 i + 1`.
pub fn kernel_subsets(
    sets: &Sets<'_>,
    subsets: usize,
    size: usize,
    address: Address,
) -> Vec<SubsetPair> {
    let size = size.min(sets.smaller());
    let rows = |n: usize, lane: usize| chosen(n, size, address.lane(lane as u64));
    let pair = |idx: usize| SubsetPair {
        real: rows(sets.real.len(), 2 * idx),
        fake: rows(sets.fake.len(), 2 * idx + 1),
    };
    (0..subsets).map(pair).collect()
}

/// The kernel distance over these subsets.
///
/// # Errors
///
/// When there is no subset, one has fewer than 2 rows of a set or not as many of both, an index is
/// beyond the last row, or the widths differ.
pub fn kernel_distance(
    sets: &Sets<'_>,
    subsets: &[SubsetPair],
) -> Result<KernelDistance, EvalError> {
    sets.check("a kernel distance", 2)?;
    subsets.iter().try_for_each(|pair| check(sets, pair))?;
    let Some(size) = subsets.iter().map(|pair| pair.real.len()).min() else {
        return Err(EvalError::Setting { name: "subsets", must: "be at least 1" });
    };
    let values: Vec<f64> = subsets.par_iter().map(|pair| discrepancy(sets, pair)).collect();
    let warnings = warnings(sets, size);
    Ok(KernelDistance { estimate: Estimate::of_parts(&values), subset_size: size, warnings })
}

fn check(sets: &Sets<'_>, pair: &SubsetPair) -> Result<(), EvalError> {
    let SubsetPair { real, fake } = pair;
    if real.len() != fake.len() {
        return Err(EvalError::Lengths { left: real.len(), right: fake.len() });
    }
    if real.len() < 2 {
        return Err(EvalError::TooFew { what: "a subset", samples: real.len(), needed: 2 });
    }
    inside(real, sets.real.len())?;
    inside(fake, sets.fake.len())
}

fn warnings(sets: &Sets<'_>, size: usize) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if size < KERNEL_SUBSET {
        warnings.push(Warning::SmallSubsets { size, usual: KERNEL_SUBSET });
    }
    if size == sets.smaller() {
        warnings.push(Warning::WholeSubsets { size });
    }
    warnings
}

/// The squared discrepancy of one pair of subsets.
fn discrepancy(sets: &Sets<'_>, pair: &SubsetPair) -> f64 {
    let (real, fake) = (sets.real.select(&pair.real), sets.fake.select(&pair.fake));
    let n = real.len() as f64;
    let (all, diagonal) = (kernel_sum, kernel_diagonal);
    let within = all(&real, &real) - diagonal(&real) + all(&fake, &fake) - diagonal(&fake);
    within / (n * (n - 1.0)) - 2.0 * all(&real, &fake) / (n * n)
}

fn kernel_sum(left: &Features, right: &Features) -> f64 {
    let [left, right] = [left, right].map(|features| columns(features, 0..features.len()));
    let width = left.nrows() as f64;
    let dots = product(left.transpose(), right.as_ref());
    let column = |j: usize| dots.col(j).iter().map(|dot| kernel(*dot, width)).sum::<f64>();
    (0..dots.ncols()).map(column).sum()
}

fn kernel_diagonal(features: &Features) -> f64 {
    let square = |row: &[f32]| row.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>();
    features.rows().map(|row| kernel(square(row), features.width() as f64)).sum()
}

fn kernel(dot: f64, width: f64) -> f64 {
    (dot / width + 1.0).powi(3)
}

#[cfg(test)]
mod tests {
    use kiln_core::{Purpose, Stream};

    use super::*;

    fn draw(seed: u64, n: usize, shift: f32) -> Features {
        let mut stream = Stream::new(Address::new(seed, Purpose::Evaluation));
        Features::new(4, stream.normals(n * 4).iter().map(|x| x + shift).collect()).unwrap()
    }

    #[test]
    fn two_pairs_have_the_distance_done_by_hand() {
        let [real, fake] = [[0.0, 1.0], [1.0, 2.0]].map(|v| Features::new(1, v.to_vec()).unwrap());
        // k(0,1) = 1, k(1,2) = 27; across: k(0,1), k(0,2) = 1, 1, k(1,1) = 8, k(1,2) = 27.
        // (2 * 1 + 2 * 27) / 2 - 2 * 37 / 4 = 9.5
        let all = vec![0, 1];
        let pair = SubsetPair { real: all.clone(), fake: all };
        let found = kernel_distance(&Sets { real: &real, fake: &fake }, &[pair]).unwrap();
        assert_eq!((found.estimate.value, found.estimate.spread.deviation), (9.5, 0.0));
        let small = Warning::SmallSubsets { size: 2, usual: 1000 };
        assert_eq!(found.warnings, [small, Warning::WholeSubsets { size: 2 }]);
    }

    #[test]
    fn sets_of_one_kind_are_at_zero_within_the_error_and_a_shift_is_not() {
        let address = Address::new(9, Purpose::Evaluation);
        let (real, same, far) = (draw(1, 400, 0.0), draw(2, 300, 0.0), draw(3, 300, 0.5));
        let distance = |fake| {
            let sets = Sets { real: &real, fake };
            kernel_distance(&sets, &kernel_subsets(&sets, 30, 100, address)).unwrap().estimate
        };
        let (near, away) = (distance(&same), distance(&far));
        assert!(near.value.abs() < near.spread.deviation, "{near:?}");
        assert!(away.value > 3.0 * away.spread.deviation, "{away:?}");
    }

    #[test]
    fn subsets_are_no_larger_than_the_smaller_set_and_hold_no_row_twice() {
        let (real, fake) = (draw(1, 5, 0.0), draw(2, 9, 0.0));
        let sets = Sets { real: &real, fake: &fake };
        let subsets = kernel_subsets(&sets, 3, 1000, Address::new(1, Purpose::Evaluation));
        for SubsetPair { mut real, mut fake } in subsets {
            [&mut real, &mut fake].into_iter().for_each(|rows| rows.sort_unstable());
            assert_eq!(real, [0, 1, 2, 3, 4]);
            fake.dedup();
            assert_eq!(fake.len(), 5);
        }
    }

    #[test]
    fn subsets_that_do_not_fit_are_refused() {
        let set = draw(1, 5, 0.0);
        let sets = Sets { real: &set, fake: &set };
        let refusal = |real: &[usize], fake: &[usize]| {
            let pair = SubsetPair { real: real.to_vec(), fake: fake.to_vec() };
            kernel_distance(&sets, &[pair]).unwrap_err()
        };
        assert_eq!(refusal(&[0, 5], &[0, 1]), EvalError::Index { index: 5, samples: 5 });
        assert_eq!(refusal(&[0, 1, 2], &[0, 1]), EvalError::Lengths { left: 3, right: 2 });
        let one = EvalError::TooFew { what: "a subset", samples: 1, needed: 2 };
        assert_eq!(refusal(&[0], &[0]), one);
        let none = kernel_distance(&sets, &[]).unwrap_err().to_string();
        assert!(none.contains("subsets must be at least 1"), "{none}");
    }
}
