//! How much faster one of two is, from pairs of neighbouring measurements.

use serde::{Deserialize, Serialize};

/// A ratio with its 95 % interval: of the mean of the logarithms of the pairs' ratios, by Student's
/// distribution.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Ratio {
    pub(super) low: f64,
    pub(super) mean: f64,
    pub(super) high: f64,
}

impl Ratio {
    /// Of at least two pairs.
    pub(super) fn of(pairs: &[(f64, f64)]) -> Option<Self> {
        let n = pairs.len();
        if n < 2 {
            return None;
        }
        let logs: Vec<f64> = pairs.iter().map(|(one, other)| (one / other).ln()).collect();
        let mean = logs.iter().sum::<f64>() / n as f64;
        let squares: f64 = logs.iter().map(|log| (log - mean).powi(2)).sum();
        let error = (squares / (n - 1) as f64 / n as f64).sqrt();
        let half = quantile(n - 1) * error;
        Some(Self { low: (mean - half).exp(), mean: mean.exp(), high: (mean + half).exp() })
    }
}

/// The 97.5 % quantile of Student's distribution, rounded up to the next row of the table.
fn quantile(degrees: usize) -> f64 {
    const TABLE: [(usize, f64); 14] = [
        (1, 12.706),
        (2, 4.303),
        (3, 3.182),
        (4, 2.776),
        (5, 2.571),
        (6, 2.447),
        (7, 2.365),
        (8, 2.306),
        (9, 2.262),
        (11, 2.201),
        (14, 2.145),
        (19, 2.093),
        (29, 2.045),
        (59, 2.001),
    ];
    TABLE.iter().rev().find(|(row, _)| *row <= degrees).map_or(f64::INFINITY, |(_, t)| *t)
}

/// The middle of some numbers.
pub(super) fn median(numbers: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = numbers.collect();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        n if n.is_multiple_of(2) => f64::midpoint(sorted[n / 2 - 1], sorted[n / 2]),
        n => sorted[n / 2],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_lies_in_its_interval() {
        // Logarithms ln 2 and ln 8: mean ln 4, error ln 2, t = 12.706.
        let ratio = Ratio::of(&[(2.0, 1.0), (8.0, 1.0)]).unwrap();
        assert!((ratio.mean - 4.0).abs() < 1e-12);
        assert!((ratio.high / ratio.mean - 2.0_f64.powf(12.706)).abs() < 1e-6);
        assert!((ratio.low * ratio.high - 16.0).abs() < 1e-9);
        assert_eq!(Ratio::of(&[(2.0, 1.0)]), None);
    }

    #[test]
    fn equal_pairs_leave_no_doubt() {
        let ratio = Ratio::of(&[(3.0, 2.0); 10]).unwrap();
        assert!((ratio.low - 1.5).abs() < 1e-12 && (ratio.high - 1.5).abs() < 1e-12);
    }

    #[test]
    fn few_pairs_count_for_less_than_the_table_says_of_more() {
        assert_eq!(quantile(10), 2.262);
        assert_eq!(quantile(1000), 2.001);
        assert_eq!(quantile(0), f64::INFINITY);
    }

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!(median([3.0, 1.0, 2.0].into_iter()), 2.0);
        assert_eq!(median([4.0, 1.0].into_iter()), 2.5);
    }
}
