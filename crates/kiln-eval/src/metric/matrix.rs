//! Dense matrices of `f64` for the metrics: rows of features as columns, products, roots.

use std::ops::Range;

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par, Side};
use rayon::prelude::*;

use crate::{EvalError, Features};

/// Columns that one task computes. Fixed, so that no sum depends on the number of threads.
pub(super) const PANEL: usize = 256;

/// These rows as columns: `[width, rows]`, each contiguous.
pub(super) fn columns(features: &Features, rows: Range<usize>) -> Mat<f64> {
    let start = rows.start;
    Mat::from_fn(features.width(), rows.len(), |i, j| f64::from(features.row(start + j)[i]))
}

/// Columns of `0..n`, cut into panels.
pub(super) fn panels(n: usize) -> Vec<Range<usize>> {
    (0..n.div_ceil(PANEL)).map(|idx| idx * PANEL..((idx + 1) * PANEL).min(n)).collect()
}

/// `left * right`, on one thread.
pub(super) fn product(left: MatRef<'_, f64>, right: MatRef<'_, f64>) -> Mat<f64> {
    let mut out = Mat::zeros(left.nrows(), right.ncols());
    matmul(&mut out, Accum::Replace, left, right, 1.0, Par::Seq);
    out
}

/// `left * right`, a panel a task.
pub(super) fn wide_product(left: MatRef<'_, f64>, right: MatRef<'_, f64>) -> Mat<f64> {
    let ranges = panels(right.ncols());
    let parts: Vec<_> = ranges
        .par_iter()
        .map(|range| product(left, right.subcols(range.start, range.len())))
        .collect();
    Mat::from_fn(left.nrows(), right.ncols(), |i, j| parts[j / PANEL][(i, j % PANEL)])
}

/// The symmetric root of a covariance of this rank, by its eigenvalues: those beyond the rank are
/// rounding and count as 0, as does a negative one.
pub(super) fn symmetric_root(matrix: MatRef<'_, f64>, rank: usize) -> Result<Mat<f64>, EvalError> {
    let eigen = matrix.self_adjoint_eigen(Side::Upper).map_err(|_| EvalError::Eigenvalues)?;
    let (vectors, values) = (eigen.U(), eigen.S().column_vector());
    let n = matrix.nrows();
    let first = n - rank.min(n);
    // V diag(values^1/4) times its transpose.
    let half = Mat::from_fn(n, n - first, |i, j| {
        vectors[(i, first + j)] * values[first + j].max(0.0).sqrt().sqrt()
    });
    Ok(wide_product(half.as_ref(), half.transpose()))
}

/// The sum of the roots of the `rank` greatest eigenvalues; a negative one counts as 0.
pub(super) fn sum_of_roots(matrix: MatRef<'_, f64>, rank: usize) -> Result<f64, EvalError> {
    let values =
        matrix.self_adjoint_eigenvalues(Side::Upper).map_err(|_| EvalError::Eigenvalues)?;
    Ok(values.iter().rev().take(rank).map(|value| value.max(0.0).sqrt()).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A symmetric matrix of `n`, with eigenvalues from 0 up: `A A^T`, of `A` of rank `rank`.
    fn gram(n: usize, rank: usize) -> Mat<f64> {
        let a = Mat::from_fn(n, rank, |i, j| ((i * 7 + j * 13 + i * j) % 11) as f64 - 5.0);
        &a * a.transpose()
    }

    fn distance(left: &Mat<f64>, right: &Mat<f64>) -> f64 {
        (left - right).norm_max()
    }

    #[test]
    fn a_root_times_itself_is_the_matrix() {
        for rank in [3, 20] {
            let matrix = gram(20, rank);
            let root = symmetric_root(matrix.as_ref(), rank).unwrap();
            let squared = product(root.as_ref(), root.as_ref());
            assert!(distance(&squared, &matrix) < 1e-10 * matrix.norm_max(), "rank {rank}");
        }
    }

    #[test]
    fn a_product_in_panels_is_the_product() {
        let left = Mat::from_fn(3, 5, |i, j| (i * 5 + j) as f64);
        let right = Mat::from_fn(5, PANEL + 7, |i, j| (i + 3 * j) as f64);
        let whole = product(left.as_ref(), right.as_ref());
        assert_eq!(wide_product(left.as_ref(), right.as_ref()), whole);
    }

    #[test]
    fn roots_of_known_eigenvalues_add_up() {
        // Eigenvalues 4, 9 and -1e-20.
        let matrix = Mat::from_fn(3, 3, |i, j| if i == j { [9.0, -1e-20, 4.0][i] } else { 0.0 });
        assert_eq!(sum_of_roots(matrix.as_ref(), 3).unwrap(), 5.0);
        assert_eq!(sum_of_roots(matrix.as_ref(), 1).unwrap(), 3.0);
    }
}
