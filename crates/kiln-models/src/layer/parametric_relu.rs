//! Leaky ReLU whose slope is learned (He et al. 2015, "Delving Deep into Rectifiers", section 2.1).

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use kiln_ops::Dual;

use super::fresh::zeros;

/// `x` where it is positive, else `slope * x`, with a slope for each channel.
#[derive(Module, Debug)]
pub struct ParametricRelu {
    /// `[channels]`.
    pub slope: Param<Tensor<1>>,
}

impl ParametricRelu {
    /// For so many channels, on `device`.
    pub fn new(channels: usize, device: &Device) -> Self {
        Self { slope: zeros([channels], device) }
    }

    /// Shape: `[batch, channels, ...]`, kept.
    pub fn forward<const D: usize>(&self, x: Dual<D>) -> Dual<D> {
        x.parametric_relu(self.slope.val())
    }
}
