//! Historical averaging (Salimans et al. 2016, "Improved Techniques for Training GANs", section
//! 3.3): a side pays `w |theta - mean|^2`, where the mean is that of its own weights `theta` over
//! all rounds so far. Its gradient, `2 w (theta - mean)`, needs no graph: add it to the loss's.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use crate::WeightError;
use crate::weight::check_weight;

/// The constant.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct HistoricalAveraging {
    /// At least 0.
    pub weight: f64,
}

impl HistoricalAveraging {
    /// Checks the range.
    ///
    /// # Errors
    ///
    /// When the weight is negative or not a number.
    pub fn validate(self) -> Result<(), WeightError> {
        check_weight("historical averaging", self.weight)
    }

    /// The penalty of one parameter, `[1]`.
    pub fn value(self, theta: &Tensor<1>, average: &HistoricalAverage) -> Tensor<1> {
        (theta.clone() - average.mean.clone()).square().sum() * self.weight
    }

    /// Its gradient, of the shape of `theta`.
    pub fn gradient(self, theta: &Tensor<1>, average: &HistoricalAverage) -> Tensor<1> {
        (theta.clone() - average.mean.clone()) * (2.0 * self.weight)
    }
}

/// The mean of one flat parameter over the rounds so far, without autodiff. Part of a checkpoint.
#[derive(Debug, Clone)]
pub struct HistoricalAverage {
    /// The mean.
    pub mean: Tensor<1>,
    /// Rounds that went into it; at least 1.
    pub rounds: u64,
}

impl HistoricalAverage {
    /// Of the first round.
    pub fn new(theta: Tensor<1>) -> Self {
        Self { mean: theta.without_autodiff(), rounds: 1 }
    }

    /// After one round more.
    #[must_use]
    pub fn follow(self, theta: Tensor<1>) -> Self {
        let rounds = self.rounds + 1;
        let step = (theta.without_autodiff() - self.mean.clone()) / rounds as f64;
        Self { mean: self.mean + step, rounds }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, TensorData};

    fn row(values: [f32; 2]) -> Tensor<1> {
        Tensor::from_floats(values, &Device::flex().autodiff())
    }

    fn close(value: Tensor<1>, expected: [f32; 2]) {
        value.into_data().assert_eq(&TensorData::from(expected), false);
    }

    #[test]
    fn the_mean_is_over_all_rounds() {
        let average = HistoricalAverage::new(row([3.0, 0.0]));
        let average = average.follow(row([5.0, 0.0])).follow(row([7.0, 3.0]));
        assert!(!average.mean.is_autodiff());
        assert_eq!(average.rounds, 3);
        close(average.mean, [5.0, 1.0]);
    }

    #[test]
    fn the_penalty_is_the_square_distance_to_it_and_the_gradient_is_autodiffs() {
        let how = HistoricalAveraging { weight: 0.5 };
        let average = HistoricalAverage::new(row([1.0, 1.0]));
        let theta = row([4.0, -1.0]).require_grad();
        let value = how.value(&theta, &average);
        assert_eq!(value.clone().into_scalar::<f32>(), 6.5); // (9 + 4) / 2
        close(theta.grad(&value.backward()).unwrap(), [3.0, -2.0]);
        close(how.gradient(&theta, &average), [3.0, -2.0]);
    }

    #[test]
    fn a_negative_weight_is_refused() {
        assert_eq!(HistoricalAveraging { weight: 0.0 }.validate(), Ok(()));
        assert!(HistoricalAveraging { weight: -0.1 }.validate().is_err());
    }
}
