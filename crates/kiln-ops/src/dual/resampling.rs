//! Rules of resampling: nearest neighbours, and bilinear interpolation between the centres of
//! pixels (PyTorch's `interpolate` with `align_corners=False`).
//!
//! Along an axis of `n` pixels made `m`, pixel `j` takes the place `(j + 1/2) n / m - 1/2`, at least
//! 0, between two neighbours.

use burn::tensor::ops::{InterpolateMode, InterpolateOptions};
use burn::tensor::{Tensor, TensorData, module};

use super::Dual;
use super::shape::settled;

impl Dual<4> {
    /// Each pixel `factor` times along both axes.
    ///
    /// Shape: `[batch, channels, height, width]` to `[batch, channels, factor * height, factor *
    /// width]`.
    pub fn upsample_nearest(self, factor: usize) -> Self {
        let [.., height, width] = self.dims();
        let size = [factor * height, factor * width];
        let options = InterpolateOptions::new(InterpolateMode::Nearest).with_output_size(size);
        self.linear_map(|x| settled(module::interpolate(settled(x), options.clone())))
    }

    /// Channels moved into space: of every `factor^2` neighbouring channels one of `factor` times the
    /// size along both axes (Shi et al. 2016, "Real-Time Single Image and Video Super-Resolution Using an
    /// Efficient Sub-Pixel Convolutional Neural Network"), as PyTorch's `pixel_shuffle`.
    ///
    /// Shape: `[batch, factor^2 channels, height, width]` to `[batch, channels, factor * height, factor
    /// * width]`; the channels must be a multiple.
    pub fn pixel_shuffle(self, factor: usize) -> Self {
        let [batch, channels, height, width] = self.dims();
        let channels = channels / (factor * factor);
        self.linear_map(|x| {
            let x = x.reshape([batch, channels, factor, factor, height, width]);
            let x = settled(x.permute([0, 1, 4, 2, 5, 3]));
            x.reshape([batch, channels, height * factor, width * factor])
        })
    }

    /// The first pixel of every block of `factor` x `factor`.
    ///
    /// Shape: `[batch, channels, height, width]` to `[batch, channels, height / factor, width /
    /// factor]`; the sides must be multiples.
    pub fn first_of_blocks(self, factor: usize) -> Self {
        let [batch, channels, height, width] = self.dims();
        let (rows, columns) = (height / factor, width / factor);
        self.linear_map(|x| {
            let x = x.reshape([batch * channels, rows, factor, columns, factor]);
            let x = x.narrow(2, 0, 1).narrow(4, 0, 1);
            settled(x).reshape([batch, channels, rows, columns])
        })
    }

    /// Bilinear interpolation to `factor` times the size along both axes.
    ///
    /// Shape: as that of [`upsample_nearest`](Self::upsample_nearest).
    pub fn upsample_bilinear(self, factor: usize) -> Self {
        let [.., height, width] = self.dims();
        self.resize_bilinear([factor * height, factor * width])
    }

    /// Bilinear interpolation to `[height', width']`. Made smaller than half, some pixels count for
    /// nothing, as in PyTorch without `antialias`; [`avg_pool2d`](Self::avg_pool2d) weighs all.
    ///
    /// A product of matrices along each axis, since Burn's own has no gradient on GPUs.
    ///
    /// Shape: `[batch, channels, height, width]` to `[batch, channels, height', width']`.
    pub fn resize_bilinear(self, size: [usize; 2]) -> Self {
        let [batch, channels, height, width] = self.dims();
        let [height_out, width_out] = size;
        let (images, like) = (batch * channels, self.value.clone());
        let down: Tensor<3> = interpolation(height, height_out, &like).transpose().unsqueeze();
        let across = interpolation(width, width_out, &like);
        self.linear_map(|x| {
            let x = x.reshape([images, height, width]);
            let x = down.clone().matmul(x); // [images, height', width]
            let x = x.reshape([images * height_out, width]).matmul(across.clone());
            x.reshape([batch, channels, height_out, width_out])
        })
    }
}

/// The weights of `n` pixels in each of `m`, as a matrix `[n, m]` with the format of `like`.
fn interpolation(n: usize, m: usize, like: &Tensor<4>) -> Tensor<2> {
    let mut weights = vec![0.0f64; n * m];
    for j in 0..m {
        let place = ((j as f64 + 0.5) * n as f64 / m as f64 - 0.5).max(0.0);
        let left = (place as usize).min(n - 1);
        let right = (left + 1).min(n - 1);
        let share = place - left as f64;
        weights[left * m + j] += 1.0 - share;
        weights[right * m + j] += share;
    }
    Tensor::from_data(TensorData::new(weights, [n, m]), (&like.device(), like.dtype()))
}
