//! Log likelihood under a Parzen window on samples (Goodfellow et al. 2014, section 5).
//!
//! `log p(x) = log mean_i exp(-|x - s_i|^2 / (2 sigma^2)) - width log(sigma sqrt(2 pi))`, in nats,
//! for a Gaussian of width `sigma` about each sample `s_i`; `sigma` is the one of a grid that makes
//! validation points likeliest. Comparable only between values of as many samples of the same
//! pixels in the same range, and even so it says little in many dimensions (Theis, van den Oord
//! and Bethge 2016, section 3.2).

use std::f64::consts::TAU;

use serde::Serialize;

use super::estimate::Estimate;
use super::neighbours::{Near, fold};
use super::sets::enough;
use super::warning::Warning;
use crate::{EvalError, Features};

/// Samples that the paper's windows are about.
const ADVISED: usize = 10_000;

/// What the likelihood is of; rows of the same pixels, of `[0, 1]` for numbers like the paper's.
#[derive(Debug, Clone, Copy)]
pub struct ParzenSets<'a> {
    /// Samples: the windows' centres.
    pub fake: &'a Features,
    /// Real points that choose the width of the windows.
    pub validation: &'a Features,
    /// Other real points, whose likelihood is given.
    pub test: &'a Features,
}

/// A log likelihood.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Parzen {
    /// Mean over the test points, in nats, and its standard error.
    pub estimate: Estimate,
    /// The width that was chosen.
    pub sigma: f64,
    /// Each width and the mean over the validation points.
    pub grid: Vec<(f64, f64)>,
    /// Reasons for doubt.
    pub warnings: Vec<Warning>,
}

/// Ten widths from 0.1 to 1, evenly spaced in their logarithm, for pixels in `[0, 1]`.
pub fn parzen_grid() -> Vec<f64> {
    (0..10).map(|idx| 10_f64.powf(f64::from(idx) / 9.0 - 1.0)).collect()
}

/// The log likelihood of test points under the width of the grid that suits validation points.
///
/// # Errors
///
/// When a set is empty, the widths of the rows differ, or the grid is empty or holds a number that
/// is not above 0.
pub fn parzen(sets: &ParzenSets<'_>, sigmas: &[f64]) -> Result<Parzen, EvalError> {
    let ParzenSets { fake, validation, test } = *sets;
    let likelihoods = log_likelihoods(fake, validation, sigmas)?;
    let means = likelihoods.iter().map(|likelihood| likelihood.value);
    let grid: Vec<(f64, f64)> = sigmas.iter().copied().zip(means).collect();
    let best = grid.iter().max_by(|(_, left), (_, right)| left.total_cmp(right));
    let (Some((sigma, _)), Some(first), Some(last)) = (best, sigmas.first(), sigmas.last()) else {
        return Err(EvalError::Setting { name: "the grid of widths", must: "have one" });
    };
    let sigma = *sigma;
    let Some(estimate) = log_likelihoods(fake, test, &[sigma])?.pop() else {
        return Err(EvalError::Empty);
    };
    let mut warnings = Vec::new();
    if sigmas.len() > 1 && (sigma == *first || sigma == *last) {
        warnings.push(Warning::GridEnd { sigma });
    }
    if fake.len() < ADVISED {
        warnings.push(Warning::FewSamples { samples: fake.len(), advised: ADVISED });
    }
    Ok(Parzen { estimate, sigma, grid, warnings })
}

