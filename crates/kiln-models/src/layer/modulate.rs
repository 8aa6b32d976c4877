//! Gains and offsets a sample: what conditional normalisations do with their channels.

use burn::tensor::Tensor;
use kiln_ops::Dual;

/// A gain and an offset for each channel of each sample, both `[batch, channels]`. Either both move,
/// with what they follow, or none.
pub(super) struct Modulated {
    pub(super) gain: Dual<2>,
    pub(super) shift: Dual<2>,
}

impl Modulated {
    /// `gain x + shift`, channel by channel. Where the gains move, `x` may stand still.
    ///
    /// Shape: `[batch, channels, ...]`, kept.
    pub(super) fn apply<const D: usize>(self, x: Dual<D>) -> Dual<D> {
        let mut one_a_channel = [1; D];
        one_a_channel[..2].copy_from_slice(&x.dims()[..2]);
        let [gain, shift] = [self.gain, self.shift].map(|row| row.reshape(one_a_channel));
        let product = x.bilinear_map(gain, |x: Tensor<D>, gain: Tensor<D>| x * gain);
        product + shift
    }
}
