//! Whether a class is told from a sample: the cross-entropy of an auxiliary classifier (Odena et
//! al. 2017, AC-GAN, equations 2 and 3), `-sum_k c_k ln softmax(x)_k`, of logits `x` and the
//! one-hot class `c`.

use burn::tensor::{Tensor, activation};

/// What the classifier says and what is true, each `[batch, classes]`.
#[derive(Debug, Clone)]
pub struct Recognition {
    /// Logits.
    pub said: Tensor<2>,
    /// One at the place of the class, zero elsewhere.
    pub class: Tensor<2>,
}

impl Recognition {
    /// The mean cross-entropy, `[1]`: `ln n` for a classifier of `n` classes that does not know.
    pub fn loss(&self) -> Tensor<1> {
        let [batch, _] = self.said.dims();
        let shares = activation::log_softmax(self.said.clone(), 1);
        -(shares * self.class.clone()).sum() / batch as f64
    }

    /// The share of the samples whose class has the greatest logit, `[1]`, without autodiff.
    pub fn accuracy(&self) -> Tensor<1> {
        let [said, class] = [&self.said, &self.class].map(|x| x.clone().without_autodiff());
        said.argmax(1).equal(class.argmax(1)).float().mean()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, TensorData};

    fn recognition(said: [[f32; 2]; 2]) -> Recognition {
        let device = Device::flex().autodiff();
        let said = Tensor::<2>::from_floats(said, &device).require_grad();
        Recognition { said, class: Tensor::from_floats([[1.0, 0.0], [0.0, 1.0]], &device) }
    }

    #[track_caller]
    fn check(said: [[f32; 2]; 2], loss: f32, accuracy: f32) {
        let recognition = recognition(said);
        let found: f32 = recognition.loss().into_scalar();
        assert!((found - loss).abs() < 1e-6, "{found}, not {loss}");
        assert_eq!(recognition.accuracy().into_scalar::<f32>(), accuracy);
    }

    #[test]
    fn who_does_not_know_loses_the_logarithm_of_the_classes() {
        check([[0.0, 0.0], [0.0, 0.0]], 2f32.ln(), 0.5); // of equal logits the first counts
    }

    #[test]
    fn a_sure_and_right_classifier_loses_nothing_a_wrong_one_its_logit() {
        check([[40.0, 0.0], [0.0, 40.0]], 0.0, 1.0);
        check([[0.0, 40.0], [0.0, 40.0]], 20.0, 0.5);
    }

    #[test]
    fn the_gradient_is_what_is_said_less_what_is_true() {
        let recognition = recognition([[0.0, 0.0], [0.0, 0.0]]);
        let gradient = recognition.said.grad(&recognition.loss().backward()).unwrap();
        // (1/2 - c) / 2 of two samples.
        let expected = TensorData::from([[-0.25f32, 0.25], [0.25, -0.25]]);
        gradient.into_data().assert_approx_eq::<f32>(&expected, Default::default());
    }
}
