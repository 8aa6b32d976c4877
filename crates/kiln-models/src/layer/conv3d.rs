//! Three-dimensional convolution with a kernel of 4 x 4 x 4, stride 2 and padding 1, which halves a
//! volume, and its transpose, which doubles one: the only ones that 3D-GAN has.
//!
//! A volume comes as its slices ([`Dual::depth_windows`]). Weights have the taps along the depth
//! before the channels that they belong to: `[outputs, 4 inputs, 4, 4]` of PyTorch's `[outputs, inputs,
//! 4, 4, 4]`, and `[inputs, 4 outputs, 4, 4]` of the transpose's `[inputs, outputs, 4, 4, 4]`.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use kiln_ops::Dual;

use super::fresh::zeros;
use crate::{Conv2d, Conv2dConfig, ConvTranspose2d, ConvTranspose2dConfig, Pass};

/// Slices that a kernel sees, and its height and width.
const KERNEL: usize = 4;

/// Configuration of a [`Conv3d`] layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Conv3dConfig {
    /// Channels of the input.
    pub inputs: usize,
    /// Channels of the output.
    pub outputs: usize,
    /// Whether an offset a channel is learned.
    pub bias: bool,
    /// Whether the weight is divided by its greatest singular value.
    pub spectral_norm: bool,
}

impl Conv3dConfig {
    /// The layer, on `device`.
    pub fn init(&self, device: &Device) -> Conv3d {
        let planes = Conv2dConfig::new(KERNEL * self.inputs, self.outputs, KERNEL)
            .with_stride(2)
            .with_padding(1)
            .with_bias(self.bias)
            .with_spectral_norm(self.spectral_norm);
        Conv3d { planes: planes.init(device) }
    }
}

/// Halves a volume.
#[derive(Module, Debug)]
pub struct Conv3d {
    /// Of a window of four slices, their channels side by side.
    pub planes: Conv2d,
}

impl Conv3d {
    /// Shape: `[batch * depth, inputs, height, width]` to `[batch * depth / 2, outputs, height / 2,
    /// width / 2]`.
    pub fn forward(&self, x: Dual<4>, depth: usize, pass: &Pass) -> Dual<4> {
        self.planes.forward(x.depth_windows(depth), pass)
    }
}

/// Configuration of a [`ConvTranspose3d`] layer.
#[derive(Debug, Clone, PartialEq)]
pub struct ConvTranspose3dConfig {
    /// Channels of the input.
    pub inputs: usize,
    /// Channels of the output.
    pub outputs: usize,
    /// Whether an offset a channel is learned.
    pub bias: bool,
}

impl ConvTranspose3dConfig {
    /// The layer, on `device`.
    pub fn init(&self, device: &Device) -> ConvTranspose3d {
        let planes = ConvTranspose2dConfig::new(self.inputs, KERNEL * self.outputs, KERNEL)
            .with_stride(2)
            .with_padding(1)
            .with_bias(false);
        ConvTranspose3d {
            planes: planes.init(device),
            bias: self.bias.then(|| zeros([self.outputs], device)),
        }
    }
}

/// Doubles a volume.
#[derive(Module, Debug)]
pub struct ConvTranspose3d {
    /// To windows of four slices, which overlap.
    pub planes: ConvTranspose2d,
    /// `[outputs]`.
    pub bias: Option<Param<Tensor<1>>>,
}

impl ConvTranspose3d {
    /// Shape: `[batch * depth, inputs, height, width]` to `[batch * 2 depth, outputs, 2 height, 2
    /// width]`.
    pub fn forward(&self, x: Dual<4>, depth: usize, pass: &Pass) -> Dual<4> {
        let y = self.planes.forward(x, pass).depth_overlaps(depth);
        let Some(bias) = self.bias.as_ref().map(Param::val) else { return y };
        let [outputs] = bias.dims();
        y.affine_map(|y| y + bias.reshape([1, outputs, 1, 1]), |dy| dy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::values;

    /// One channel, a volume of 2 x 2 x 2: the numbers 1 to 8.
    fn volume(device: &Device) -> Dual<4> {
        let numbers: Vec<f32> = (1..=8).map(|n| n as f32).collect();
        Tensor::<1>::from_floats(numbers.as_slice(), device).reshape([2, 1, 2, 2]).into()
    }

    #[test]
    fn a_kernel_of_ones_sums_the_volume_that_it_covers() {
        let device = Device::flex().autodiff();
        let config = Conv3dConfig { inputs: 1, outputs: 1, bias: true, spectral_norm: false };
        let mut layer = config.init(&device);
        layer.planes.weight = Param::from_tensor(Tensor::ones([1, 4, 4, 4], &device));
        layer.planes.bias = Some(Param::from_tensor(Tensor::from_floats([0.5], &device)));
        let y = layer.forward(volume(&device), 2, &Pass::eval()).value;
        assert_eq!((y.dims(), values(&y)), ([1, 1, 1, 1], vec![36.5]));
        let grads = y.sum().backward();
        // Of each axis the inner two of four taps lie on the volume: those of the first voxel first.
        let slope = values(&layer.planes.weight.val().grad(&grads).unwrap());
        assert_eq!([slope[21], slope[22], slope[25], slope[42]], [1.0, 2.0, 3.0, 8.0]);
        assert_eq!(slope.iter().sum::<f32>(), 36.0);
    }

    #[test]
    fn a_voxel_lays_the_kernel_and_overlaps_add_up() {
        let device = Device::flex();
        let config = ConvTranspose3dConfig { inputs: 1, outputs: 1, bias: true };
        let mut layer = config.init(&device);
        layer.planes.weight = Param::from_tensor(Tensor::ones([1, 4, 4, 4], &device));
        layer.bias = Some(Param::from_tensor(Tensor::from_floats([0.5], &device)));
        let y = layer.forward(volume(&device), 2, &Pass::eval()).value;
        assert_eq!(y.dims(), [4, 1, 4, 4]);
        let y = values(&y);
        // A corner is reached by the nearest voxel alone, the middle by all eight.
        assert_eq!((y[0], y[63], y[16 + 5]), (1.5, 8.5, 36.5));
    }
}
