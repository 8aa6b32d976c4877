//! Parts of matrices, copied to where a product reads them.

use crate::vector::{Kernel, Simd};

/// Rows between the one that is copied and the one that is fetched.
const AHEAD: usize = 8;

/// Copies some columns of rows of `stride` numbers into rows of `width`.
pub(crate) struct Cut<'a> {
    pub(crate) from: &'a [f32],
    pub(crate) stride: usize,
    pub(crate) columns: std::ops::Range<usize>,
    pub(crate) to: &'a mut [f32],
    pub(crate) width: usize,
}

impl Kernel for Cut<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        let whole = self.columns.len() - self.columns.len() % S::LANES;
        let rows = self.from.chunks_exact(self.stride);
        // Each row is a page of memory of its own, which no processor looks ahead to by itself.
        let later = self.from.get(AHEAD * self.stride..).unwrap_or_default();
        let mut later = later.chunks_exact(self.stride);
        for (to, from) in self.to.chunks_exact_mut(self.width).zip(rows) {
            if let Some(row) = later.next() {
                row[self.columns.clone()].chunks(16).for_each(S::prefetch);
            }
            let from = &from[self.columns.clone()];
            for idx in (0..whole).step_by(S::LANES) {
                S::write(S::read(&from[idx..]), &mut to[idx..]);
            }
            to[whole..from.len()].copy_from_slice(&from[whole..]);
        }
    }
}

/// Copies rows of `columns` numbers into columns of `width`.
pub(crate) struct Transpose<'a> {
    pub(crate) from: &'a [f32],
    pub(crate) columns: usize,
    pub(crate) to: &'a mut [f32],
    pub(crate) width: usize,
}

impl Kernel for Transpose<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self) {
        let Self { from, columns, to, width } = self;
        let rows = from.len() / columns;
        let whole = [rows, columns].map(|n| n - n % S::LANES);
        for row in (0..whole[0]).step_by(S::LANES) {
            for column in (0..whole[1]).step_by(S::LANES) {
                let mut square = [S::splat(0.0); 16];
                for (idx, line) in square.iter_mut().enumerate().take(S::LANES) {
                    *line = S::read(&from[(row + idx) * columns + column..]);
                }
                let square = S::transpose(square);
                for (idx, line) in square.into_iter().enumerate().take(S::LANES) {
                    S::write(line, &mut to[(column + idx) * width + row..]);
                }
            }
        }
        for row in 0..rows {
            let first = if row < whole[0] { whole[1] } else { 0 };
            for column in first..columns {
                to[column * width + row] = from[row * columns + column];
            }
        }
    }
}
