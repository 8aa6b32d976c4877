//! The operation as Burn's backends see it.

#![cfg_attr(
    feature = "ndarray",
    expect(deprecated, reason = "the product promises the backend; the README says to use Flex")
)]

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Shape, TensorMetadata, backend_extension};
use burn::tensor::ops::{ConvOptions, ConvTransposeOptions};

/// A convolution or a transposed one. Dilations are 1, and so are the groups of a transposed one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Way {
    /// A convolution.
    Onto(ConvOptions<2>),
    /// A transposed convolution.
    Transposed(ConvTransposeOptions<2>),
}

/// Convolutions and the gradients of their input and weight.
///
/// Every method has a body made of Burn's own operations, so a backend joins with an empty `impl`;
/// one with a kernel overrides what it has.
#[backend_extension(
    Flex: cfg(feature = "flex"),
    NdArray: cfg(feature = "ndarray"),
    Cube: cfg(any(feature = "wgpu", feature = "cuda", feature = "rocm")),
    Autodiff
)]
pub(crate) trait ConvolutionOps: Backend {
    /// See [`conv2d`](super::conv2d) and [`conv_transpose2d`](super::conv_transpose2d).
    fn convolve(x: FloatTensor<Self>, weight: FloatTensor<Self>, way: Way) -> FloatTensor<Self> {
        composed::<Self>(x, weight, None, way)
    }

    /// The same, with an offset for each channel of the output.
    fn convolve_with_bias(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        way: Way,
    ) -> FloatTensor<Self> {
        composed::<Self>(x, weight, Some(bias), way)
    }

    /// The gradient of the input, given that of the output.
    fn convolve_x_backward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        way: Way,
    ) -> FloatTensor<Self> {
        composed_x_backward::<Self>(x, weight, grad, way)
    }

    /// The gradient of the weight, given that of the output.
    fn convolve_weight_backward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        grad: FloatTensor<Self>,
        way: Way,
    ) -> FloatTensor<Self> {
        composed_weight_backward::<Self>(x, weight, grad, way)
    }

    /// The gradient of the bias, given that of the output.
    fn convolve_bias_backward(
        x: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        grad: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        Self::conv2d_bias_backward(x, bias, grad)
    }
}

/// By Burn's own operation.
pub(super) fn composed<B: Backend>(
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    bias: Option<FloatTensor<B>>,
    way: Way,
) -> FloatTensor<B> {
    settled::<B>(match way {
        Way::Onto(options) => B::conv2d(x, weight, bias, options),
        Way::Transposed(options) => B::conv_transpose2d(x, weight, bias, options),
    })
}

/// The gradient of the input by Burn's own operation.
pub(super) fn composed_x_backward<B: Backend>(
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    grad: FloatTensor<B>,
    way: Way,
) -> FloatTensor<B> {
    settled::<B>(match way {
        Way::Onto(options) => B::conv2d_x_backward(x, weight, grad, options),
        Way::Transposed(options) => B::conv_transpose2d_x_backward(weight, grad, options),
    })
}

/// The gradient of the weight by Burn's own operation.
pub(super) fn composed_weight_backward<B: Backend>(
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    grad: FloatTensor<B>,
    way: Way,
) -> FloatTensor<B> {
    settled::<B>(match way {
        Way::Onto(options) => B::conv2d_weight_backward(x, weight, grad, options),
        Way::Transposed(options) => B::conv_transpose2d_weight_backward(x, weight, grad, options),
    })
}

/// The same values in rows, where a dimension has length 1.
///
/// On a GPU some of Burn's convolutions answer with a view of channels-last memory; which, autotune
/// decides anew in each process. With one channel that dimension's stride equals the last one's, and
/// the fused element-wise kernels of Burn 0.22.1 then mix up the elements of such a view and of a
/// tensor in rows. Two reshapes give each dimension the stride that its length asks for; neither
/// copies.
fn settled<B: Backend>(y: FloatTensor<B>) -> FloatTensor<B> {
    let shape = y.shape();
    if !shape.iter().any(|length| *length == 1) {
        return y;
    }
    let row = Shape::new([shape.num_elements()]);
    B::float_reshape(B::float_reshape(y, row), shape)
}

#[cfg(feature = "ndarray")]
impl ConvolutionOps for burn::backend::NdArray {}

#[cfg(any(feature = "wgpu", feature = "cuda", feature = "rocm"))]
impl ConvolutionOps for burn::backend::Cube {}
