//! A value with its spread, and the two sums that spreads are made of.

use serde::Serialize;

/// A value and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// The value itself.
    pub value: f64,
    /// How far it may be off by chance.
    pub spread: Spread,
}

/// How far values differ, and what was repeated to learn it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Spread {
    /// At least 0, in the unit of the value.
    pub deviation: f64,
    /// What the deviation is one of.
    pub of: Spreading,
    /// How many parts, groups or points it was learned from.
    pub n: usize,
}

/// What a deviation is one of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Spreading {
    /// Standard deviation of the values of the parts (subsets, splits) whose mean is the value, as
    /// the reference implementations print it. The error of the mean itself is smaller.
    Parts,
    /// Standard error of a mean over points, the set that they are compared with being held.
    Mean,
    /// Standard error by leaving out a group at a time (Efron and Tibshirani 1993, chapter 11).
    Jackknife,
    /// Standard error of the intercept of a line.
    Intercept,
}

impl Estimate {
    /// The mean of the values of parts, and their standard deviation as `numpy.std` has it
    /// (divided by their number). No parts: 0.
    pub(super) fn of_parts(values: &[f64]) -> Self {
        let (value, squares) = mean_and_squares(values);
        let n = values.len();
        let deviation = (squares / n.max(1) as f64).sqrt();
        Self { value, spread: Spread { deviation, of: Spreading::Parts, n } }
    }

    /// The mean over points and its standard error, which one point leaves at 0.
    pub(super) fn of_points(values: &[f64]) -> Self {
        let (value, squares) = mean_and_squares(values);
        let n = values.len();
        let deviation = (squares / n.saturating_sub(1).max(1) as f64 / n.max(1) as f64).sqrt();
        Self { value, spread: Spread { deviation, of: Spreading::Mean, n } }
    }
}

/// The mean, and the sum of the squares of what differs from it.
pub(super) fn mean_and_squares(values: &[f64]) -> (f64, f64) {
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    (mean, values.iter().map(|value| (value - mean).powi(2)).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_spread_as_numpy_says_and_points_by_the_error_of_their_mean() {
        // Mean 2.5, squares 1.25 * 4.
        let values = [1.0, 2.0, 3.0, 4.0];
        let parts = Estimate::of_parts(&values);
        assert_eq!((parts.value, parts.spread.deviation), (2.5, 1.25_f64.sqrt()));
        let points = Estimate::of_points(&values);
        assert_eq!(points.spread.deviation, (5.0_f64 / 3.0 / 4.0).sqrt());
        assert_eq!(Estimate::of_points(&[7.0]).spread.deviation, 0.0);
    }

    #[test]
    fn a_spread_says_in_json_what_it_is_one_of() {
        let json = serde_json::to_string(&Estimate::of_parts(&[2.0, 2.0])).unwrap();
        let expected = r#"{"value":2.0,"spread":{"deviation":0.0,"of":"parts","n":2}}"#;
        assert_eq!(json, expected);
    }
}
