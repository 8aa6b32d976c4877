//! Two-dimensional convolution with a square kernel.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use kiln_ops::{ConvOptions, Dual};

use super::fresh::zeros;
use super::spectral::{Spectral, used};
use crate::Pass;

/// Configuration of a [`Conv2d`] layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Conv2dConfig {
    /// Channels of the input.
    pub inputs: usize,
    /// Channels of the output.
    pub outputs: usize,
    /// Side of the kernel.
    pub kernel: usize,
    /// Step of the kernel.
    pub stride: usize,
    /// Zeros added on each side.
    pub padding: usize,
    /// Whether an offset a channel is learned.
    pub bias: bool,
    /// Whether the weight is divided by its greatest singular value.
    pub spectral_norm: bool,
}

impl Conv2dConfig {
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
        (size + 2 * self.padding - self.kernel) / self.stride + 1
    }

    /// The layer, on `device`.
    pub fn init(&self, device: &Device) -> Conv2d {
        let shape = [self.outputs, self.inputs, self.kernel, self.kernel];
        Conv2d {
            weight: zeros(shape, device),
            bias: self.bias.then(|| zeros([self.outputs], device)),
            spectral: self.spectral_norm.then(|| Spectral::new(shape, OUTPUTS, device)),
            stride: self.stride,
            padding: self.padding,
        }
    }
}

/// A convolution.
#[derive(Module, Debug)]
pub struct Conv2d {
    /// `[outputs, inputs, kernel, kernel]`.
    pub weight: Param<Tensor<4>>,
    /// `[outputs]`.
    pub bias: Option<Param<Tensor<1>>>,
    /// Of the weight, if it is normalised.
    pub spectral: Option<Spectral>,
    /// Step of the kernel.
    pub stride: usize,
    /// Zeros added on each side.
    pub padding: usize,
}

/// The axis of the weight that counts the outputs.
const OUTPUTS: usize = 0;

impl Conv2d {
    /// Shape: `[batch, inputs, height, width]` to `[batch, outputs, height', width']`.
    pub fn forward(&self, x: Dual<4>, pass: &Pass) -> Dual<4> {
        let options = ConvOptions::new([self.stride; 2], [self.padding; 2], [1, 1], 1);
        let weight = used(&self.weight, self.spectral.as_ref(), OUTPUTS, pass);
        let bias = self.bias.as_ref().map(Param::val);
        x.conv2d(weight, bias, &options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::values;

    #[test]
    fn a_kernel_of_ones_sums_its_window() {
        let device = Device::flex().autodiff();
        let config = Conv2dConfig::new(1, 1, 2).with_stride(2).with_padding(1);
        let mut layer = config.init(&device);
        layer.weight = Param::from_tensor(Tensor::ones([1, 1, 2, 2], &device));
        let x = Tensor::<1>::from_floats([1.0, 2.0, 3.0, 4.0], &device).reshape([1, 1, 2, 2]);
        let y = layer.forward(x.into(), &Pass::eval()).value;
        // Padded to 4 x 4, each corner window holds one of the four.
        assert_eq!(y.dims(), [1, 1, config.output_size(2), config.output_size(2)]);
        assert_eq!(values(&y), [1.0, 2.0, 3.0, 4.0]);
        let grads = y.sum().backward();
        // The window's corner nearest the middle of the picture reads it: 4, 3, 2, 1.
        assert_eq!(values(&layer.weight.val().grad(&grads).unwrap()), [4.0, 3.0, 2.0, 1.0]);
    }
}
