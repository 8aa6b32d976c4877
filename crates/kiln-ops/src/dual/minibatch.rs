//! Rule of the minibatch standard deviation (Karras et al. 2018, ProGAN, section 3; in groups as in
//! the code of StyleGAN2, Karras et al. 2020).
//!
//! `s = mean_e sqrt(variance(x_e) + 1e-8)`, over the elements `e` of a sample, with the biased
//! variance of each among the samples of a group: one number a group, as one more channel.

use burn::tensor::Tensor;

use super::Dual;

/// Added to the variance under the root.
const EPSILON: f64 = 1e-8;

impl<const D: usize> Dual<D> {
    /// Appends a channel with the spread of each sample's group.
    ///
    /// A batch is cut into groups of `group` samples, sample `i` of a batch of `n` being in group
    /// `i % (n / group)`, as in StyleGAN2.
    ///
    /// Departs from StyleGAN2, which refuses a batch that `group` does not divide: the greatest
    /// divisor of the batch up to `group` takes its place.
    ///
    /// Shape: `[batch, channels, ...]` to `[batch, channels + 1, ...]`.
    pub fn minibatch_deviation(self, group: usize) -> Self {
        let dims = self.dims();
        let group = divisor(dims[0], group);
        let n_groups = dims[0] / group;
        let elements = dims[1..].iter().product::<usize>();
        let mut channel = dims;
        channel[1] = 1;
        let spread = deviation(self.clone().reshape([group, n_groups, elements]));
        let feature = spread.linear_map(|spread| {
            let everywhere = elements / dims[1];
            spread.expand([group, n_groups, everywhere]).reshape(channel)
        });
        Self::concat(vec![self, feature], 1)
    }
}

/// The greatest divisor of `batch` that is at most `limit`.
fn divisor(batch: usize, limit: usize) -> usize {
    (1..=limit.min(batch)).rev().find(|group| batch.is_multiple_of(*group)).unwrap_or(1)
}

/// `[samples, groups, elements]` to `[1, groups, 1]`: the deviation among samples, meant over
/// elements. With `c = x - mean(x)` and `s = sqrt(mean(c^2) + epsilon)`: `ds = mean(c dx) / s`.
fn deviation(x: Dual<3>) -> Dual<3> {
    let centred = x.value.clone() - x.value.mean_dim(0);
    let spread = (centred.clone().square().mean_dim(0) + EPSILON).sqrt();
    let tangent = x.tangent.map(|dx| {
        let tangent: Tensor<3> = (centred * dx).mean_dim(0) / spread.clone();
        tangent.mean_dim(2)
    });
    Dual { value: spread.mean_dim(2), tangent }
}
