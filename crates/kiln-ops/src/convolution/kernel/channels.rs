//! The gradient of a bias.

use rayon::prelude::*;

/// The sum of each channel over the batch, in one order: `[batch][channel][area]` to `[channel]`.
pub(in crate::convolution) fn channel_sums(x: &[f32], channels: usize, area: usize) -> Vec<f32> {
    let rows = |channel: usize| x.chunks_exact(area).skip(channel).step_by(channels);
    (0..channels)
        .into_par_iter()
        .map(|channel| rows(channel).map(|row| f64::from(row_sum(row))).sum::<f64>() as f32)
        .collect()
}

/// Sixteen sums at once, which the compiler makes vectors of.
fn row_sum(row: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; 16];
    let pieces = row.chunks_exact(16);
    let rest: f32 = pieces.remainder().iter().sum();
    for piece in pieces {
        lanes.iter_mut().zip(piece).for_each(|(lane, x)| *lane += x);
    }
    lanes.iter().sum::<f32>() + rest
}
