//! Weights at the points, and their gradients back from there.

use rayon::prelude::*;

use super::layer::Layer;
use super::transform::{of_taps, read_square, to_taps_gradient, write_points};
use crate::buffer::Room;
use crate::matrix::Right;
use crate::vector::{Kernel, Simd};

/// The weights of one grid at every point: `[panel][block of inputs][point][input][output]`.
#[derive(Debug)]
pub(super) struct Points {
    values: Room,
    vectors: usize,
    lanes: usize,
    blocks: usize,
    points: usize,
}

/// Where the weights lie that an output, an input and a tap have in common.
#[derive(Debug)]
pub(super) struct Places {
    /// For each input and tap, `[input][y][x]`: nowhere for one beyond the kernel, which is zero.
    pub(super) offsets: Vec<Option<usize>>,
    pub(super) inputs: usize,
    /// From one output to the next.
    pub(super) stride: usize,
}

impl Places {
    pub(super) fn new(
        inputs: usize,
        taps: usize,
        stride: usize,
        at: impl Fn(usize, [usize; 2]) -> Option<usize>,
    ) -> Self {
        let tap = |k: usize| [k / taps, k % taps];
        let pairs = (0..inputs).flat_map(|input| (0..taps * taps).map(move |k| (input, tap(k))));
        Self { offsets: pairs.map(|(input, tap)| at(input, tap)).collect(), inputs, stride }
    }
}

impl Points {
    pub(super) fn new(layer: &Layer, outputs: usize, places: &Places, weight: &[f32]) -> Self {
        let inputs = places.inputs;
        let lanes = layer.isa.lanes();
        let (vectors, panels) = layer.panels(outputs);
        let blocks = inputs.div_ceil(lanes);
        let points = (layer.taps + 1).pow(2);
        let block = points * lanes * vectors * lanes;
        let mut values = Room::of(panels * blocks * block);
        values.par_chunks_exact_mut(block).enumerate().for_each(|(task, to)| {
            let (panel, block) = (task / blocks, task % blocks);
            let (first, input) = (panel * vectors * lanes, block * lanes);
            let outputs = first..outputs.min(first + vectors * lanes);
            let inputs = input..inputs.min(input + lanes);
            if inputs.len() < lanes {
                // Inputs beyond the last weigh nothing.
                to.fill(0.0);
            }
            match layer.taps {
                2 => layer.isa.run(Pack::<3> { outputs, inputs, vectors, places, weight, to }),
                _ => layer.isa.run(Pack::<4> { outputs, inputs, vectors, places, weight, to }),
            }
        });
        Self { values, vectors, lanes, blocks, points }
    }

    /// The panel of a point, all inputs long.
    pub(super) fn panel(&self, panel: usize, point: usize) -> Right<'_> {
        let matrix = self.lanes * self.vectors * self.lanes;
        let block_stride = self.points * matrix;
        let first = panel * self.blocks * block_stride + point * matrix;
        Right { values: &self.values[first..], vectors: self.vectors, block_stride }
    }
}

/// One block of inputs for one panel of outputs.
struct Pack<'a, const P: usize> {
    outputs: std::ops::Range<usize>,
    inputs: std::ops::Range<usize>,
    vectors: usize,
    places: &'a Places,
    weight: &'a [f32],
    to: &'a mut [f32],
}

impl<const P: usize> Kernel for Pack<'_, P> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        let width = self.vectors * S::LANES;
        for (row, input) in self.inputs.clone().enumerate() {
            for v in 0..self.vectors {
                let first = self.outputs.start + v * S::LANES;
                let outputs = first..self.outputs.end.min(first + S::LANES);
                let mut kernel = [[S::splat(0.0); 3]; 3];
                for (y, line) in kernel.iter_mut().enumerate().take(P - 1) {
                    for (x, vector) in line.iter_mut().enumerate().take(P - 1) {
                        let tap = (input * (P - 1) + y) * (P - 1) + x;
                        let Some(offset) = self.places.offsets[tap] else { continue };
                        let mut at = offset + first * self.places.stride;
                        let mut numbers = [0.0; 16];
                        for number in numbers.iter_mut().take(outputs.len()) {
                            *number = self.weight[at];
                            at += self.places.stride;
                        }
                        *vector = S::read(&numbers);
                    }
                }
                let points = of_taps::<S, P>(kernel);
                let at = row * width + v * S::LANES;
                write_points::<S, P>(points, &mut self.to[at..], S::LANES * width);
            }
        }
    }
}

/// Takes gradients at the points, `[point][panel][input][output]`, back to the weights of one vector
/// of outputs.
pub(super) struct Unpack<'a, const P: usize> {
    pub(super) gradients: &'a [f32],
    /// From a point to the next.
    pub(super) point: usize,
    /// From an input to the next.
    pub(super) width: usize,
    pub(super) places: &'a Places,
    /// As many outputs as are left, up to a vector.
    pub(super) weights: &'a mut [f32],
}

impl<const P: usize> Kernel for Unpack<'_, P> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        let stride = self.places.stride;
        let outputs = self.weights.len() / stride;
        for input in 0..self.places.inputs {
            let from = &self.gradients[input * self.width..];
            let points = read_square::<S, P>(from, P * self.point, self.point);
            let kernel = to_taps_gradient::<S, P>(points);
            for (y, line) in kernel.iter().enumerate().take(P - 1) {
                for (x, vector) in line.iter().enumerate().take(P - 1) {
                    let mut numbers = [0.0; 16];
                    S::write(*vector, &mut numbers);
                    let tap = (input * (P - 1) + y) * (P - 1) + x;
                    let Some(mut at) = self.places.offsets[tap] else { continue };
                    for number in numbers.iter().take(outputs) {
                        self.weights[at] = *number;
                        at += stride;
                    }
                }
            }
        }
    }
}
