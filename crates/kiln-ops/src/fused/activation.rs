//! Activations over plain slices, in place.

use rayon::prelude::*;

use crate::vector::Isa;

/// Numbers that one task of an elementwise loop takes.
pub(super) const PIECE: usize = 1 << 14;

/// The slope of a leaky ReLU.
#[derive(Clone, Copy)]
pub(super) struct Leaky(pub(super) f32);

impl Leaky {
    /// `value` if `z` is positive, else the slope times it. A choice of factors, since a choice of
    /// results becomes a branch, which signs at random make slow.
    #[inline(always)]
    pub(super) fn choose(self, z: f32, value: f32) -> f32 {
        value * if z > 0.0 { 1.0 } else { self.0 }
    }
}

/// Turns each number into its leaky ReLU; adding zero makes a plain zero of the negative one that a
/// slope of zero gives.
pub(super) fn leaky(x: &mut [f32], leaky: Leaky) {
    each(x, |x| leaky.choose(x, x) + 0.0);
}

/// Turns the gradient of a leaky ReLU's output into that of its input, in place; `x` is either.
pub(super) fn leaky_backward(x: &[f32], grad: &mut [f32], leaky: Leaky) {
    let isa = Isa::here();
    grad.par_chunks_mut(PIECE).zip(x.par_chunks(PIECE)).for_each(|(grad, x)| {
        isa.vectorize(|| {
            for (grad, x) in grad.iter_mut().zip(x) {
                *grad = leaky.choose(*x, *grad);
            }
        });
    });
}

/// Turns each number into its hyperbolic tangent, `-t / (t + 2)` with `t = exp(-2 |x|) - 1`.
pub(super) fn hyperbolic(x: &mut [f32]) {
    each(x, |x| {
        let t = expm1(-2.0 * x.abs());
        (-t / (t + 2.0)).copysign(x)
    });
}

/// Turns the gradient of a hyperbolic tangent's output `y` into that of its input, in place.
pub(super) fn hyperbolic_backward(y: &[f32], grad: &mut [f32]) {
    grad.par_chunks_mut(PIECE).zip(y.par_chunks(PIECE)).for_each(|(grad, y)| {
        grad.iter_mut().zip(y).for_each(|(grad, y)| *grad *= 1.0 - y * y);
    });
}

/// Turns each number into `x` where it is positive, else into `alpha (exp(x) - 1)`.
pub(super) fn exponential_linear(x: &mut [f32], alpha: f32) {
    each(x, |x| if x > 0.0 { x } else { alpha * expm1(x) });
}

/// Applies a function that the compiler can turn into vectors.
fn each(x: &mut [f32], function: impl Fn(f32) -> f32 + Sync) {
    let isa = Isa::here();
    x.par_chunks_mut(PIECE).for_each(|x| {
        isa.vectorize(|| {
            for x in x {
                *x = function(*x);
            }
        });
    });
}

/// `exp(x) - 1` for `x` up to 0, without a branch: `x = n ln 2 + r` gives `2^n (exp(r) - 1) + 2^n -
/// 1`, where a polynomial does for the small `r`. Within three units in the last place.
#[inline(always)]
fn expm1(x: f32) -> f32 {
    /// Adding it leaves the nearest whole number in the lowest bits.
    const SHIFT: f32 = 12_582_912.0;
    /// ln 2 in two parts, of which the first times `n` is exact.
    const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];
    let x = if x < -86.0 { -86.0 } else { x }; // NaN stays
    let shifted = x * std::f32::consts::LOG2_E + SHIFT;
    let n = shifted - SHIFT;
    let r = x - n * LN_2[0] - n * LN_2[1];
    let tail = 1.0 / 120.0 + r * (1.0 / 720.0 + r * (1.0 / 5040.0));
    let small = r + r * r * (0.5 + r * (1.0 / 6.0 + r * (1.0 / 24.0 + r * tail)));
    let exponent = shifted.to_bits().wrapping_sub(SHIFT.to_bits()).wrapping_add(127);
    let power = f32::from_bits(exponent << 23);
    power * small + (power - 1.0)
}

/// Turns the gradient of an ELU's output `y` into that of its input, in place.
pub(super) fn exponential_linear_backward(y: &[f32], grad: &mut [f32], alpha: f32) {
    grad.par_chunks_mut(PIECE).zip(y.par_chunks(PIECE)).for_each(|(grad, y)| {
        let pairs = grad.iter_mut().zip(y);
        pairs.for_each(|(grad, y)| *grad *= if *y > 0.0 { 1.0 } else { y + alpha });
    });
}
