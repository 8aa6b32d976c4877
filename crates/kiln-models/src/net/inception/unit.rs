//! What every block is made of: a convolution without an offset, batch normalisation, ReLU.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use kiln_ops::{ConvOptions, Dual};

use crate::{Activation, BatchNorm, BatchNormConfig, Pass};

/// Added to the variance, in all units.
const EPSILON: f64 = 1e-3;

/// Sizes of an [`InceptionUnit`].
#[derive(Debug, Clone, Copy)]
pub(super) struct UnitConfig {
    inputs: usize,
    outputs: usize,
    kernel: [usize; 2],
    stride: usize,
    padding: [usize; 2],
}

impl UnitConfig {
    /// From so many channels to so many; the kernel's height and width; stride 1, no padding.
    pub(super) fn new(inputs: usize, outputs: usize, kernel: [usize; 2]) -> Self {
        Self { inputs, outputs, kernel, stride: 1, padding: [0, 0] }
    }

    /// With zeros around, so that the resolution stays.
    pub(super) fn padded(self) -> Self {
        Self { padding: self.kernel.map(|length| length / 2), ..self }
    }

    /// Every second position only.
    pub(super) fn halving(self) -> Self {
        Self { stride: 2, ..self }
    }

    pub(super) fn init(self, device: &Device) -> InceptionUnit {
        let [height, width] = self.kernel;
        let norm = BatchNormConfig { epsilon: EPSILON, ..BatchNormConfig::new(self.outputs) };
        InceptionUnit {
            weight: Param::from_tensor(Tensor::zeros(
                [self.outputs, self.inputs, height, width],
                device,
            )),
            norm: norm.with_activation(Activation::Relu).init(device),
            stride: self.stride,
            padding: self.padding,
        }
    }
}

/// A convolution without an offset, normalised by the running statistics; ReLU.
#[derive(Module, Debug)]
pub struct InceptionUnit {
    /// `[outputs, inputs, height, width]`.
    pub weight: Param<Tensor<4>>,
    /// After it, with ReLU.
    pub norm: BatchNorm,
    /// Step of the kernel.
    pub stride: usize,
    /// Zeros added above and below, and on the left and right.
    pub padding: [usize; 2],
}

impl InceptionUnit {
    /// Shape: `[batch, inputs, height, width]` to `[batch, outputs, height', width']`.
    pub fn forward(&self, x: Dual<4>) -> Dual<4> {
        let options = ConvOptions::new([self.stride; 2], self.padding, [1, 1], 1);
        let x = x.conv2d(self.weight.val(), None, &options);
        self.norm.forward(x, &Pass::eval())
    }
}
