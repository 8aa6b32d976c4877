//! The layer on Burn's autodiff: one node of the graph. What a frozen side's gradient would need is
//! not kept.

use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;

use super::operation::LinearOps;

impl<B: LinearOps, C: CheckpointStrategy> LinearOps for Autodiff<B, C> {
    fn product(x: FloatTensor<Self>, weight: FloatTensor<Self>) -> FloatTensor<Self> {
        let (x, x_node) = x.into_parts();
        let (weight, weight_node) = weight.into_parts();
        let y = B::product(x.clone(), weight.clone());
        match Linear::<2>.prepare::<C>([x_node, weight_node]).compute_bound().stateful() {
            OpsKind::Tracked(ready) => ready.finish((x, weight), y),
            OpsKind::UnTracked(ready) => ready.finish(y),
        }
    }

    fn product_with_bias(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let (x, x_node) = x.into_parts();
        let (weight, weight_node) = weight.into_parts();
        let (bias, bias_node) = bias.into_parts();
        let y = B::product_with_bias(x.clone(), weight.clone(), bias);
        let nodes = [x_node, weight_node, bias_node];
        match Linear::<3>.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(ready) => ready.finish((x, weight), y),
            OpsKind::UnTracked(ready) => ready.finish(y),
        }
    }
}

/// With two parents (input and weight) or three (and bias).
#[derive(Debug)]
struct Linear<const PARENTS: usize>;

impl<B: LinearOps, const PARENTS: usize> Backward<B, PARENTS> for Linear<PARENTS> {
    /// Input and weight.
    type State = (FloatTensor<B>, FloatTensor<B>);

    fn backward(
        self,
        ops: Ops<Self::State, PARENTS>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let grad = grads.consume::<B>(&ops.node);
        let (x, weight) = ops.state;
        let [x_parent, weight_parent, bias_parent] = {
            let mut parents = ops.parents.into_iter();
            std::array::from_fn(|_| parents.next().flatten())
        };
        if let Some(parent) = x_parent {
            grads.register::<B>(parent.id, B::product_x_backward(weight, grad.clone()));
        }
        if let Some(parent) = bias_parent {
            grads.register::<B>(parent.id, B::product_bias_backward(grad.clone()));
        }
        if let Some(parent) = weight_parent {
            grads.register::<B>(parent.id, B::product_weight_backward(x, grad));
        }
    }
}
