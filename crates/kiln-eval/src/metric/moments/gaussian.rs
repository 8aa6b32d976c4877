//! The Gaussian with the mean and the covariance of some features.

use faer::{Mat, MatRef};

use super::MomentStream;
use crate::{EvalError, Features};

/// Mean and unbiased covariance (divided by `n - 1`, as `numpy.cov`) of features, in `f64`.
#[derive(Debug, Clone, PartialEq)]
pub struct Moments {
    count: Option<u64>,
    mean: Vec<f64>,
    /// Symmetric, so by rows or by columns.
    covariance: Mat<f64>,
}

/// How far a covariance may be from symmetric, relative to its greatest number: the rounding of
/// `f32`, in which some tools compute it.
const ASYMMETRY: f64 = 1e-5;

impl Moments {
    /// From numbers known otherwise: `count` samples if that is known, a mean of `[width]`, a
    /// covariance of `[width, width]`.
    ///
    /// # Errors
    ///
    /// When the sizes do not fit, a number is not finite, the covariance is not symmetric or has
    /// a negative variance, or there are fewer than two samples.
    pub fn new(count: Option<u64>, mean: Vec<f64>, covariance: &[f64]) -> Result<Self, EvalError> {
        let width = mean.len();
        if width == 0 || width.checked_mul(width) != Some(covariance.len()) {
            return Err(EvalError::Moments("their sizes do not fit"));
        }
        if !mean.iter().chain(covariance).all(|value| value.is_finite()) {
            return Err(EvalError::Moments("a number is not finite"));
        }
        if count.is_some_and(|count| count < 2) {
            return Err(EvalError::Moments("a covariance needs two samples"));
        }
        let covariance = Mat::from_fn(width, width, |i, j| covariance[i * width + j]);
        check_covariance(&covariance)?;
        Ok(Self { count, mean, covariance })
    }

    /// Of all rows.
    ///
    /// # Errors
    ///
    /// When there are fewer than two.
    pub fn of(features: &Features) -> Result<Self, EvalError> {
        let mut stream = MomentStream::new(features.width())?;
        stream.add(features)?;
        stream.finish()
    }

    pub(super) fn from_parts(count: u64, mean: Vec<f64>, covariance: Mat<f64>) -> Self {
        Self { count: Some(count), mean, covariance }
    }

    /// Samples that these are of, where that is known.
    pub fn count(&self) -> Option<u64> {
        self.count
    }

    /// Numbers in a row.
    pub fn width(&self) -> usize {
        self.mean.len()
    }

    /// The mean, `[width]`.
    pub fn mean(&self) -> &[f64] {
        &self.mean
    }

    /// The covariance, `[width, width]`, row after row.
    pub fn covariance(&self) -> Vec<f64> {
        let width = self.width();
        (0..width * width).map(|at| self.covariance[(at / width, at % width)]).collect()
    }

    pub(in crate::metric) fn matrix(&self) -> MatRef<'_, f64> {
        self.covariance.as_ref()
    }

    /// The sum of the variances.
    pub(in crate::metric) fn trace(&self) -> f64 {
        (0..self.width()).map(|i| self.covariance[(i, i)]).sum()
    }

    /// How many eigenvalues of the covariance may differ from 0: `n` samples lie in a space of
    /// `n - 1` dimensions about their mean.
    pub(in crate::metric) fn rank(&self) -> usize {
        let spanned = self.count.map_or(usize::MAX, |count| count as usize - 1);
        spanned.min(self.width())
    }

    /// Of the samples that are not in `part`, a part of those that these are of.
    pub(in crate::metric) fn without(&self, part: &Self) -> Result<Self, EvalError> {
        let what = "statistics of the rest";
        let (all, gone) = (self.count.unwrap_or(0), part.count.unwrap_or(0));
        let left = all.saturating_sub(gone);
        if left < 2 {
            return Err(EvalError::TooFew { what, samples: left as usize, needed: 2 });
        }
        let [n, n_part, n_left] = [all as f64, gone as f64, left as f64];
        let pairs = self.mean.iter().zip(&part.mean);
        let mean: Vec<f64> = pairs.map(|(m, p)| (n * m - n_part * p) / n_left).collect();
        let delta: Vec<f64> = mean.iter().zip(&part.mean).map(|(m, p)| p - m).collect();
        let between = n_left * n_part / n;
        let covariance = Mat::from_fn(self.width(), self.width(), |i, j| {
            let scatter = (n - 1.0) * self.covariance[(i, j)]
                - (n_part - 1.0) * part.covariance[(i, j)]
                - between * delta[i] * delta[j];
            scatter / (n_left - 1.0)
        });
        Ok(Self { count: Some(left), mean, covariance })
    }
}

fn check_covariance(covariance: &Mat<f64>) -> Result<(), EvalError> {
    let slack = ASYMMETRY * covariance.norm_max();
    let width = covariance.nrows();
    if (0..width).any(|i| covariance[(i, i)] < 0.0) {
        return Err(EvalError::Moments("a variance is negative"));
    }
    let askew = |i: usize, j: usize| (covariance[(i, j)] - covariance[(j, i)]).abs() > slack;
    if (0..width).any(|i| (0..i).any(|j| askew(i, j))) {
        return Err(EvalError::Moments("the covariance is not symmetric"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_covariance_is_refused() {
        let refusal = |count, mean: &[f64], covariance: &[f64]| {
            Moments::new(count, mean.to_vec(), covariance).unwrap_err().to_string()
        };
        let good = [1.0, 0.5, 0.5, 2.0];
        assert!(refusal(None, &[0.0], &good).contains("sizes"));
        assert!(refusal(None, &[], &[]).contains("sizes"));
        assert!(refusal(Some(1), &[0.0; 2], &good).contains("two samples"));
        assert!(refusal(None, &[0.0, f64::NAN], &good).contains("finite"));
        assert!(refusal(None, &[0.0; 2], &[1.0, 0.5, 0.4, 2.0]).contains("symmetric"));
        assert!(refusal(None, &[0.0; 2], &[-1.0, 0.0, 0.0, 2.0]).contains("negative"));
        assert!(Moments::new(Some(9), vec![0.0; 2], &good).is_ok());
    }

    #[test]
    fn leaving_a_part_out_leaves_the_moments_of_the_rest() {
        let values = (0..60).map(|at| ((at * at) % 17) as f32).collect();
        let all = Features::new(3, values).unwrap();
        let (part, rest): (Vec<_>, Vec<_>) = ((0..5).collect(), (5..20).collect());
        let part = Moments::of(&all.select(&part)).unwrap();
        let left = Moments::of(&all).unwrap().without(&part).unwrap();
        let expected = Moments::of(&all.select(&rest)).unwrap();
        assert_eq!((left.count(), left.rank()), (Some(15), 3));
        let pairs = |left: &[f64], right: &[f64]| {
            left.iter().zip(right).all(|(left, right)| (left - right).abs() < 1e-12)
        };
        assert!(pairs(left.mean(), expected.mean()));
        assert!(pairs(&left.covariance(), &expected.covariance()));
    }
}
