//! Kernels of 1 x 1: each picture is a matrix of channels by positions, and the weights another.
#![expect(unsafe_code, reason = "outputs are not cleared before they are written")]

use rayon::prelude::*;

use super::Window;
use crate::buffer::{Room, written};
use crate::matrix::{Cut, Left, Product, Right, Transpose, Write, panel_vectors};
use crate::vector::Isa;

/// A convolution that mixes the channels of every position for itself.
#[derive(Debug)]
pub(super) struct Pointwise {
    window: Window,
    isa: Isa,
}

/// One way through the weights: `to[row] = sum over k of weights[row][k] from[k]`.
struct Mix<'a> {
    weights: Left<'a>,
    from: usize,
    to: usize,
}

/// Slices of the batch, each of which sums the weights' gradient of its own.
const SLICES: usize = 8;

impl Pointwise {
    /// The convolution, if it is one of these.
    pub(super) fn new(window: &Window, isa: Isa) -> Option<Self> {
        let plain = window.stride == [1, 1] && window.padding == [0, 0];
        let single = window.kernel == [1, 1] && window.small == window.large;
        (plain && single).then_some(Self { window: *window, isa })
    }

    /// As [`Window::gather`].
    pub(super) fn gather(&self, large: &[f32], weight: &[f32], bias: Option<&[f32]>) -> Vec<f32> {
        let Window { large_channels: from, small_channels: to, .. } = self.window;
        let weights = Left { values: weight, row: from, column: 1, block_stride: 0 };
        self.mix(&Mix { weights, from, to }, large, bias)
    }

    /// As [`Window::spread`].
    pub(super) fn spread(&self, small: &[f32], weight: &[f32], bias: Option<&[f32]>) -> Vec<f32> {
        let Window { small_channels: from, large_channels: to, .. } = self.window;
        let weights = Left { values: weight, row: 1, column: to, block_stride: 0 };
        self.mix(&Mix { weights, from, to }, small, bias)
    }

    /// As [`Window::correlate`].
    pub(super) fn correlate(&self, large: &[f32], small: &[f32]) -> Vec<f32> {
        let (batch, columns) = (self.window.batch, self.window.large_channels);
        let slice = batch.div_ceil(SLICES.min(batch));
        let parts: Vec<Vec<f32>> = (0..batch)
            .into_par_iter()
            .step_by(slice)
            .map(|start| self.products(start..batch.min(start + slice), large, small))
            .collect();
        let (_, width) = self.panel(columns);
        let row = |m: usize, part: &[f32], out: &mut [f32]| {
            let panels = part.chunks_exact(self.window.small_channels * width);
            for (out, panel) in out.chunks_mut(width).zip(panels) {
                let sums = &panel[m * width..];
                out.iter_mut().zip(sums).for_each(|(out, sum)| *out += sum);
            }
        };
        let mut out = vec![0.0; self.window.small_channels * columns];
        for (m, out) in out.chunks_exact_mut(columns).enumerate() {
            parts.iter().for_each(|part| row(m, part, out));
        }
        out
    }

    /// Vectors in a panel of so many columns, and its width.
    fn panel(&self, columns: usize) -> (usize, usize) {
        let vectors = panel_vectors(columns, self.isa.lanes(), self.isa.vectors());
        (vectors, vectors * self.isa.lanes())
    }

    fn mix(&self, mix: &Mix<'_>, pictures: &[f32], bias: Option<&[f32]>) -> Vec<f32> {
        let area = self.window.small_area();
        let (_, width) = self.panel(area);
        let room = || (Room::of(mix.from * width), Room::of(mix.to * width));
        let fill = |out: &mut [f32]| {
            let images = out.par_chunks_exact_mut(mix.to * area);
            let pairs = images.zip(pictures.par_chunks_exact(mix.from * area));
            pairs.for_each_init(room, |room, (out, from)| {
                if let Some(bias) = bias {
                    let rows = out.chunks_exact_mut(area).zip(bias);
                    rows.for_each(|(row, bias)| row.fill(*bias));
                }
                self.mix_one(mix, from, bias.is_some(), out, room);
            });
        };
        // SAFETY: the panels of an image are all its positions, and each writes every channel.
        unsafe { written(self.window.batch * mix.to * area, fill) }
    }

    /// One picture, panel after panel of its positions; over what is there if it is to `add`.
    fn mix_one(
        &self,
        mix: &Mix<'_>,
        from: &[f32],
        add: bool,
        out: &mut [f32],
        (panel, sums): &mut (Room, Room),
    ) {
        let area = self.window.small_area();
        let (vectors, width) = self.panel(area);
        for first in (0..area).step_by(width) {
            let columns = first..area.min(first + width);
            if columns.len() < width {
                panel.fill(0.0);
            }
            let cut = Cut { from, stride: area, columns: columns.clone(), to: panel, width };
            self.isa.run(cut);
            let right = Right { values: &*panel, vectors, block_stride: 0 };
            let (left, rows, block) = (mix.weights, mix.to, mix.from);
            if columns.len() == width {
                let product = Product { left, right, rows, blocks: 1, block, add };
                self.isa.run(Write { product, sums: &mut out[first..], stride: area });
                continue;
            }
            let product = Product { left, right, rows, blocks: 1, block, add: false };
            self.isa.run(Write { product, sums, stride: width });
            for (out, sums) in out.chunks_exact_mut(area).zip(sums.chunks_exact(width)) {
                let out = &mut out[columns.clone()];
                if add {
                    out.iter_mut().zip(sums).for_each(|(out, sum)| *out += sum);
                } else {
                    out.copy_from_slice(&sums[..out.len()]);
                }
            }
        }
    }

    /// Sums over some images, `[panel of large channels][small channel][width]`.
    fn products(&self, images: std::ops::Range<usize>, large: &[f32], small: &[f32]) -> Vec<f32> {
        let Window { large_channels: columns, small_channels: rows, .. } = self.window;
        let area = self.window.small_area();
        let (vectors, width) = self.panel(columns);
        let mut sums = vec![0.0; columns.div_ceil(width) * rows * width];
        let mut panel = Room::zeros(area * width);
        for (first, sums) in (0..columns).step_by(width).zip(sums.chunks_exact_mut(rows * width)) {
            let channels = first..columns.min(first + width);
            if channels.len() < width {
                panel.fill(0.0);
            }
            for image in images.clone() {
                let large = &large[image * columns * area..][channels.start * area..];
                let from = &large[..channels.len() * area];
                self.isa.run(Transpose { from, columns: area, to: &mut panel, width });
                let small = &small[image * rows * area..][..rows * area];
                let left = Left { values: small, row: area, column: 1, block_stride: 0 };
                let right = Right { values: &panel, vectors, block_stride: 0 };
                let product = Product { left, right, rows, blocks: 1, block: area, add: true };
                self.isa.run(Write { product, sums, stride: width });
            }
        }
        sums
    }
}
