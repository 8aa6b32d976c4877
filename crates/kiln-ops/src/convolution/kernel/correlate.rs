//! The gradient of the weights, for the convolution and the transposed one alike.

use rayon::prelude::*;

use super::Window;
use super::blocks::Blocks;
use super::pointwise::Pointwise;
use super::tile::{Product, Rows};
use super::winograd::Layer;
use crate::vector::Isa;

impl Window {
    /// `weight[m, c, k] = sum over n, y of small[n, m, y] large[n, c, stride y + k - padding]`.
    ///
    /// Here the positions are what is summed over, the weights of a channel lie in a vector, and
    /// the small picture takes the place of the weights.
    pub(in crate::convolution) fn correlate(
        &self,
        isa: Isa,
        large: &[f32],
        small: &[f32],
    ) -> Vec<f32> {
        if let Some(layer) = Layer::new(self, isa) {
            return layer.correlate(large, small);
        }
        if let Some(layer) = Pointwise::new(self, isa) {
            return layer.correlate(large, small);
        }
        if let Some(mirrored) = self.mirrored() {
            return self.mirror(&mirrored.correlate_patches(isa, small, large));
        }
        self.correlate_patches(isa, large, small)
    }

    /// The same with the two sides exchanged, where patches of the large side cost more than those
    /// of the small one: with stride 1 each side sees the other, through the kernel turned around.
    fn mirrored(&self) -> Option<Self> {
        let padding = |axis: usize| (self.kernel[axis] - 1).checked_sub(self.padding[axis]);
        let [height, width] = [padding(0)?, padding(1)?];
        let fewer = self.stride == [1, 1] && self.small_channels < self.large_channels;
        fewer.then_some(Self {
            small_channels: self.large_channels,
            large_channels: self.small_channels,
            small: self.large,
            large: self.small,
            padding: [height, width],
            ..*self
        })
    }

    /// `[c][m][taps]`, turned around, as `[m][c][taps]`.
    fn mirror(&self, from: &[f32]) -> Vec<f32> {
        let (rows, columns, taps) = (self.small_channels, self.large_channels, self.taps());
        let at = |row: usize, column: usize| &from[(column * rows + row) * taps..][..taps];
        let kernels = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
        kernels.flat_map(|(row, column)| at(row, column).iter().rev().copied()).collect()
    }

    fn correlate_patches(&self, isa: Isa, large: &[f32], small: &[f32]) -> Vec<f32> {
        let n_weights = self.large_channels * self.taps();
        let width = VECTORS * isa.lanes();
        let panels: Vec<Panel> =
            (0..n_weights).step_by(width).map(|first| Panel::new(self, first, width)).collect();
        // Few panels (a picture of one channel) leave processors idle: then the batch is cut too.
        let n_slices = (8 / panels.len()).clamp(1, self.batch);
        let slice = self.batch.div_ceil(n_slices);
        let n_slices = self.batch.div_ceil(slice);

        let area = self.small_area();
        let images = (POSITIONS / area).clamp(1, slice);
        let groups: Vec<Vec<Group>> = (0..n_slices)
            .into_par_iter()
            .map(|idx| (idx * slice, ((idx + 1) * slice).min(self.batch)))
            .map(|(start, end)| {
                let starts = (start..end).step_by(images);
                starts
                    .map(|from| Group::new(self, isa, small, from..(from + images).min(end)))
                    .collect()
            })
            .collect();
        let offsets: Vec<usize> = (0..images * area).map(|position| position * width).collect();

        let sums: Vec<Vec<f32>> = (0..panels.len() * n_slices)
            .into_par_iter()
            .map(|task| {
                let panel = &panels[task / n_slices];
                panel.sums(self, isa, large, &groups[task % n_slices], &offsets)
            })
            .collect();

        let mut out = vec![0.0; self.small_channels * n_weights];
        out.par_chunks_exact_mut(n_weights).enumerate().for_each(|(m, out)| {
            for (out, slices) in out.chunks_mut(width).zip(sums.chunks_exact(n_slices)) {
                for sums in slices {
                    let row = &sums[m * sums.len() / self.small_channels..];
                    out.iter_mut().zip(row).for_each(|(out, sum)| *out += sum);
                }
            }
        });
        out
    }
}

/// Vectors in a panel.
const VECTORS: usize = 3;

/// Positions of the small pictures that are taken together: their patches fit in the second cache.
const POSITIONS: usize = 320;

/// Some images of the small side, packed as the product wants its weights.
struct Group {
    images: std::ops::Range<usize>,
    packed: Blocks,
}

impl Group {
    fn new(window: &Window, isa: Isa, small: &[f32], images: std::ops::Range<usize>) -> Self {
        let area = window.small_area();
        let first = images.start * window.small_image();
        let small = &small[first..images.end * window.small_image()];
        let packed = Blocks::pack_columns(isa, window.small_channels, area, small);
        Self { images, packed }
    }
}

/// As many neighbouring weights of a row as a tile has lanes.
struct Panel {
    runs: Vec<Run>,
    /// The channels that the runs read.
    channels: std::ops::Range<usize>,
    /// Weights of the panel.
    count: usize,
}

