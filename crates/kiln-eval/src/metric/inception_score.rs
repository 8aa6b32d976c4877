//! Inception score: `exp(E_x KL(p(y | x) | p(y)))`, of the classes that a classifier sees.
//!
//! Salimans et al. 2016, section 4: the samples are cut into splits, `p(y)` is a split's mean, and
//! the value is the mean over 10 splits. In `[1, classes]`; 1 where all samples look alike. Split
//! `i` has the samples `i n / splits` to `(i + 1) n / splits` of the order, as in torch-fidelity.

use rayon::prelude::*;
use serde::Serialize;

use super::estimate::Estimate;
use super::sets::{enough, inside};
use super::warning::{ADVISED_PER_CLASS, Warning};
use crate::{EvalError, Features};

/// Splits in the paper and everywhere.
pub const SCORE_SPLITS: usize = 10;

/// An Inception score.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InceptionScore {
    /// The mean over the splits, and their standard deviation.
    pub estimate: Estimate,
    /// Samples in the smallest split.
    pub split_size: usize,
    /// Reasons for doubt.
    pub warnings: Vec<Warning>,
}

/// The score of logits, `[n, classes]`, their rows taken in `order`, which should be
/// [shuffled](super::shuffled): in splits of one class each, every sample would look alike.
///
/// # Errors
///
/// When there is no split, fewer samples than splits, or the order names a row that is not there.
pub fn inception_score(
    logits: &Features,
    order: &[usize],
    splits: usize,
) -> Result<InceptionScore, EvalError> {
    if splits == 0 {
        return Err(EvalError::Setting { name: "splits", must: "be at least 1" });
    }
    enough(logits, "a score", 1)?;
    inside(order, logits.len())?;
    let n = order.len();
    if n < splits {
        return Err(EvalError::TooFew {
            what: "a score of so many splits",
            samples: n,
            needed: splits,
        });
    }
    let split = |idx: usize| &order[idx * n / splits..(idx + 1) * n / splits];
    let scores: Vec<f64> =
        (0..splits).into_par_iter().map(|idx| score(logits, split(idx))).collect();
    let (split_size, classes) = (n / splits, logits.width());
    let small = split_size < ADVISED_PER_CLASS * classes;
    let warnings =
        if small { vec![Warning::SmallSplits { size: split_size, classes }] } else { Vec::new() };
    Ok(InceptionScore { estimate: Estimate::of_parts(&scores), split_size, warnings })
}

/// The score of one split.
fn score(logits: &Features, rows: &[usize]) -> f64 {
    let n = rows.len() as f64;
    let mut marginal = vec![0.0; logits.width()];
    for row in rows {
        let logs = log_softmax(logits.row(*row));
        marginal.iter_mut().zip(&logs).for_each(|(sum, log)| *sum += log.exp() / n);
    }
    let divergence = |row: &usize| {
        let logs = log_softmax(logits.row(*row));
        // A class of no probability adds nothing, even where its mean has rounded to 0.
        let terms = logs.iter().zip(&marginal).filter(|(log, _)| log.exp() > 0.0);
        terms.map(|(log, mean)| log.exp() * (log - mean.ln())).sum::<f64>()
    };
    (rows.iter().map(divergence).sum::<f64>() / n).exp()
}

/// The logarithms of the probabilities.
fn log_softmax(logits: &[f32]) -> Vec<f64> {
    let greatest = logits.iter().fold(f32::MIN, |greatest, logit| greatest.max(*logit));
    let shifted = logits.iter().map(|logit| f64::from(*logit) - f64::from(greatest));
    let sum: f64 = shifted.clone().map(f64::exp).sum();
    shifted.map(|logit| logit - sum.ln()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of `classes` logits that are sure of their class, in turn.
    fn sure(n: usize, classes: usize) -> Features {
        let value = |at: usize| if at / classes % classes == at % classes { 200.0 } else { 0.0 };
        Features::new(classes, (0..n * classes).map(value).collect()).unwrap()
    }

    fn all(n: usize) -> Vec<usize> {
        (0..n).collect()
    }

    #[test]
    fn sure_and_even_samples_score_the_number_of_classes() {
        let found = inception_score(&sure(40, 4), &all(40), 2).unwrap();
        assert!((found.estimate.value - 4.0).abs() < 1e-9, "{found:?}");
        assert_eq!(found.split_size, 20);
        assert_eq!(found.warnings, []);
    }

    #[test]
    fn samples_of_one_class_in_each_split_score_one() {
        let sorted: Vec<usize> = (0..4).flat_map(|class| (class..40).step_by(4)).collect();
        let found = inception_score(&sure(40, 4), &sorted, 4).unwrap();
        assert!((found.estimate.value - 1.0).abs() < 1e-9, "{found:?}");
        assert_eq!(found.warnings, [Warning::SmallSplits { size: 10, classes: 4 }]);
    }

    #[test]
    fn half_sure_samples_have_the_score_done_by_hand() {
        // Rows (2/3, 1/3) and (1/3, 2/3): KL from the even mean is ln 2 - H(1/3).
        let ln2 = std::f32::consts::LN_2;
        let logits = Features::new(2, vec![ln2, 0.0, 0.0, ln2]).unwrap();
        let (p, q) = (2.0_f64 / 3.0, 1.0_f64 / 3.0);
        let expected = (2_f64.ln() + p * p.ln() + q * q.ln()).exp();
        let found = inception_score(&logits, &all(2), 1).unwrap().estimate.value;
        assert!((found - expected).abs() < 1e-7, "{found} is not {expected}");
    }

    #[test]
    fn what_cannot_be_split_is_refused() {
        let logits = sure(5, 2);
        let refusal = |order: &[usize], splits| {
            inception_score(&logits, order, splits).unwrap_err().to_string()
        };
        assert!(refusal(&all(5), 0).contains("splits must be at least 1"));
        assert!(refusal(&all(5), 6).contains("at least 6 samples, not 5"));
        assert!(refusal(&[5], 1).contains("row 5"));
        let none = Features::none(2).unwrap();
        assert_eq!(inception_score(&none, &[], 1), Err(EvalError::Empty));
    }
}
