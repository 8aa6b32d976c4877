//! The transforms of F(2, 2) and F(2, 3) on vectors: tiles of `P = 3` or `P = 4` points a direction.
//!
//! Of a line of inputs `d` and taps `w`, `P` products `m = (G w) * (B d)` give the two outputs `A m`.
//! The gradient of the taps is `G' ((A' dy) * (B d))`, with transposed matrices.

use crate::vector::Simd;

/// A square of vectors.
pub(super) type Square<V, const N: usize> = [[V; N]; N];

// Closures would be functions of their own, compiled without the vectors: hence the loops.

/// `B d`.
#[inline(always)]
fn input<S: Simd, const P: usize>(d: [S::Vector; P]) -> [S::Vector; P] {
    let mut points = d;
    if P == 3 {
        points[0] = S::subtract(d[0], d[1]);
        points[2] = S::subtract(d[2], d[1]);
    } else {
        points[0] = S::subtract(d[0], d[2]);
        points[1] = S::add(d[1], d[2]);
        points[2] = S::subtract(d[2], d[1]);
        points[P - 1] = S::subtract(d[1], d[P - 1]);
    }
    points
}

/// `A m`.
#[inline(always)]
fn output<S: Simd, const P: usize>(m: [S::Vector; P]) -> [S::Vector; 2] {
    if P == 3 {
        [S::add(m[0], m[1]), S::add(m[1], m[2])]
    } else {
        let first = S::add(m[0], S::add(m[1], m[2]));
        [first, S::subtract(S::subtract(m[1], m[2]), m[P - 1])]
    }
}

/// `A' dy`.
#[inline(always)]
fn output_gradient<S: Simd, const P: usize>([a, b]: [S::Vector; 2]) -> [S::Vector; P] {
    let mut points = [b; P];
    points[0] = a;
    points[1] = S::add(a, b);
    if P == 4 {
        points[2] = S::subtract(a, b);
        points[P - 1] = S::subtract(S::splat(0.0), b);
    }
    points
}

/// `G w`; of two taps the third is ignored.
#[inline(always)]
fn taps<S: Simd, const P: usize>(w: [S::Vector; 3]) -> [S::Vector; P] {
    let mut points = [w[0]; P];
    if P == 3 {
        points[1] = S::add(w[0], w[1]);
        points[2] = w[1];
    } else {
        let (half, ends) = (S::splat(0.5), S::add(w[0], w[2]));
        points[1] = S::multiply(half, S::add(ends, w[1]));
        points[2] = S::multiply(half, S::subtract(ends, w[1]));
        points[P - 1] = w[2];
    }
    points
}

/// `G' u`; of two taps the third is nothing.
#[inline(always)]
fn taps_gradient<S: Simd, const P: usize>(u: [S::Vector; P]) -> [S::Vector; 3] {
    if P == 3 {
        [S::add(u[0], u[1]), S::add(u[1], u[2]), S::splat(0.0)]
    } else {
        let half = S::splat(0.5);
        let middle = S::multiply(half, S::add(u[1], u[2]));
        let difference = S::multiply(half, S::subtract(u[1], u[2]));
        [S::add(u[0], middle), difference, S::add(u[P - 1], middle)]
    }
}

/// A transform of squares: of every row, then of every column of what that gives.
macro_rules! both {
    ($(#[$doc:meta])* $name:ident, $line:ident, $from:tt to $to:tt) => {
        $(#[$doc])*
        #[inline(always)]
        pub(super) fn $name<S: Simd, const P: usize>(
            square: Square<S::Vector, $from>,
        ) -> Square<S::Vector, $to> {
            let zero = S::splat(0.0);
            let mut rows = [[zero; $to]; $from];
            for (to, row) in rows.iter_mut().zip(square) {
                *to = $line::<S, P>(row);
            }
            let mut out = [[zero; $to]; $to];
            for x in 0..$to {
                let mut column = [zero; $from];
                for (to, row) in column.iter_mut().zip(&rows) {
                    *to = row[x];
                }
                let column = $line::<S, P>(column);
                for (row, vector) in out.iter_mut().zip(column) {
                    row[x] = vector;
                }
            }
            out
        }
    };
}

both! {
    /// What a tile's patch of inputs brings to each point.
    of_input, input, P to P
}
both! {
    /// The four outputs of a tile.
    to_output, output, P to 2
}
both! {
    /// What the gradients of a tile's outputs bring to each point.
    of_output_gradient, output_gradient, 2 to P
}
both! {
    /// What the taps are at each point.
    of_taps, taps, 3 to P
}
both! {
    /// The gradients of the taps.
    to_taps_gradient, taps_gradient, P to 3
}

/// Reads a square of vectors, of which `row` and `column` are the strides.
#[inline(always)]
pub(super) fn read_square<S: Simd, const N: usize>(
    from: &[f32],
    row: usize,
    column: usize,
) -> Square<S::Vector, N> {
    let mut square = [[S::splat(0.0); N]; N];
    for (y, line) in square.iter_mut().enumerate() {
        for (x, vector) in line.iter_mut().enumerate() {
            *vector = S::read(&from[y * row + x * column..]);
        }
    }
    square
}

/// Writes the points of a square one after another, `stride` apart.
#[inline(always)]
pub(super) fn write_points<S: Simd, const N: usize>(
    square: Square<S::Vector, N>,
    to: &mut [f32],
    stride: usize,
) {
    for (y, line) in square.into_iter().enumerate() {
        for (x, vector) in line.into_iter().enumerate() {
            S::write(vector, &mut to[(y * N + x) * stride..]);
        }
    }
}
