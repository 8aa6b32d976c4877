//! `|m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2))`, the squared Frechet distance of two Gaussians.
//!
//! Frechet Inception distance, FID, where the features are Inception's: Heusel et al. 2017,
//! section 1; Dowson and Landau 1982. In `[0, inf)`, 0 for equal moments, squared units of the
//! features.
//!
//! The trace is that of the root of `R S2 R`, with `R` the symmetric root of `S1`: the same
//! eigenvalues as `S1 S2`, but of a symmetric matrix, so they are real and come exactly enough.
//! pytorch-fid takes the root of `S1 S2` itself, drops what is imaginary of it, and if the root
//! does not converge adds `eps = 1e-6` to both diagonals; no such term is needed here, and where
//! pytorch-fid needs none both agree (tests/golden/metrics.py). Eigenvalues below 0 are rounding
//! and count as 0, as do those beyond the rank that `n - 1` samples can span: 1e-16 of rounding
//! would be 1e-8 in the root, a thousand times over.

use faer::Mat;
use serde::Serialize;

use crate::EvalError;
use crate::metric::matrix::{sum_of_roots, symmetric_root, wide_product};
use crate::metric::{Moments, Warning};

/// From how many samples on the bias of the distance counts less, whatever the width.
const ADVISED: u64 = 2048;

/// A Frechet distance.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Frechet {
    /// The squared distance, as FID is given.
    pub distance: f64,
    /// The part of it that is the squared distance of the means.
    pub means: f64,
    /// The other part, of the covariances.
    pub covariances: f64,
    /// Reasons for doubt.
    pub warnings: Vec<Warning>,
}

/// The squared distance between two sets, given by their moments. To rounding it is the same
/// either way round.
///
/// # Errors
///
/// When they are of different width, or the eigenvalues do not converge.
pub fn frechet_distance(fake: &Moments, real: &Moments) -> Result<Frechet, EvalError> {
    FrechetReference::new(real)?.distance(fake)
}

/// Moments of real pictures, ready for many distances: the root of the covariance is half the work.
#[derive(Debug, Clone)]
pub struct FrechetReference<'a> {
    real: &'a Moments,
    root: Mat<f64>,
}

impl<'a> FrechetReference<'a> {
    /// Computes the root: time of `width^3`, about 1.9 s for 2048 on two cores.
    ///
    /// # Errors
    ///
    /// When the eigenvalues do not converge.
    pub fn new(real: &'a Moments) -> Result<Self, EvalError> {
        Ok(Self { real, root: symmetric_root(real.matrix(), real.rank())? })
    }

    /// The squared distance of samples with these moments.
    ///
    /// # Errors
    ///
    /// When they are of another width, or the eigenvalues do not converge.
    pub fn distance(&self, fake: &Moments) -> Result<Frechet, EvalError> {
        let real = self.real;
        if fake.width() != real.width() {
            return Err(EvalError::Widths { left: real.width(), right: fake.width() });
        }
        let pairs = fake.mean().iter().zip(real.mean());
        let means: f64 = pairs.map(|(fake, real)| (fake - real).powi(2)).sum();
        let rank = fake.rank().min(real.rank());
        let right = wide_product(fake.matrix(), self.root.as_ref());
        let shared = sum_of_roots(wide_product(self.root.as_ref(), right.as_ref()).as_ref(), rank)?;
        let covariances = fake.trace() + real.trace() - 2.0 * shared;
        let warnings = warnings(fake, real);
        Ok(Frechet { distance: means + covariances, means, covariances, warnings })
    }
}

