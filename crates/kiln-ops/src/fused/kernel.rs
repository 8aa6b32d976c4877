//! Loops over plain slices, the same for any number of threads: work is split by shape alone, and
//! every sum is made in one order.

#![expect(unsafe_code, reason = "outputs are not cleared before they are written")]

use rayon::prelude::*;

use crate::buffer::written;
use crate::vector::Isa;

/// Numbers that one task of an elementwise loop takes.
const PIECE: usize = 1 << 14;

/// A tensor `[batch, channels, ...]` with the axes after the second folded into one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Axes {
    pub(super) batch: usize,
    pub(super) channels: usize,
    pub(super) inner: usize,
}

impl Axes {
    /// Elements of one sample.
    fn sample(self) -> usize {
        self.channels * self.inner
    }

    /// Elements of one channel.
    fn count(self) -> f64 {
        (self.batch * self.inner) as f64
    }

    /// Elements that one task of an elementwise loop takes: a sample, or whole channels of the only
    /// one (as norms within samples have it).
    fn task(self) -> usize {
        if self.batch > 1 { self.sample() } else { self.inner * (PIECE / self.inner).max(1) }
    }

    /// The channels of a task's rows, from its first on.
    fn channels_of(self, task: usize) -> std::ops::RangeFrom<usize> {
        let rows = self.task() / self.inner;
        task * rows % self.channels..
    }

    /// Neighbouring channels that one task reduces: as many as make a row of 64 elements.
    fn tile(self) -> usize {
        (64 / self.inner).clamp(1, self.channels)
    }

    /// Runs `reduce` on the tiles in parallel and joins what it gives for each channel.
    fn reduce<T: Send>(self, reduce: impl Fn(Tile) -> Vec<T> + Sync) -> Vec<T> {
        let isa = Isa::here();
        let starts: Vec<_> = (0..self.channels).step_by(self.tile()).collect();
        let parts: Vec<Vec<T>> = starts
            .into_par_iter()
            .map(|start| {
                let end = (start + self.tile()).min(self.channels);
                let axes = self;
                isa.vectorize(|| reduce(Tile { axes, start, end }))
            })
            .collect();
        parts.into_iter().flatten().collect()
    }
}

/// Some neighbouring channels of every sample. In each sample they form one row without gaps, and
/// a sum keeps one lane an element of it, so that the loops run along memory whatever the shape.
#[derive(Clone, Copy)]
struct Tile {
    axes: Axes,
    start: usize,
    end: usize,
}

impl Tile {
    fn lanes(self) -> Vec<f32> {
        vec![0.0; (self.end - self.start) * self.axes.inner]
    }

    /// The rows of this tile in `x`, a sample after another.
    fn rows(self, x: &[f32]) -> impl Iterator<Item = &[f32]> {
        let Axes { inner, .. } = self.axes;
        x.chunks_exact(self.axes.sample())
            .map(move |sample| &sample[self.start * inner..self.end * inner])
    }

    /// One number a channel, repeated for each of its lanes.
    fn spread(self, of_channel: impl Fn(usize) -> f32) -> Vec<f32> {
        let inner = self.axes.inner;
        (self.start..self.end)
            .flat_map(|channel| std::iter::repeat_n(of_channel(channel), inner))
            .collect()
    }

    /// The mean of each channel over its lanes and the batch.
    fn means(self, lanes: &[f32]) -> Vec<f32> {
        let count = self.axes.count();
        let sum = |lanes: &[f32]| lanes.iter().map(|lane| f64::from(*lane)).sum::<f64>();
        lanes.chunks_exact(self.axes.inner).map(|lanes| (sum(lanes) / count) as f32).collect()
    }
}

/// Mean and biased variance of each channel: all means, then all variances.
pub(super) fn moments(x: &[f32], axes: Axes) -> Vec<f32> {
    let pairs = axes.reduce(|tile| {
        let mut sums = tile.lanes();
        for row in tile.rows(x) {
            for (sum, x) in sums.iter_mut().zip(row) {
                *sum += x;
            }
        }
        let means = tile.means(&sums);
        let centre = tile.spread(|channel| means[channel - tile.start]);
        let mut squares = tile.lanes();
        for row in tile.rows(x) {
            for ((square, x), mean) in squares.iter_mut().zip(row).zip(&centre) {
                *square += (x - mean) * (x - mean);
            }
        }
        means.into_iter().zip(tile.means(&squares)).collect()
    });
    let (mut means, variances): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
    means.extend(variances);
    means
}

/// `z = (x - mean) * factor + shift`, a channel at a time.
pub(super) struct Standard {
    mean: Vec<f32>,
    rate: Vec<f32>,
    factor: Vec<f32>,
    shift: Vec<f32>,
}

