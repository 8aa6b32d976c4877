//! Large pictures as planes in which every tap reads neighbours.

use super::Window;
use super::sweep::{Places, Sweep};

/// Where the numbers of a large picture lie once it is cut into planes:
/// `[channel][remainder of y][remainder of x][row][column]`.
#[derive(Debug)]
pub(super) struct Planes {
    window: Window,
    rows: usize,
    /// Columns of a plane, and what a row of the small side takes among them.
    pitch: usize,
    /// Numbers of one image.
    pub(super) image: usize,
    /// What each weight of a row (`[channel][tap]`) adds to a position of the small side.
    offsets: Vec<usize>,
}

impl Planes {
    pub(super) fn new(window: &Window) -> Self {
        let [rows, pitch] = [0, 1].map(|axis| window.small[axis] + window.reach(axis));
        let plane = rows * pitch;
        let channel = plane * window.stride[0] * window.stride[1];
        let tap = |tap: usize| {
            let [y, x] = [tap / window.kernel[1], tap % window.kernel[1]];
            let [step_y, step_x] = window.stride;
            let which = (y % step_y) * step_x + x % step_x;
            which * plane + (y / step_y) * pitch + x / step_x
        };
        let channels = 0..window.large_channels;
        Self {
            window: *window,
            rows,
            pitch,
            image: window.large_channels * channel,
            offsets: channels
                .flat_map(|idx| (0..window.taps()).map(move |k| (idx, k)))
                .map(|(idx, k)| idx * channel + tap(k))
                .collect(),
        }
    }

    /// The positions of the small side.
    pub(super) fn sweep(&self) -> Sweep {
        let size = self.window.small;
        Sweep {
            offsets: self.offsets.clone(),
            base: 0,
            pitch: self.pitch,
            size,
            image: self.image,
            places: Places { start: [0, 0], step: [1, 1], picture: size },
        }
    }

    /// Cuts one large picture; every number of `to` is written.
    pub(super) fn cut(&self, image: &[f32], to: &mut [f32]) {
        let Window { large: [height, width], stride, padding, .. } = self.window;
        let per_channel = stride[0] * stride[1];
        for (idx, plane) in to.chunks_exact_mut(self.rows * self.pitch).enumerate() {
            let channel = &image[(idx / per_channel) * height * width..][..height * width];
            let which = idx % per_channel;
            let (rest_y, rest_x) = (which / stride[1], which % stride[1]);
            for (y, row) in plane.chunks_exact_mut(self.pitch).enumerate() {
                let y = (y * stride[0] + rest_y).wrapping_sub(padding[0]);
                if y < height {
                    cut_row(&channel[y * width..][..width], row, stride[1], rest_x, padding[1]);
                } else {
                    row.fill(0.0);
                }
            }
        }
    }
}

/// `to[x] = from[x * stride + rest - padding]`, or zero beyond its ends.
fn cut_row(from: &[f32], to: &mut [f32], stride: usize, rest: usize, padding: usize) {
    // Divisions by a stride of 1 or 2 would cost more than the row.
    let blocks = |n: usize| match stride {
        1 => n,
        2 => n.div_ceil(2),
        _ => n.div_ceil(stride),
    };
    let zeros = blocks(padding.saturating_sub(rest)).min(to.len());
    let (left, to) = to.split_at_mut(zeros);
    left.fill(0.0);
    let first = (zeros * stride + rest).saturating_sub(padding).min(from.len());
    let from = &from[first..];
    let (to, right) = to.split_at_mut(blocks(from.len()).min(to.len()));
    right.fill(0.0);
    match stride {
        1 => to.copy_from_slice(&from[..to.len()]),
        2 => every_other(from, to),
        _ => to.iter_mut().zip(from.iter().step_by(stride)).for_each(|(to, from)| *to = *from),
    }
}

/// `to[x] = from[2 x]`: pairs let the compiler use vectors, and the last may be half.
fn every_other(from: &[f32], to: &mut [f32]) {
    let Some((last, head)) = to.split_last_mut() else { return };
    *last = from[2 * head.len()];
    head.iter_mut().zip(from.chunks_exact(2)).for_each(|(to, pair)| *to = pair[0]);
}