/// What few samples do to a distance.
pub(super) fn warnings(fake: &Moments, real: &Moments) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let width = fake.width();
    if fake.count().is_none() || real.count().is_none() {
        warnings.push(Warning::CountUnknown);
    }
    let Some(samples) = fake.count().into_iter().chain(real.count()).min() else {
        return warnings;
    };
    let advised = ADVISED.max(2 * width as u64);
    if samples <= width as u64 {
        warnings.push(Warning::RankDeficient { samples, width });
    }
    if samples < advised {
        warnings.push(Warning::Biased { samples, advised });
    }
    warnings
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Features;

    fn gaussian(mean: &[f64], covariance: &[f64]) -> Moments {
        Moments::new(Some(10_000), mean.to_vec(), covariance).unwrap()
    }

    fn features(n: usize, width: usize, seed: u64) -> Features {
        use kiln_core::{Address, Purpose, Stream};
        let mut stream = Stream::new(Address::new(seed, Purpose::Evaluation));
        Features::new(width, stream.normals(n * width)).unwrap()
    }

    #[test]
    fn gaussians_on_the_axes_have_the_distance_done_by_hand() {
        // (3 - 0)^2 + (2 - 1)^2 + (1 - 3)^2, from variances 4, 1 and 1, 9.
        let left = gaussian(&[3.0, 0.0], &[4.0, 0.0, 0.0, 1.0]);
        let right = gaussian(&[0.0, 0.0], &[1.0, 0.0, 0.0, 9.0]);
        let found = frechet_distance(&left, &right).unwrap();
        assert!((found.distance - 14.0).abs() < 1e-12, "{found:?}");
        assert_eq!((found.means, found.warnings.len()), (9.0, 0));
    }

    #[test]
    fn covariances_that_do_not_commute_have_the_distance_done_by_hand() {
        // S1 = diag(4, 1), S2 = [[2, 1], [1, 2]]: S1 S2 = [[8, 4], [1, 2]] has trace 10 and
        // determinant 12, so the trace of its root is sqrt(10 + 2 sqrt(12)).
        let left = gaussian(&[0.0; 2], &[4.0, 0.0, 0.0, 1.0]);
        let right = gaussian(&[0.0; 2], &[2.0, 1.0, 1.0, 2.0]);
        let expected = 5.0 + 4.0 - 2.0 * (10.0 + 2.0 * 12_f64.sqrt()).sqrt();
        let found = frechet_distance(&left, &right).unwrap().distance;
        assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
    }

    #[test]
    fn a_covariance_of_low_rank_is_at_no_distance_from_itself() {
        let moments = Moments::of(&features(20, 150, 1)).unwrap();
        let found = frechet_distance(&moments, &moments).unwrap();
        assert!(found.distance.abs() < 1e-9 * moments.trace(), "{found:?}");
        let width = 150;
        let advised = ADVISED;
        let expected = [
            Warning::RankDeficient { samples: 20, width },
            Warning::Biased { samples: 20, advised },
        ];
        assert_eq!(found.warnings, expected);
    }

    #[test]
    fn moments_of_another_width_are_refused() {
        let (two, one) = (gaussian(&[0.0; 2], &[1.0, 0.0, 0.0, 1.0]), gaussian(&[0.0], &[1.0]));
        let expected = EvalError::Widths { left: 1, right: 2 };
        assert_eq!(frechet_distance(&two, &one), Err(expected));
    }

    #[test]
    fn the_number_of_threads_changes_no_bit() {
        let (left, right) = (features(400, 300, 1), features(300, 300, 2));
        let distance = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let moments = |features| Moments::of(features).unwrap();
            pool.install(|| frechet_distance(&moments(&left), &moments(&right)).unwrap().distance)
        };
        assert_eq!(distance(1).to_bits(), distance(3).to_bits());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn a_shift_of_the_mean_moves_it_by_its_square_and_both_ways_are_alike(
            seed in 0..100_u64, shift in -4.0..4.0_f64,
        ) {
            let left = Moments::of(&features(40, 6, seed)).unwrap();
            let right = Moments::of(&features(30, 6, seed + 100)).unwrap();
            let distance = |a: &Moments, b: &Moments| frechet_distance(a, b).unwrap().distance;
            let (near, back) = (distance(&left, &right), distance(&right, &left));
            prop_assert!((near - back).abs() < 1e-10, "{near} but {back}");
            // Along the difference of the means the square of the shift is all that is added.
            let mean = right.mean().iter().map(|m| m + shift).collect();
            let moved = Moments::new(Some(30), mean, &right.covariance()).unwrap();
            let own = distance(&moved, &right);
            prop_assert!((own - 6.0 * shift * shift).abs() < 1e-10, "{own}");
        }
    }
}
