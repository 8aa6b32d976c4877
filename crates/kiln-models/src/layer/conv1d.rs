//! Convolution along time, and its transpose: those of pictures one pixel high, by the same kernels.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use kiln_ops::{ConvOptions, ConvTransposeOptions, Dual};

use super::fresh::zeros;

/// Configuration of a [`Conv1d`] or a [`ConvTranspose1d`] layer, with an offset a channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Conv1dConfig {
    /// Channels of the input.
    pub inputs: usize,
    /// Channels of the output.
    pub outputs: usize,
    /// Length of the kernel: odd, and not under the stride.
    pub kernel: usize,
    /// Step of the kernel: of a convolution, how much shorter the output is; of a transposed one, how
    /// much longer.
    pub stride: usize,
}

impl Conv1dConfig {
    /// Zeros at either end: what makes a length that is a multiple of the stride shorter by exactly it.
    fn padding(&self) -> usize {
        (self.kernel - self.stride).div_ceil(2)
    }

    /// The layer, on `device`.
    pub fn init(&self, device: &Device) -> Conv1d {
        Conv1d {
            weight: zeros([self.outputs, self.inputs, 1, self.kernel], device),
            bias: zeros([self.outputs], device),
            stride: self.stride,
            padding: self.padding(),
        }
    }

    /// The transposed layer, on `device`.
    pub fn init_transposed(&self, device: &Device) -> ConvTranspose1d {
        ConvTranspose1d {
            weight: zeros([self.inputs, self.outputs, 1, self.kernel], device),
            bias: zeros([self.outputs], device),
            stride: self.stride,
            padding: self.padding(),
            // Lengths that the stride divides have one preimage.
            extra: self.stride + 2 * self.padding() - self.kernel,
        }
    }
}

/// A convolution along time.
#[derive(Module, Debug)]
pub struct Conv1d {
    /// `[outputs, inputs, 1, kernel]`.
    pub weight: Param<Tensor<4>>,
    /// `[outputs]`.
    pub bias: Param<Tensor<1>>,
    /// Step of the kernel.
    pub stride: usize,
    /// Zeros added at either end.
    pub padding: usize,
}

impl Conv1d {
    /// Shape: `[batch, inputs, 1, time]` to `[batch, outputs, 1, time / stride]`.
    pub fn forward(&self, x: Dual<4>) -> Dual<4> {
        let options = ConvOptions::new([1, self.stride], [0, self.padding], [1, 1], 1);
        x.conv2d(self.weight.val(), Some(self.bias.val()), &options)
    }
}

/// A transposed convolution along time.
#[derive(Module, Debug)]
pub struct ConvTranspose1d {
    /// `[inputs, outputs, 1, kernel]`.
    pub weight: Param<Tensor<4>>,
    /// `[outputs]`.
    pub bias: Param<Tensor<1>>,
    /// Step between the places where the kernel is laid.
    pub stride: usize,
    /// Cut off at either end.
    pub padding: usize,
    /// Kept more at the far end.
    pub extra: usize,
}

impl ConvTranspose1d {
    /// Shape: `[batch, inputs, 1, time]` to `[batch, outputs, 1, stride time]`.
    pub fn forward(&self, x: Dual<4>) -> Dual<4> {
        let (stride, padding) = ([1, self.stride], [0, self.padding]);
        let options = ConvTransposeOptions::new(stride, padding, [0, self.extra], [1, 1], 1);
        x.conv_transpose2d(self.weight.val(), Some(self.bias.val()), &options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::values;

    fn sound(samples: &[f32], device: &Device) -> Dual<4> {
        Tensor::<1>::from_floats(samples, device).reshape([1, 1, 1, samples.len()]).into()
    }

    fn ones(shape: [usize; 4], device: &Device) -> Param<Tensor<4>> {
        Param::from_tensor(Tensor::ones(shape, device))
    }

    #[test]
    fn a_stride_divides_and_multiplies_the_length_exactly() {
        let device = Device::flex();
        for (kernel, stride) in [(25, 4), (5, 2), (3, 1), (9, 4)] {
            let config = Conv1dConfig { inputs: 1, outputs: 2, kernel, stride };
            let x = sound(&[0.0; 16], &device);
            assert_eq!(config.init(&device).forward(x.clone()).dims(), [1, 2, 1, 16 / stride]);
            let y = config.init_transposed(&device).forward(x);
            assert_eq!(y.dims(), [1, 2, 1, 16 * stride], "{kernel} {stride}");
        }
    }

    #[test]
    fn a_kernel_of_ones_sums_its_window() {
        let device = Device::flex();
        let config = Conv1dConfig { inputs: 1, outputs: 1, kernel: 5, stride: 2 };
        let mut layer = config.init(&device);
        layer.weight = ones([1, 1, 1, 5], &device);
        // Two zeros before: windows 0 0 1 2 3 and 1 2 3 4 0.
        let y = layer.forward(sound(&[1.0, 2.0, 3.0, 4.0], &device)).value;
        assert_eq!(values(&y), [6.0, 10.0]);
        let mut layer = config.init_transposed(&device);
        layer.weight = ones([1, 1, 1, 5], &device);
        // Laid at 0 and 2, two cut off before: 1 1 1 1 1 and 2 2 2 2 2 overlap in three places.
        assert_eq!(values(&layer.forward(sound(&[1.0, 2.0], &device)).value), [3.0, 3.0, 3.0, 2.0]);
    }
}
