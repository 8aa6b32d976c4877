//! The fused operations on Burn's autodiff: one node of the graph each.

use burn::backend::autodiff::checkpoint::{base::Checkpointer, strategy::CheckpointStrategy};
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, AutodiffBackend};

use super::operation::FusedOps;

impl<B: FusedOps, C: CheckpointStrategy> FusedOps for Autodiff<B, C> {
    fn channel_moments(x: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::from_inner(B::channel_moments(x.into_primitive()))
    }

    fn normalize(
        x: FloatTensor<Self>,
        moments: FloatTensor<Self>,
        gain: FloatTensor<Self>,
        shift: FloatTensor<Self>,
        epsilon: f64,
        slope: f64,
    ) -> FloatTensor<Self> {
        let (x, x_node) = x.into_parts();
        let (gain, gain_node) = gain.into_parts();
        let (shift, shift_node) = shift.into_parts();
        let state = NormalizeState::<B> {
            x,
            moments: moments.into_primitive(),
            gain,
            shift,
            epsilon,
            slope,
        };
        let nodes = [x_node, gain_node, shift_node];
        match NormalizeBackward.prepare::<C>(nodes).compute_bound().stateful() {
            OpsKind::Tracked(ready) => ready.finish(state.clone(), state.forward()),
            OpsKind::UnTracked(ready) => ready.finish(state.forward()),
        }
    }

    fn leaky(x: FloatTensor<Self>, slope: f64) -> FloatTensor<Self> {
        let (x, node) = x.into_parts();
        let y = B::leaky(x, slope);
        match LeakyBackward.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(ready) => ready.finish((y.clone(), slope), y),
            OpsKind::UnTracked(ready) => ready.finish(y),
        }
    }

    fn leaky_backward(
        x: FloatTensor<Self>,
        slope: f64,
        grad: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let x = x.into_primitive();
        let (grad, node) = grad.into_parts();
        let along = B::leaky_backward(x.clone(), slope, grad);
        match LeakyBackward.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(ready) => ready.finish((x, slope), along),
            OpsKind::UnTracked(ready) => ready.finish(along),
        }
    }

    fn hyperbolic(x: FloatTensor<Self>) -> FloatTensor<Self> {
        let (x, node) = x.into_parts();
        let y = B::hyperbolic(x);
        match HyperbolicBackward.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(ready) => ready.finish(y.clone(), y),
            OpsKind::UnTracked(ready) => ready.finish(y),
        }
    }

    fn exponential_linear(x: FloatTensor<Self>, alpha: f64) -> FloatTensor<Self> {
        let (x, node) = x.into_parts();
        let y = B::exponential_linear(x, alpha);
        match ExponentialLinearBackward.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(ready) => ready.finish((y.clone(), alpha), y),
            OpsKind::UnTracked(ready) => ready.finish(y),
        }
    }
}

#[derive(Debug)]
struct NormalizeBackward;

#[derive(Debug, Clone)]
struct NormalizeState<B: FusedOps> {
    x: FloatTensor<B>,
    moments: FloatTensor<B>,
    gain: FloatTensor<B>,
    shift: FloatTensor<B>,
    epsilon: f64,
    slope: f64,
}

impl<B: FusedOps> NormalizeState<B> {
    fn forward(self) -> FloatTensor<B> {
        let (epsilon, slope) = (self.epsilon, self.slope);
        B::normalize(self.x, self.moments, self.gain, self.shift, epsilon, slope)
    }

    fn backward(self, grad: FloatTensor<B>) -> [FloatTensor<B>; 3] {
        let (epsilon, slope) = (self.epsilon, self.slope);
        let (x, gain, shift) = B::normalize_backward(
            self.x,
            self.moments,
            self.gain,
            self.shift,
            epsilon,
            slope,
            grad,
        );
        [x, gain, shift]
    }
}

impl<B: FusedOps> Backward<B, 3> for NormalizeBackward {
    type State = NormalizeState<B>;

    fn backward(
        self,
        ops: Ops<Self::State, 3>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let grad = grads.consume::<B>(&ops.node);
        let parts = ops.state.backward(grad);
        for (parent, part) in ops.parents.into_iter().zip(parts) {
            if let Some(parent) = parent {
                grads.register::<B>(parent.id, part);
            }
        }
    }
}

#[derive(Debug)]
struct LeakyBackward;

impl<B: FusedOps> Backward<B, 1> for LeakyBackward {
    /// The value's output, which has its sign and is kept by the next layer as well, and the slope; for a
    /// tangent the same.
    type State = (FloatTensor<B>, f64);

    fn backward(
        self,
        ops: Ops<Self::State, 1>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let grad = grads.consume::<B>(&ops.node);
        let (y, slope) = ops.state;
        let [parent] = ops.parents;
        if let Some(parent) = parent {
            grads.register::<B>(parent.id, B::leaky_backward(y, slope, grad));
        }
    }
}

#[derive(Debug)]
struct HyperbolicBackward;

impl<B: FusedOps> Backward<B, 1> for HyperbolicBackward {
    /// The output.
    type State = FloatTensor<B>;

    fn backward(
        self,
        ops: Ops<Self::State, 1>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let grad = grads.consume::<B>(&ops.node);
        let [parent] = ops.parents;
        if let Some(parent) = parent {
            grads.register::<B>(parent.id, B::hyperbolic_backward(ops.state, grad));
        }
    }
}

#[derive(Debug)]
struct ExponentialLinearBackward;

impl<B: FusedOps> Backward<B, 1> for ExponentialLinearBackward {
    /// The output, and `alpha`.
    type State = (FloatTensor<B>, f64);

    fn backward(
        self,
        ops: Ops<Self::State, 1>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let grad = grads.consume::<B>(&ops.node);
        let (y, alpha) = ops.state;
        let [parent] = ops.parents;
        if let Some(parent) = parent {
            grads.register::<B>(parent.id, B::exponential_linear_backward(y, alpha, grad));
        }
    }
}
