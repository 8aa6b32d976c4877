//! The gradient of the weights.
#![expect(unsafe_code, reason = "outputs are not cleared before they are written")]

use rayon::prelude::*;

use super::frame::Frame;
use super::layer::{Grid, Layer};
use super::transform::{of_input, of_output_gradient, read_square, write_points};
use super::weights::Unpack;
use crate::buffer::{Room, written};
use crate::matrix::{Left, Product, Right};
use crate::vector::{Kernel, Simd};

/// Numbers at the points that are kept at once: they stay in the third cache.
const KEPT: usize = 1 << 20;

impl Layer {
    /// What [`Window::correlate`](super::super::Window::correlate) gives.
    pub(in super::super) fn correlate(&self, large: &[f32], small: &[f32]) -> Vec<f32> {
        let sides = Sides::new(self);
        let (large_image, small_image) = (self.window.large_image(), self.window.small_image());
        let images = (KEPT / (sides.large_kept + sides.small_kept)).clamp(1, self.window.batch);

        let mut seen = Room::of(images * sides.large_kept);
        let mut told = Room::of(images * sides.small_kept);
        let mut sums = Room::of(sides.n_points * sides.panels * sides.panel());
        let smalls = small.chunks(images * small_image);
        for (idx, (large, small)) in large.chunks(images * large_image).zip(smalls).enumerate() {
            let n_images = large.len() / large_image;
            let pairs = seen.par_chunks_exact_mut(sides.large_kept);
            let pairs = pairs.zip(told.par_chunks_exact_mut(sides.small_kept)).take(n_images);
            let pictures = large.par_chunks_exact(large_image);
            let pictures = pictures.zip(small.par_chunks_exact(small_image));
            let scratch = || [Room::zeros(sides.large.len()), Room::zeros(sides.small.len())];
            pairs.zip(pictures).for_each_init(scratch, |[a, b], ((seen, told), (large, small))| {
                let (sides, frames) = (&sides, (&mut **a, &mut **b));
                match self.taps {
                    2 => self.isa.run(Look::<3> { sides, large, small, frames, seen, told }),
                    _ => self.isa.run(Look::<4> { sides, large, small, frames, seen, told }),
                }
            });
            sums.par_chunks_exact_mut(sides.panel()).enumerate().for_each(|(task, sums)| {
                let (point, panel) = (task / sides.panels, task % sides.panels);
                let (seen, told, sides, add) = (&*seen, &*told, &sides, idx > 0);
                self.isa.run(Sum { sides, seen, told, point, panel, n_images, add, sums });
            });
        }
        self.weights(&sides, &sums)
    }

    /// Takes the sums at the points back to the weights.
    fn weights(&self, sides: &Sides, sums: &[f32]) -> Vec<f32> {
        let lanes = self.isa.lanes();
        let places = &self.places();
        let task = |(vector, weights): (usize, &mut [f32])| {
            let (panel, lane) = (vector / sides.vectors, vector % sides.vectors);
            let gradients = &sums[panel * sides.panel() + lane * lanes..];
            let (point, width) = (sides.panels * sides.panel(), sides.vectors * lanes);
            match self.taps {
                2 => self.isa.run(Unpack::<3> { gradients, point, width, places, weights }),
                _ => self.isa.run(Unpack::<4> { gradients, point, width, places, weights }),
            }
        };
        let fill = |out: &mut [f32]| {
            out.par_chunks_mut(lanes * places.stride).enumerate().for_each(task);
        };
        // SAFETY: every tap of every pair of channels is written.
        unsafe { written(self.window.small_channels * places.stride, fill) }
    }
}

/// Both pictures, and what is kept of each at the points.
struct Sides {
    large: Frame,
    small: Frame,
    /// Of the pixels of both in their frames.
    places: [Vec<Option<usize>>; 2],
    grid: Grid,
    n_points: usize,
    vectors: usize,
    panels: usize,
    lanes: usize,
    /// Numbers of one image: `[point][block of inputs][tile][input]`.
    large_kept: usize,
    /// Numbers of one image: `[point][panel][tile][output]`.
    small_kept: usize,
}

