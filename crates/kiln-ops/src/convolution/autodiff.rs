//! The convolutions on Burn's autodiff: one node of the graph each. A frozen network's weights have
//! no parent, and their gradient is not computed.

use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;

use super::operation::{ConvolutionOps, Way};

impl<B: ConvolutionOps, C: CheckpointStrategy> ConvolutionOps for Autodiff<B, C> {
    fn convolve(x: FloatTensor<Self>, weight: FloatTensor<Self>, way: Way) -> FloatTensor<Self> {
        let (x, x_node) = x.into_parts();
        let (weight, weight_node) = weight.into_parts();
        let y = B::convolve(x.clone(), weight.clone(), way.clone());
        let nodes = [x_node, weight_node];
        match Convolution::<2>.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(ready) => ready.finish(Kept { x, weight, bias: None, way }, y),
            OpsKind::UnTracked(ready) => ready.finish(y),
        }
    }

    fn convolve_with_bias(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        way: Way,
    ) -> FloatTensor<Self> {
        let (x, x_node) = x.into_parts();
        let (weight, weight_node) = weight.into_parts();
        let (bias, bias_node) = bias.into_parts();
        let y = B::convolve_with_bias(x.clone(), weight.clone(), bias.clone(), way.clone());
        let nodes = [x_node, weight_node, bias_node];
        match Convolution::<3>.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(ready) => ready.finish(Kept { x, weight, bias: Some(bias), way }, y),
            OpsKind::UnTracked(ready) => ready.finish(y),
        }
    }
}

/// With two parents (input and weight) or three (and bias).
#[derive(Debug)]
struct Convolution<const PARENTS: usize>;

#[derive(Debug, Clone)]
struct Kept<B: ConvolutionOps> {
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    bias: Option<FloatTensor<B>>,
    way: Way,
}

impl<B: ConvolutionOps, const PARENTS: usize> Backward<B, PARENTS> for Convolution<PARENTS> {
    type State = Kept<B>;

    fn backward(
        self,
        ops: Ops<Self::State, PARENTS>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let grad = grads.consume::<B>(&ops.node);
        let Kept { x, weight, bias, way } = ops.state;
        let [x_parent, weight_parent, bias_parent] = {
            let mut parents = ops.parents.into_iter();
            std::array::from_fn(|_| parents.next().flatten())
        };
        if let Some(parent) = x_parent {
            let (x, weight, grad) = (x.clone(), weight.clone(), grad.clone());
            grads.register::<B>(parent.id, B::convolve_x_backward(x, weight, grad, way.clone()));
        }
        if let Some((parent, bias)) = bias_parent.zip(bias) {
            let part = B::convolve_bias_backward(x.clone(), bias, grad.clone());
            grads.register::<B>(parent.id, part);
        }
        if let Some(parent) = weight_parent {
            let part = B::convolve_weight_backward(x, weight, grad, way);
            grads.register::<B>(parent.id, part);
        }
    }
}
