//! The operation as Burn's backends see it.

#![cfg_attr(
    feature = "ndarray",
    expect(deprecated, reason = "the product promises the backend; the README says to use Flex")
)]

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, backend_extension};

use super::composed;

/// Channel statistics, normalisation and leaky ReLU, with their gradients.
///
/// Every method has a body made of the backend's own operations, so a backend joins with an empty
/// `impl`; one with a kernel overrides what it has.
#[backend_extension(
    Flex: cfg(feature = "flex"),
    NdArray: cfg(feature = "ndarray"),
    Cube: cfg(any(feature = "wgpu", feature = "cuda", feature = "rocm")),
    Autodiff
)]
pub(crate) trait FusedOps: Backend {
    /// See [`channel_moments`](super::channel_moments). Not differentiable.
    fn channel_moments(x: FloatTensor<Self>) -> FloatTensor<Self> {
        composed::channel_moments::<Self>(x)
    }

    /// See [`normalize`](super::normalize).
    fn normalize(
        x: FloatTensor<Self>,
        moments: FloatTensor<Self>,
        gain: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        epsilon: f64,
        slope: f64,
    ) -> FloatTensor<Self> {
        composed::normalize::<Self>(x, moments, gain, shift, epsilon, slope)
    }

    /// The gradients of `x`, gain and shift, given that of the output.
    fn normalize_backward(
        x: FloatTensor<Self>,
        moments: FloatTensor<Self>,
        gain: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        epsilon: f64,
        slope: f64,
        grad: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        composed::normalize_backward::<Self>(x, moments, gain, shift, epsilon, slope, grad)
    }

    /// See [`leaky_relu`](super::leaky_relu); the name keeps clear of Burn's own method.
    fn leaky(x: FloatTensor<Self>, slope: f64) -> FloatTensor<Self> {
        Self::leaky_relu(x, slope.into())
    }

    /// The gradient of the input, given the output, or the input itself, and the output's gradient; and
    /// the output's tangent, given the input's. Linear in these, and so its own derivative.
    fn leaky_backward(
        x: FloatTensor<Self>,
        slope: f64,
        grad: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        composed::leaky_backward::<Self>(x, slope, grad)
    }

    /// See [`tanh`](super::tanh).
    fn hyperbolic(x: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::float_tanh(x)
    }

    /// The gradient of the input, given the output `y` and its gradient.
    fn hyperbolic_backward(y: FloatTensor<Self>, grad: FloatTensor<Self>) -> FloatTensor<Self> {
        composed::hyperbolic_backward::<Self>(y, grad)
    }

    /// See [`elu`](super::elu).
    fn exponential_linear(x: FloatTensor<Self>, alpha: f64) -> FloatTensor<Self> {
        composed::exponential_linear::<Self>(x, alpha)
    }

    /// The gradient of the input, given the output `y` and its gradient.
    fn exponential_linear_backward(
        y: FloatTensor<Self>,
        alpha: f64,
        grad: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        composed::exponential_linear_backward::<Self>(y, alpha, grad)
    }
}

#[cfg(feature = "ndarray")]
impl FusedOps for burn::backend::NdArray {}

#[cfg(any(feature = "wgpu", feature = "cuda", feature = "rocm"))]
impl FusedOps for burn::backend::Cube {}
