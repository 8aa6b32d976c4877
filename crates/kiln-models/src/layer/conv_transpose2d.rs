//! Two-dimensional transposed convolution with a square kernel.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use kiln_ops::{ConvTransposeOptions, Dual};

use super::fresh::zeros;
use super::smear::smear;
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
    /// Whether each pixel of the input stands for 2 x 2; for stride 1.
    pub doubled: bool,
    /// Rows and columns more at the far ends, fewer than the stride, which several input sizes have in
    /// common.
    pub extra: usize,
}

impl ConvTranspose2dConfig {
    /// A layer with an offset, stride 1 and no padding.
    pub fn new(inputs: usize, outputs: usize, kernel: usize) -> Self {
        let (stride, padding, bias) = (1, 0, true);
        let (spectral_norm, doubled, extra) = (false, false, 0);
        Self { inputs, outputs, kernel, stride, padding, bias, spectral_norm, doubled, extra }
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

    /// With or without doubling the input first, each pixel becoming 2 x 2. With a 3 x 3 kernel it
    /// takes 4/9 of the products of a layer after a doubling. For stride 1.
    pub fn with_doubling(self, doubled: bool) -> Self {
        Self { doubled, ..self }
    }

    /// With so many rows and columns more at the far ends: 1 for an odd kernel that doubles.
    pub fn with_extra(self, extra: usize) -> Self {
        Self { extra, ..self }
    }

    /// Side of the output for an input of side `size`.
    pub fn output_size(&self, size: usize) -> usize {
        let size = if self.doubled { 2 * size } else { size };
        (size - 1) * self.stride + self.kernel + self.extra - 2 * self.padding
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
            doubled: self.doubled,
            extra: self.extra,
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
    /// Whether each pixel of the input stands for 2 x 2.
    pub doubled: bool,
    /// Rows and columns more at the far ends.
    pub extra: usize,
}

/// The axis of the weight that counts the outputs.
const OUTPUTS: usize = 1;

impl ConvTranspose2d {
    /// Shape: `[batch, inputs, height, width]` to `[batch, outputs, height', width']`.
    pub fn forward(&self, x: Dual<4>, pass: &Pass) -> Dual<4> {
        let weight = used(&self.weight, self.spectral.as_ref(), OUTPUTS, pass);
        let (weight, stride) =
            if self.doubled { (smear(weight), 2) } else { (weight, self.stride) };
        let (stride, padding) = ([stride; 2], [self.padding; 2]);
        let options = ConvTransposeOptions::new(stride, padding, [self.extra; 2], [1, 1], 1);
        let bias = self.bias.as_ref().map(Param::val);
        x.conv_transpose2d(weight, bias, &options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::values;
    use crate::{Initial, initialise};
    use kiln_core::{Address, Purpose, Stream};

    #[test]
    fn doubling_makes_two_by_two_of_each_pixel_first() {
        let device = Device::flex();
        for kernel in [1, 3, 5] {
            let config = ConvTranspose2dConfig::new(2, 3, kernel).with_padding(kernel / 2);
            let weights = Address::new(kernel as u64, Purpose::Weights);
            let plain = initialise(config.init(&device), &Initial::uniform(1.0), weights);
            let doubled = ConvTranspose2d { doubled: true, ..plain.clone() };
            let pixels = Stream::new(Address::new(2, Purpose::Data)).normals(2 * 2 * 9);
            let row = |pixel: &f32| [*pixel; 2];
            let rows = pixels.chunks(3).map(|line| line.iter().flat_map(row).collect::<Vec<_>>());
            let large: Vec<f32> = rows.flat_map(|line| [line.clone(), line].concat()).collect();
            let picture = |pixels: &[f32], side| {
                Dual::from(Tensor::<1>::from_floats(pixels, &device).reshape([2, 2, side, side]))
            };
            let y = doubled.forward(picture(&pixels, 3), &Pass::eval()).value;
            let side = config.with_doubling(true).output_size(3);
            assert_eq!(y.dims(), [2, 3, side, side]);
            let expected = values(&plain.forward(picture(&large, 6), &Pass::eval()).value);
            let close = values(&y).iter().zip(&expected).all(|(y, e)| (y - e).abs() < 1e-5);
            assert!(close, "kernel {kernel}: {y} {expected:?}");
        }
    }

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
