//! The fused operations as models call them.

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use super::operation::FusedOps;

/// How a channel is normalised, and what activation follows.
#[derive(Debug, Clone)]
pub struct Normalization {
    /// Factor of each channel, `[channels]`.
    pub gain: Tensor<1>,
    /// Offset of each channel, `[channels]`.
    pub shift: Tensor<1>,
    /// Added to the variance under the root; positive.
    pub epsilon: f64,
    /// Slope of the leaky ReLU that follows: 0 is ReLU, 1 is no activation at all.
    pub slope: f64,
}

/// Mean and biased variance of each channel of `x` (`[batch, channels, ...]`), as rows of
/// `[2, channels]`.
///
/// A constant: without autodiff, whatever `x` has.
pub fn channel_moments<const D: usize>(x: Tensor<D>) -> Tensor<2> {
    Tensor::from_dispatch(Dispatch::channel_moments(x.without_autodiff().into_dispatch()))
}

/// Normalises `x` (`[batch, channels, ...]`) by its own `moments`, as [`channel_moments`] gives
/// them, and applies the activation.
///
/// Gradients flow to `x`, gain and shift, and account for the moments being functions of `x`: they
/// are right only if `moments` are those of this very `x`. The value is right for any.
pub fn normalize<const D: usize>(
    x: Tensor<D>,
    moments: Tensor<2>,
    how: Normalization,
) -> Tensor<D> {
    Tensor::from_dispatch(Dispatch::normalize(
        x.into_dispatch(),
        moments.into_dispatch(),
        how.gain.into_dispatch(),
        how.shift.into_dispatch(),
        how.epsilon,
        how.slope,
    ))
}

/// `x` where it is positive, `slope * x` elsewhere, with a slope of at least 0; the derivative at zero
/// is `slope`.
///
/// Burn composes its own from three passes forward and as many backward, and takes 1 for the
/// derivative at zero.
pub fn leaky_relu<const D: usize>(x: Tensor<D>, slope: f64) -> Tensor<D> {
    Tensor::from_dispatch(Dispatch::leaky(x.into_dispatch(), slope))
}

/// The derivative of [`leaky_relu`] along `tangent`, given its output `y`: `tangent` where that is
/// positive, `slope * tangent` elsewhere. Gradients flow to the tangent alone.
pub(crate) fn leaky_relu_along<const D: usize>(
    y: Tensor<D>,
    slope: f64,
    tangent: Tensor<D>,
) -> Tensor<D> {
    let along = Dispatch::leaky_backward(y.into_dispatch(), slope, tangent.into_dispatch());
    Tensor::from_dispatch(along)
}

/// The hyperbolic tangent.
pub fn tanh<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    Tensor::from_dispatch(Dispatch::hyperbolic(x.into_dispatch()))
}

/// `x` where it is positive, `alpha (exp(x) - 1)` elsewhere, with a positive `alpha`; the derivative
/// at zero is `alpha`.
///
/// Burn composes its own from six passes forward and more backward.
pub fn elu<const D: usize>(x: Tensor<D>, alpha: f64) -> Tensor<D> {
    Tensor::from_dispatch(Dispatch::exponential_linear(x.into_dispatch(), alpha))
}
