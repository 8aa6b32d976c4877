//! What the critic is told about a sample: soft labels and wrong ones.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Verdict;

/// Targets of the critic, as probabilities of "real", and how often a label is wrong.
///
/// One-sided smoothing lowers `real` (Salimans et al. 2016, section 3.4, who advise to leave `fake`
/// at 0); two-sided smoothing raises `fake` as well. Losses without a target, Wasserstein's and the
/// hinge, ignore both.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Labels {
    /// The target of real samples, in `(0, 1]`.
    pub real: f32,
    /// The target of generated samples, in `[0, real)`.
    pub fake: f32,
    /// The probability that a sample changes sides, in `[0, 0.5)`: the critic is then told that a
    /// real sample is generated and the other way round.
    pub flip: f32,
}

/// Labels out of range.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum LabelsError {
    /// Not a probability above zero.
    #[error("the label of real samples is {0}: give a number above 0 and at most 1")]
    Real(f32),
    /// Not a probability below the reals'.
    #[error("the label of generated samples is {0}: give a number from 0 to below that of reals")]
    Fake(f32),
    /// Flipped half the time or more, labels say nothing.
    #[error("the probability of a flipped label is {0}: give a number from 0 to below 0.5")]
    Flip(f32),
}

impl Labels {
    /// One for real, zero for generated, none wrong.
    pub const HARD: Self = Self { real: 1.0, fake: 0.0, flip: 0.0 };

    /// One-sided smoothing: `real` for real, zero for generated.
    pub const fn one_sided(real: f32) -> Self {
        Self { real, ..Self::HARD }
    }

    /// Checks the ranges.
    ///
    /// # Errors
    ///
    /// When a number is out of its range.
    pub fn validate(self) -> Result<(), LabelsError> {
        let Self { real, fake, flip } = self;
        if !(real > 0.0 && real <= 1.0) {
            return Err(LabelsError::Real(real));
        }
        if !(0.0..real).contains(&fake) {
            return Err(LabelsError::Fake(fake));
        }
        if (0.0..0.5).contains(&flip) { Ok(()) } else { Err(LabelsError::Flip(flip)) }
    }
}

impl Default for Labels {
    fn default() -> Self {
        Self::HARD
    }
}

impl Verdict {
    /// The verdict on samples of which some changed sides: row `i` of both is exchanged where
    /// `uniform`, `[batch, 1]`, drawn in `[0, 1)`, is below `probability`.
    #[must_use]
    pub fn flipped(self, uniform: Tensor<2>, probability: f32) -> Self {
        let changes = uniform.lower_elem(probability);
        Self {
            real: self.real.clone().mask_where(changes.clone(), self.fake.clone()),
            fake: self.fake.mask_where(changes, self.real),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, TensorData};

    #[test]
    fn labels_that_say_nothing_are_refused() {
        let hard = Labels::HARD;
        assert_eq!(hard.validate(), Ok(()));
        assert_eq!(Labels { real: 0.9, fake: 0.1, flip: 0.05 }.validate(), Ok(()));
        for real in [0.0, -0.1, 1.1, f32::NAN] {
            assert!(Labels { real, ..hard }.validate().is_err(), "{real}");
        }
        for fake in [-0.1, 1.0, f32::NAN] {
            assert!(Labels { fake, ..hard }.validate().is_err(), "{fake}");
        }
        for flip in [-0.1, 0.5, f32::NAN] {
            assert!(Labels { flip, ..hard }.validate().is_err(), "{flip}");
        }
    }

    #[test]
    fn a_flipped_sample_changes_sides_and_takes_its_gradient_along() {
        let on = Device::flex().autodiff();
        let column = |values: [f32; 3]| Tensor::<2>::from_floats(values.map(|v| [v]), &on);
        let real = column([1.0, 2.0, 3.0]).require_grad();
        let fake = column([-1.0, -2.0, -3.0]).require_grad();
        let verdict = Verdict { real: real.clone(), fake: fake.clone() };
        let flipped = verdict.flipped(column([0.5, 0.09, 0.1]), 0.1);
        let expected = TensorData::from([[1.0f32], [-2.0], [3.0]]);
        flipped.real.clone().into_data().assert_eq(&expected, false);
        let expected = TensorData::from([[-1.0f32], [2.0], [-3.0]]);
        flipped.fake.into_data().assert_eq(&expected, false);

        let grads = flipped.real.sum().backward();
        let of_real = real.grad(&grads).unwrap().into_data();
        of_real.assert_eq(&TensorData::from([[1.0f32], [0.0], [1.0]]), false);
        let of_fake = fake.grad(&grads).unwrap().into_data();
        of_fake.assert_eq(&TensorData::from([[0.0f32], [1.0], [0.0]]), false);
    }
}
