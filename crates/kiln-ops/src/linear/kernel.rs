//! The layer over plain slices, and its gradients: three products of matrices.
//!
//! The result is the same for any number of threads: work is split by shape alone, and every sum is
//! made in one order.

#![expect(unsafe_code, reason = "outputs are not cleared before they are written")]

use rayon::prelude::*;

use crate::buffer::{Room, written};
use crate::matrix::{Columns, Cut, Left, Product, Right, Transpose, Write, panel_vectors};
use crate::vector::Isa;

/// Rows of the input, and the two sides of the weight.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    pub(super) rows: usize,
    pub(super) inputs: usize,
    pub(super) outputs: usize,
}

impl Sizes {
    pub(super) fn is_empty(&self) -> bool {
        self.rows == 0 || self.inputs == 0 || self.outputs == 0
    }
}

/// `y = x weight + bias`, with `x` of `[rows][inputs]` and `weight` of `[inputs][outputs]`.
pub(super) fn forward(
    isa: Isa,
    sizes: Sizes,
    x: &[f32],
    weight: &[f32],
    bias: Option<&[f32]>,
) -> Vec<f32> {
    let Sizes { rows, inputs, outputs } = sizes;
    by_panels(isa, (rows, inputs, outputs), x, bias, |columns, width, panel| {
        isa.run(Cut { from: weight, stride: outputs, columns, to: panel, width });
    })
}

/// `dx = dy weight'`.
pub(super) fn x_backward(isa: Isa, sizes: Sizes, weight: &[f32], grad: &[f32]) -> Vec<f32> {
    let Sizes { rows, inputs, outputs } = sizes;
    by_panels(isa, (rows, outputs, inputs), grad, None, |columns, width, panel| {
        let weight = &weight[columns.start * outputs..columns.end * outputs];
        isa.run(Transpose { from: weight, columns: outputs, to: panel, width });
    })
}

/// `dweight = x' dy`.
pub(super) fn weight_backward(isa: Isa, sizes: Sizes, x: &[f32], grad: &[f32]) -> Vec<f32> {
    /// Rows of the result that one task computes.
    const ROWS: usize = 48;
    let Sizes { rows, inputs, outputs } = sizes;
    let vectors = panel_vectors(outputs, isa.lanes(), isa.vectors());
    let width = vectors * isa.lanes();
    let mut panels = Room::of(outputs.div_ceil(width) * rows * width);
    panels.par_chunks_exact_mut(rows * width).enumerate().for_each(|(idx, panel)| {
        let columns = idx * width..outputs.min((idx + 1) * width);
        if columns.len() < width {
            panel.fill(0.0);
        }
        isa.run(Cut { from: grad, stride: outputs, columns, to: panel, width });
    });

    let room = || (Room::of(rows * ROWS), Room::of(ROWS * width));
    let fill = |out: &mut [f32]| {
        out.par_chunks_mut(ROWS * outputs).enumerate().for_each_init(
            room,
            |(left, sums), (task, out)| {
                let count = out.len() / outputs;
                let columns = task * ROWS..task * ROWS + count;
                isa.run(Cut { from: x, stride: inputs, columns, to: left, width: ROWS });
                let left = Left { values: &*left, row: 1, column: ROWS, block_stride: 0 };
                for (idx, panel) in panels.chunks_exact(rows * width).enumerate() {
                    let right = Right { values: panel, vectors, block_stride: 0 };
                    let product =
                        Product { left, right, rows: count, blocks: 1, block: rows, add: false };
                    let first = idx * width;
                    if first + width <= outputs {
                        isa.run(Write { product, sums: &mut out[first..], stride: outputs });
                    } else {
                        isa.run(Write { product, sums, stride: width });
                        for (out, sums) in out.chunks_exact_mut(outputs).zip(sums.chunks(width)) {
                            let out = &mut out[first..];
                            out.copy_from_slice(&sums[..out.len()]);
                        }
                    }
                }
            },
        )
    };
    // SAFETY: every panel of every row is written, whole or up to its last column.
    unsafe { written(inputs * outputs, fill) }
}

/// The sum of each column over the rows.
pub(super) fn column_sums(isa: Isa, columns: usize, x: &[f32]) -> Vec<f32> {
    isa.vectorize(|| {
        let mut sums = vec![0.0; columns];
        for row in x.chunks_exact(columns) {
            for (sum, x) in sums.iter_mut().zip(row) {
                *sum += x;
            }
        }
        sums
    })
}

/// `left right + bias`, of `[rows][inner]` and `[inner][columns]`, where `pack` copies some of the
/// right matrix's columns into a panel of zeros, `[inner][width]`.
fn by_panels(
    isa: Isa,
    (rows, inner, columns): (usize, usize, usize),
    left: &[f32],
    bias: Option<&[f32]>,
    pack: impl Fn(std::ops::Range<usize>, usize, &mut [f32]) + Sync,
) -> Vec<f32> {
    let vectors = panel_vectors(columns, isa.lanes(), isa.vectors());
    let width = vectors * isa.lanes();
    let room = || (Room::of(inner * width), Room::of(rows * width));
    let fill = |out: &mut [f32]| {
        let out = Columns::new(out, columns);
        let task = |(panel, sums): &mut (Room, Room), idx: usize| {
            let some = idx * width..columns.min((idx + 1) * width);
            if some.len() < width {
                panel.fill(0.0);
            }
            pack(some.clone(), width, panel);
            let left = Left { values: left, row: inner, column: 1, block_stride: 0 };
            let right = Right { values: &*panel, vectors, block_stride: 0 };
            let product = Product { left, right, rows, blocks: 1, block: inner, add: false };
            isa.run(Write { product, sums, stride: width });
            let bias = bias.map(|bias| &bias[some.clone()]);
            for (row, sums) in sums.chunks_exact(width).enumerate() {
                // SAFETY: no other task has these columns.
                let out = unsafe { out.of_row(row, some.clone()) };
                match bias {
                    None => out.copy_from_slice(&sums[..some.len()]),
                    Some(bias) => {
                        for ((out, sum), bias) in out.iter_mut().zip(sums).zip(bias) {
                            *out = sum + bias;
                        }
                    }
                }
            }
        };
        (0..columns.div_ceil(width)).into_par_iter().for_each_init(room, task);
    };
    // SAFETY: the panels together are all columns, and each writes every row.
    unsafe { written(rows * columns, fill) }
}