impl Standard {
    /// From rows of moments, with `rate = 1 / sqrt(variance + epsilon)`, `factor = gain * rate`.
    pub(super) fn new(moments: &[f32], gain: &[f32], shift: &[f32], epsilon: f64) -> Self {
        let (mean, variance) = moments.split_at(gain.len());
        let rate = |variance: &f32| (1.0 / (f64::from(*variance) + epsilon).sqrt()) as f32;
        let rate: Vec<_> = variance.iter().map(rate).collect();
        Self {
            mean: mean.to_vec(),
            factor: gain.iter().zip(&rate).map(|(gain, rate)| gain * rate).collect(),
            rate,
            shift: shift.to_vec(),
        }
    }
}

/// The slope of a leaky ReLU.
#[derive(Clone, Copy)]
pub(super) struct Leaky(pub(super) f32);

impl Leaky {
    /// `value` if `z` is positive, else the slope times it. A choice of factors, since a choice of
    /// results becomes a branch, which signs at random make slow.
    #[inline(always)]
    fn choose(self, z: f32, value: f32) -> f32 {
        value * if z > 0.0 { 1.0 } else { self.0 }
    }
}

/// The output for each element.
pub(super) fn forward(x: &[f32], axes: Axes, standard: &Standard, leaky: Leaky) -> Vec<f32> {
    let isa = Isa::here();
    let task = |(task, (y, x)): (usize, (&mut [f32], &[f32]))| {
        isa.vectorize(|| {
            let rows = y.chunks_exact_mut(axes.inner).zip(x.chunks_exact(axes.inner));
            for (channel, (y, x)) in axes.channels_of(task).zip(rows) {
                let mean = standard.mean[channel];
                let factor = standard.factor[channel];
                let shift = standard.shift[channel];
                for (y, x) in y.iter_mut().zip(x) {
                    let z = (x - mean) * factor + shift;
                    *y = leaky.choose(z, z);
                }
            }
        });
    };
    let fill = |y: &mut [f32]| {
        let tasks = y.par_chunks_mut(axes.task()).zip(x.par_chunks(axes.task()));
        tasks.enumerate().for_each(task);
    };
    // SAFETY: every number of every row is written.
    unsafe { written(x.len(), fill) }
}

/// Turns the gradient of the output into that of the input, in place; returns those of gain and
/// shift.
pub(super) fn backward(
    x: &[f32],
    grad: &mut [f32],
    axes: Axes,
    standard: &Standard,
    leaky: Leaky,
) -> (Vec<f32>, Vec<f32>) {
    let means = gradient_means(x, grad, axes, standard, leaky);
    let tasks = grad.par_chunks_mut(axes.task()).zip(x.par_chunks(axes.task()));
    let isa = Isa::here();
    tasks.enumerate().for_each(|(task, (grad, x))| {
        isa.vectorize(|| {
            let rows = grad.chunks_exact_mut(axes.inner).zip(x.chunks_exact(axes.inner));
            for (channel, (grad, x)) in axes.channels_of(task).zip(rows) {
                let mean = standard.mean[channel];
                let factor = standard.factor[channel];
                let shift = standard.shift[channel];
                let (mean_h, mean_hd) = means[channel];
                let pull = standard.rate[channel].powi(2) * mean_hd;
                for (grad, x) in grad.iter_mut().zip(x) {
                    let d = x - mean;
                    let h = leaky.choose(d * factor + shift, *grad);
                    *grad = factor * (h - mean_h - d * pull);
                }
            }
        });
    });
    let count = axes.count() as f32;
    let rated = means.iter().zip(&standard.rate);
    let gain = rated.map(|((_, hd), rate)| hd * rate * count).collect();
    let shift = means.iter().map(|(h, _)| h * count).collect();
    (gain, shift)
}

/// For each channel the means of `h` and of `h (x - mean)`, where `h` is the gradient before the
/// activation.
fn gradient_means(
    x: &[f32],
    grad: &[f32],
    axes: Axes,
    standard: &Standard,
    leaky: Leaky,
) -> Vec<(f32, f32)> {
    axes.reduce(|tile| {
        let mean = tile.spread(|channel| standard.mean[channel]);
        let factor = tile.spread(|channel| standard.factor[channel]);
        let shift = tile.spread(|channel| standard.shift[channel]);
        let (mut sum_h, mut sum_hd) = (tile.lanes(), tile.lanes());
        for (x, grad) in tile.rows(x).zip(tile.rows(grad)) {
            let sums = sum_h.iter_mut().zip(&mut sum_hd);
            let standard = mean.iter().zip(&factor).zip(&shift);
            let lanes = sums.zip(standard).zip(x.iter().zip(grad));
            for (((sum_h, sum_hd), ((mean, factor), shift)), (x, grad)) in lanes {
                let d = x - mean;
                let h = leaky.choose(d * factor + shift, *grad);
                *sum_h += h;
                *sum_hd += h * d;
            }
        }
        let means = tile.means(&sum_h).into_iter();
        means.zip(tile.means(&sum_hd)).collect()
    })
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
/// 1`, where a polynomial does for the small `r`. Within two units in the last place.
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
