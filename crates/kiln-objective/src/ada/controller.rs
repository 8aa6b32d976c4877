//! How often augmentations happen (Karras et al. 2020, section 3).
//!
//! A critic that overfits is sure of its reals: `r = E[sign D(real)]` comes near one. Where `r` is
//! above the target, 0.6, `p` rises, below it falls, so fast that the whole way takes 500,000
//! samples.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The probability of each transform, or how it is found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum AdaStrength {
    /// Always the same.
    Fixed {
        /// In `[0, 1]`.
        probability: f64,
    },
    /// Follows the critic.
    Adaptive {
        /// The mean sign of the logits of reals to be held, in `[-1, 1]`; the authors' is 0.6.
        #[serde(default = "authors_target")]
        target: f64,
        /// Samples in which the probability moves from zero to one; the authors' are 500,000.
        #[serde(default = "authors_span")]
        span: u64,
    },
}

fn authors_target() -> f64 {
    0.6
}

fn authors_span() -> u64 {
    500_000
}

/// A strength out of range.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum AdaStrengthError {
    /// No probability.
    #[error("the probability of ada is {0}; it must be from 0 to 1")]
    Probability(f64),
    /// No mean of signs.
    #[error("the target of ada is {0}; it must be from -1 to 1, and the authors' is 0.6")]
    Target(f64),
    /// No time to adapt.
    #[error("the span of ada is 0 samples; the authors' is 500000")]
    Span,
}

impl AdaStrength {
    /// The authors' heuristic: target 0.6, in 500,000 samples.
    pub fn adaptive() -> Self {
        Self::Adaptive { target: authors_target(), span: authors_span() }
    }

    /// Checks the ranges.
    ///
    /// # Errors
    ///
    /// When a number is out of its range.
    pub fn validate(self) -> Result<(), AdaStrengthError> {
        match self {
            Self::Fixed { probability } if !(0.0..=1.0).contains(&probability) => {
                Err(AdaStrengthError::Probability(probability))
            }
            Self::Adaptive { target, .. } if !(-1.0..=1.0).contains(&target) => {
                Err(AdaStrengthError::Target(target))
            }
            Self::Adaptive { span: 0, .. } => Err(AdaStrengthError::Span),
            _ => Ok(()),
        }
    }
}

/// Where the probability stands. Part of a checkpoint.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdaController {
    /// How it is found.
    pub strength: AdaStrength,
    /// The probability of each transform, in `[0, 1]`.
    pub p: f64,
}

impl AdaController {
    /// At the start of a run: the fixed probability, or zero.
    pub fn new(strength: AdaStrength) -> Self {
        let p = match strength {
            AdaStrength::Fixed { probability } => probability,
            AdaStrength::Adaptive { .. } => 0.0,
        };
        Self { strength, p }
    }

    /// After so many samples more, of which the mean of [`real_signs`] was `signs`.
    #[must_use]
    pub fn follow(self, signs: f64, samples: u64) -> Self {
        let AdaStrength::Adaptive { target, span } = self.strength else { return self };
        let step = samples as f64 / span as f64;
        let p = match signs.partial_cmp(&target) {
            Some(std::cmp::Ordering::Greater) => self.p + step,
            Some(std::cmp::Ordering::Less) => self.p - step,
            _ => self.p, // on target, or no number at all
        };
        Self { p: p.clamp(0.0, 1.0), ..self }
    }
}

/// The mean sign of the logits of reals, `[batch, 1]`: a meter in `[-1, 1]`, `[1]`, without
/// autodiff. Zero says nothing and counts as zero.
pub fn real_signs(real: &Tensor<2>) -> Tensor<1> {
    real.clone().without_autodiff().sign().mean()
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    fn after(controller: AdaController, signs: f64, samples: u64) -> f64 {
        let rounds = samples / 64;
        (0..rounds).fold(controller, |now, _| now.follow(signs, 64)).p
    }

    #[test]
    fn an_overfitting_critic_brings_it_to_one_in_half_a_million_samples() {
        let start = AdaController::new(AdaStrength::adaptive());
        assert_eq!(start.p, 0.0);
        assert!((after(start, 0.61, 250_048) - 0.500096).abs() < 1e-9);
        assert!(after(start, 0.61, 499_840) < 1.0);
        assert_eq!(after(start, 0.61, 500_032), 1.0);
        assert_eq!(after(start, 1.0, 900_032), 1.0);
    }

    #[test]
    fn an_unsure_critic_brings_it_back_to_zero() {
        let full = AdaController { p: 1.0, ..AdaController::new(AdaStrength::adaptive()) };
        assert!((after(full, 0.59, 250_048) - 0.499904).abs() < 1e-9);
        assert_eq!(after(full, -1.0, 500_032), 0.0);
    }

    #[test]
    fn on_target_or_without_a_reading_it_stays() {
        let half = AdaController { p: 0.5, ..AdaController::new(AdaStrength::adaptive()) };
        assert_eq!(half.follow(0.6, 64).p, 0.5);
        assert_eq!(half.follow(f64::NAN, 64).p, 0.5);
    }

    #[test]
    fn a_fixed_probability_stays() {
        let fixed = AdaController::new(AdaStrength::Fixed { probability: 0.3 });
        assert_eq!(fixed.follow(1.0, 1_000_000).p, 0.3);
    }

    #[test]
    fn the_meter_is_the_mean_sign() {
        let on = Device::flex().autodiff();
        let signs = real_signs(&Tensor::from_floats([[0.1], [7.0], [-2.0], [0.0]], &on));
        assert!(!signs.is_autodiff());
        assert_eq!(signs.into_scalar::<f32>(), 0.25);
    }

    #[test]
    fn strengths_out_of_range_are_refused() {
        let adaptive = |target, span| AdaStrength::Adaptive { target, span }.validate();
        assert_eq!(AdaStrength::adaptive().validate(), Ok(()));
        assert_eq!(AdaStrength::Fixed { probability: 1.0 }.validate(), Ok(()));
        assert!(AdaStrength::Fixed { probability: 1.5 }.validate().is_err());
        assert!(AdaStrength::Fixed { probability: f64::NAN }.validate().is_err());
        assert_eq!(adaptive(1.5, 1), Err(AdaStrengthError::Target(1.5)));
        assert_eq!(adaptive(0.6, 0), Err(AdaStrengthError::Span));
    }
}
