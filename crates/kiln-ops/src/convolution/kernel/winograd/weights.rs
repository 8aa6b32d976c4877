//! Weights at the points, and their gradients back from there.

use rayon::prelude::*;

use super::layer::Layer;
use super::transform::{of_taps, to_taps_gradient};
use crate::matrix::Right;
use crate::vector::{Kernel, Simd};

/// The weights of one grid at every point: `[panel][block of inputs][point][input][output]`.
#[derive(Debug)]
pub(super) struct Points {
    values: Vec<f32>,
    vectors: usize,
    lanes: usize,
    blocks: usize,
    points: usize,
}

/// Reads the weight of an output, an input, and a tap's row and column.
pub(super) trait Weigh: Fn(usize, usize, [usize; 2]) -> f32 + Sync {}
impl<F: Fn(usize, usize, [usize; 2]) -> f32 + Sync> Weigh for F {}

impl Points {
    pub(super) fn new(layer: &Layer, outputs: usize, inputs: usize, weight: impl Weigh) -> Self {
        let lanes = layer.isa.lanes();
        let (vectors, panels) = layer.panels(outputs);
        let blocks = inputs.div_ceil(lanes);
        let points = (layer.taps + 1).pow(2);
        let block = points * lanes * vectors * lanes;
        let mut values = vec![0.0; panels * blocks * block];
        values.par_chunks_exact_mut(block).enumerate().for_each(|(task, to)| {
            let (panel, block) = (task / blocks, task % blocks);
            let (first, input) = (panel * vectors * lanes, block * lanes);
            let outputs = first..outputs.min(first + vectors * lanes);
            let inputs = input..inputs.min(input + lanes);
            let weight = &weight;
            match layer.taps {
                2 => layer.isa.run(Pack::<_, 3> { outputs, inputs, vectors, weight, to }),
                _ => layer.isa.run(Pack::<_, 4> { outputs, inputs, vectors, weight, to }),
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
struct Pack<'a, F, const P: usize> {
    outputs: std::ops::Range<usize>,
    inputs: std::ops::Range<usize>,
    vectors: usize,
    weight: &'a F,
    to: &'a mut [f32],
}

impl<F: Weigh, const P: usize> Kernel for Pack<'_, F, P> {
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
                        let mut numbers = [0.0; 16];
                        for (number, output) in numbers.iter_mut().zip(outputs.clone()) {
                            *number = (self.weight)(output, input, [y, x]);
                        }
                        *vector = S::read(&numbers);
                    }
                }
                let points = of_taps::<S, P>(kernel);
                for (point, vector) in points.as_flattened().iter().enumerate() {
                    let at = (point * S::LANES + row) * width + v * S::LANES;
                    S::write(*vector, &mut self.to[at..]);
                }
            }
        }
    }
}

/// Takes gradients at the points, `[point][panel][input][output]`, back to one vector of outputs:
/// hands each output's number in the vector, input, tap and gradient to `put`.
pub(super) struct Unpack<'a, F, const P: usize> {
    pub(super) gradients: &'a [f32],
    /// From a point to the next.
    pub(super) point: usize,
    /// From an input to the next.
    pub(super) width: usize,
    pub(super) inputs: usize,
    pub(super) put: F,
}

impl<F: FnMut(usize, [usize; 2], &[f32]), const P: usize> Kernel for Unpack<'_, F, P> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self) {
        for input in 0..self.inputs {
            let points: [[S::Vector; P]; P] = std::array::from_fn(|y| {
                std::array::from_fn(|x| {
                    S::read(&self.gradients[(y * P + x) * self.point + input * self.width..])
                })
            });
            let kernel = to_taps_gradient::<S, P>(points);
            for (y, line) in kernel.iter().enumerate().take(P - 1) {
                for (x, vector) in line.iter().enumerate().take(P - 1) {
                    let mut numbers = [0.0; 16];
                    S::write(*vector, &mut numbers);
                    (self.put)(input, [y, x], &numbers[..S::LANES]);
                }
            }
        }
    }
}
