//! The layer as models call it.

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use super::operation::LinearOps;

/// `x weight + bias`, with `weight` of shape `[inputs, outputs]` and `bias` of `[outputs]`.
///
/// Shape: `[..., inputs]` to `[..., outputs]`.
///
/// # Panics
///
/// When the lengths of input, weight and bias do not fit.
pub fn linear<const D: usize>(
    x: Tensor<D>,
    weight: Tensor<2>,
    bias: Option<Tensor<1>>,
) -> Tensor<D> {
    let mut shape = x.dims();
    let [inputs, outputs] = weight.dims();
    assert_eq!(shape[D - 1], inputs, "numbers of the input, and those that the weight takes");
    let biases = bias.as_ref().map_or(outputs, |bias| bias.dims()[0]);
    assert_eq!(biases, outputs, "numbers of the bias, and of the output");
    let rows = shape[..D - 1].iter().product();
    shape[D - 1] = outputs;

    let x: Tensor<2> = x.reshape([rows, inputs]);
    let (x, weight) = (x.into_dispatch(), weight.into_dispatch());
    let y = Tensor::<2>::from_dispatch(match bias {
        None => Dispatch::product(x, weight),
        Some(bias) => Dispatch::product_with_bias(x, weight, bias.into_dispatch()),
    });
    y.reshape(shape)
}
