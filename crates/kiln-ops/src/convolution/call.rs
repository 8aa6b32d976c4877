//! The convolutions as models call them.

use burn::backend::Dispatch;
use burn::tensor::ops::{ConvOptions, ConvTransposeOptions};
use burn::tensor::{Tensor, module};

use super::operation::{ConvolutionOps, Way};

/// Two-dimensional convolution with `weight` of shape `[outputs, inputs / groups, height, width]`
/// and `bias` of `[outputs]`.
///
/// Shape: `[batch, inputs, height, width]` to `[batch, outputs, height', width']`.
///
/// # Panics
///
/// When the channels of input, weight and bias do not fit, or the outputs are not a multiple of the
/// groups.
pub fn conv2d(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
    options: ConvOptions<2>,
) -> Tensor<4> {
    if options.dilation != [1, 1] {
        return module::conv2d(x, weight, bias, options);
    }
    convolve(x, weight, bias, Way::Onto(options))
}

/// Two-dimensional transposed convolution with `weight` of shape `[inputs, outputs / groups,
/// height, width]` and `bias` of `[outputs]`.
///
/// Shape: `[batch, inputs, height, width]` to `[batch, outputs, height', width']`.
///
/// # Panics
///
/// When the channels of input, weight and bias do not fit.
pub fn conv_transpose2d(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
    options: ConvTransposeOptions<2>,
) -> Tensor<4> {
    if options.groups != 1 || options.dilation != [1, 1] {
        return module::conv_transpose2d(x, weight, bias, options);
    }
    convolve(x, weight, bias, Way::Transposed(options))
}

fn convolve(x: Tensor<4>, weight: Tensor<4>, bias: Option<Tensor<1>>, way: Way) -> Tensor<4> {
    let [outputs, inputs] = match &way {
        Way::Onto(options) => [weight.dims()[0], weight.dims()[1] * options.groups],
        Way::Transposed(_) => [weight.dims()[1], weight.dims()[0]],
    };
    assert_eq!(x.dims()[1], inputs, "channels of the input, and those that the weight takes");
    let biases = bias.as_ref().map_or(outputs, |bias| bias.dims()[0]);
    assert_eq!(biases, outputs, "numbers of the bias, and channels of the output");
    if let Way::Onto(options) = &way {
        assert!(outputs.is_multiple_of(options.groups), "{outputs} outputs in equal groups");
    }
    let (x, weight) = (x.into_dispatch(), weight.into_dispatch());
    Tensor::from_dispatch(match bias {
        None => Dispatch::convolve(x, weight, way),
        Some(bias) => Dispatch::convolve_with_bias(x, weight, bias.into_dispatch(), way),
    })
}
