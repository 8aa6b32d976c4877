//! The transforms of F(2, 2) and F(2, 3) on vectors: tiles of `P = 3` or `P = 4` points a direction.
//!
//! Of a line of inputs `d` and taps `w`, `P` products `m = (G w) * (B d)` give the two outputs `A m`.
//! The gradient of the taps is `G' ((A' dy) * (B d))`, with transposed matrices.

use crate::vector::Simd;

/// A square of vectors.
pub(super) type Square<V, const N: usize> = [[V; N]; N];

/// `B d`.
#[inline(always)]
fn input<S: Simd, const P: usize>(d: [S::Vector; P]) -> [S::Vector; P] {
    std::array::from_fn(|i| match (P, i) {
        (3, 0) => S::subtract(d[0], d[1]),
        (3, 1) => d[1],
        (3, _) => S::subtract(d[2], d[1]),
        (_, 0) => S::subtract(d[0], d[2]),
        (_, 1) => S::add(d[1], d[2]),
        (_, 2) => S::subtract(d[2], d[1]),
        (_, _) => S::subtract(d[1], d[3]),
    })
}

/// `A m`.
#[inline(always)]
fn output<S: Simd, const P: usize>(m: [S::Vector; P]) -> [S::Vector; 2] {
    std::array::from_fn(|i| match (P, i) {
        (3, 0) => S::add(m[0], m[1]),
        (3, _) => S::add(m[1], m[2]),
        (_, 0) => S::add(m[0], S::add(m[1], m[2])),
        (_, _) => S::subtract(S::subtract(m[1], m[2]), m[3]),
    })
}

/// `A' dy`.
#[inline(always)]
fn output_gradient<S: Simd, const P: usize>(dy: [S::Vector; 2]) -> [S::Vector; P] {
    let [a, b] = dy;
    std::array::from_fn(|i| match (P, i) {
        (_, 0) => a,
        (_, 1) => S::add(a, b),
        (3, _) => b,
        (_, 2) => S::subtract(a, b),
        (_, _) => S::subtract(S::splat(0.0), b),
    })
}

/// `G w`; of two taps the third is ignored.
#[inline(always)]
fn taps<S: Simd, const P: usize>(w: [S::Vector; 3]) -> [S::Vector; P] {
    let half = S::splat(0.5);
    std::array::from_fn(|i| match (P, i) {
        (_, 0) => w[0],
        (3, 1) => S::add(w[0], w[1]),
        (3, _) => w[1],
        (_, 1) => S::multiply(half, S::add(S::add(w[0], w[2]), w[1])),
        (_, 2) => S::multiply(half, S::subtract(S::add(w[0], w[2]), w[1])),
        (_, _) => w[2],
    })
}

/// `G' u`; of two taps the third is nothing.
#[inline(always)]
fn taps_gradient<S: Simd, const P: usize>(u: [S::Vector; P]) -> [S::Vector; 3] {
    let half = |x| S::multiply(S::splat(0.5), x);
    std::array::from_fn(|i| match (P, i) {
        (3, 0) => S::add(u[0], u[1]),
        (3, 1) => S::add(u[1], u[2]),
        (3, _) => S::splat(0.0),
        (_, 0) => S::add(u[0], half(S::add(u[1], u[2]))),
        (_, 1) => half(S::subtract(u[1], u[2])),
        (_, _) => S::add(u[P - 1], half(S::add(u[1], u[2]))),
    })
}

/// Applies a transform to every row of a square, then to every column of what that gives.
#[inline(always)]
fn both<V: Copy, const N: usize, const M: usize>(
    square: Square<V, N>,
    line: impl Fn([V; N]) -> [V; M],
) -> Square<V, M> {
    let rows = square.map(&line);
    let columns: [[V; M]; M] = std::array::from_fn(|x| line(std::array::from_fn(|y| rows[y][x])));
    std::array::from_fn(|y| std::array::from_fn(|x| columns[x][y]))
}

/// What a tile's patch of inputs brings to each point.
#[inline(always)]
pub(super) fn of_input<S: Simd, const P: usize>(
    patch: Square<S::Vector, P>,
) -> Square<S::Vector, P> {
    both(patch, input::<S, P>)
}

/// The four outputs of a tile.
#[inline(always)]
pub(super) fn to_output<S: Simd, const P: usize>(
    points: Square<S::Vector, P>,
) -> Square<S::Vector, 2> {
    both(points, output::<S, P>)
}

/// What the gradients of a tile's outputs bring to each point.
#[inline(always)]
pub(super) fn of_output_gradient<S: Simd, const P: usize>(
    gradient: Square<S::Vector, 2>,
) -> Square<S::Vector, P> {
    both(gradient, output_gradient::<S, P>)
}

/// What the taps are at each point.
#[inline(always)]
pub(super) fn of_taps<S: Simd, const P: usize>(
    kernel: Square<S::Vector, 3>,
) -> Square<S::Vector, P> {
    both(kernel, taps::<S, P>)
}

/// The gradients of the taps.
#[inline(always)]
pub(super) fn to_taps_gradient<S: Simd, const P: usize>(
    points: Square<S::Vector, P>,
) -> Square<S::Vector, 3> {
    both(points, taps_gradient::<S, P>)
}