/// Neighbouring weights in one row of one channel's kernel.
struct Run {
    channel: usize,
    y: usize,
    x: usize,
    length: usize,
    /// The first one's lane.
    lane: usize,
}

impl Panel {
    fn new(window: &Window, first: usize, width: usize) -> Self {
        let end = (first + width).min(window.large_channels * window.taps());
        let mut runs = Vec::new();
        let mut at = first;
        while at < end {
            let (channel, tap) = (at / window.taps(), at % window.taps());
            let (y, x) = (tap / window.kernel[1], tap % window.kernel[1]);
            let length = (window.kernel[1] - x).min(end - at);
            runs.push(Run { channel, y, x, length, lane: at - first });
            at += length;
        }
        let channels = first / window.taps()..(end - 1) / window.taps() + 1;
        Self { runs, channels, count: end - first }
    }

    /// The sums of this panel's weights, `[m][lanes of the vectors in use]`.
    fn sums(
        &self,
        window: &Window,
        isa: Isa,
        large: &[f32],
        groups: &[Group],
        offsets: &[usize],
    ) -> Vec<f32> {
        let (area, width) = (window.small_area(), VECTORS * isa.lanes());
        let bases: Vec<_> = (0..self.count).step_by(isa.lanes()).collect();
        let row = bases.len() * isa.lanes();
        let mut sums = vec![0.0; window.small_channels * row];
        let mut padded = Padded::new(window, self.channels.clone());
        let mut patches = vec![0.0; offsets.len() * width];
        for group in groups {
            let images = group.images.clone();
            for (image, patches) in images.zip(patches.chunks_exact_mut(area * width)) {
                padded.lay(window, &large[image * window.large_image()..]);
                self.runs.iter().for_each(|run| run.copy(window, &padded, patches, width));
            }
            let offsets = &offsets[..group.images.len() * area];
            for block in group.packed.iter() {
                let weights = block.values;
                let product =
                    Product { weights, offsets, from: &patches, bases: &bases, add: true };
                let sums = &mut sums[block.first * row..][..block.rows * row];
                isa.run(Rows { rows: block.rows, product, sums });
            }
        }
        sums
    }
}

impl Run {
    /// Copies what these weights see at every position into their lanes.
    fn copy(&self, window: &Window, padded: &Padded, patches: &mut [f32], width: usize) {
        match self.length {
            1 => self.copy_some::<1>(window, padded, patches, width),
            2 => self.copy_some::<2>(window, padded, patches, width),
            3 => self.copy_some::<3>(window, padded, patches, width),
            4 => self.copy_some::<4>(window, padded, patches, width),
            5 => self.copy_some::<5>(window, padded, patches, width),
            _ => {
                for from in (0..self.length).step_by(5) {
                    let length = (self.length - from).min(5);
                    let part = Self { x: self.x + from, length, lane: self.lane + from, ..*self };
                    part.copy(window, padded, patches, width);
                }
            }
        }
    }

    #[inline(always)]
    fn copy_some<const LENGTH: usize>(
        &self,
        window: &Window,
        padded: &Padded,
        patches: &mut [f32],
        width: usize,
    ) {
        let channel = padded.channel(self.channel);
        let rows = channel.chunks_exact(padded.width).skip(self.y).step_by(window.stride[0]);
        for (row, patches) in rows.zip(patches.chunks_exact_mut(window.small[1] * width)) {
            let seen = row[self.x..].windows(LENGTH).step_by(window.stride[1]);
            for (patch, seen) in patches.chunks_exact_mut(width).zip(seen) {
                patch[self.lane..][..LENGTH].copy_from_slice(seen);
            }
        }
    }
}

/// Some channels of a large picture, with their padding.
struct Padded {
    values: Vec<f32>,
    channels: std::ops::Range<usize>,
    height: usize,
    width: usize,
}

impl Padded {
    fn new(window: &Window, channels: std::ops::Range<usize>) -> Self {
        let [height, width] = [0, 1].map(|axis| {
            let seen = (window.small[axis] - 1) * window.stride[axis] + window.kernel[axis];
            seen.max(window.padding[axis] + window.large[axis])
        });
        Self { values: vec![0.0; channels.len() * height * width], channels, height, width }
    }

    /// Copies the channels of the image; the zeros around them are there already.
    fn lay(&mut self, window: &Window, image: &[f32]) {
        let [height, width] = window.large;
        let channels = self.values.chunks_exact_mut(self.height * self.width);
        for (idx, to) in self.channels.clone().zip(channels) {
            let from = image[idx * height * width..].chunks_exact(width);
            let to = to.chunks_exact_mut(self.width).skip(window.padding[0]);
            for (to, from) in to.zip(from).take(height) {
                to[window.padding[1]..][..width].copy_from_slice(from);
            }
        }
    }

    fn channel(&self, channel: usize) -> &[f32] {
        let area = self.height * self.width;
        &self.values[(channel - self.channels.start) * area..][..area]
    }
}
