//! From one picture to the other.
#![expect(unsafe_code, reason = "outputs are not cleared before they are written")]

use rayon::prelude::*;

use super::super::share::images_a_task;
use super::frame::{Frame, unlay};
use super::layer::{Grid, Layer};
use super::transform::{of_input, read_square, to_output, write_points};
use super::weights::{Places, Points};
use crate::buffer::{Room, written};
use crate::matrix::{Left, Product};
use crate::vector::{Kernel, Simd};

/// Tiles that go through the points together: what they are there stays in the second cache.
const TILES: usize = 48;

impl Layer {
    /// What [`Window::gather`](super::super::Window::gather) gives.
    pub(in super::super) fn gather(
        &self,
        large: &[f32],
        weight: &[f32],
        bias: Option<&[f32]>,
    ) -> Vec<f32> {
        let window = &self.window;
        let (frame, grid) = self.onto();
        let points = Points::new(self, window.small_channels, &self.places(), weight);
        let passes = [Pass { grid, points }];
        let picture = (window.small_channels, window.small);
        self.apply(&frame, &passes, large, bias, picture)
    }

    /// What [`Window::spread`](super::super::Window::spread) gives.
    pub(in super::super) fn spread(
        &self,
        small: &[f32],
        weight: &[f32],
        bias: Option<&[f32]>,
    ) -> Vec<f32> {
        let window = &self.window;
        let (outputs, inputs) = (window.large_channels, window.small_channels);
        let (frame, phases) = self.back();
        let last = self.taps - 1;
        let passes: Vec<_> = phases
            .into_iter()
            .map(|(rest, grid)| {
                let places = Places::new(inputs, self.taps, window.taps(), |m, tap| {
                    let [y, x] =
                        [0, 1].map(|axis| (last - tap[axis]) * window.stride[axis] + rest[axis]);
                    let inside = y < window.kernel[0] && x < window.kernel[1];
                    inside.then_some(m * outputs * window.taps() + y * window.kernel[1] + x)
                });
                Pass { grid, points: Points::new(self, outputs, &places, weight) }
            })
            .collect();
        self.apply(&frame, &passes, small, bias, (outputs, window.large))
    }

    fn apply(
        &self,
        frame: &Frame,
        passes: &[Pass],
        from: &[f32],
        bias: Option<&[f32]>,
        (outputs, picture): (usize, [usize; 2]),
    ) -> Vec<f32> {
        let batch = self.window.batch;
        let from_image = from.len() / batch;
        let area = picture[0] * picture[1];
        let out_image = outputs * area;
        let n_tiles = passes.iter().map(|pass| pass.grid.n_tiles()).max().unwrap_or(1);
        let images = images_a_task(batch, TILES.div_ceil(n_tiles));
        let (vectors, panels) = self.panels(outputs);
        let n_points = (self.taps + 1).pow(2);
        let depth = panels * vectors * self.isa.lanes();

        let places = frame.places();
        let scratch = || Scratch {
            frames: Room::zeros(images * frame.len()),
            seen: Room::of(n_points * TILES * frame.depth),
            sums: Room::of(n_points * TILES * depth),
            positions: Room::of(images * area * depth),
        };
        let task = |scratch: &mut Scratch, (out, from): (&mut [f32], &[f32])| {
            let n_images = from.len() / from_image;
            let frames = scratch.frames.chunks_exact_mut(frame.len());
            for (picture, to) in from.chunks_exact(from_image).zip(frames) {
                self.isa.run(Lay { frame, places: &places, picture, to });
            }
            for Pass { grid, points } in passes {
                let width = picture[1];
                let task =
                    Task::<3> { n_images, frame, grid, points, panels, width, area, scratch };
                match self.taps {
                    2 => self.isa.run(task),
                    _ => self.isa.run(task.of_four()),
                }
            }
            let positions = scratch.positions.chunks_exact(area * depth);
            for (out, positions) in out.chunks_exact_mut(out_image).zip(positions) {
                self.isa.run(Unlay { positions, depth, bias, out });
            }
        };
        let fill = |out: &mut [f32]| {
            let tasks = out.par_chunks_mut(images * out_image);
            tasks.zip(from.par_chunks(images * from_image)).for_each_init(scratch, task);
        };
        // SAFETY: each picture is copied whole from its positions, and the passes write them all.
        unsafe { written(batch * out_image, fill) }
    }
}

/// Some outputs of every picture, and the weights that make them.
struct Pass {
    grid: Grid,
    points: Points,
}

/// Room for one task.
struct Scratch {
    frames: Room,
    /// `[point][block of inputs][tile][input]`.
    seen: Room,
    /// `[point][panel][tile][output]`.
    sums: Room,
    /// The pictures that come out, `[image][y][x][output]`.
    positions: Room,
}

