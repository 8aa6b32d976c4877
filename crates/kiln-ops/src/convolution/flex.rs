//! The convolutions on Flex: glue between its tensors and the [kernels](super::kernel).
//!
//! What is not [ours](is_ours) takes Burn's operations.

use burn::backend::flex::{Flex, FlexTensor};
use burn::backend::ops::ModuleOps;
use burn::backend::{Shape, TensorData};

use super::groups::{CHANNELS, Groups, OUTPUTS};
use super::kernel::{self, Window};
use super::operation::{
    ConvolutionOps, Way, composed, composed_weight_backward, composed_x_backward,
};
use crate::flex::is_ours;
use crate::vector::Isa;

impl ConvolutionOps for Flex {
    fn convolve(x: FlexTensor, weight: FlexTensor, way: Way) -> FlexTensor {
        forward(x, weight, None, way)
    }

    fn convolve_with_bias(
        x: FlexTensor,
        weight: FlexTensor,
        bias: FlexTensor,
        way: Way,
    ) -> FlexTensor {
        forward(x, weight, Some(bias), way)
    }

    fn convolve_x_backward(
        x: FlexTensor,
        weight: FlexTensor,
        grad: FlexTensor,
        way: Way,
    ) -> FlexTensor {
        if let Some(groups) = Groups::of(&way) {
            return groups.joined(CHANNELS, |group, way| {
                let [x, grad] = [&x, &grad].map(|all| group.part(all, CHANNELS));
                Self::convolve_x_backward(x, group.part(&weight, OUTPUTS), grad, way)
            });
        }
        let Some(window) = window(&x, &weight, &way) else {
            return composed_x_backward::<Flex>(x, weight, grad, way);
        };
        let shape = x.layout().shape().clone();
        let [weight, grad] = [weight, grad].map(|tensor| tensor.to_contiguous());
        let (isa, weight, grad) = (Isa::here(), weight.storage(), grad.storage());
        let values = match way {
            Way::Onto(_) => window.spread(isa, grad, weight, None),
            Way::Transposed(_) => window.gather(isa, grad, weight, None),
        };
        tensor(values, shape)
    }

    fn convolve_weight_backward(
        x: FlexTensor,
        weight: FlexTensor,
        grad: FlexTensor,
        way: Way,
    ) -> FlexTensor {
        if let Some(groups) = Groups::of(&way) {
            return groups.joined(OUTPUTS, |group, way| {
                let [x, grad] = [&x, &grad].map(|all| group.part(all, CHANNELS));
                Self::convolve_weight_backward(x, group.part(&weight, OUTPUTS), grad, way)
            });
        }
        let Some(window) = window(&x, &weight, &way) else {
            return composed_weight_backward::<Flex>(x, weight, grad, way);
        };
        let [x, grad] = [x, grad].map(|tensor| tensor.to_contiguous());
        let values = match way {
            Way::Onto(_) => window.correlate(Isa::here(), x.storage(), grad.storage()),
            Way::Transposed(_) => window.correlate(Isa::here(), grad.storage(), x.storage()),
        };
        tensor(values, weight.layout().shape().clone())
    }

    fn convolve_bias_backward(x: FlexTensor, bias: FlexTensor, grad: FlexTensor) -> FlexTensor {
        if !is_ours(&grad) {
            return Self::conv2d_bias_backward(x, bias, grad);
        }
        let [_, channels, height, width] = grad.layout().shape().dims();
        let grad = grad.to_contiguous();
        let sums = kernel::channel_sums(grad.storage(), channels, height * width);
        tensor(sums, bias.layout().shape().clone())
    }
}

fn forward(x: FlexTensor, weight: FlexTensor, bias: Option<FlexTensor>, way: Way) -> FlexTensor {
    if let Some(groups) = Groups::of(&way) {
        return groups.joined(CHANNELS, |group, way| {
            let bias = bias.as_ref().map(|bias| group.part(bias, OUTPUTS));
            forward(group.part(&x, CHANNELS), group.part(&weight, OUTPUTS), bias, way)
        });
    }
    let Some(window) = window(&x, &weight, &way) else {
        return composed::<Flex>(x, weight, bias, way);
    };
    let [x, weight] = [x, weight].map(|tensor| tensor.to_contiguous());
    let bias = bias.map(|bias| bias.to_contiguous());
    let bias = bias.as_ref().map(|bias| bias.storage());
    let (isa, x, weight) = (Isa::here(), x.storage(), weight.storage());
    let (values, channels, side) = match way {
        Way::Onto(_) => (window.gather(isa, x, weight, bias), window.small_channels, window.small),
        Way::Transposed(_) => {
            (window.spread(isa, x, weight, bias), window.large_channels, window.large)
        }
    };
    tensor(values, Shape::new([window.batch, channels, side[0], side[1]]))
}

/// The geometry, if the kernels can do it: else nothing.
fn window(x: &FlexTensor, weight: &FlexTensor, way: &Way) -> Option<Window> {
    if !is_ours(x) || !is_ours(weight) {
        return None;
    }
    let [batch, _, height, width] = x.layout().shape().dims();
    let [small_channels, large_channels, kernel @ ..] = weight.layout().shape().dims::<4>();
    let side = [height, width];
    let window = match way {
        Way::Onto(options) => {
            let [padding, end] = [options.padding_begin(), options.padding_end()];
            let small = [0, 1].map(|axis| {
                let room = side[axis] + padding[axis] + end[axis];
                room.checked_sub(kernel[axis]).map(|room| room / options.stride[axis] + 1)
            });
            let [Some(height), Some(width)] = small else { return None };
            let (stride, large) = (options.stride, side);
            let small = [height, width];
            Window { batch, small_channels, large_channels, small, large, kernel, stride, padding }
        }
        Way::Transposed(options) => {
            let (stride, padding) = (options.stride, options.padding);
            let large = [0, 1].map(|axis| {
                let reach = (side[axis].checked_sub(1)?) * stride[axis] + kernel[axis];
                (reach + options.padding_out[axis]).checked_sub(2 * padding[axis])
            });
            let [Some(height), Some(width)] = large else { return None };
            let (small, large) = (side, [height, width]);
            Window { batch, small_channels, large_channels, small, large, kernel, stride, padding }
        }
    };
    window.has_elements().then_some(window)
}

fn tensor(values: Vec<f32>, shape: Shape) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape))
}
