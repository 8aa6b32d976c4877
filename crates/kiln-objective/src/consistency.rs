//! Consistency regularisation: the critic answers alike where a sample changes and its meaning
//! does not. With `T` an augmentation, `z` latents and `z'` a step beside them:
//!
//! | name | critic | generator | source, and its weights |
//! |---|---|---|---|
//! | CR | `w E (D(x) - D(T x))^2`, reals | | Zhang et al. 2020; 10 |
//! | bCR | the same for reals, and for fakes | | Zhao et al. 2020, section 3.1; 10 and 10 |
//! | zCR | `w E (D(G z) - D(G z'))^2` | `-w E \|G z - G z'\|^2` | the same, section 3.2 |
//! | ICR | bCR and zCR | as zCR | the same, section 3.3 |

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use crate::WeightError;
use crate::weight::check_weight;

/// The weights of the terms; one of zero costs nothing, if its pair is then not even made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Consistency {
    /// Of reals and augmented reals, to the critic's loss.
    pub real: f64,
    /// Of fakes and augmented fakes, to the critic's loss.
    pub fake: f64,
    /// Of fakes and those of latents beside theirs, to the critic's loss.
    pub latent_critic: f64,
    /// Of the same pictures' distance, to the generator's loss, which wants it large.
    pub latent_generator: f64,
    /// Standard deviation of the step beside a latent; at least 0.
    pub latent_step: f64,
}

impl Consistency {
    /// CR.
    pub const REAL: Self =
        Self { real: 10.0, fake: 0.0, latent_critic: 0.0, latent_generator: 0.0, latent_step: 0.0 };

    /// bCR, balanced.
    pub const BALANCED: Self = Self { fake: 10.0, ..Self::REAL };

    /// ICR, improved: bCR and zCR, with the constants of StudioGAN's configurations.
    pub const IMPROVED: Self =
        Self { latent_critic: 20.0, latent_generator: 0.5, latent_step: 0.05, ..Self::BALANCED };

    /// Whether nothing is added.
    pub fn is_none(&self) -> bool {
        let Self { real, fake, latent_critic, latent_generator, .. } = *self;
        [real, fake, latent_critic, latent_generator] == [0.0; 4]
    }

    /// Checks the ranges.
    ///
    /// # Errors
    ///
    /// When a number is negative or none.
    pub fn validate(&self) -> Result<(), WeightError> {
        check_weight("consistency `real`", self.real)?;
        check_weight("consistency `fake`", self.fake)?;
        check_weight("consistency `latent-critic`", self.latent_critic)?;
        check_weight("consistency `latent-generator`", self.latent_generator)?;
        check_weight("consistency `latent-step`", self.latent_step)
    }

    /// The latents beside these: a step of `latent_step` times `normal`, of the same shape.
    pub fn beside<const D: usize>(&self, latents: Tensor<D>, normal: Tensor<D>) -> Tensor<D> {
        latents + normal * self.latent_step
    }
}

/// The same before and after a change that should not matter.
#[derive(Debug, Clone)]
pub struct Pair<const D: usize> {
    /// As it was.
    pub plain: Tensor<D>,
    /// Changed.
    pub changed: Tensor<D>,
}

/// What the critic makes small: the mean square distance of the logits of a pair, `[batch, 1]`
/// each. Gradients go both ways.
pub fn inconsistency(Pair { plain, changed }: Pair<2>) -> Tensor<1> {
    (plain - changed).square().mean()
}

/// What zCR's generator makes small: less the mean square distance of the pictures of two latents
/// that lie side by side, a mean over pixels as in StudioGAN, so that the weight does not depend
/// on the resolution.
pub fn sameness<const D: usize>(Pair { plain, changed }: Pair<D>) -> Tensor<1> {
    -(plain - changed).square().mean()
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, TensorData};

    fn pair(plain: [f32; 2], changed: [f32; 2]) -> Pair<2> {
        let on = Device::flex().autodiff();
        let column = |values: [f32; 2]| {
            Tensor::<2>::from_floats(values.map(|value| [value]), &on).require_grad()
        };
        Pair { plain: column(plain), changed: column(changed) }
    }

    fn slope(of: &Tensor<2>, loss: &Tensor<1>) -> TensorData {
        of.grad(&loss.backward()).unwrap().into_data()
    }

    #[test]
    fn the_critic_pays_the_mean_square_of_what_a_change_does() {
        // (1 - 3)^2 and (2 - 1)^2: a mean of 2.5; slopes 2 (plain - changed) / 2.
        let logits = pair([1.0, 2.0], [3.0, 1.0]);
        let loss = inconsistency(logits.clone());
        assert_eq!(loss.clone().into_scalar::<f32>(), 2.5);
        slope(&logits.plain, &loss).assert_eq(&TensorData::from([[-2.0f32], [1.0]]), false);
        let loss = inconsistency(logits.clone());
        slope(&logits.changed, &loss).assert_eq(&TensorData::from([[2.0f32], [-1.0]]), false);
    }

    #[test]
    fn zcrs_generator_is_paid_for_the_same_distance() {
        let pictures = pair([1.0, 2.0], [3.0, 1.0]);
        let loss = sameness(pictures.clone());
        assert_eq!(loss.clone().into_scalar::<f32>(), -2.5);
        slope(&pictures.plain, &loss).assert_eq(&TensorData::from([[2.0f32], [-1.0]]), false);
    }

    #[test]
    fn a_batch_of_one_that_does_not_change_costs_nothing() {
        let Pair { plain, changed } = pair([1.0, 0.0], [1.0, 0.0]);
        let one = Pair { plain: plain.narrow(0, 0, 1), changed: changed.narrow(0, 0, 1) };
        assert_eq!(inconsistency(one).into_scalar::<f32>(), 0.0);
    }

    #[test]
    fn a_latent_beside_is_a_step_away() {
        let Pair { plain, changed } = pair([1.0, 2.0], [10.0, -20.0]);
        let beside = Consistency::IMPROVED.beside(plain, changed).into_data();
        beside.assert_eq(&TensorData::from([[1.5f32], [1.0]]), false);
    }

    #[test]
    fn negative_weights_are_refused_by_name() {
        assert_eq!(Consistency::IMPROVED.validate(), Ok(()));
        assert!(Consistency::default().is_none() && !Consistency::REAL.is_none());
        let wrong = Consistency { latent_critic: -1.0, ..Consistency::REAL };
        let error = wrong.validate().unwrap_err().to_string();
        assert!(error.contains("latent-critic"), "{error}");
    }
}
