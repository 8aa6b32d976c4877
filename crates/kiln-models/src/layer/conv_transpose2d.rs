//! Two-dimensional transposed convolution with a square kernel.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use kiln_ops::{ConvTransposeOptions, Dual};

use super::fresh::zeros;
use super::spectral::{Spectral, used};
use crate::Pass;

/// Configuration of a [`ConvTranspose2d`] layer.
#[derive(Debug, Clone, PartialEq)]
pub struct ConvTranspose2dConfig {
    /// Channels of the input.
    pub inputs: usize,
    /// Channels of the output.
    pub outputs: usize,
    /// Side of the kernel.
    pub kernel: usize,
    /// Step between the places where the kernel is laid.
    pub stride: usize,
    /// Border cut off on each side.
    pub padding: usize,
    /// Whether an offset a channel is learned.
    pub bias: bool,
    /// Whether the weight is divided by its greatest singular value.
    pub spectral_norm: bool,
}

impl ConvTranspose2dConfig {
    /// A layer with an offset, stride 1 and no padding.
    pub fn new(inputs: usize, outputs: usize, kernel: usize) -> Self {
        Self { inputs, outputs, kernel, stride: 1, padding: 0, bias: true, spectral_norm: false }
    }

    /// With this stride.
    pub fn with_stride(self, stride: usize) -> Self {
        Self { stride, ..self }
    }

    /// With this padding.
    pub fn with_padding(self, padding: usize) -> Self {
        Self { padding, ..self }
    }

    /// With or without an offset.
    pub fn with_bias(self, bias: bool) -> Self {
        Self { bias, ..self }
    }

    /// With or without [spectral normalisation](Spectral).
    pub fn with_spectral_norm(self, spectral_norm: bool) -> Self {
        Self { spectral_norm, ..self }
    }

    /// Side of the output for an input of side `size`.
    pub fn output_size(&self, size: usize) -> usize {
        (size - 1) * self.stride + self.kernel - 2 * self.padding
    }

    /// The layer, on `device`.
    pub fn init(&self, device: &Device) -> ConvTranspose2d {
        let shape = [self.inputs, self.outputs, self.kernel, self.kernel];
        ConvTranspose2d {
            weight: zeros(shape, device),
            bias: self.bias.then(|| zeros([self.outputs], device)),
            spectral: self.spectral_norm.then(|| Spectral::new(shape, OUTPUTS, device)),
            stride: self.stride,
            padding: self.padding,
        }
    }
}

/// A transposed convolution.
#[derive(Module, Debug)]
pub struct ConvTranspose2d {
    /// `[inputs, outputs, kernel, kernel]`.
    pub weight: Param<Tensor<4>>,
    /// `[outputs]`.
    pub bias: Option<Param<Tensor<1>>>,
    /// Of the weight, if it is normalised.
    pub spectral: Option<Spectral>,
    /// Step between the places where the kernel is laid.
    pub stride: usize,
    /// Border cut off on each side.
    pub padding: usize,
}

/// The axis of the weight that counts the outputs.
const OUTPUTS: usize = 1;

impl ConvTranspose2d {
    /// Shape: `[batch, inputs, height, width]` to `[batch, outputs, height', width']`.
    pub fn forward(&self, x: Dual<4>, pass: &Pass) -> Dual<4> {
        let (stride, padding) = ([self.stride; 2], [self.padding; 2]);
        let options = ConvTransposeOptions::new(stride, padding, [0, 0], [1, 1], 1);
        let weight = used(&self.weight, self.spectral.as_ref(), OUTPUTS, pass);
        let bias = self.bias.as_ref().map(Param::val);
        x.conv_transpose2d(weight, bias, &options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::values;

    #[test]
    fn it_lays_its_kernel_once_for_each_input() {
        let device = Device::flex().autodiff();
        let config = ConvTranspose2dConfig::new(1, 1, 2).with_stride(2);
        let mut layer = config.init(&device);
        let kernel = Tensor::<1>::from_floats([1.0, 2.0, 3.0, 4.0], &device);
        layer.weight = Param::from_tensor(kernel.reshape([1, 1, 2, 2]));
        let x = Tensor::<1>::from_floats([1.0, 10.0], &device).reshape([1, 1, 1, 2]);
        let y = layer.forward(x.into(), &Pass::eval()).value;
        assert_eq!(y.dims(), [1, 1, config.output_size(1), config.output_size(2)]);
        assert_eq!(values(&y), [1.0, 2.0, 10.0, 20.0, 3.0, 4.0, 30.0, 40.0]);
        let grads = y.sum().backward();
        // Every kernel element meets both inputs once: 1 + 10.
        assert_eq!(values(&layer.weight.val().grad(&grads).unwrap()), [11.0; 4]);
    }
}
