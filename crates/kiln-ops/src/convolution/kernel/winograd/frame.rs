//! Pictures with their channels last, in a frame of zeros.

/// How a picture is laid out: the pixel `(y, x)` of channel `c` lies in row `(y + padding) / stride`
/// and column `(x + padding) / stride`, where the remainders choose one of `stride * stride` sets of
/// channels.
#[derive(Debug, Clone, Copy)]
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

/// Channels that are copied together.
const BLOCK: usize = 16;

impl Frame {
    /// Numbers of a frame.
    pub(super) fn len(&self) -> usize {
        self.rows * self.columns * self.depth
    }

    /// Where a position's channels begin.
    pub(super) fn at(&self, row: usize, column: usize) -> usize {
        (row * self.columns + column) * self.depth
    }

    /// Copies a picture `[channel][y][x]`; the zeros around it are there already.
    pub(super) fn lay(&self, picture: &[f32], to: &mut [f32]) {
        let [height, width] = self.picture;
        let area = height * width;
        let split = |at: usize, axis: usize| {
            let at = at + self.padding[axis];
            (at / self.stride[axis], at % self.stride[axis])
        };
        // Where a pixel of a column goes, in its row; those beyond the frame are read by no tap.
        let places: Vec<usize> = (0..width)
            .map(|x| split(x, 1))
            .take_while(|(column, _)| *column < self.columns)
            .map(|(column, rest)| column * self.depth + rest * self.channels)
            .collect();
        for y in 0..height {
            let (row, rest) = split(y, 0);
            if row >= self.rows {
                break;
            }
            let to = &mut to[self.at(row, 0)..][..self.columns * self.depth];
            let set = rest * self.stride[1] * self.channels;
            let line = |channel: usize| &picture[channel * area + y * width..][..places.len()];
            let mut channel = 0;
            while channel + BLOCK <= self.channels {
                let lines: [&[f32]; BLOCK] = std::array::from_fn(|c| line(channel + c));
                for (x, place) in places.iter().enumerate() {
                    let to = &mut to[place + set + channel..][..BLOCK];
                    to.copy_from_slice(&lines.map(|line| line[x]));
                }
                channel += BLOCK;
            }
            for channel in channel..self.channels {
                for (place, pixel) in places.iter().zip(line(channel)) {
                    to[place + set + channel] = *pixel;
                }
            }
        }
    }
}

/// Copies positions of `depth` channels each into `[channel][position]`, over a bias.
pub(super) fn unlay(positions: &[f32], depth: usize, bias: Option<&[f32]>, picture: &mut [f32]) {
    let area = positions.len() / depth;
    for first in (0..area).step_by(BLOCK) {
        let count = (area - first).min(BLOCK);
        let positions = &positions[first * depth..][..count * depth];
        for (channel, line) in picture.chunks_exact_mut(area).enumerate() {
            let bias = bias.map_or(0.0, |bias| bias[channel]);
            let line = &mut line[first..][..count];
            for (to, position) in line.iter_mut().zip(positions.chunks_exact(depth)) {
                *to = position[channel] + bias;
            }
        }
    }
}
