//! The fused operations on Flex: glue between its tensors and the [kernels](super::kernel).
//!
//! What is not [ours](is_ours) takes the composition.

use burn::backend::flex::{Flex, FlexTensor};
use burn::backend::ops::{ActivationOps, FloatTensorOps};
use burn::backend::{Shape, TensorData};

use super::activation::{self, Leaky};
use super::kernel::{self, Axes, Standard};
use super::{composed, operation::FusedOps};
use crate::flex::is_ours;

impl FusedOps for Flex {
    fn channel_moments(x: FlexTensor) -> FlexTensor {
        let Some((x, axes)) = prepare(&x) else {
            return composed::channel_moments::<Self>(x);
        };
        let moments = kernel::moments(x.storage(), axes);
        tensor(moments, Shape::new([2, axes.channels]))
    }

    fn normalize(
        x: FlexTensor,
        moments: FlexTensor,
        gain: FlexTensor,
        shift: FlexTensor,
        epsilon: f64,
        slope: f64,
    ) -> FlexTensor {
        let Some((x, axes)) = prepare(&x) else {
            return composed::normalize::<Self>(x, moments, gain, shift, epsilon, slope);
        };
        let standard = standard(&moments, &gain, &shift, epsilon);
        let y = kernel::forward(x.storage(), axes, &standard, Leaky(slope as f32));
        tensor(y, x.layout().shape().clone())
    }

    fn normalize_backward(
        x: FlexTensor,
        moments: FlexTensor,
        gain: FlexTensor,
        shift: FlexTensor,
        epsilon: f64,
        slope: f64,
        grad: FlexTensor,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let Some((x, axes)) = prepare(&x) else {
            return composed::normalize_backward::<Self>(
                x, moments, gain, shift, epsilon, slope, grad,
            );
        };
        let standard = standard(&moments, &gain, &shift, epsilon);
        let mut grad = contiguous(grad);
        let (gain, shift) =
            kernel::backward(x.storage(), grad.storage_mut(), axes, &standard, Leaky(slope as f32));
        let row = Shape::new([axes.channels]);
        (grad, tensor(gain, row.clone()), tensor(shift, row))
    }

    fn leaky(x: FlexTensor, slope: f64) -> FlexTensor {
        if !is_ours(&x) {
            return Self::leaky_relu(x, slope.into());
        }
        let mut y = contiguous(x);
        activation::leaky(y.storage_mut(), Leaky(slope as f32));
        y
    }

    fn leaky_backward(x: FlexTensor, slope: f64, grad: FlexTensor) -> FlexTensor {
        let Some((x, _)) = prepare(&x) else {
            return composed::leaky_backward::<Self>(x, slope, grad);
        };
        let mut grad = contiguous(grad);
        activation::leaky_backward(x.storage(), grad.storage_mut(), Leaky(slope as f32));
        grad
    }

    fn hyperbolic(x: FlexTensor) -> FlexTensor {
        if !is_ours(&x) {
            return Self::float_tanh(x);
        }
        let mut y = contiguous(x);
        activation::hyperbolic(y.storage_mut());
        y
    }

    fn hyperbolic_backward(y: FlexTensor, grad: FlexTensor) -> FlexTensor {
        if !is_ours(&y) || !is_ours(&grad) {
            return composed::hyperbolic_backward::<Self>(y, grad);
        }
        let (y, mut grad) = (y.to_contiguous(), contiguous(grad));
        activation::hyperbolic_backward(y.storage(), grad.storage_mut());
        grad
    }

    fn exponential_linear(x: FlexTensor, alpha: f64) -> FlexTensor {
        if !is_ours(&x) {
            return composed::exponential_linear::<Self>(x, alpha);
        }
        let mut y = contiguous(x);
        activation::exponential_linear(y.storage_mut(), alpha as f32);
        y
    }

    fn exponential_linear_backward(y: FlexTensor, alpha: f64, grad: FlexTensor) -> FlexTensor {
        if !is_ours(&y) || !is_ours(&grad) {
            return composed::exponential_linear_backward::<Self>(y, alpha, grad);
        }
        let (y, mut grad) = (y.to_contiguous(), contiguous(grad));
        activation::exponential_linear_backward(y.storage(), grad.storage_mut(), alpha as f32);
        grad
    }
}

/// The input in memory order, if its format has a kernel and it has elements at all.
fn prepare(x: &FlexTensor) -> Option<(FlexTensor, Axes)> {
    let shape = x.layout().shape();
    let n_elements = shape.num_elements();
    if !is_ours(x) || n_elements == 0 {
        return None;
    }
    let (batch, channels) = (shape[0], shape.get(1).copied().unwrap_or(1));
    let axes = Axes { batch, channels, inner: n_elements / (batch * channels) };
    Some((x.to_contiguous(), axes))
}

/// In memory order; by value, so that a buffer nobody else holds can be written in place.
fn contiguous(x: FlexTensor) -> FlexTensor {
    x.to_contiguous()
}

fn standard(moments: &FlexTensor, gain: &FlexTensor, shift: &FlexTensor, epsilon: f64) -> Standard {
    let [moments, gain, shift] = [moments, gain, shift].map(FlexTensor::to_contiguous);
    Standard::new(moments.storage(), gain.storage(), shift.storage(), epsilon)
}

fn tensor(values: Vec<f32>, shape: Shape) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}