/// For each width the mean log likelihood of `points` under windows about `fake`.
///
/// # Errors
///
/// As [`parzen`].
fn log_likelihoods(
    fake: &Features,
    points: &Features,
    sigmas: &[f64],
) -> Result<Vec<Estimate>, EvalError> {
    if fake.width() != points.width() {
        return Err(EvalError::Widths { left: fake.width(), right: points.width() });
    }
    if !sigmas.iter().all(|sigma| *sigma > 0.0 && sigma.is_finite()) {
        return Err(EvalError::Setting { name: "a window", must: "have a width above 0" });
    }
    enough(fake, "a likelihood", 1)?;
    enough(points, "a likelihood", 1)?;
    let start = |_| vec![LogSum::default(); sigmas.len()];
    let sums = fold(points, fake, start, |sums: &mut Vec<LogSum>, near: Near| {
        for (sum, sigma) in sums.iter_mut().zip(sigmas) {
            sum.add(-near.squared / (2.0 * sigma * sigma));
        }
    });
    let (width, n) = (fake.width() as f64, fake.len() as f64);
    let of_width = |(idx, sigma): (usize, &f64)| {
        let constant = n.ln() + width * (sigma * TAU.sqrt()).ln();
        let logs: Vec<f64> = sums.iter().map(|sums| sums[idx].log() - constant).collect();
        Estimate::of_points(&logs)
    };
    Ok(sigmas.iter().enumerate().map(of_width).collect())
}

/// The logarithm of a sum of exponentials, without overflow.
#[derive(Debug, Clone, Copy)]
struct LogSum {
    greatest: f64,
    /// Of exponentials less the greatest.
    sum: f64,
}

impl Default for LogSum {
    fn default() -> Self {
        Self { greatest: f64::NEG_INFINITY, sum: 0.0 }
    }
}

impl LogSum {
    fn add(&mut self, exponent: f64) {
        if exponent <= self.greatest {
            self.sum += (exponent - self.greatest).exp();
        } else {
            self.sum = self.sum * (self.greatest - exponent).exp() + 1.0;
            self.greatest = exponent;
        }
    }

    fn log(self) -> f64 {
        self.greatest + self.sum.ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(values: &[f32]) -> Features {
        Features::new(1, values.to_vec()).unwrap()
    }

    #[test]
    fn one_window_is_a_gaussian() {
        let (fake, test) = (line(&[0.0]), line(&[0.0, 2.0]));
        let sets = ParzenSets { fake: &fake, validation: &test, test: &test };
        let found = parzen(&sets, &[1.0]).unwrap();
        // log N(0) = -log sqrt(2 pi), log N(2) = that less 2.
        assert!((found.estimate.value + TAU.sqrt().ln() + 1.0).abs() < 1e-12, "{found:?}");
        assert!((found.estimate.spread.deviation - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_width_is_chosen_by_the_validation_points() {
        let (fake, validation) = (line(&[0.0]), line(&[3.0, -3.0]));
        let sets = ParzenSets { fake: &fake, validation: &validation, test: &fake };
        // The likeliest width of a Gaussian about 0 for points at distance 3 is 3.
        let found = parzen(&sets, &[0.5, 3.0, 9.0]).unwrap();
        assert_eq!((found.sigma, found.grid.len()), (3.0, 3));
        assert_eq!(found.warnings.len(), 1);
        let edge = parzen(&sets, &[0.25, 0.5]).unwrap();
        assert_eq!(edge.warnings[0], Warning::GridEnd { sigma: 0.5 });
    }

    #[test]
    fn points_far_from_every_sample_are_unlikely_but_finite() {
        let (fake, test) = (line(&[0.0, 1.0]), line(&[1e6]));
        let sets = ParzenSets { fake: &fake, validation: &test, test: &test };
        let value = parzen(&sets, &parzen_grid()).unwrap().estimate.value;
        assert!(value.is_finite() && value < -1e9, "{value}");
    }

    #[test]
    fn grids_without_a_width_are_refused() {
        let set = line(&[0.0]);
        let sets = ParzenSets { fake: &set, validation: &set, test: &set };
        for grid in [&[][..], &[0.0], &[f64::NAN]] {
            assert!(matches!(parzen(&sets, grid), Err(EvalError::Setting { .. })), "{grid:?}");
        }
        let none = Features::none(1).unwrap();
        assert_eq!(parzen(&ParzenSets { fake: &none, ..sets }, &[1.0]), Err(EvalError::Empty));
    }
}
