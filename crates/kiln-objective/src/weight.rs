//! Weights of terms of a loss.

use thiserror::Error;

/// A weight that a term cannot have.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[error("the weight of {of} is {weight}; it must be a number of at least 0")]
pub struct WeightError {
    /// The term.
    pub of: &'static str,
    /// What was given.
    pub weight: f64,
}

/// Checks that a weight is a number of at least 0.
pub(crate) fn check_weight(of: &'static str, weight: f64) -> Result<(), WeightError> {
    let valid = weight >= 0.0 && weight.is_finite();
    if valid { Ok(()) } else { Err(WeightError { of, weight }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_numbers_of_at_least_zero() {
        assert_eq!(check_weight("x", 0.0), Ok(()));
        for weight in [-1.0, f64::NAN, f64::INFINITY] {
            assert!(check_weight("x", weight).is_err(), "{weight}");
        }
        let error = check_weight("consistency `real`", -1.0).unwrap_err().to_string();
        assert!(error.contains("consistency `real` is -1"), "{error}");
    }
}
