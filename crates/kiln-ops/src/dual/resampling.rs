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
        self.resampled(size, interpolation)
    }

    /// Twice the size by the kernel [1, 3, 3, 1] / 4, with zeros beyond the border (Karras et al. 2020,
    /// StyleGAN2).
    ///
    /// Shape: as that of [`upsample_nearest`](Self::upsample_nearest).
    pub fn upsample_fir(self) -> Self {
        let [.., height, width] = self.dims();
        self.resampled([2 * height, 2 * width], |n, m| {
            // Pixel 2 i lies at a quarter from i to i - 1, and 2 i + 1 at a quarter from i to i + 1.
            weighed(n, m, |j| {
                let (near, far) =
                    (j / 2, if j % 2 == 0 { (j / 2).checked_sub(1) } else { Some(j / 2 + 1) });
                [Some((near, 0.75)), far.map(|far| (far, 0.25)), None, None]
            })
        })
    }

    /// Half the size by the kernel [1, 3, 3, 1] / 8, with zeros beyond the border.
    ///
    /// Shape: `[batch, channels, height, width]` to `[batch, channels, height / 2, width / 2]`.
    pub fn downsample_fir(self) -> Self {
        let [.., height, width] = self.dims();
        self.resampled([height / 2, width / 2], |n, m| weighed(n, m, |j| taps(2 * j + 1)))
    }

    /// Filtered by the kernel [1, 3, 3, 1] / 8 at every place between pixels and one pixel beyond the
    /// border: what a convolution of stride 2 and width 3 without padding takes half of.
    ///
    /// Shape: `[batch, channels, height, width]` to `[batch, channels, height + 1, width + 1]`.
    pub fn blur_fir(self) -> Self {
        let [.., height, width] = self.dims();
        self.resampled([height + 1, width + 1], |n, m| weighed(n, m, taps))
    }

    /// A product of matrices along each axis, whose `weights` are those of `n` pixels in each of `m`.
    fn resampled(self, size: [usize; 2], weights: impl Fn(usize, usize) -> Vec<f64>) -> Self {
        let [batch, channels, height, width] = self.dims();
        let [height_out, width_out] = size;
        let (images, device, dtype) = (batch * channels, self.value.device(), self.value.dtype());
        let matrix = |n, m| {
            let data = TensorData::new(weights(n, m), [n, m]);
            Tensor::<2>::from_data(data, (&device, dtype))
        };
        let down: Tensor<3> = matrix(height, height_out).transpose().unsqueeze();
        let across = matrix(width, width_out);
        self.linear_map(|x| {
            let x = x.reshape([images, height, width]);
            let x = down.clone().matmul(x); // [images, height', width]
            let x = x.reshape([images * height_out, width]).matmul(across.clone());
            x.reshape([batch, channels, height_out, width_out])
        })
    }
}

/// Weights of pixels.
type Taps = [Option<(usize, f64)>; 4];

/// The taps [1, 3, 3, 1] / 8 of the pixels before and after the place between pixels `j - 1` and `j`.
fn taps(j: usize) -> Taps {
    let tap = |back: usize, weight: f64| (j + 1).checked_sub(back).map(|at| (at, weight / 8.0));
    [tap(3, 1.0), tap(2, 3.0), tap(1, 3.0), tap(0, 1.0)]
}

/// The weights of `n` pixels in each of `m`, as a matrix `[n, m]`, by the pixels that count in each;
/// those beyond the border count for nothing.
fn weighed(n: usize, m: usize, pixels: impl Fn(usize) -> Taps) -> Vec<f64> {
    let mut weights = vec![0.0; n * m];
    for j in 0..m {
        for (i, weight) in pixels(j).into_iter().flatten().filter(|(i, _)| *i < n) {
            weights[i * m + j] += weight;
        }
    }
    weights
}

/// The weights of `n` pixels in each of `m` between centres, as a matrix `[n, m]`.
fn interpolation(n: usize, m: usize) -> Vec<f64> {
    let mut weights = vec![0.0f64; n * m];
    for j in 0..m {
        let place = ((j as f64 + 0.5) * n as f64 / m as f64 - 0.5).max(0.0);
        let left = (place as usize).min(n - 1);
        let right = (left + 1).min(n - 1);
        let share = place - left as f64;
        weights[left * m + j] += 1.0 - share;
        weights[right * m + j] += share;
    }
    weights
}
