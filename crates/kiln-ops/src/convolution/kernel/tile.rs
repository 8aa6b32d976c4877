//! The one inner loop: rows of weights times shifted vectors.
#![expect(unsafe_code, reason = "unaligned vector access, its bounds checked once a call")]

use crate::vector::{Isa, Kernel, Simd};

/// `sums[row][v] = sum over k of weights[k][row] * from[bases[v] + offsets[k] ..]`, where `v`
/// counts vectors.
#[derive(Debug, Clone, Copy)]
pub(super) struct Product<'a> {
    /// `[k][rows]`.
    pub(super) weights: &'a [f32],
    /// For each `k`.
    pub(super) offsets: &'a [usize],
    /// What the vectors are read from.
    pub(super) from: &'a [f32],
    /// For each vector.
    pub(super) bases: &'a [usize],
    /// Whether to add to what `sums` holds.
    pub(super) add: bool,
}

/// Rows of the next tile, when `left` are left: 8 with AVX-512, else 4, or what is left.
pub(super) fn rows(isa: Isa, left: usize) -> usize {
    let most = isa.lanes() / 2;
    if left >= most { most } else { left.min(4) }
}

/// A product of `rows` rows, as [`rows`] gave them.
pub(super) struct Rows<'a> {
    pub(super) rows: usize,
    pub(super) product: Product<'a>,
    pub(super) sums: &'a mut [f32],
}

impl Kernel for Rows<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        match self.rows {
            8 => product::<S, 8>(self.product, self.sums),
            4 => product::<S, 4>(self.product, self.sums),
            3 => product::<S, 3>(self.product, self.sums),
            2 => product::<S, 2>(self.product, self.sums),
            _ => product::<S, 1>(self.product, self.sums),
        }
    }
}

/// Computes the product, three vectors at a time: with eight rows their sums fill 24 of the 32
/// registers of AVX-512, with four rows 12 of AVX2's 16. Fewer rows take six vectors, or their sums
/// would be too few to keep the multipliers busy.
#[inline(always)]
fn product<S: Simd, const ROWS: usize>(product: Product<'_>, sums: &mut [f32]) {
    let Product { weights, offsets, from, bases, .. } = product;
    let farthest = bases.iter().max().unwrap_or(&0) + offsets.iter().max().unwrap_or(&0);
    assert!(farthest + S::LANES <= from.len(), "a vector ends outside");
    assert!(weights.len() == offsets.len() * ROWS && sums.len() >= ROWS * bases.len() * S::LANES);
    let six = ROWS <= S::LANES / 4;
    let mut first = 0;
    while first < bases.len() {
        // SAFETY: no vector ends outside of `from`, nor outside of a row of `sums`.
        first += unsafe {
            match bases.len() - first {
                6.. if six => tile::<S, ROWS, 6>(product, first, sums.as_mut_ptr()),
                1 => tile::<S, ROWS, 1>(product, first, sums.as_mut_ptr()),
                2 | 4 => tile::<S, ROWS, 2>(product, first, sums.as_mut_ptr()),
                _ => tile::<S, ROWS, 3>(product, first, sums.as_mut_ptr()),
            }
        };
    }
}

/// Vectors `first..first + VECTORS` of every row; returns how many they are.
///
/// # Safety
///
/// All that the product reads must lie in its slices, and `sums` must have as many rows of
/// `bases.len()` vectors.
#[inline(always)]
unsafe fn tile<S: Simd, const ROWS: usize, const VECTORS: usize>(
    product: Product<'_>,
    first: usize,
    sums: *mut f32,
) -> usize {
    let place = |row: usize, v: usize| (row * product.bases.len() + first + v) * S::LANES;
    // SAFETY: the caller's promise covers every address below.
    unsafe {
        let from: [*const f32; VECTORS] =
            std::array::from_fn(|v| product.from.as_ptr().add(product.bases[first + v]));
        let mut acc: [[S::Vector; VECTORS]; ROWS] = if product.add {
            std::array::from_fn(|row| std::array::from_fn(|v| S::load(sums.add(place(row, v)))))
        } else {
            [[S::splat(0.0); VECTORS]; ROWS]
        };
        let mut weights = product.weights.as_ptr();
        for &offset in product.offsets {
            let vectors: [S::Vector; VECTORS] =
                std::array::from_fn(|v| S::load(from[v].add(offset)));
            for (row, acc) in acc.iter_mut().enumerate() {
                let weight = S::splat(*weights.add(row));
                for (acc, vector) in acc.iter_mut().zip(vectors) {
                    *acc = S::multiply_add(weight, vector, *acc);
                }
            }
            weights = weights.add(ROWS);
        }
        for (row, acc) in acc.into_iter().enumerate() {
            for (v, acc) in acc.into_iter().enumerate() {
                S::store(acc, sums.add(place(row, v)));
            }
        }
    }
    VECTORS
}
