//! Weight clipping (Arjovsky et al. 2017, "Wasserstein GAN", algorithm 1): after each of its steps
//! the critic's weights are put back into `[-c, c]`, which bounds its slope. The authors call it a
//! terrible way to do so; penalties came after it.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The constant.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct WeightClipping {
    /// The paper's c: 0.01; above 0.
    pub limit: f64,
}

/// A limit that leaves no weights.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[error("the limit of weight clipping is {0}; it must be above 0, and the paper's is 0.01")]
pub struct WeightClippingError(f64);

impl WeightClipping {
    /// The paper's.
    pub const WGAN: Self = Self { limit: 0.01 };

    /// Checks the range.
    ///
    /// # Errors
    ///
    /// When the limit is not a number above 0.
    pub fn validate(self) -> Result<(), WeightClippingError> {
        let valid = self.limit > 0.0 && self.limit.is_finite();
        if valid { Ok(()) } else { Err(WeightClippingError(self.limit)) }
    }

    /// The weights, each at most the limit in size.
    pub fn apply<const D: usize>(self, weights: Tensor<D>) -> Tensor<D> {
        weights.clamp(-self.limit, self.limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, TensorData};

    #[test]
    fn weights_within_the_limit_stay_and_others_are_put_at_it() {
        let weights = Tensor::<1>::from_floats([-2.0, -0.5, 0.25, 7.0], &Device::flex());
        let clipped = WeightClipping { limit: 0.5 }.apply(weights).into_data();
        clipped.assert_eq(&TensorData::from([-0.5f32, -0.5, 0.25, 0.5]), true);
    }

    #[test]
    fn a_limit_of_zero_is_refused() {
        assert_eq!(WeightClipping::WGAN.validate(), Ok(()));
        for limit in [0.0, -0.01, f64::NAN] {
            assert!(WeightClipping { limit }.validate().is_err(), "{limit}");
        }
    }
}
