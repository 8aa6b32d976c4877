//! The area under the receiver operating characteristic: how often an anomaly scores above what is
//! normal (Hanley and McNeil 1982; Fawcett 2006, section 7).
//!
//! `P(a > n) + P(a = n) / 2` over all pairs of a score `a` of an anomaly and a score `n` of what is
//! normal, exactly: the statistic of Mann and Whitney over the number of pairs. 1 for a detector that
//! never errs at the right threshold, 1/2 for one that guesses. Its standard error is DeLong's (DeLong,
//! DeLong and Clarke-Pearson 1988, equation 5), from how the shares of single scores vary.

use super::estimate::mean_and_squares;
use super::{Estimate, Spread, Spreading};
use crate::EvalError;

/// Scores of pictures, of which a higher one means "less normal".
#[derive(Debug, Clone, Copy)]
pub struct Scores<'a> {
    /// Of what is normal.
    pub normal: &'a [f64],
    /// Of anomalies.
    pub anomalous: &'a [f64],
}

/// The area, in `[0, 1]`, with its standard error.
///
/// # Errors
///
/// When a side has no score, or one is not a number.
pub fn auroc(scores: Scores<'_>) -> Result<Estimate, EvalError> {
    let (normal, anomalous) = (sorted(scores.normal)?, sorted(scores.anomalous)?);
    let above: Vec<f64> = anomalous.iter().map(|score| share_below(&normal, *score)).collect();
    let below: Vec<f64> =
        normal.iter().map(|score| 1.0 - share_below(&anomalous, *score)).collect();
    let (value, _) = mean_and_squares(&above);
    let error = |shares: &[f64]| {
        let n = shares.len();
        mean_and_squares(shares).1 / n.saturating_sub(1).max(1) as f64 / n as f64
    };
    let deviation = (error(&above) + error(&below)).sqrt();
    let n = normal.len() + anomalous.len();
    Ok(Estimate { value, spread: Spread { deviation, of: Spreading::Mean, n } })
}

fn sorted(scores: &[f64]) -> Result<Vec<f64>, EvalError> {
    if scores.is_empty() {
        return Err(EvalError::Empty);
    }
    if let Some(sample) = scores.iter().position(|score| score.is_nan()) {
        return Err(EvalError::NotFinite { sample });
    }
    let mut sorted = scores.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    Ok(sorted)
}

/// The share of the sorted scores that are below one, those that are equal to it counting half.
fn share_below(sorted: &[f64], score: f64) -> f64 {
    let below = sorted.partition_point(|other| *other < score);
    let equal = sorted[below..].partition_point(|other| *other <= score);
    (below as f64 + equal as f64 / 2.0) / sorted.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(normal: &[f64], anomalous: &[f64]) -> f64 {
        auroc(Scores { normal, anomalous }).unwrap().value
    }

    #[test]
    fn it_is_the_share_of_pairs_in_the_right_order() {
        assert_eq!(area(&[1.0, 2.0], &[3.0, 4.0]), 1.0);
        assert_eq!(area(&[3.0, 4.0], &[1.0, 2.0]), 0.0);
        // 0.35 is above one of two, 0.8 above both.
        assert_eq!(area(&[0.1, 0.4], &[0.35, 0.8]), 0.75);
    }

    #[test]
    fn equal_scores_count_half_in_whatever_order_they_come() {
        assert_eq!(area(&[7.0; 5], &[7.0; 3]), 0.5);
        // 2 against 1, 2, 2, 3: one above, two equal; 3: three above, one equal.
        assert_eq!(area(&[2.0, 3.0, 1.0, 2.0], &[3.0, 2.0]), (2.0 + 3.5) / 8.0);
        assert_eq!(area(&[-0.0], &[0.0]), 0.5);
    }

    #[test]
    fn it_asks_for_order_alone() {
        let (normal, anomalous) = ([0.2, 0.5, 0.9, 1.4], [0.5, 1.0, 2.0]);
        let warped = |scores: &[f64]| scores.iter().map(|s| s.exp() - 7.0).collect::<Vec<_>>();
        assert_eq!(area(&normal, &anomalous), area(&warped(&normal), &warped(&anomalous)));
        assert_eq!(area(&normal, &anomalous) + area(&anomalous, &normal), 1.0);
    }

    #[test]
    fn its_error_is_delongs() {
        // Shares above: 1/2, 1, with variance 1/8; below: 1, 1/2, likewise; over two of each.
        let found = auroc(Scores { normal: &[0.1, 0.4], anomalous: &[0.35, 0.8] }).unwrap();
        assert_eq!((found.spread.deviation, found.spread.n), (0.125_f64.sqrt(), 4));
    }

    #[test]
    fn no_scores_and_no_numbers_are_refused() {
        let refused = |normal, anomalous| auroc(Scores { normal, anomalous }).unwrap_err();
        assert_eq!(refused(&[], &[1.0]), EvalError::Empty);
        assert_eq!(refused(&[1.0, f64::NAN], &[1.0]), EvalError::NotFinite { sample: 1 });
    }
}
