//! Convolution, batch norm, activation.

use burn::module::Module;
use burn::tensor::Device;
use kiln_ops::Dual;

use crate::{Activation, BatchNorm, BatchNormConfig, Conv2d, Conv2dConfig, Pass};

/// Configuration of a [`ConvBlock`].
#[derive(Debug, Clone, PartialEq)]
pub struct ConvBlockConfig {
    /// Channels of the input.
    pub inputs: usize,
    /// Channels of the output.
    pub outputs: usize,
    /// Side of the kernel.
    pub kernel: usize,
    /// Distance between two places of the kernel.
    pub stride: usize,
    /// What follows the batch norm.
    pub activation: Activation,
}

impl ConvBlockConfig {
    /// A 3 x 3 kernel that keeps width and resolution.
    pub fn same(width: usize, activation: Activation) -> Self {
        Self { inputs: width, outputs: width, kernel: 3, stride: 1, activation }
    }

    /// The block, on `device`; weights wait for [`initialise`](crate::initialise).
    pub fn init(&self, device: &Device) -> ConvBlock {
        let conv = Conv2dConfig::new(self.inputs, self.outputs, self.kernel);
        let norm = BatchNormConfig::new(self.outputs).with_activation(self.activation);
        ConvBlock {
            conv: conv.with_stride(self.stride).with_padding(1).with_bias(false).init(device),
            norm: norm.init(device),
        }
    }
}

/// Convolution without offsets, padded by 1; batch norm; activation.
#[derive(Module, Debug)]
pub struct ConvBlock {
    /// May lower the resolution.
    pub conv: Conv2d,
    /// With its activation.
    pub norm: BatchNorm,
}

impl ConvBlock {
    /// Shape: `[batch, inputs, height, width]` to `[batch, outputs, height', width']`.
    pub fn forward(&self, x: Dual<4>, pass: &Pass) -> Dual<4> {
        self.norm.forward(self.conv.forward(x, pass), pass)
    }
}
