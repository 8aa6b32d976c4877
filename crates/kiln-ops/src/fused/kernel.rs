//! Batch norm over plain slices, the same for any number of threads: work is split by shape alone, and
//! every sum is made in one order.

#![expect(unsafe_code, reason = "outputs are not cleared before they are written")]

use rayon::prelude::*;

use super::activation::{Leaky, PIECE};
use crate::buffer::written;
use crate::vector::Isa;

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