struct Lay<'a> {
    frame: &'a Frame,
    places: &'a [Option<usize>],
    picture: &'a [f32],
    to: &'a mut [f32],
}

impl Kernel for Lay<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        self.frame.lay::<S>(self.places, self.picture, self.to);
    }
}

struct Unlay<'a> {
    positions: &'a [f32],
    depth: usize,
    bias: Option<&'a [f32]>,
    out: &'a mut [f32],
}

impl Kernel for Unlay<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        unlay::<S>(self.positions, self.depth, self.bias, self.out);
    }
}

/// One pass over some images.
struct Task<'a, const P: usize> {
    n_images: usize,
    frame: &'a Frame,
    grid: &'a Grid,
    points: &'a Points,
    panels: usize,
    /// Columns and positions of the picture that comes out.
    width: usize,
    area: usize,
    scratch: &'a mut Scratch,
}

impl<'a> Task<'a, 3> {
    /// The same with four points a direction.
    fn of_four(self) -> Task<'a, 4> {
        let Task { n_images, frame, grid, points, panels, width, area, scratch } = self;
        Task { n_images, frame, grid, points, panels, width, area, scratch }
    }
}

impl<const P: usize> Kernel for Task<'_, P> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self) {
        let total = self.n_images * self.grid.n_tiles();
        // Chunks of like size: the last would else be small.
        let chunks = total.div_ceil(TILES);
        for chunk in 0..chunks {
            let tiles = chunk * total / chunks..(chunk + 1) * total / chunks;
            self.look::<S>(tiles.clone());
            self.multiply::<S>(tiles.len());
            self.place::<S>(tiles);
        }
    }
}

impl<const P: usize> Task<'_, P> {
    /// Brings the tiles' patches to the points.
    #[inline(always)]
    fn look<S: Simd>(&mut self, tiles: std::ops::Range<usize>) {
        let Scratch { frames, seen, .. } = &mut *self.scratch;
        let point = TILES * self.frame.depth;
        for (slot, tile) in tiles.enumerate() {
            let (image, tile) = (tile / self.grid.n_tiles(), tile % self.grid.n_tiles());
            let [row, column] = self.grid.patch(tile);
            let frame = &frames[image * self.frame.len()..][..self.frame.len()];
            for block in 0..self.frame.depth / S::LANES {
                let from = &frame[self.frame.at(row, column) + block * S::LANES..];
                let patch = read_square::<S, P>(from, self.frame.row(), self.frame.depth);
                let points = of_input::<S, P>(patch);
                let at = (block * TILES + slot) * S::LANES;
                write_points::<S, P>(points, &mut seen[at..], point);
            }
        }
    }

    /// Multiplies by the weights, point by point.
    #[inline(always)]
    fn multiply<S: Simd>(&mut self, rows: usize) {
        let Scratch { seen, sums, .. } = &mut *self.scratch;
        let depth = self.frame.depth;
        for point in 0..P * P {
            let left = Left {
                values: &seen[point * TILES * depth..][..TILES * depth],
                row: S::LANES,
                column: 1,
                block_stride: TILES * S::LANES,
            };
            for panel in 0..self.panels {
                let right = self.points.panel(panel, point);
                let width = right.vectors * S::LANES;
                let (blocks, block) = (depth / S::LANES, S::LANES);
                let product = Product { left, right, rows, blocks, block, add: false };
                let first = (point * self.panels + panel) * TILES * width;
                product.write::<S>(&mut sums[first..][..TILES * width], width);
            }
        }
    }

    /// Brings the sums from the points to the tiles' outputs.
    #[inline(always)]
    fn place<S: Simd>(&mut self, tiles: std::ops::Range<usize>) {
        let Scratch { sums, positions, .. } = &mut *self.scratch;
        let panel_width = self.points.panel(0, 0).vectors * S::LANES;
        let depth = self.panels * panel_width;
        for (slot, tile) in tiles.enumerate() {
            let (image, tile) = (tile / self.grid.n_tiles(), tile % self.grid.n_tiles());
            let places = self.grid.places(tile);
            let positions = &mut positions[image * self.area * depth..][..self.area * depth];
            for v in 0..depth / S::LANES {
                let (panel, lane) = (v * S::LANES / panel_width, v * S::LANES % panel_width);
                let at = (panel * TILES + slot) * panel_width + lane;
                let point = TILES * depth;
                let points = read_square::<S, P>(&sums[at..], P * point, point);
                let outputs = to_output::<S, P>(points);
                for (places, outputs) in places.iter().zip(outputs) {
                    for (place, output) in places.iter().zip(outputs) {
                        if let Some([y, x]) = place {
                            let at = (y * self.width + x) * depth + v * S::LANES;
                            S::write(output, &mut positions[at..]);
                        }
                    }
                }
            }
        }
    }
}
