//! The statistics that batch norms normalise by, and keep for later.

use burn::tensor::Tensor;
use kiln_ops::{Dual, Normalization};

use crate::{Pass, Running};

/// The running statistics of a batch norm.
pub(super) struct Moments<'a> {
    /// `[channels]`.
    pub(super) mean: &'a Running,
    /// `[channels]`.
    pub(super) variance: &'a Running,
    /// Weight of a batch in them.
    pub(super) momentum: f64,
}

impl Moments<'_> {
    /// Normalises by the batch, which may move the running statistics, or by these, as the pass says.
    ///
    /// Shape: `[batch, channels, ...]`, kept.
    pub(super) fn normalise<const D: usize>(
        &self,
        x: Dual<D>,
        how: Normalization,
        pass: &Pass,
    ) -> Dual<D> {
        if pass.uses_running_statistics() {
            let moments = Tensor::stack(vec![self.mean.value(), self.variance.value()], 0);
            return x.normalize_by(moments, how);
        }
        let (y, moments) = x.normalize_by_batch(how);
        if pass.moves_statistics() {
            self.observe(moments);
        }
        y
    }

    /// The same without gains and offsets.
    pub(super) fn standardise<const D: usize>(
        &self,
        x: Dual<D>,
        epsilon: f64,
        pass: &Pass,
    ) -> Dual<D> {
        let (channels, device) = (x.dims()[1], x.value.device());
        let (gain, shift) = (Tensor::ones([channels], &device), Tensor::zeros([channels], &device));
        self.normalise(x, Normalization { gain, shift, epsilon, slope: 1.0 }, pass)
    }

    fn observe(&self, moments: Tensor<2>) {
        let [_, channels] = moments.dims();
        let row = |n: usize| moments.clone().slice([n..n + 1, 0..channels]);
        self.mean.observe(row(0).reshape([channels]), self.momentum);
        self.variance.observe(row(1).reshape([channels]), self.momentum);
    }
}
