//! Rules of norms within a sample: group (Wu and He 2018), instance (Ulyanov et al. 2016) and layer
//! norm (Ba et al. 2016).
//!
//! `y = (x - mean) / sqrt(variance + epsilon)` over each group of neighbouring channels of each
//! sample. It is batch norm of one sample whose channels are the groups, and shares its kernel.

use burn::tensor::Tensor;

use super::Dual;
use super::normalization::per_channel;
use crate::fused::Normalization;

impl<const D: usize> Dual<D> {
    /// Gives each of `groups` groups of channels of each sample mean 0 and variance 1.
    ///
    /// One group is layer norm, and a group a channel is instance norm. Layer norm over the last
    /// axis of `[batch, tokens, channels]` is that of `[batch * tokens, channels]` in one group.
    /// There is no gain and no shift: [`scale_channels`](Self::scale_channels) has them.
    ///
    /// Shape: `[batch, channels, ...]`, kept.
    pub fn normalize_groups(self, groups: usize, epsilon: f64) -> Self {
        let dims = self.dims();
        let sets = dims[0] * groups;
        let like = (&self.value.device(), self.value.dtype());
        let how = Normalization {
            gain: Tensor::ones([sets], like),
            shift: Tensor::zeros([sets], like),
            epsilon,
            slope: 1.0,
        };
        let sets = self.reshape([1, sets, dims.iter().product::<usize>() / sets]);
        sets.normalize_by_batch(how).0.reshape(dims)
    }

    /// `x * gain + shift` with a number for each channel, each of shape `[channels]`.
    ///
    /// Shape: `[batch, channels, ...]`, kept.
    pub fn scale_channels(self, gain: Tensor<1>, shift: Tensor<1>) -> Self {
        let gain: Tensor<D> = per_channel(gain);
        self.affine_map(|x| x * gain.clone() + per_channel(shift), |dx| dx * gain.clone())
    }
}
