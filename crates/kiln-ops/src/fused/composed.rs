//! The fused operations as compositions of a backend's own: what NdArray and the GPUs run (where
//! Burn's fusion merges them again), and the other half of every test of a kernel.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Shape, Slice, TensorMetadata, get_or_init_device_settings};

pub(super) fn channel_moments<B: Backend>(x: FloatTensor<B>) -> FloatTensor<B> {
    let shape = x.shape();
    let channels = shape[1];
    let rows = Shape::new([channels, shape.num_elements() / channels]);
    let x = B::float_reshape(B::float_swap_dims(x, 0, 1), rows); // [channels, batch * ...]
    let mean = B::float_mean_dim(x.clone(), 1);
    let centred = B::float_sub(x, mean.clone());
    let variance = B::float_mean_dim(B::float_mul(centred.clone(), centred), 1);
    let row = Shape::new([1, channels]);
    B::float_cat(vec![B::float_reshape(mean, row.clone()), B::float_reshape(variance, row)], 0)
}

pub(super) fn normalize<B: Backend>(
    x: FloatTensor<B>,
    moments: FloatTensor<B>,
    gain: FloatTensor<B>,
    shift: FloatTensor<B>,
    epsilon: f64,
    slope: f64,
) -> FloatTensor<B> {
    let [mean, variance] = split_moments::<B>(moments);
    let linear = B::batch_norm(x, gain, shift, mean, variance, epsilon);
    if slope == 1.0 { linear } else { B::leaky_relu(linear, slope.into()) }
}

pub(super) fn normalize_backward<B: Backend>(
    x: FloatTensor<B>,
    moments: FloatTensor<B>,
    gain: FloatTensor<B>,
    shift: FloatTensor<B>,
    epsilon: f64,
    slope: f64,
    grad: FloatTensor<B>,
) -> (FloatTensor<B>, FloatTensor<B>, FloatTensor<B>) {
    let [mean, variance] = split_moments::<B>(moments);
    let grad = if slope == 1.0 {
        grad
    } else {
        let linear =
            B::batch_norm(x.clone(), gain.clone(), shift, mean.clone(), variance.clone(), epsilon);
        leaky_backward::<B>(linear, slope, grad)
    };
    let grads = B::batch_norm_train_backward(x, gain, mean, variance, epsilon, grad);
    (grads.x_grad, grads.gamma_grad, grads.beta_grad)
}

pub(super) fn leaky_backward<B: Backend>(
    x: FloatTensor<B>,
    slope: f64,
    grad: FloatTensor<B>,
) -> FloatTensor<B> {
    let bool_dtype = get_or_init_device_settings::<B>(&x.device()).bool_dtype;
    let off = B::float_lower_equal_elem(x, 0f32.into(), bool_dtype);
    let scaled = B::float_mul_scalar(grad.clone(), slope.into());
    B::float_mask_where(grad, off, scaled)
}

pub(super) fn hyperbolic_backward<B: Backend>(
    y: FloatTensor<B>,
    grad: FloatTensor<B>,
) -> FloatTensor<B> {
    let falls = B::float_mul(grad.clone(), B::float_mul(y.clone(), y));
    B::float_sub(grad, falls)
}

/// Takes no exponential of what it throws away, whose overflow would make NaN.
pub(super) fn exponential_linear<B: Backend>(x: FloatTensor<B>, alpha: f64) -> FloatTensor<B> {
    let dip = B::float_exp(B::float_clamp_max(x.clone(), 0f32.into()));
    let dip = B::float_mul_scalar(B::float_sub_scalar(dip, 1f32.into()), alpha.into());
    B::float_add(B::relu(x), dip)
}

pub(super) fn exponential_linear_backward<B: Backend>(
    y: FloatTensor<B>,
    alpha: f64,
    grad: FloatTensor<B>,
) -> FloatTensor<B> {
    let bool_dtype = get_or_init_device_settings::<B>(&y.device()).bool_dtype;
    let off = B::float_lower_equal_elem(y.clone(), 0f32.into(), bool_dtype);
    let scaled = B::float_mul(grad.clone(), B::float_add_scalar(y, alpha.into()));
    B::float_mask_where(grad, off, scaled)
}

/// `[2, channels]` to mean and variance, each `[channels]`.
fn split_moments<B: Backend>(moments: FloatTensor<B>) -> [FloatTensor<B>; 2] {
    let channels = moments.shape()[1];
    [0, 1].map(|row: usize| {
        let slices = [Slice::from(row..row + 1), Slice::from(0..channels)];
        B::float_reshape(B::float_slice(moments.clone(), &slices), Shape::new([channels]))
    })
}
