//! The layer on Flex: glue between its tensors and the [kernels](super::kernel).
//!
//! What is not [ours](is_ours) takes Burn's operations.

use burn::backend::flex::{Flex, FlexTensor};
use burn::backend::ops::ModuleOps;
use burn::backend::{Shape, TensorData};

use super::kernel::{self, Sizes};
use super::operation::LinearOps;
use crate::flex::is_ours;
use crate::vector::Isa;

impl LinearOps for Flex {
    fn product(x: FlexTensor, weight: FlexTensor) -> FlexTensor {
        forward(x, weight, None)
    }

    fn product_with_bias(x: FlexTensor, weight: FlexTensor, bias: FlexTensor) -> FlexTensor {
        forward(x, weight, Some(bias))
    }

    fn product_x_backward(weight: FlexTensor, grad: FlexTensor) -> FlexTensor {
        let Some(sizes) = sizes(&grad, &weight, true) else {
            return Self::linear_x_backward(weight, grad);
        };
        let [weight, grad] = [weight, grad].map(|tensor| tensor.to_contiguous());
        let values = kernel::x_backward(Isa::here(), sizes, weight.storage(), grad.storage());
        tensor(values, [sizes.rows, sizes.inputs])
    }

    fn product_weight_backward(x: FlexTensor, grad: FlexTensor) -> FlexTensor {
        let [rows, inputs] = x.layout().shape().dims();
        let [_, outputs] = grad.layout().shape().dims();
        let sizes = Sizes { rows, inputs, outputs };
        if !is_ours(&x) || !is_ours(&grad) || sizes.is_empty() {
            return Self::linear_weight_backward(x, grad);
        }
        let [x, grad] = [x, grad].map(|tensor| tensor.to_contiguous());
        let values = kernel::weight_backward(Isa::here(), sizes, x.storage(), grad.storage());
        tensor(values, [inputs, outputs])
    }

    fn product_bias_backward(grad: FlexTensor) -> FlexTensor {
        let [_, outputs] = grad.layout().shape().dims();
        if !is_ours(&grad) || outputs == 0 {
            return Self::linear_bias_backward(grad);
        }
        let grad = grad.to_contiguous();
        let sums = kernel::column_sums(Isa::here(), outputs, grad.storage());
        tensor(sums, [outputs])
    }
}

fn forward(x: FlexTensor, weight: FlexTensor, bias: Option<FlexTensor>) -> FlexTensor {
    let Some(sizes) = sizes(&x, &weight, false) else {
        return Flex::linear(x, weight, bias);
    };
    let [x, weight] = [x, weight].map(|tensor| tensor.to_contiguous());
    let bias = bias.map(|bias| bias.to_contiguous());
    let bias = bias.as_ref().map(|bias| bias.storage());
    let values = kernel::forward(Isa::here(), sizes, x.storage(), weight.storage(), bias);
    tensor(values, [sizes.rows, sizes.outputs])
}

/// The sizes, of an input or an output's gradient with a weight, if the kernels can do it.
fn sizes(rows: &FlexTensor, weight: &FlexTensor, backward: bool) -> Option<Sizes> {
    let [n_rows, _] = rows.layout().shape().dims();
    let [inputs, outputs] = weight.layout().shape().dims();
    let sizes = Sizes { rows: n_rows, inputs, outputs };
    let fits = rows.layout().shape()[1] == if backward { outputs } else { inputs };
    (is_ours(rows) && is_ours(weight) && fits && !sizes.is_empty()).then_some(sizes)
}

fn tensor<const D: usize>(values: Vec<f32>, shape: [usize; D]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, Shape::new(shape)))
}
