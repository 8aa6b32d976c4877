//! Parameters as layers make them, before their first values.

use burn::module::Param;
use burn::tensor::{Device, Tensor};

/// A parameter of zeros.
pub(super) fn zeros<const D: usize>(shape: [usize; D], device: &Device) -> Param<Tensor<D>> {
    Param::from_tensor(Tensor::zeros(shape, device))
}

/// Host values of a tensor, for tests.
#[cfg(test)]
pub(crate) fn values<const D: usize>(tensor: &Tensor<D>) -> Vec<f32> {
    tensor.to_data().iter().collect()
}
