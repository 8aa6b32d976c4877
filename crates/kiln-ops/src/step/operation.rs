//! The operations as Burn's backends see them.

#![cfg_attr(
    feature = "ndarray",
    expect(deprecated, reason = "the product promises the backend; the README says to use Flex")
)]

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, backend_extension};

use super::AdamStep;

/// Steps of optimisers and averages. Not differentiable.
#[backend_extension(
    Flex: cfg(feature = "flex"),
    NdArray: cfg(feature = "ndarray"),
    Cube: cfg(any(feature = "wgpu", feature = "cuda", feature = "rocm"))
)]
pub(crate) trait StepOps: Backend {
    /// See [`adam`](super::adam).
    fn adam(
        weights: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        first: FloatTensor<Self>,
        second: FloatTensor<Self>,
        step: AdamStep,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        composed_adam::<Self>(weights, gradient, first, second, step)
    }

    /// See [`approach`](super::approach).
    fn approach(
        value: FloatTensor<Self>,
        target: FloatTensor<Self>,
        share: f64,
    ) -> FloatTensor<Self> {
        composed_approach::<Self>(value, target, share)
    }
}

pub(super) fn composed_adam<B: Backend>(
    weights: FloatTensor<B>,
    gradient: FloatTensor<B>,
    first: FloatTensor<B>,
    second: FloatTensor<B>,
    step: AdamStep,
) -> (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>) {
    let times = |x, factor: f64| B::float_mul_scalar(x, factor.into());
    let square = B::float_mul(gradient.clone(), gradient.clone());
    let first = B::float_add(times(first, step.beta1), times(gradient, 1.0 - step.beta1));
    let second = B::float_add(times(second, step.beta2), times(square, 1.0 - step.beta2));
    let root = B::float_sqrt(B::float_div_scalar(second.clone(), step.unbias2.into()));
    let scale = B::float_add_scalar(root, step.epsilon.into());
    let by = times(B::float_div(first.clone(), scale), step.rate);
    (B::float_sub(times(weights, step.keep), by), first, second)
}

pub(super) fn composed_approach<B: Backend>(
    value: FloatTensor<B>,
    target: FloatTensor<B>,
    share: f64,
) -> FloatTensor<B> {
    let way = B::float_mul_scalar(B::float_sub(target, value.clone()), share.into());
    B::float_add(value, way)
}

#[cfg(feature = "ndarray")]
impl StepOps for burn::backend::NdArray {}

#[cfg(any(feature = "wgpu", feature = "cuda", feature = "rocm"))]
impl StepOps for burn::backend::Cube {}
