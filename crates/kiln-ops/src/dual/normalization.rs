//! Rules of batch normalisation (Ioffe and Szegedy 2015), with the activation that follows it.
//!
//! `y = leaky((x - mean) / sqrt(variance + epsilon) * gain + shift)`, a channel at a time.

use burn::tensor::Tensor;

use super::Dual;
use crate::fused::{Normalization, channel_moments, normalize};

impl<const D: usize> Dual<D> {
    /// Normalises by the statistics of the batch itself; returns them too, as constants of shape
    /// `[2, channels]`: mean, then biased variance.
    ///
    /// Shape: `[batch, channels, ...]`, kept.
    pub fn normalize_by_batch(self, how: Normalization) -> (Self, Tensor<2>) {
        let moments = channel_moments(self.value.clone());
        let dual = match self.tangent {
            None => normalize(self.value, moments.clone(), how).into(),
            Some(tangent) => batch_tangent(self.value, tangent, how),
        };
        (dual, moments)
    }

    /// Normalises by given statistics of shape `[2, channels]`: an affine map a channel.
    ///
    /// Shape: `[batch, channels, ...]`, kept.
    pub fn normalize_by(self, moments: Tensor<2>, how: Normalization) -> Self {
        if self.tangent.is_none() && !self.value.is_autodiff() && !how.gain.is_autodiff() {
            // The kernel's value is right for any moments; only its gradient asks for the batch's.
            return normalize(self.value, moments, how).into();
        }
        let channels = moments.dims()[1];
        let row = |n: usize| moments.clone().slice([n..n + 1, 0..channels]).reshape([channels]);
        let scale = how.gain / (row(1) + how.epsilon).sqrt();
        let offset: Tensor<D> = per_channel(how.shift - row(0) * scale.clone());
        let scale: Tensor<D> = per_channel(scale);
        let dual = self.affine_map(|x| x * scale.clone() + offset, |dx| dx * scale.clone());
        activate(dual, how.slope)
    }
}

/// The composition that carries a tangent; autodiff differentiates it once more.
///
/// With `c = x - mean(x)` and `r = 1 / sqrt(var + epsilon)`: `d(c r) = dc r + c dr`, where
/// `dr = -r^3 dvar / 2` and `dvar = 2 mean(c dc)`.
fn batch_tangent<const D: usize>(x: Tensor<D>, dx: Tensor<D>, how: Normalization) -> Dual<D> {
    let centred = x.clone() - channel_mean(x);
    let d_centred = dx.clone() - channel_mean(dx);
    let variance = channel_mean(centred.clone().square());
    let rate = (variance + how.epsilon).sqrt().recip();
    let half_d_variance = channel_mean(centred.clone() * d_centred.clone());
    let d_rate = rate.clone().powi_scalar(3) * half_d_variance * -1.0;
    let gain: Tensor<D> = per_channel(how.gain);
    let value = centred.clone() * rate.clone() * gain.clone() + per_channel(how.shift);
    let tangent = (d_centred * rate + centred * d_rate) * gain;
    activate(Dual::along(value, tangent), how.slope)
}

/// Leaky ReLU, unless `slope` is 1, which makes it the identity.
fn activate<const D: usize>(dual: Dual<D>, slope: f64) -> Dual<D> {
    if slope == 1.0 { dual } else { dual.leaky_relu(slope) }
}

/// Mean over every axis but the second, kept as axes of size one.
fn channel_mean<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    (0..D).filter(|dim| *dim != 1).fold(x, |x, dim| x.mean_dim(dim))
}

/// `[channels]` to `[1, channels, 1, ...]`.
pub(super) fn per_channel<const D: usize>(x: Tensor<1>) -> Tensor<D> {
    let mut shape = [1; D];
    shape[1] = x.dims()[0];
    x.reshape(shape)
}
