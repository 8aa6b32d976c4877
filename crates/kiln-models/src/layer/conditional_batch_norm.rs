//! Batch normalisation whose gains and offsets follow what a sample is asked to be: one of each a
//! class (Dumoulin et al. 2017; de Vries et al. 2017; Miyato and Koyama 2018, section 5).

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use kiln_ops::Dual;

use super::fresh::zeros;
use super::modulate::Modulated;
use super::moments::Moments;
use crate::{Activation, Pass, Running};

/// Configuration of a [`ConditionalBatchNorm`] layer.
#[derive(Debug, Clone, PartialEq)]
pub struct ConditionalBatchNormConfig {
    /// Channels of the input.
    pub channels: usize,
    /// Width of a condition: how many classes there are.
    pub classes: usize,
    /// Added to the variance under the root.
    pub epsilon: f64,
    /// Weight of a batch in the running statistics, which all classes share.
    pub momentum: f64,
    /// The activation that follows.
    pub activation: Activation,
}

impl ConditionalBatchNormConfig {
    /// Epsilon 1e-5, momentum 0.1, no activation.
    pub fn new(channels: usize, classes: usize) -> Self {
        let activation = Activation::Identity;
        Self { channels, classes, epsilon: 1e-5, momentum: 0.1, activation }
    }

    /// Followed by this activation.
    pub fn with_activation(self, activation: Activation) -> Self {
        Self { activation, ..self }
    }

    /// The layer, on `device`.
    pub fn init(&self, device: &Device) -> ConditionalBatchNorm {
        let (classes, channels) = (self.classes, self.channels);
        ConditionalBatchNorm {
            gain: Param::from_tensor(Tensor::ones([classes, channels], device)),
            shift: zeros([classes, channels], device),
            mean: Running::new(Tensor::zeros([channels], device)),
            variance: Running::new(Tensor::ones([channels], device)),
            epsilon: self.epsilon,
            momentum: self.momentum,
            activation: self.activation,
        }
    }
}

/// Normalises each channel over samples of all classes, then scales and shifts it by class.
#[derive(Module, Debug)]
pub struct ConditionalBatchNorm {
    /// `[classes, channels]`.
    pub gain: Param<Tensor<2>>,
    /// `[classes, channels]`.
    pub shift: Param<Tensor<2>>,
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

impl ConditionalBatchNorm {
    /// Shape: `[batch, channels, ...]`, kept.
    pub fn forward<const D: usize>(&self, x: Dual<D>, pass: &Pass) -> Dual<D> {
        let [classes, _] = self.gain.dims();
        let condition = pass.condition([x.dims()[0], classes], &x.value.device());
        let row = |table: &Param<Tensor<2>>| condition.clone().linear(table.val(), None);
        let (mean, variance, momentum) = (&self.mean, &self.variance, self.momentum);
        let moments = Moments { mean, variance, momentum };
        let modulated = Modulated { gain: row(&self.gain), shift: row(&self.shift) };
        let x = modulated.apply(moments.standardise(x, self.epsilon, pass));
        self.activation.forward(x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::values;

    /// Two classes of two channels; gains 1, 2 and 3, 4, offsets 0, 1 and -1, 0.
    fn layer(device: &Device) -> ConditionalBatchNorm {
        let config = ConditionalBatchNormConfig::new(2, 2).with_activation(Activation::Relu);
        let config = ConditionalBatchNormConfig { epsilon: 0.0, ..config };
        let mut layer = config.init(device);
        let table = |rows: [[f32; 2]; 2]| Param::from_tensor(Tensor::from_floats(rows, device));
        layer.gain = table([[1.0, 2.0], [3.0, 4.0]]);
        layer.shift = table([[0.0, 1.0], [-1.0, 0.0]]);
        layer
    }

    /// Each channel has the values 1 and 3: mean 2, variance 1.
    fn batch(device: &Device) -> Tensor<2> {
        Tensor::from_floats([[1.0, 3.0], [3.0, 1.0]], device)
    }

    fn asked(pass: Pass, device: &Device) -> Pass {
        pass.of(Some(Tensor::from_floats([[1.0, 0.0], [0.0, 1.0]], device)))
    }

    #[test]
    fn each_class_has_gains_and_offsets_of_its_own() {
        let device = Device::flex().autodiff();
        let layer = layer(&device);
        let y = layer.forward(batch(&device).into(), &asked(Pass::train(None), &device)).value;
        // Of class 0: -1 * 1 + 0 is cut, 1 * 2 + 1; of class 1: 1 * 3 - 1, -1 * 4 + 0 is cut.
        assert_eq!(values(&y), [0.0, 3.0, 2.0, 0.0]);
        assert_eq!(values(&layer.mean.value()), [0.2, 0.2]); // 0.9 * 0 + 0.1 * 2
        let grads = y.sum().backward();
        // Where the ReLU is open, the normalised value and one.
        let gain = layer.gain.val().grad(&grads).unwrap();
        assert_eq!(values(&gain), [0.0, 1.0, 1.0, 0.0]);
        let shift = layer.shift.val().grad(&grads).unwrap();
        assert_eq!(values(&shift), [0.0, 1.0, 1.0, 0.0]);
    }

    #[test]
    fn evaluation_normalises_by_the_running_statistics_of_all_classes() {
        let device = Device::flex();
        let layer = layer(&device);
        layer.mean.observe(Tensor::from_floats([1.0, 1.0], &device), 1.0);
        layer.variance.observe(Tensor::from_floats([4.0, 4.0], &device), 1.0);
        let y = layer.forward(batch(&device).into(), &asked(Pass::eval(), &device)).value;
        // (1 - 1) / 2, (3 - 1) / 2 * 2 + 1; (3 - 1) / 2 * 3 - 1, 0.
        assert_eq!(values(&y), [0.0, 3.0, 2.0, 0.0]);
    }

    #[test]
    fn classes_that_are_alike_are_a_plain_batch_norm() {
        let device = Device::flex();
        let config = ConditionalBatchNormConfig::new(2, 2);
        let plain = crate::BatchNormConfig::new(2).init(&device);
        let (x, pass) = (batch(&device), asked(Pass::train(None), &device));
        let x = Tensor::cat(vec![x.clone(), x * 3.0], 0).reshape([2, 2, 2, 1]);
        let y = config.init(&device).forward(Dual::<4>::from(x.clone()), &pass).value;
        assert_eq!(values(&y), values(&plain.forward(x.into(), &pass).value));
    }

    #[test]
    fn a_tangent_is_the_difference_of_two_values() {
        let device = Device::flex();
        let layer = ConditionalBatchNorm { activation: Activation::Tanh, ..layer(&device) };
        for pass in [Pass::eval(), Pass::train(None).keeping_statistics()] {
            let pass = asked(pass, &device);
            let x = Tensor::<2>::from_floats([[0.5, -0.3], [1.2, 0.4]], &device);
            let along = Tensor::from_floats([[1.0, 0.5], [-0.2, 0.7]], &device);
            let tangent = layer.forward(Dual::along(x.clone(), along.clone()), &pass).tangent;
            let at = |step: f32| {
                let x = x.clone() + along.clone() * step;
                layer.forward(x.into(), &pass).value
            };
            let numeric = (at(1e-2) - at(-1e-2)) / 2e-2;
            let error: f32 = (tangent.unwrap() - numeric).abs().max().into_scalar();
            assert!(error < 1e-3, "{error}");
        }
    }
}
