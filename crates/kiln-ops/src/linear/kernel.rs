//! The layer over plain slices, and its gradients: three products of matrices.
//!
//! The result is the same for any number of threads: however rows and columns are shared out, every sum is
//! made by one task in one order.

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
    let Sizes { rows, inputs, outputs } = sizes;
    let panelling = Panelling::of(isa, outputs);
    let mut panels = Room::of(panelling.count() * rows * panelling.widest);
    panels.par_chunks_exact_mut(rows * panelling.widest).enumerate().for_each(|(idx, panel)| {
        let (columns, width) = (panelling.columns(idx), panelling.width(idx));
        let panel = &mut panel[..rows * width];
        if columns.len() < width {
            panel.fill(0.0);
        }
        isa.run(Cut { from: grad, stride: outputs, columns, to: panel, width });
    });

    // Rows of the result that one task computes.
    let share = rows_a_task(inputs, rayon::current_num_threads());
    let room = || (Room::of(rows * share), Room::of(share * panelling.widest));
    let fill = |out: &mut [f32]| {
        out.par_chunks_mut(share * outputs).enumerate().for_each_init(
            room,
            |(left, sums), (task, out)| {
                let count = out.len() / outputs;
                let columns = task * share..task * share + count;
                isa.run(Cut { from: x, stride: inputs, columns, to: left, width: share });
                let left = Left { values: &*left, row: 1, column: share, block_stride: 0 };
                for (idx, panel) in panels.chunks_exact(rows * panelling.widest).enumerate() {
                    let (columns, width) = (panelling.columns(idx), panelling.width(idx));
                    let vectors = width / isa.lanes();
                    let right = Right { values: panel, vectors, block_stride: 0 };
                    let product =
                        Product { left, right, rows: count, blocks: 1, block: rows, add: false };
                    if columns.len() == width {
                        let sums = &mut out[columns.start..];
                        isa.run(Write { product, sums, stride: outputs });
                    } else {
                        isa.run(Write { product, sums, stride: width });
                        for (out, sums) in out.chunks_exact_mut(outputs).zip(sums.chunks(width)) {
                            out[columns.clone()].copy_from_slice(&sums[..columns.len()]);
                        }
                    }
                }
            },
        )
    };
    // SAFETY: every panel of every row is written, whole or up to its last column.
    unsafe { written(inputs * outputs, fill) }
}

/// Rows of a matrix that one task computes, so many that every thread has as much to do: whole tiles,
/// few enough to stay in a cache beside a panel.
fn rows_a_task(rows: usize, threads: usize) -> usize {
    let most_of_a_thread = |share: &usize| rows.div_ceil(*share).div_ceil(threads) * share;
    (36..=66).step_by(6).min_by_key(most_of_a_thread).unwrap_or(48)
}

/// The columns of a matrix in panels, the last as narrow as it can be.
#[derive(Clone, Copy)]
struct Panelling {
    columns: usize,
    widest: usize,
    lanes: usize,
}

impl Panelling {
    fn of(isa: Isa, columns: usize) -> Self {
        let lanes = isa.lanes();
        Self { columns, widest: panel_vectors(columns, lanes, isa.vectors()) * lanes, lanes }
    }

    fn count(&self) -> usize {
        self.columns.div_ceil(self.widest)
    }

    fn columns(&self, idx: usize) -> std::ops::Range<usize> {
        idx * self.widest..self.columns.min((idx + 1) * self.widest)
    }

    /// Of a panel, whole vectors.
    fn width(&self, idx: usize) -> usize {
        self.columns(idx).len().next_multiple_of(self.lanes)
    }
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
    let panelling = Panelling::of(isa, columns);
    let room = || (Room::of(inner * panelling.widest), Room::of(rows * panelling.widest));
    let fill = |out: &mut [f32]| {
        let out = Columns::new(out, columns);
        let task = |(panel, sums): &mut (Room, Room), idx: usize| {
            let (some, width) = (panelling.columns(idx), panelling.width(idx));
            let (panel, sums) = (&mut panel[..inner * width], &mut sums[..rows * width]);
            if some.len() < width {
                panel.fill(0.0);
            }
            pack(some.clone(), width, panel);
            let left = Left { values: left, row: inner, column: 1, block_stride: 0 };
            let right = Right { values: &*panel, vectors: width / isa.lanes(), block_stride: 0 };
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
        (0..panelling.count()).into_par_iter().for_each_init(room, task);
    };
    // SAFETY: the panels together are all columns, and each writes every row.
    unsafe { written(rows * columns, fill) }
}
