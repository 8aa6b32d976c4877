//! Two-dimensional convolution with a square kernel.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use kiln_ops::{ConvOptions, Dual};

use super::fresh::zeros;
use super::smear::smear;
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
    /// Whether the mean of every 2 x 2 outputs is taken; for stride 1.
    pub pooled: bool,
    /// Equal parts of the inputs, each seen by its part of the outputs alone; 1 for all by all.
    pub groups: usize,
}

impl Conv2dConfig {
    /// A layer with an offset, stride 1 and no padding.
    pub fn new(inputs: usize, outputs: usize, kernel: usize) -> Self {
        let (stride, padding, bias) = (1, 0, true);
        let (spectral_norm, pooled, groups) = (false, false, 1);
        Self { inputs, outputs, kernel, stride, padding, bias, spectral_norm, pooled, groups }
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

    /// With or without the mean of every 2 x 2 outputs. With a 3 x 3 kernel it takes 4/9 of the
    /// products of the layer without it. For stride 1.
    pub fn with_pooling(self, pooled: bool) -> Self {
        Self { pooled, ..self }
    }

    /// With inputs and outputs in so many groups, which both are a multiple of (Xie et al. 2017,
    /// "ResNeXt").
    pub fn with_groups(self, groups: usize) -> Self {
        Self { groups, ..self }
    }

    /// Side of the output for an input of side `size`.
    pub fn output_size(&self, size: usize) -> usize {
        let places = (size + 2 * self.padding - self.kernel) / self.stride + 1;
        if self.pooled { places / 2 } else { places }
    }

    /// The layer, on `device`.
    pub fn init(&self, device: &Device) -> Conv2d {
        let shape = [self.outputs, self.inputs / self.groups, self.kernel, self.kernel];
        Conv2d {
            weight: zeros(shape, device),
            bias: self.bias.then(|| zeros([self.outputs], device)),
            spectral: self.spectral_norm.then(|| Spectral::new(shape, OUTPUTS, device)),
            stride: self.stride,
            padding: self.padding,
            pooled: self.pooled,
            groups: self.groups,
        }
    }
}

/// A convolution.
#[derive(Module, Debug)]
pub struct Conv2d {
    /// `[outputs, inputs / groups, kernel, kernel]`.
    pub weight: Param<Tensor<4>>,
    /// `[outputs]`.
    pub bias: Option<Param<Tensor<1>>>,
    /// Of the weight, if it is normalised.
    pub spectral: Option<Spectral>,
    /// Step of the kernel.
    pub stride: usize,
    /// Zeros added on each side.
    pub padding: usize,
    /// Whether the mean of every 2 x 2 outputs is taken.
    pub pooled: bool,
    /// Equal parts of the inputs, each seen by its part of the outputs alone.
    pub groups: usize,
}

/// The axis of the weight that counts the outputs.
const OUTPUTS: usize = 0;

impl Conv2d {
    /// Shape: `[batch, inputs, height, width]` to `[batch, outputs, height', width']`.
    pub fn forward(&self, x: Dual<4>, pass: &Pass) -> Dual<4> {
        let weight = used(&self.weight, self.spectral.as_ref(), OUTPUTS, pass);
        let (weight, stride) =
            if self.pooled { (smear(weight) * 0.25, 2) } else { (weight, self.stride) };
        let options = ConvOptions::new([stride; 2], [self.padding; 2], [1, 1], self.groups);
        let bias = self.bias.as_ref().map(Param::val);
        x.conv2d(weight, bias, &options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::values;
    use crate::{Initial, initialise};
    use kiln_core::{Address, Purpose, Stream};

    /// Means of 2 x 2, on the host.
    fn means(values: Vec<f32>, side: usize) -> Vec<f32> {
        let half = side / 2;
        let at = |plane: usize, y: usize, x: usize| values[(plane * side + y) * side + x];
        let planes = values.len() / (side * side);
        let mean = |n: usize| {
            let (plane, y, x) = (n / (half * half), 2 * (n / half % half), 2 * (n % half));
            (at(plane, y, x) + at(plane, y, x + 1) + at(plane, y + 1, x) + at(plane, y + 1, x + 1))
                / 4.0
        };
        (0..planes * half * half).map(mean).collect()
    }

    #[test]
    fn pooling_takes_the_mean_of_every_two_by_two() {
        let device = Device::flex();
        for kernel in [1, 3, 5] {
            let config = Conv2dConfig::new(2, 3, kernel).with_padding(kernel / 2);
            let weights = Address::new(kernel as u64, Purpose::Weights);
            let plain = config.clone().init(&device);
            let mut plain = initialise(plain, &Initial::uniform(1.0), weights);
            plain.bias = Some(Param::from_tensor(Tensor::from_floats([0.1, 0.2, 0.3], &device)));
            let pooled = Conv2d { pooled: true, ..plain.clone() };
            let pixels = Stream::new(Address::new(2, Purpose::Data)).normals(2 * 2 * 36);
            let x = Tensor::<1>::from_floats(pixels.as_slice(), &device).reshape([2, 2, 6, 6]);
            let y = pooled.forward(x.clone().into(), &Pass::eval()).value;
            let side = config.with_pooling(true).output_size(6);
            assert_eq!(y.dims(), [2, 3, side, side]);
            let expected = means(values(&plain.forward(x.into(), &Pass::eval()).value), 6);
            let close = values(&y).iter().zip(&expected).all(|(y, e)| (y - e).abs() < 1e-5);
            assert!(close, "kernel {kernel}: {y} {expected:?}");
        }
    }

    #[test]
    fn a_group_of_outputs_sees_its_own_inputs_alone() {
        let device = Device::flex();
        let mut layer = Conv2dConfig::new(4, 2, 1).with_groups(2).with_bias(false).init(&device);
        assert_eq!(layer.weight.lazy_shape().dims(), [2, 2, 1, 1]);
        let weight = Tensor::<2>::from_floats([[1.0, 2.0], [3.0, 4.0]], &device);
        layer.weight = Param::from_tensor(weight.reshape([2, 2, 1, 1]));
        let x = Tensor::<1>::from_floats([1.0, 10.0, 100.0, 1000.0], &device);
        let y = layer.forward(x.reshape([1, 4, 1, 1]).into(), &Pass::eval()).value;
        assert_eq!(values(&y), [21.0, 4300.0]);
    }

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
