//! Rules of linear and affine layers: the tangent reuses the layer's own kernel, without the bias.

use burn::tensor::Tensor;
use burn::tensor::ops::{ConvOptions, ConvTransposeOptions};

use super::Dual;
use crate::{conv_transpose2d, conv2d, linear};

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
