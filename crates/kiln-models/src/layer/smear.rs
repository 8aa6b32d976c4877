//! Resampling folded into a kernel: a convolution whose outputs are then averaged two by two along
//! each axis is one with stride 2 and a kernel longer by one, `K[j] = (W[j] + W[j - 1]) / 2`; and a
//! transposed convolution of a picture whose pixels are doubled first is one with stride 2 and
//! `K[j] = W[j] + W[j - 1]`.
//!
//! Both are exact, also at the border, and take 4/9 of the products for a 3 x 3 kernel (Karras et
//! al. 2018, "Progressive Growing of GANs", whose code fuses them for the same reason).

use burn::tensor::Tensor;

/// `W[j] + W[j - 1]` along both axes: `[a, b, k, k]` to `[a, b, k + 1, k + 1]`.
pub(super) fn smear(weight: Tensor<4>) -> Tensor<4> {
    along(along(weight, 2), 3)
}

fn along(weight: Tensor<4>, axis: usize) -> Tensor<4> {
    let mut shape = weight.dims();
    shape[axis] = 1;
    let edge = Tensor::zeros(shape, (&weight.device(), weight.dtype()));
    Tensor::cat(vec![weight.clone(), edge.clone()], axis) + Tensor::cat(vec![edge, weight], axis)
}
