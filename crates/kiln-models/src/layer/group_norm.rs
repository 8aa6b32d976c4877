//! Normalisation within a sample: `y = (x - mean) / sqrt(variance + epsilon) * gain + shift` over
//! each group of channels (Wu and He 2018). One group is layer norm (Ba et al. 2016), a group a
//! channel instance norm (Ulyanov et al. 2016). Gain and shift are a channel's in all of them.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use kiln_ops::Dual;

use super::fresh::zeros;
use crate::{Activation, Pass};

/// Configuration of a [`GroupNorm`] layer.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupNormConfig {
    /// Channels of the input.
    pub channels: usize,
    /// Groups of neighbouring channels; they divide the channels.
    pub groups: usize,
    /// Added to the variance under the root.
    pub epsilon: f64,
    /// The activation that follows.
    pub activation: Activation,
}

impl GroupNormConfig {
    /// Epsilon 1e-5, no activation.
    pub fn new(channels: usize, groups: usize) -> Self {
        Self { channels, groups, epsilon: 1e-5, activation: Activation::Identity }
    }

    /// Followed by this activation.
    pub fn with_activation(self, activation: Activation) -> Self {
        Self { activation, ..self }
    }

    /// The layer, on `device`.
    pub fn init(&self, device: &Device) -> GroupNorm {
        GroupNorm {
            gain: Param::from_tensor(Tensor::ones([self.channels], device)),
            shift: zeros([self.channels], device),
            groups: self.groups,
            epsilon: self.epsilon,
            activation: self.activation,
        }
    }
}

/// Normalises each group of channels of each sample, in training and in use alike.
#[derive(Module, Debug)]
pub struct GroupNorm {
    /// `[channels]`.
    pub gain: Param<Tensor<1>>,
    /// `[channels]`.
    pub shift: Param<Tensor<1>>,
    /// Groups of neighbouring channels.
    pub groups: usize,
    /// Added to the variance under the root.
    pub epsilon: f64,
    /// The activation that follows.
    #[module(skip)]
    pub activation: Activation,
}

impl GroupNorm {
    /// Shape: `[batch, channels, ...]`, kept.
    pub fn forward<const D: usize>(&self, x: Dual<D>, _pass: &Pass) -> Dual<D> {
        let x = x.normalize_groups(self.groups, self.epsilon);
        self.activation.forward(x.scale_channels(self.gain.val(), self.shift.val()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::values;

    fn forward(groups: usize) -> Vec<f32> {
        let device = Device::flex();
        let config = GroupNormConfig { epsilon: 0.0, ..GroupNormConfig::new(2, groups) };
        let mut layer = config.with_activation(Activation::Relu).init(&device);
        layer.gain = Param::from_tensor(Tensor::from_floats([1.0, 10.0], &device));
        layer.shift = Param::from_tensor(Tensor::from_floats([0.0, 2.0], &device));
        let x = Tensor::<3>::from_floats([[[1.0, 3.0], [5.0, 7.0]]], &device);
        values(&layer.forward(x.into(), &Pass::train(None)).value)
    }

    fn check(groups: usize, expected: [f32; 4]) {
        let y = forward(groups);
        assert!(y.iter().zip(expected).all(|(y, e)| (y - e).abs() < 1e-5), "{y:?}");
    }

    #[test]
    fn a_group_a_channel_normalises_each_alone() {
        // Each becomes -1, 1; times 10 and plus 2 in the second; then ReLU.
        check(2, [0.0, 1.0, 0.0, 12.0]);
    }

    #[test]
    fn one_group_normalises_the_sample() {
        // Mean 4, variance 5: (-3, -1, 1, 3) / sqrt 5.
        let third = 3.0 / 5f32.sqrt();
        check(1, [0.0, 0.0, 10.0 / 5f32.sqrt() + 2.0, 10.0 * third + 2.0]);
    }

    #[test]
    fn gain_and_shift_have_their_gradients() {
        let device = Device::flex().autodiff();
        let config = GroupNormConfig { epsilon: 0.0, ..GroupNormConfig::new(1, 1) };
        let layer = config.init(&device);
        let x = Tensor::<3>::from_floats([[[1.0, 3.0]]], &device);
        let weights = Tensor::<3>::from_floats([[[1.0, 2.0]]], &device);
        let y = layer.forward(x.into(), &Pass::train(None)).value;
        let grads = (y * weights).sum().backward();
        // sum(w * xhat) = -1 + 2 and sum(w) = 3.
        let gain = values(&layer.gain.val().grad(&grads).unwrap());
        assert!((gain[0] - 1.0).abs() < 1e-5, "{gain:?}");
        assert_eq!(values(&layer.shift.val().grad(&grads).unwrap()), [3.0]);
    }
}
