//! Convolution, normalisation, activation.

use burn::module::Module;
use burn::tensor::Device;
use kiln_ops::Dual;

use crate::{Activation, Conv2d, Conv2dConfig, Norm, NormLayer, Pass};

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
    /// Before the activation, or of the weight.
    pub norm: Norm,
    /// What follows the norm.
    pub activation: Activation,
    /// Width of the conditions that a batch norm follows; 0 for none.
    pub classes: usize,
}

impl ConvBlockConfig {
    /// A 3 x 3 kernel that keeps width and resolution, with batch norm.
    pub fn same(width: usize, activation: Activation) -> Self {
        let norm = Norm::Batch;
        let (inputs, outputs, kernel, stride, classes) = (width, width, 3, 1, 0);
        Self { inputs, outputs, kernel, stride, norm, activation, classes }
    }

    /// Its batch norm follows conditions of the width `classes`; 0 for none.
    pub fn with_classes(self, classes: usize) -> Self {
        Self { classes, ..self }
    }

    /// With this norm.
    pub fn with_norm(self, norm: Norm) -> Self {
        Self { norm, ..self }
    }

    /// The block, on `device`; weights wait for [`initialise`](crate::initialise).
    pub fn init(&self, device: &Device) -> ConvBlock {
        let conv = Conv2dConfig::new(self.inputs, self.outputs, self.kernel);
        let conv = conv.with_stride(self.stride).with_padding(1);
        let conv = conv.with_spectral_norm(self.norm.is_spectral());
        ConvBlock {
            // The shift of a norm would undo an offset.
            conv: conv.with_bias(!self.norm.shifts()).init(device),
            norm: match self.norm {
                Norm::Batch => {
                    NormLayer::batch_norm(self.outputs, self.classes, self.activation, device)
                }
                other => other.init(self.outputs, self.activation, device),
            },
        }
    }
}

/// Convolution, padded by 1, without offsets where a norm shifts; norm; activation.
#[derive(Module, Debug)]
pub struct ConvBlock {
    /// May lower the resolution.
    pub conv: Conv2d,
    /// With its activation.
    pub norm: NormLayer,
}

impl ConvBlock {
    /// Shape: `[batch, inputs, height, width]` to `[batch, outputs, height', width']`.
    pub fn forward(&self, x: Dual<4>, pass: &Pass) -> Dual<4> {
        self.norm.forward(self.conv.forward(x, pass), pass)
    }
}
