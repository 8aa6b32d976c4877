//! Batch normalisation (Ioffe and Szegedy 2015), with the activation that follows it fused in.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use kiln_ops::{Dual, Normalization};

use super::fresh::zeros;
use super::moments::Moments;
use crate::{Activation, Pass, Running};

/// Configuration of a [`BatchNorm`] layer.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchNormConfig {
    /// Channels of the input.
    pub channels: usize,
    /// Added to the variance under the root.
    pub epsilon: f64,
    /// Weight of a batch in the running statistics; Keras names one minus this.
    pub momentum: f64,
    /// The activation that follows. A piecewise linear one costs nothing extra.
    pub activation: Activation,
}

impl BatchNormConfig {
    /// Epsilon 1e-5, momentum 0.1, no activation.
    pub fn new(channels: usize) -> Self {
        Self { channels, epsilon: 1e-5, momentum: 0.1, activation: Activation::Identity }
    }

    /// With this weight of a batch in the running statistics.
    pub fn with_momentum(self, momentum: f64) -> Self {
        Self { momentum, ..self }
    }

    /// Followed by this activation.
    pub fn with_activation(self, activation: Activation) -> Self {
        Self { activation, ..self }
    }

    /// The layer, on `device`.
    pub fn init(&self, device: &Device) -> BatchNorm {
        BatchNorm {
            gain: Param::from_tensor(Tensor::ones([self.channels], device)),
            shift: zeros([self.channels], device),
            mean: Running::new(Tensor::zeros([self.channels], device)),
            variance: Running::new(Tensor::ones([self.channels], device)),
            epsilon: self.epsilon,
            momentum: self.momentum,
            activation: self.activation,
        }
    }
}

/// Normalises each channel, by the batch or by running statistics as the [`Pass`] says.
///
/// The running variance is the mean of biased ones (PyTorch: unbiased).
#[derive(Module, Debug)]
pub struct BatchNorm {
    /// `[channels]`.
    pub gain: Param<Tensor<1>>,
    /// `[channels]`.
    pub shift: Param<Tensor<1>>,
    /// Running mean, `[channels]`.
    pub mean: Running,
    /// Running variance, `[channels]`.
    pub variance: Running,
    /// Added to the variance under the root.
    pub epsilon: f64,
    /// Weight of a batch in the running statistics.
    pub momentum: f64,
    /// The activation that follows.
    #[module(skip)]
    pub activation: Activation,
}

impl BatchNorm {
    /// Shape: `[batch, channels, ...]`, kept.
    pub fn forward<const D: usize>(&self, x: Dual<D>, pass: &Pass) -> Dual<D> {
        let fused = self.activation.slope();
        let how = Normalization {
            gain: self.gain.val(),
            shift: self.shift.val(),
            epsilon: self.epsilon,
            slope: fused.unwrap_or(1.0),
        };
        let (mean, variance, momentum) = (&self.mean, &self.variance, self.momentum);
        let y = Moments { mean, variance, momentum }.normalise(x, how, pass);
        match fused {
            Some(_) => y,
            None => self.activation.forward(y),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::values;

    fn layer(activation: Activation) -> BatchNorm {
        let config =
            BatchNormConfig { epsilon: 0.0, ..BatchNormConfig::new(1).with_activation(activation) };
        config.init(&Device::flex().autodiff())
    }

    /// Mean 2, variance 1.
    fn batch() -> Dual<2> {
        Tensor::from_floats([[1.0], [3.0]], &Device::flex().autodiff()).into()
    }

    #[test]
    fn training_normalises_by_the_batch_and_moves_the_running_statistics() {
        let layer = layer(Activation::Identity);
        let y = layer.forward(batch(), &Pass::train(None)).value;
        assert_eq!(values(&y), [-1.0, 1.0]);
        assert_eq!(values(&layer.mean.value()), [0.2]); // 0.9 * 0 + 0.1 * 2
        assert_eq!(values(&layer.variance.value()), [1.0]); // 0.9 * 1 + 0.1 * 1
    }

    #[test]
    fn keeping_statistics_normalises_by_the_batch_and_moves_nothing() {
        let layer = layer(Activation::Identity);
        let pass = Pass::train(None).keeping_statistics();
        assert_eq!(values(&layer.forward(batch(), &pass).value), [-1.0, 1.0]);
        assert_eq!(values(&layer.mean.value()), [0.0]);
    }

    #[test]
    fn evaluation_normalises_by_the_running_statistics() {
        let layer = layer(Activation::Identity);
        layer.mean.observe(Tensor::from_floats([5.0], &Device::flex()), 1.0);
        layer.variance.observe(Tensor::from_floats([4.0], &Device::flex()), 1.0);
        let y = layer.forward(batch(), &Pass::eval()).value;
        assert_eq!(values(&y), [-2.0, -1.0]); // (1 - 5) / 2, (3 - 5) / 2
        assert_eq!(values(&layer.mean.value()), [5.0]);
    }

    #[test]
    fn the_activation_follows_fused_or_not() {
        for pass in [Pass::train(None), Pass::train(None).again()] {
            let leaky = layer(Activation::LeakyRelu { slope: 0.25 });
            assert_eq!(values(&leaky.forward(batch(), &pass).value), [-0.25, 1.0]);
            let tanh = values(&layer(Activation::Tanh).forward(batch(), &pass).value);
            assert!((tanh[1] - 1f32.tanh()).abs() < 1e-6 && tanh[0] == -tanh[1]);
        }
    }

    #[test]
    fn a_frozen_clone_moves_only_its_own_statistics() {
        let original = layer(Activation::Identity);
        let frozen = original.clone().no_grad();
        frozen.forward(batch(), &Pass::train(None));
        assert_eq!(values(&frozen.mean.value()), [0.2]);
        assert_eq!(values(&original.mean.value()), [0.0]);
    }

    #[test]
    fn gain_and_shift_have_their_gradients() {
        let layer = layer(Activation::Identity);
        let weights = Tensor::from_floats([[1.0], [2.0]], &Device::flex().autodiff());
        let y = layer.forward(batch(), &Pass::train(None)).value;
        let grads = (y * weights).sum().backward();
        // sum(w * xhat) = -1 + 2 and sum(w) = 3.
        assert_eq!(values(&layer.gain.val().grad(&grads).unwrap()), [1.0]);
        assert_eq!(values(&layer.shift.val().grad(&grads).unwrap()), [3.0]);
    }
}
