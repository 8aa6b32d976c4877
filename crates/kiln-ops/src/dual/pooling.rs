//! Rules of pooling: averages are linear, and a maximum moves as the element that won.

use burn::tensor::module;
use burn::tensor::ops::{AvgPoolOptions, MaxPoolOptions};

use super::Dual;
use super::shape::settled;

impl<const D: usize> Dual<D> {
    /// Sum over every axis but the first two: `[batch, channels, ...]` to `[batch, channels]`.
    pub fn sum_over_positions(self) -> Dual<2> {
        let [batch, channels] = [self.dims()[0], self.dims()[1]];
        self.linear_map(|x| {
            let x = x.reshape([batch as i64, channels as i64, -1]);
            x.sum_dim(2).reshape([batch, channels])
        })
    }

    /// Mean over every axis but the first two: `[batch, channels, ...]` to `[batch, channels]`.
    pub fn mean_over_positions(self) -> Dual<2> {
        let positions: usize = self.dims()[2..].iter().product();
        self.sum_over_positions().scale(1.0 / positions as f64)
    }
}

impl Dual<4> {
    /// The mean of each window.
    ///
    /// Shape: `[batch, channels, height, width]` to `[batch, channels, height', width']`.
    pub fn avg_pool2d(self, options: &AvgPoolOptions<2>) -> Self {
        self.linear_map(|x| settled(module::avg_pool2d(settled(x), options.clone())))
    }

    /// The greatest of each window.
    ///
    /// Shape: `[batch, channels, height, width]` to `[batch, channels, height', width']`.
    pub fn max_pool2d(self, options: &MaxPoolOptions<2>) -> Self {
        let options = options.clone();
        let Some(tangent) = self.tangent else {
            return settled(module::max_pool2d(settled(self.value), options)).into();
        };
        let [batch, channels, height, width] = self.value.dims();
        let (value, winner) = module::max_pool2d_with_indices(settled(self.value), options);
        let [.., height_out, width_out] = value.dims();
        let tangent = tangent.reshape([batch, channels, height * width]);
        let winner = winner.reshape([batch, channels, height_out * width_out]);
        let tangent = tangent.gather(2, winner).reshape([batch, channels, height_out, width_out]);
        Self::along(settled(value), tangent)
    }
}
