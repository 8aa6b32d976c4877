//! Layers: `XConfig` to `init` to module to `forward(Dual, &Pass)`.
//!
//! Fresh weights are zero, gains one; [`initialise`](crate::initialise) gives them their first
//! values. Weight layouts are Burn's.

mod activation;
mod batch_norm;
mod conv2d;
mod conv_transpose2d;
mod dropout;
mod linear;
mod maxout;

pub use activation::Activation;
pub use batch_norm::{BatchNorm, BatchNormConfig};
pub use conv_transpose2d::{ConvTranspose2d, ConvTranspose2dConfig};
pub use conv2d::{Conv2d, Conv2dConfig};
pub use dropout::{Dropout, DropoutConfig};
pub use linear::{Linear, LinearConfig};
pub use maxout::{Maxout, MaxoutConfig};

use burn::module::Param;
use burn::tensor::{Device, Tensor};

/// A parameter of zeros.
fn zeros<const D: usize>(shape: [usize; D], device: &Device) -> Param<Tensor<D>> {
    Param::from_tensor(Tensor::zeros(shape, device))
}

/// Host values of a tensor, for tests.
#[cfg(test)]
pub(crate) fn values<const D: usize>(tensor: &Tensor<D>) -> Vec<f32> {
    tensor.to_data().iter().collect()
}
