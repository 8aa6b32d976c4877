//! Rules of linear and affine layers: the tangent reuses the layer's own kernel, without the bias.

use burn::tensor::Tensor;
use burn::tensor::module;
use burn::tensor::ops::{ConvOptions, ConvTransposeOptions};

use super::Dual;
use crate::{conv_transpose2d, conv2d};

impl<const D: usize> Dual<D> {
    /// `x weight + bias`, with `weight` of shape `[inputs, outputs]` and `bias` of `[outputs]`.
    ///
    /// Shape: `[..., inputs]` to `[..., outputs]`.
    pub fn linear(self, weight: Tensor<2>, bias: Option<Tensor<1>>) -> Self {
        self.affine_map(|x| linear(x, weight.clone(), bias), |dx| linear(dx, weight.clone(), None))
    }

    /// `factor * x`.
    pub fn scale(self, factor: f64) -> Self {
        self.linear_map(|x| x * factor)
    }

    /// `x + offset` for a number.
    pub fn offset(self, offset: f64) -> Self {
        self.affine_map(|x| x + offset, |dx| dx)
    }

    /// `mask * x`, where the mask is a constant: dropout, with its scale already in the mask.
    pub fn masked(self, mask: Tensor<D>) -> Self {
        self.linear_map(|x| x * mask.clone())
    }
}

/// A layer with one output is a sum of products, not a matrix product: one of the kernels that Burn
/// 0.22.1 tunes between for wgpu (`matmul_simple_unit_max_tile_size`) gives such a layer's weight a
/// wrong gradient, in those runs in which it happens to be the fastest.
fn linear<const D: usize>(x: Tensor<D>, weight: Tensor<2>, bias: Option<Tensor<1>>) -> Tensor<D> {
    let [inputs, outputs] = weight.dims();
    if outputs != 1 {
        return module::linear(x, weight, bias);
    }
    let mut row = [1; D];
    row[D - 1] = inputs;
    let y = (x * weight.reshape(row)).sum_dim(D - 1);
    match bias {
        Some(bias) => y + bias.reshape([1; D]),
        None => y,
    }
}

impl Dual<4> {
    /// Two-dimensional convolution with `weight` of shape `[outputs, inputs / groups, height,
    /// width]` and `bias` of `[outputs]`.
    ///
    /// Shape: `[batch, inputs, height, width]` to `[batch, outputs, height', width']`.
    pub fn conv2d(
        self,
        weight: Tensor<4>,
        bias: Option<Tensor<1>>,
        options: &ConvOptions<2>,
    ) -> Self {
        self.affine_map(
            |x| conv2d(x, weight.clone(), bias, options.clone()),
            |dx| conv2d(dx, weight.clone(), None, options.clone()),
        )
    }

    /// Two-dimensional transposed convolution with `weight` of shape `[inputs, outputs / groups,
    /// height, width]` and `bias` of `[outputs]`.
    ///
    /// Shape: `[batch, inputs, height, width]` to `[batch, outputs, height', width']`.
    pub fn conv_transpose2d(
        self,
        weight: Tensor<4>,
        bias: Option<Tensor<1>>,
        options: &ConvTransposeOptions<2>,
    ) -> Self {
        self.affine_map(
            |x| conv_transpose2d(x, weight.clone(), bias, options.clone()),
            |dx| conv_transpose2d(dx, weight.clone(), None, options.clone()),
        )
    }
}