impl Sides {
    fn new(layer: &Layer) -> Self {
        let (large, grid) = layer.onto();
        let (vectors, panels) = layer.panels(layer.window.small_channels);
        let lanes = layer.isa.lanes();
        let [rows, columns] = grid.tiles().map(|tiles| 2 * tiles);
        let depth = panels * vectors * lanes;
        let small = Frame {
            channels: layer.window.small_channels,
            picture: layer.window.small,
            stride: [1, 1],
            padding: [0, 0],
            rows,
            columns,
            depth,
        };
        let n_points = (layer.taps + 1).pow(2);
        let kept = |depth: usize| n_points * grid.n_tiles() * depth;
        let (large_kept, small_kept) = (kept(large.depth), kept(depth));
        let places = [large.places(), small.places()];
        Self {
            large,
            small,
            places,
            grid,
            n_points,
            vectors,
            panels,
            lanes,
            large_kept,
            small_kept,
        }
    }

    /// Sums of one panel at one point: `[input][output]`.
    fn panel(&self) -> usize {
        self.large.depth * self.vectors * self.lanes
    }
}

/// Brings the tiles of one image to the points.
struct Look<'a, const P: usize> {
    sides: &'a Sides,
    large: &'a [f32],
    small: &'a [f32],
    /// Room for both in their frames.
    frames: (&'a mut [f32], &'a mut [f32]),
    seen: &'a mut [f32],
    told: &'a mut [f32],
}

impl<const P: usize> Kernel for Look<'_, P> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        let Sides { large, small, grid, places, .. } = self.sides;
        let (seen, told) = self.frames;
        large.lay::<S>(&places[0], self.large, seen);
        small.lay::<S>(&places[1], self.small, told);
        let n_tiles = grid.n_tiles();
        for tile in 0..n_tiles {
            let [row, column] = grid.patch(tile);
            for block in 0..large.depth / S::LANES {
                let from = &seen[large.at(row, column) + block * S::LANES..];
                let patch = read_square::<S, P>(from, large.row(), large.depth);
                let points = of_input::<S, P>(patch);
                let at = (block * n_tiles + tile) * S::LANES;
                write_points::<S, P>(points, &mut self.seen[at..], n_tiles * large.depth);
            }
            let width = self.sides.vectors * S::LANES;
            for v in 0..small.depth / S::LANES {
                let from = &told[small.at(row, column) + v * S::LANES..];
                let gradient = read_square::<S, 2>(from, small.row(), small.depth);
                let points = of_output_gradient::<S, P>(gradient);
                let (panel, lane) = (v * S::LANES / width, v * S::LANES % width);
                let at = (panel * n_tiles + tile) * width + lane;
                write_points::<S, P>(points, &mut self.told[at..], n_tiles * small.depth);
            }
        }
    }
}

/// Adds up what some images bring to one panel at one point.
struct Sum<'a> {
    sides: &'a Sides,
    seen: &'a [f32],
    told: &'a [f32],
    point: usize,
    panel: usize,
    n_images: usize,
    /// Whether other images came before.
    add: bool,
    sums: &'a mut [f32],
}

impl Kernel for Sum<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        let Sides { ref large, grid, vectors, panels, large_kept, small_kept, .. } = *self.sides;
        let (n_tiles, width) = (grid.n_tiles(), vectors * S::LANES);
        let first = (self.point * panels + self.panel) * n_tiles * width;
        let right = Right { values: &self.told[first..], vectors, block_stride: small_kept };
        let inputs = large.depth / S::LANES;
        for (idx, sums) in self.sums.chunks_exact_mut(S::LANES * width).enumerate() {
            let first = (self.point * inputs + idx) * n_tiles * S::LANES;
            let values = &self.seen[first..];
            let left = Left { values, row: 1, column: S::LANES, block_stride: large_kept };
            let (rows, blocks, block) = (S::LANES, self.n_images, n_tiles);
            Product { left, right, rows, blocks, block, add: self.add }.write::<S>(sums, width);
        }
    }
}
