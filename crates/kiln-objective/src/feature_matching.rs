//! Feature matching (Salimans et al. 2016, "Improved Techniques for Training GANs", section 3.1):
//! the generator meets the mean of a hidden layer of the critic over reals,
//! `|E f(x) - E f(G(z))|^2`, instead of raising logits.

use burn::tensor::Tensor;

/// Features of a hidden layer of the critic, each `[batch, width]`; the batches may differ.
#[derive(Debug, Clone)]
pub struct Features {
    /// Of real samples; a constant.
    pub real: Tensor<2>,
    /// Of generated ones.
    pub fake: Tensor<2>,
}

/// What the generator makes small.
pub fn feature_matching(Features { real, fake }: Features) -> Tensor<1> {
    (real.detach().mean_dim(0) - fake.mean_dim(0)).square().sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, TensorData};

    #[test]
    fn the_generator_is_drawn_to_the_mean_of_reals() {
        let on = Device::flex().autodiff();
        let real = Tensor::<2>::from_floats([[1.0, 4.0]], &on).require_grad();
        let fake = Tensor::<2>::from_floats([[0.0, 1.0], [4.0, 1.0]], &on).require_grad();
        // Means (1, 4) and (2, 1): 1 + 9. Slopes of a fake: 2 (2 - 1) / 2 and 2 (1 - 4) / 2.
        let loss = feature_matching(Features { real: real.clone(), fake: fake.clone() });
        assert_eq!(loss.clone().into_scalar::<f32>(), 10.0);
        let grads = loss.backward();
        let expected = TensorData::from([[1.0f32, -3.0], [1.0, -3.0]]);
        fake.grad(&grads).unwrap().into_data().assert_eq(&expected, false);
        assert!(real.grad(&grads).is_none());
    }
}
