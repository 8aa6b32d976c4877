//! All distances between two sets, block by block, so that they need not be held at once.
//!
//! `|x - y|^2 = |x|^2 + |y|^2 - 2 x . y`, the products in blocks. Where that cancels, for points
//! next to each other, the differences themselves are squared, so that copies are at distance 0.

use faer::{Mat, MatRef};
use rayon::prelude::*;

use crate::Features;
use crate::metric::matrix::{columns, product};

/// Queries of one task. Fixed, so that no sum depends on the number of threads.
const QUERIES: usize = 128;

/// Points that are compared with them at once.
const POINTS: usize = 512;

/// Squared distances below this share of the squared norms are computed by differences.
const NEAR: f64 = 1e-6;

/// A point that a query is compared with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::metric) struct Near {
    /// Which point.
    pub(in crate::metric) idx: usize,
    /// The squared distance.
    pub(in crate::metric) squared: f64,
}

/// For each query, folds all points in their order into what `start` makes for it.
pub(in crate::metric) fn fold<T: Send>(
    queries: &Features,
    points: &Features,
    start: impl Fn(usize) -> T + Sync,
    step: impl Fn(&mut T, Near) + Sync,
) -> Vec<T> {
    let blocks = queries.len().div_ceil(QUERIES);
    let block = |block: usize| {
        let first = block * QUERIES;
        let some = Block::new(queries, first, QUERIES);
        let mut states: Vec<T> = (first..first + some.len()).map(&start).collect();
        for first_point in (0..points.len()).step_by(POINTS) {
            let tile = Block::new(points, first_point, POINTS);
            some.against(&tile, |query, near| step(&mut states[query], near));
        }
        states
    };
    (0..blocks).into_par_iter().flat_map_iter(block).collect()
}

/// Some rows as columns, with their squared norms.
struct Block<'a> {
    features: &'a Features,
    first: usize,
    columns: Mat<f64>,
    norms: Vec<f64>,
}

impl<'a> Block<'a> {
    fn new(features: &'a Features, first: usize, most: usize) -> Self {
        let columns = columns(features, first..features.len().min(first + most));
        let norms = columns.col_iter().map(|column| column.squared_norm_l2()).collect();
        Self { features, first, columns, norms }
    }

    fn len(&self) -> usize {
        self.norms.len()
    }

    /// Calls `step` with each of these queries, by its place in the block, and each point.
    fn against(&self, points: &Self, mut step: impl FnMut(usize, Near)) {
        let dots = product(points.columns.transpose(), self.columns.as_ref());
        for query in 0..self.len() {
            for (point, dot) in column(dots.as_ref(), query).enumerate() {
                let norms = self.norms[query] + points.norms[point];
                let idx = points.first + point;
                let mut distance = norms - 2.0 * dot;
                if distance <= NEAR * norms {
                    let row = self.features.row(self.first + query);
                    distance = squared(row, points.features.row(idx));
                }
                step(query, Near { idx, squared: distance });
            }
        }
    }
}

fn column(matrix: MatRef<'_, f64>, idx: usize) -> impl Iterator<Item = f64> {
    matrix.col(idx).iter().copied()
}

fn squared(left: &[f32], right: &[f32]) -> f64 {
    let pairs = left.iter().zip(right);
    pairs.map(|(left, right)| (f64::from(*left) - f64::from(*right)).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Points that differ, of a norm that cancels.
    fn rows(n: usize, step: usize) -> Features {
        let value = |at: usize| 100.0 + ((at * step) % 97) as f32 / 32.0;
        Features::new(3, (0..n * 3).map(value).collect()).unwrap()
    }

    /// All distances, by the definition.
    fn all(queries: &Features, points: &Features) -> Vec<Vec<f64>> {
        let to = |query: &[f32]| points.rows().map(|point| squared(query, point)).collect();
        queries.rows().map(to).collect()
    }

    #[test]
    fn every_point_is_met_once_and_in_order_with_any_number_of_threads() {
        let (queries, points) = (rows(QUERIES + 3, 7), rows(2 * POINTS + 5, 11));
        let folded = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                fold(
                    &queries,
                    &points,
                    |_| Vec::new(),
                    |seen: &mut Vec<f64>, near| {
                        assert_eq!(near.idx, seen.len());
                        seen.push(near.squared);
                    },
                )
            })
        };
        let (found, expected) = (folded(1), all(&queries, &points));
        assert_eq!(found, folded(3));
        for (found, expected) in found.iter().flatten().zip(expected.iter().flatten()) {
            assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
        }
    }

    #[test]
    fn a_copy_is_at_distance_zero() {
        let points = rows(40, 7);
        let zeros = fold(
            &points,
            &points,
            |query| (query, f64::NAN),
            |own, near| {
                if near.idx == own.0 {
                    own.1 = near.squared;
                }
            },
        );
        assert!(zeros.iter().all(|(_, squared)| *squared == 0.0));
    }
}
