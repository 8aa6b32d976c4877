//! Batch normalisation whose gains and offsets are linear maps of a vector that the samples bring:
//! `y = (1 + h W_gain) x + h W_shift`, with `h` a slice of the latent beside an embedding of the class
//! that all such layers share (Brock, Donahue and Simonyan 2019, "BigGAN", section 3 and appendix B).

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use kiln_ops::Dual;

use super::modulate::Modulated;
use super::moments::Moments;
use crate::{Activation, Linear, LinearConfig, Pass, Running};

/// Configuration of a [`ProjectedBatchNorm`] layer.
#[derive(Debug, Clone, PartialEq)]
pub struct ProjectedBatchNormConfig {
    /// Channels of the input.
    pub channels: usize,
    /// Width of the vector.
    pub width: usize,
    /// Added to the variance under the root.
    pub epsilon: f64,
    /// Weight of a batch in the running statistics.
    pub momentum: f64,
    /// Whether both maps are divided by their greatest singular values.
    pub spectral_norm: bool,
    /// The activation that follows.
    pub activation: Activation,
}

impl ProjectedBatchNormConfig {
    /// Epsilon 1e-5, momentum 0.1, no activation.
    pub fn new(channels: usize, width: usize) -> Self {
        let (spectral_norm, activation) = (false, Activation::Identity);
        Self { channels, width, epsilon: 1e-5, momentum: 0.1, spectral_norm, activation }
    }

    /// With or without [spectral normalisation](crate::Spectral) of both maps.
    pub fn with_spectral_norm(self, spectral_norm: bool) -> Self {
        Self { spectral_norm, ..self }
    }

    /// Followed by this activation.
    pub fn with_activation(self, activation: Activation) -> Self {
        Self { activation, ..self }
    }

    /// The layer, on `device`.
    pub fn init(&self, device: &Device) -> ProjectedBatchNorm {
        let map = LinearConfig::new(self.width, self.channels).with_bias(false);
        let map = map.with_spectral_norm(self.spectral_norm);
        ProjectedBatchNorm {
            to_gain: map.init(device),
            to_shift: map.init(device),
            mean: Running::new(Tensor::zeros([self.channels], device)),
            variance: Running::new(Tensor::ones([self.channels], device)),
            epsilon: self.epsilon,
            momentum: self.momentum,
            activation: self.activation,
        }
    }
}

/// Normalises each channel over the batch, then scales and shifts it by the sample's vector, which is
/// the [condition](Pass::within) of the pass.
#[derive(Module, Debug)]
pub struct ProjectedBatchNorm {
    /// To the gains less one.
    pub to_gain: Linear,
    /// To the offsets.
    pub to_shift: Linear,
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

impl ProjectedBatchNorm {
    /// Shape: `[batch, channels, ...]`, kept.
    pub fn forward<const D: usize>(&self, x: Dual<D>, pass: &Pass) -> Dual<D> {
        let [width, _] = self.to_gain.weight.dims();
        let vector = pass.condition([x.dims()[0], width], &x.value.device());
        let gain = self.to_gain.forward(vector.clone(), pass).offset(1.0);
        let shift = self.to_shift.forward(vector, pass);
        let (mean, variance, momentum) = (&self.mean, &self.variance, self.momentum);
        let x = Moments { mean, variance, momentum }.standardise(x, self.epsilon, pass);
        self.activation.forward(Modulated { gain, shift }.apply(x))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::values;
    use burn::module::Param;

    /// Of two channels and a vector of two numbers: gains 1 + (h1, 2 h2), offsets (h2, -h1).
    fn layer(device: &Device) -> ProjectedBatchNorm {
        let config = ProjectedBatchNormConfig::new(2, 2).with_activation(Activation::Relu);
        let mut layer = ProjectedBatchNormConfig { epsilon: 0.0, ..config }.init(device);
        let map = |rows: [[f32; 2]; 2]| Param::from_tensor(Tensor::from_floats(rows, device));
        layer.to_gain.weight = map([[1.0, 0.0], [0.0, 2.0]]);
        layer.to_shift.weight = map([[0.0, -1.0], [1.0, 0.0]]);
        layer
    }

    /// Each channel has the values 1 and 3: mean 2, variance 1.
    fn batch(device: &Device) -> Tensor<2> {
        Tensor::from_floats([[1.0, 3.0], [3.0, 1.0]], device)
    }

    fn vectors(device: &Device) -> Tensor<2> {
        Tensor::from_floats([[1.0, 0.5], [-0.5, 2.0]], device)
    }

    #[test]
    fn gains_and_offsets_are_linear_in_the_vector() {
        let device = Device::flex().autodiff();
        let layer = layer(&device);
        let pass = Pass::train(None).within(vectors(&device).into());
        let y = layer.forward(Dual::<2>::from(batch(&device)), &pass).value;
        // Gains (2, 2) and (0.5, 5), offsets (0.5, -1) and (2, 0.5), normalised values -1 and 1:
        // -2 + 0.5 is cut, 2 - 1; 0.5 + 2, -5 + 0.5 is cut.
        assert_eq!(values(&y), [0.0, 1.0, 2.5, 0.0]);
        assert_eq!(values(&layer.mean.value()), [0.2, 0.2]); // 0.9 * 0 + 0.1 * 2
        let grads = y.sum().backward();
        // Where the ReLU is open, vector times normalised value: of the second sample's first channel
        // (-0.5, 2) * 1, of the first one's second (1, 0.5) * 1.
        let gain = layer.to_gain.weight.val().grad(&grads).unwrap();
        assert_eq!(values(&gain), [-0.5, 1.0, 2.0, 0.5]);
    }

    #[test]
    fn a_pass_that_says_nothing_leaves_a_plain_batch_norm() {
        let device = Device::flex();
        let plain = crate::BatchNormConfig::new(2).with_activation(Activation::Relu).init(&device);
        let config = ProjectedBatchNormConfig::new(2, 3).with_activation(Activation::Relu);
        let (x, pass) = (Dual::<2>::from(batch(&device)), Pass::train(None));
        let y = config.init(&device).forward(x.clone(), &pass).value;
        assert_eq!(values(&y), values(&plain.forward(x, &pass).value));
    }

    #[test]
    fn a_tangent_is_the_difference_of_two_values_and_the_vector_may_move_too() {
        let device = Device::flex();
        let layer = ProjectedBatchNorm { activation: Activation::Tanh, ..layer(&device) };
        for pass in [Pass::eval(), Pass::train(None).keeping_statistics()] {
            let x = Tensor::<2>::from_floats([[0.5, -0.3], [1.2, 0.4]], &device);
            let along = Tensor::from_floats([[1.0, 0.5], [-0.2, 0.7]], &device);
            let turn = Tensor::from_floats([[0.3, -0.4], [0.6, 0.2]], &device);
            let moving = pass.within(Dual::along(vectors(&device), turn.clone()));
            let tangent = layer.forward(Dual::along(x.clone(), along.clone()), &moving).tangent;
            let at = |step: f32| {
                let pass = pass.within((vectors(&device) + turn.clone() * step).into());
                layer.forward(Dual::from(x.clone() + along.clone() * step), &pass).value
            };
            let numeric = (at(1e-2) - at(-1e-2)) / 2e-2;
            let error: f32 = (tangent.unwrap() - numeric).abs().max().into_scalar();
            assert!(error < 1e-3, "{error}");
        }
    }
}
