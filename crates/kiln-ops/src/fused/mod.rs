//! Training batch norm and leaky ReLU as one differentiable operation.
//!
//! Burn composes batch norm from some ten passes over memory forward and fifteen backward, and the
//! activation adds two each way. Here: two forward (one of them for the statistics), two backward,
//! nothing kept for the backward pass but the input.
//!
//! With `u = (x - mean) r`, `r = 1 / sqrt(variance + epsilon)`, `z = gain u + shift`:
//!
//! - forward: `y = z` where `z > 0`, else `slope z`;
//! - backward: `h = dy` where `z > 0`, else `slope dy`; `d shift = sum h`; `d gain = sum h u`;
//!   `dx = gain r (h - mean(h) - u mean(h u))` (Ioffe and Szegedy 2015, section 3).
//!
//! Sums and means run over every axis but the second. The slope at `z = 0` is `slope`, as in
//! PyTorch, here and in [`leaky_relu`] alike.

mod autodiff;
mod composed;
#[cfg(feature = "flex")]
mod flex;
#[cfg(feature = "flex")]
mod kernel;
mod operation;

use burn::backend::Dispatch;
use burn::tensor::Tensor;

use operation::FusedOps;

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
    Tensor::from_dispatch(Dispatch::channel_moments(
        x.without_autodiff().into_dispatch(),
    ))
}

/// Normalises `x` (`[batch, channels, ...]`) by its own `moments`, as [`channel_moments`] gives
/// them, and applies the activation.
///
/// Gradients flow to `x`, gain and shift, and account for the moments being functions of `x`; for
/// the same reason `moments` must be those of this very `x`.
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

/// `x` where it is positive, `slope * x` elsewhere; the derivative at zero is `slope`.
///
/// Burn composes its own from three passes forward and as many backward, and takes 1 for the
/// derivative at zero.
pub fn leaky_relu<const D: usize>(x: Tensor<D>, slope: f64) -> Tensor<D> {
    Tensor::from_dispatch(Dispatch::leaky(x.into_dispatch(), slope))
}

#[cfg(test)]
mod tests;
