//! The inner loop: a block of rows times a panel of columns, their sums in registers.
#![expect(unsafe_code, reason = "vector access, its bounds checked once a call")]

use crate::vector::{Kernel, Simd};

/// The left matrix. Its number in row `r` and column `k` lies at `r * row + (k / block) *
/// block_stride + (k % block) * column`, with `block` the [product's](Product).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Left<'a> {
    pub(crate) values: &'a [f32],
    pub(crate) row: usize,
    pub(crate) column: usize,
    pub(crate) block_stride: usize,
}

/// A panel of the right matrix: `[k][column]`, as wide as its vectors, in blocks like the left one's
/// columns.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Right<'a> {
    pub(crate) values: &'a [f32],
    /// Vectors in a row, at most [`Simd::VECTORS`].
    pub(crate) vectors: usize,
    pub(crate) block_stride: usize,
}

/// `sums[row] (+)= sum over k of left[row][k] * right[k]`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Product<'a> {
    pub(crate) left: Left<'a>,
    pub(crate) right: Right<'a>,
    pub(crate) rows: usize,
    /// Blocks of the inner dimension, and what each holds.
    pub(crate) blocks: usize,
    pub(crate) block: usize,
    /// Whether to add to what the sums hold.
    pub(crate) add: bool,
}

/// Vectors in each panel of a matrix with so many columns: as wide as a tile goes, and all alike.
pub(crate) fn panel_vectors(columns: usize, lanes: usize, most: usize) -> usize {
    let vectors = columns.div_ceil(lanes);
    vectors.div_ceil(vectors.div_ceil(most))
}

/// Most rows in a tile.
const ROWS: usize = 6;

impl Product<'_> {
    /// Computes the sums, whose rows are `stride` apart.
    ///
    /// # Panics
    ///
    /// When a number lies outside its slice.
    #[inline(always)]
    pub(crate) fn write<S: Simd>(&self, sums: &mut [f32], stride: usize) {
        let width = self.right.vectors * S::LANES;
        assert!(self.rows > 0 && (self.rows - 1) * stride + width <= sums.len(), "sums");
        // SAFETY: the sums lie inside their slice.
        unsafe { self.write_to::<S>(sums.as_mut_ptr(), stride) }
    }

    /// The same through a pointer, where others write between the rows.
    ///
    /// # Safety
    ///
    /// `rows` rows of the panel's width, `stride` apart, can be written, and nobody else writes
    /// them.
    #[inline(always)]
    pub(crate) unsafe fn write_to<S: Simd>(&self, sums: *mut f32, stride: usize) {
        let Self { left, right, rows, blocks, block, .. } = *self;
        let width = right.vectors * S::LANES;
        if rows == 0 || blocks == 0 || block == 0 {
            return;
        }
        let last = (rows - 1) * left.row + (block - 1) * left.column;
        assert!(last + (blocks - 1) * left.block_stride < left.values.len(), "left matrix");
        let last = (blocks - 1) * right.block_stride + block * width;
        assert!(last <= right.values.len() && right.vectors <= S::VECTORS, "right matrix");
        let n_tiles = rows.div_ceil(ROWS);
        for tile in 0..n_tiles {
            let (start, end) = (tile * rows / n_tiles, (tile + 1) * rows / n_tiles);
            // SAFETY: the asserts cover what is read, the caller's promise what is written.
            unsafe { self.tile_of::<S>(start, end - start, sums.add(start * stride), stride) }
        }
    }

    /// # Safety
    ///
    /// As for [`write_to`](Self::write_to), which has checked the slices.
    #[inline(always)]
    unsafe fn tile_of<S: Simd>(&self, start: usize, rows: usize, sums: *mut f32, stride: usize) {
        macro_rules! tiles {
            ($($rows:literal)*) => {
                // SAFETY: the caller's promise.
                unsafe {
                    match (rows, self.right.vectors) {
                        $(
                            ($rows, 1) => self.tile::<S, $rows, 1>(start, sums, stride),
                            ($rows, 2) => self.tile::<S, $rows, 2>(start, sums, stride),
                            ($rows, 3) => self.tile::<S, $rows, 3>(start, sums, stride),
                            ($rows, 4) => self.tile::<S, $rows, 4>(start, sums, stride),
                        )*
                        _ => unreachable!("tiles of six rows and four vectors at most"),
                    }
                }
            };
        }
        tiles!(1 2 3 4 5 6);
    }

    /// # Safety
    ///
    /// As for [`write_to`](Self::write_to), which has checked the slices.
    #[inline(always)]
    unsafe fn tile<S: Simd, const ROWS: usize, const VECTORS: usize>(
        &self,
        start: usize,
        sums: *mut f32,
        stride: usize,
    ) {
        // SAFETY: the caller's promise covers every address below.
        unsafe {
            let mut acc: [[S::Vector; VECTORS]; ROWS] = if self.add {
                std::array::from_fn(|row| {
                    std::array::from_fn(|v| S::load(sums.add(row * stride + v * S::LANES)))
                })
            } else {
                [[S::splat(0.0); VECTORS]; ROWS]
            };
            let row_stride = self.left.row;
            for block in 0..self.blocks {
                let first = start * row_stride + block * self.left.block_stride;
                let mut left = self.left.values.as_ptr().add(first);
                let mut right = self.right.values.as_ptr().add(block * self.right.block_stride);
                for _ in 0..self.block {
                    let vectors: [S::Vector; VECTORS] =
                        std::array::from_fn(|v| S::load(right.add(v * S::LANES)));
                    for (row, acc) in acc.iter_mut().enumerate() {
                        let number = S::splat(*left.add(row * row_stride));
                        for (acc, vector) in acc.iter_mut().zip(vectors) {
                            *acc = S::multiply_add(number, vector, *acc);
                        }
                    }
                    left = left.wrapping_add(self.left.column);
                    right = right.wrapping_add(VECTORS * S::LANES);
                }
            }
            for (row, acc) in acc.into_iter().enumerate() {
                for (v, acc) in acc.into_iter().enumerate() {
                    S::store(acc, sums.add(row * stride + v * S::LANES));
                }
            }
        }
    }
}

/// A product to be [written](Product::write).
pub(crate) struct Write<'a> {
    pub(crate) product: Product<'a>,
    pub(crate) sums: &'a mut [f32],
    pub(crate) stride: usize,
}

impl Kernel for Write<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        self.product.write::<S>(self.sums, self.stride);
    }
}
