//! Pictures with their channels last, in a frame of zeros.

use crate::vector::Simd;

/// How a picture is laid out: the pixel `(y, x)` of channel `c` lies in row `(y + padding) / stride`
/// and column `(x + padding) / stride`, where the remainders choose one of `stride * stride` sets of
/// channels.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) channels: usize,
    /// Height and width of the picture.
    pub(super) picture: [usize; 2],
    pub(super) stride: [usize; 2],
    pub(super) padding: [usize; 2],
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Channels of a position, with those that fill up its vectors.
    pub(super) depth: usize,
}

impl Frame {
    /// Numbers of a frame.
    pub(super) fn len(&self) -> usize {
        self.rows * self.row()
    }

    /// Numbers of a row.
    pub(super) fn row(&self) -> usize {
        self.columns * self.depth
    }

    /// Where a position's channels begin.
    pub(super) fn at(&self, row: usize, column: usize) -> usize {
        row * self.row() + column * self.depth
    }

    /// Where the channels of each pixel begin; beyond the frame, where no tap reads, nowhere.
    pub(super) fn places(&self) -> Vec<Option<usize>> {
        let [height, width] = self.picture;
        let place = |pixel: usize| {
            let [y, x] = [pixel / width + self.padding[0], pixel % width + self.padding[1]];
            let [row, column] = [y / self.stride[0], x / self.stride[1]];
            let set = y % self.stride[0] * self.stride[1] + x % self.stride[1];
            let inside = row < self.rows && column < self.columns;
            inside.then(|| self.at(row, column) + set * self.channels)
        };
        (0..height * width).map(place).collect()
    }

    /// Copies a picture `[channel][pixel]` to its [places](Self::places); the zeros around it are
    /// there already.
    #[inline(always)]
    pub(super) fn lay<S: Simd>(&self, places: &[Option<usize>], picture: &[f32], to: &mut [f32]) {
        let area = places.len();
        let whole = (area - area % S::LANES, self.channels - self.channels % S::LANES);
        for pixel in (0..whole.0).step_by(S::LANES) {
            for channel in (0..whole.1).step_by(S::LANES) {
                let mut lines = [S::splat(0.0); 16];
                for (c, line) in lines.iter_mut().enumerate().take(S::LANES) {
                    *line = S::read(&picture[(channel + c) * area + pixel..]);
                }
                let pixels = S::transpose(lines);
                for (place, numbers) in places[pixel..].iter().zip(pixels).take(S::LANES) {
                    if let Some(place) = place {
                        S::write(numbers, &mut to[place + channel..]);
                    }
                }
            }
        }
        for channel in 0..self.channels {
            let first = if channel < whole.1 { whole.0 } else { 0 };
            let line = &picture[channel * area..][first..area];
            for (place, number) in places[first..].iter().zip(line) {
                if let Some(place) = place {
                    to[place + channel] = *number;
                }
            }
        }
    }
}

/// Copies positions of `depth` channels each into `[channel][position]`, over a bias.
#[inline(always)]
pub(super) fn unlay<S: Simd>(
    positions: &[f32],
    depth: usize,
    bias: Option<&[f32]>,
    picture: &mut [f32],
) {
    let area = positions.len() / depth;
    let channels = picture.len() / area;
    let whole = (area - area % S::LANES, channels - channels % S::LANES);
    for pixel in (0..whole.0).step_by(S::LANES) {
        for channel in (0..whole.1).step_by(S::LANES) {
            let mut pixels = [S::splat(0.0); 16];
            for (idx, numbers) in pixels.iter_mut().enumerate().take(S::LANES) {
                *numbers = S::read(&positions[(pixel + idx) * depth + channel..]);
            }
            let lines = S::transpose(pixels);
            for (idx, line) in lines.into_iter().enumerate().take(S::LANES) {
                let bias = S::splat(bias.map_or(0.0, |bias| bias[channel + idx]));
                S::write(S::add(line, bias), &mut picture[(channel + idx) * area + pixel..]);
            }
        }
    }
    for channel in 0..channels {
        let bias = bias.map_or(0.0, |bias| bias[channel]);
        let first = if channel < whole.1 { whole.0 } else { 0 };
        for pixel in first..area {
            picture[channel * area + pixel] = positions[pixel * depth + channel] + bias;
        }
    }
}
