//! The operation as Burn's backends see it.

#![cfg_attr(
    feature = "ndarray",
    expect(deprecated, reason = "the product promises the backend; the README says to use Flex")
)]

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, backend_extension};

/// The linear layer on matrices, and its gradients.
///
/// Every method has a body made of Burn's own operations, so a backend joins with an empty `impl`;
/// one with a kernel overrides what it has.
#[backend_extension(
    Flex: cfg(feature = "flex"),
    NdArray: cfg(feature = "ndarray"),
    Cube: cfg(any(feature = "wgpu", feature = "cuda", feature = "rocm")),
    Autodiff
)]
pub(crate) trait LinearOps: Backend {
    /// See [`linear`](super::linear); the name keeps clear of Burn's own method.
    fn product(x: FloatTensor<Self>, weight: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::linear(x, weight, None)
    }

    /// The same, with an offset for each output.
    fn product_with_bias(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        Self::linear(x, weight, Some(bias))
    }

    /// The gradient of the input, given that of the output.
    fn product_x_backward(weight: FloatTensor<Self>, grad: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::linear_x_backward(weight, grad)
    }

    /// The gradient of the weight, given that of the output.
    fn product_weight_backward(x: FloatTensor<Self>, grad: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::linear_weight_backward(x, grad)
    }

    /// The gradient of the bias, given that of the output.
    fn product_bias_backward(grad: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::linear_bias_backward(grad)
    }
}

#[cfg(feature = "ndarray")]
impl LinearOps for burn::backend::NdArray {}

#[cfg(any(feature = "wgpu", feature = "cuda", feature = "rocm"))]
impl LinearOps for burn::backend::Cube {}
