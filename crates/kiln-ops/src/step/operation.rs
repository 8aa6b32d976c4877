//! The operations as Burn's backends see them.

#![cfg_attr(
    feature = "ndarray",
    expect(deprecated, reason = "the product promises the backend; the README says to use Flex")
)]

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Shape, TensorMetadata, backend_extension};

use super::{AdamStep, RmsPropStep};

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

    /// See [`rms_prop`](super::rms_prop).
    fn rms_prop(
        weights: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        second: FloatTensor<Self>,
        step: RmsPropStep,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        composed_rms_prop::<Self>(weights, gradient, second, step)
    }

    /// See [`square_sum`](super::square_sum).
    fn square_sum(value: FloatTensor<Self>) -> FloatTensor<Self> {
        composed_square_sum::<Self>(value)
    }

    /// See [`scale`](super::scale).
    fn scale(value: FloatTensor<Self>, factor: FloatTensor<Self>) -> FloatTensor<Self> {
        composed_scale::<Self>(value, factor)
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

pub(super) fn composed_rms_prop<B: Backend>(
    weights: FloatTensor<B>,
    gradient: FloatTensor<B>,
    second: FloatTensor<B>,
    step: RmsPropStep,
) -> (FloatTensor<B>, FloatTensor<B>) {
    let times = |x, factor: f64| B::float_mul_scalar(x, factor.into());
    let square = B::float_mul(gradient.clone(), gradient.clone());
    let second = B::float_add(times(second, step.alpha), times(square, 1.0 - step.alpha));
    let scale = B::float_add_scalar(B::float_sqrt(second.clone()), step.epsilon.into());
    let by = times(B::float_div(gradient, scale), step.rate);
    (B::float_sub(weights, by), second)
}

pub(super) fn composed_square_sum<B: Backend>(value: FloatTensor<B>) -> FloatTensor<B> {
    let sum = B::float_sum(B::float_mul(value.clone(), value));
    B::float_reshape(sum, Shape::new([1]))
}

pub(super) fn composed_scale<B: Backend>(
    value: FloatTensor<B>,
    factor: FloatTensor<B>,
) -> FloatTensor<B> {
    let shape = value.shape();
    B::float_mul(value, B::float_expand(factor, shape))
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
