//! Minibatch discrimination (Salimans et al. 2016, "Improved Techniques for Training GANs",
//! section 3.2): the critic sees how near a sample is to the others of its batch, so that a
//! generator without variety gives itself away.
//!
//! With `M_i = x_i T`, a matrix of `kernels` rows a sample, feature `b` of sample `i` is
//! `sum_{j != i} exp(-|M_ib - M_jb|_1)`; the features join the input. As in the authors' code a
//! sample does not count itself, which in the paper adds one to each feature.
//!
//! Memory grows with `batch^2 kernels width`.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use kiln_ops::Dual;

use super::{Linear, LinearConfig};
use crate::Pass;

/// Configuration of a [`MinibatchDiscrimination`] layer.
#[derive(Debug, Clone, PartialEq)]
pub struct MinibatchDiscriminationConfig {
    /// Width of the input.
    pub inputs: usize,
    /// Features that are added; the paper's B.
    pub kernels: usize,
    /// Numbers that a kernel compares; the paper's C.
    pub width: usize,
}

impl MinibatchDiscriminationConfig {
    /// The authors' layer: 100 kernels of 5 numbers.
    pub fn new(inputs: usize) -> Self {
        Self { inputs, kernels: 100, width: 5 }
    }

    /// Width of the output.
    pub fn outputs(&self) -> usize {
        self.inputs + self.kernels
    }

    /// The layer, on `device`.
    pub fn init(&self, device: &Device) -> MinibatchDiscrimination {
        let linear = LinearConfig::new(self.inputs, self.kernels * self.width).with_bias(false);
        MinibatchDiscrimination { linear: linear.init(device), kernels: self.kernels }
    }
}

/// Adds features that say how near the rest of the batch is.
#[derive(Module, Debug)]
pub struct MinibatchDiscrimination {
    /// The paper's T, to `kernels * width`; the numbers of a kernel lie side by side.
    pub linear: Linear,
    /// Features that are added.
    pub kernels: usize,
}

impl MinibatchDiscrimination {
    /// Shape: `[batch, inputs]` to `[batch, inputs + kernels]`.
    pub fn forward(&self, x: Dual<2>, pass: &Pass) -> Dual<2> {
        let compared = self.linear.forward(x.clone(), pass);
        let [batch, numbers] = compared.dims();
        let (kernels, width) = (self.kernels, numbers / self.kernels);
        let apart = compared.linear_map(|m| {
            let one = m.clone().reshape([batch, 1, kernels, width]);
            one - m.reshape([1, batch, kernels, width]) // [batch, batch, kernels, width]
        });
        // |x| has the slope sign(x), which is constant almost everywhere.
        let distance = apart.elementwise(Tensor::abs, |x, _| x.detach().sign());
        let distance = distance.linear_map(|d| d.sum_dim(3).reshape([batch, batch, kernels]));
        let near = distance.elementwise(|d| (-d).exp(), |_, near| -near);
        let others = others(batch, &near.value.device());
        let features = near.masked(others).linear_map(|c| c.sum_dim(1).reshape([batch, kernels]));
        Dual::concat(vec![x, features], 1)
    }
}

/// One where two samples are not the same, `[batch, batch, 1]`.
fn others(batch: usize, device: &Device) -> Tensor<3> {
    let same = Tensor::<2>::eye(batch, device);
    (same * -1.0 + 1.0).reshape([batch, batch, 1])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::values;
    use burn::module::Param;

    /// Two kernels of one number each: the input, and twice the input.
    fn layer(device: &Device) -> MinibatchDiscrimination {
        let config = MinibatchDiscriminationConfig { inputs: 1, kernels: 2, width: 1 };
        let mut layer = config.init(device);
        assert_eq!(config.outputs(), 3);
        layer.linear.weight = Param::from_tensor(Tensor::from_floats([[1.0, 2.0]], device));
        layer
    }

    fn close(is: &[f32], expected: &[f32]) {
        let close = is.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6);
        assert!(close && is.len() == expected.len(), "{is:?}, not {expected:?}");
    }

    #[test]
    fn each_feature_adds_up_how_near_the_others_are() {
        let device = Device::flex();
        let x = Tensor::<2>::from_floats([[0.0], [1.0], [3.0]], &device);
        let y = layer(&device).forward(x.into(), &Pass::eval()).value;
        let e = |distance: f32| (-distance).exp();
        let expected = [
            [0.0, e(1.0) + e(3.0), e(2.0) + e(6.0)],
            [1.0, e(1.0) + e(2.0), e(2.0) + e(4.0)],
            [3.0, e(3.0) + e(2.0), e(6.0) + e(4.0)],
        ];
        close(&values(&y), &expected.concat());
    }

    #[test]
    fn a_kernel_of_several_numbers_adds_their_distances() {
        let device = Device::flex();
        let config = MinibatchDiscriminationConfig { inputs: 1, kernels: 1, width: 2 };
        let mut layer = config.init(&device);
        layer.linear.weight = Param::from_tensor(Tensor::from_floats([[1.0, -2.0]], &device));
        let x = Tensor::<2>::from_floats([[0.0], [1.0]], &device);
        let near = (-3f32).exp(); // |1| + |-2|
        let y = layer.forward(x.into(), &Pass::eval()).value;
        close(&values(&y), &[0.0, near, 1.0, near]);
    }

    #[test]
    fn a_sample_on_its_own_is_near_nobody() {
        let device = Device::flex();
        let x = Tensor::<2>::from_floats([[7.0]], &device);
        let y = layer(&device).forward(x.into(), &Pass::eval()).value;
        close(&values(&y), &[7.0, 0.0, 0.0]);
    }

    #[test]
    fn the_tangent_is_that_of_central_differences() {
        let device = Device::flex();
        let (layer, pass) = (layer(&device), Pass::eval());
        let x = Tensor::<2>::from_floats([[0.0], [0.7], [1.6]], &device);
        let along = Tensor::<2>::from_floats([[1.0], [-2.0], [0.5]], &device);
        let y = layer.forward(Dual::along(x.clone(), along.clone()), &pass);
        let beside =
            |step: f32| layer.forward((x.clone() + along.clone() * step).into(), &pass).value;
        let numeric = values(&((beside(1e-2) - beside(-1e-2)) / 2e-2));
        let tangent = values(&y.tangent.unwrap());
        assert!(tangent[1].abs() > 0.1, "nothing to compare");
        let close = tangent.iter().zip(&numeric).all(|(a, b)| (a - b).abs() < 2e-3);
        assert!(close, "{tangent:?}, not {numeric:?}");
    }

    #[test]
    fn gradients_reach_the_input_and_the_weight_even_between_equal_samples() {
        let device = Device::flex().autodiff();
        let layer = layer(&device);
        let x = Tensor::<2>::from_floats([[0.0], [1.0], [1.0]], &device).require_grad();
        let y = layer.forward(x.clone().into(), &Pass::eval()).value;
        let grads = y.narrow(1, 1, 1).sum().backward(); // the first kernel alone
        // The sum is 2 (2 e^-|x0 - x1| + 1): the first pulls from both, each of them from it.
        let e = (-1f32).exp();
        close(&values(&x.grad(&grads).unwrap()), &[4.0 * e, -2.0 * e, -2.0 * e]);
        // And -4 e^-w at w = 1.
        close(&values(&layer.linear.weight.val().grad(&grads).unwrap()), &[-4.0 * e, 0.0]);
    }
}
