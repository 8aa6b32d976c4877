//! Patches of 7 x 7 pixels, and their projections on directions.

use rayon::prelude::*;

use crate::metric::plane::Plane;

/// Pixels of a patch, each way.
pub(super) const SIDE: usize = 7;

/// Pixels of a channel of a patch.
const AREA: usize = SIDE * SIDE;

/// Patches of some pictures, each `[channels, 7, 7]`, and what makes each channel of all of them
/// of mean 0 and deviation 1.
#[derive(Debug)]
pub(super) struct Patches {
    channels: usize,
    /// As cut: patch after patch.
    values: Vec<f32>,
    /// Mean and deviation of each channel.
    scales: Vec<(f64, f64)>,
}

impl Patches {
    /// From `picture`, which gives the channels of a picture and the middles of its patches, for
    /// each of `n` pictures.
    pub(super) fn cut(
        n: usize,
        picture: impl Fn(usize) -> (Vec<Plane>, Vec<[usize; 2]>) + Sync,
    ) -> Self {
        let of_picture = |idx: usize| {
            let (channels, middles) = picture(idx);
            let values = middles.iter().flat_map(|middle| patch(&channels, *middle)).collect();
            (channels.len(), values)
        };
        let pictures: Vec<(usize, Vec<f32>)> = (0..n).into_par_iter().map(of_picture).collect();
        let channels = pictures.first().map_or(1, |(channels, _)| *channels);
        let values = pictures.into_iter().flat_map(|(_, values)| values).collect::<Vec<f32>>();
        let scales = (0..channels).map(|channel| scale(&values, channels, channel)).collect();
        Self { channels, values, scales }
    }

    /// Numbers in a patch.
    pub(super) fn width(&self) -> usize {
        self.channels * AREA
    }

    /// The projections of all patches on a direction, in ascending order.
    fn sorted(&self, direction: &[f64]) -> Vec<f64> {
        // The scales of the channels go into the direction and a constant.
        let mut scaled = direction.to_vec();
        let mut constant = 0.0;
        for (values, (mean, deviation)) in scaled.chunks_exact_mut(AREA).zip(&self.scales) {
            values.iter_mut().for_each(|value| *value /= deviation);
            constant -= mean * values.iter().sum::<f64>();
        }
        let project = |patch: &[f32]| {
            constant + patch.iter().zip(&scaled).map(|(v, d)| f64::from(*v) * d).sum::<f64>()
        };
        let mut projections: Vec<f64> =
            self.values.chunks_exact(self.width()).map(project).collect();
        projections.sort_unstable_by(f64::total_cmp);
        projections
    }
}

/// The mean distance of as many patches of two sets along a direction of length 1.
pub(super) fn distance_along(left: &Patches, right: &Patches, direction: &[f64]) -> f64 {
    let (left, right) = (left.sorted(direction), right.sorted(direction));
    let sum: f64 = left.iter().zip(&right).map(|(left, right)| (left - right).abs()).sum();
    sum / left.len() as f64
}

fn patch(channels: &[Plane], [y, x]: [usize; 2]) -> Vec<f32> {
    let (top, left) = (y - SIDE / 2, x - SIDE / 2);
    let pixel = |at: usize| {
        let (plane, at) = (&channels[at / AREA], at % AREA);
        plane.at(top + at / SIDE, left + at % SIDE) as f32
    };
    (0..channels.len() * AREA).map(pixel).collect()
}

/// Mean and deviation of a channel; a channel without contrast is left as it is.
fn scale(values: &[f32], channels: usize, channel: usize) -> (f64, f64) {
    let of_channel = || {
        let patches = values.chunks_exact(channels * AREA);
        patches.flat_map(|patch| &patch[channel * AREA..(channel + 1) * AREA])
    };
    let n = (values.len() / channels) as f64;
    let mean = of_channel().map(|value| f64::from(*value)).sum::<f64>() / n;
    let squares: f64 = of_channel().map(|value| (f64::from(*value) - mean).powi(2)).sum();
    let deviation = (squares / n).sqrt();
    (mean, if deviation > 0.0 { deviation } else { 1.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One patch a picture, dark or bright in one channel.
    fn patches(greys: &[f64]) -> Patches {
        Patches::cut(greys.len(), |idx| {
            (vec![Plane::from_fn([7, 7], |_, _| greys[idx])], vec![[3, 3]])
        })
    }

    #[test]
    fn patches_are_compared_by_rank_and_without_regard_to_brightness() {
        let direction = vec![1.0 / 7.0; AREA];
        let distance = |left: &[f64], right: &[f64]| {
            distance_along(&patches(left), &patches(right), &direction)
        };
        assert!(distance(&[0.0, 10.0], &[100.0, 80.0]) < 1e-12);
        // Ranks of deviation 1: -1, -1, 1, 1 against -0.577 three times and 1.732, times 7.
        let (low, high) = (1.0 / 3_f64.sqrt(), 3_f64.sqrt());
        let expected = 7.0 * (2.0 * (1.0 - low) + (1.0 + low) + (high - 1.0)) / 4.0;
        let found = distance(&[0.0, 0.0, 1.0, 1.0], &[0.0, 4.0, 0.0, 0.0]);
        assert!((found - expected).abs() < 1e-12, "{found} is not {expected}");
    }

    #[test]
    fn a_set_without_contrast_is_no_nan() {
        let direction = vec![1.0 / 7.0; AREA];
        let found = distance_along(&patches(&[5.0, 5.0]), &patches(&[9.0, 9.0]), &direction);
        assert!(found.abs() < 1e-9, "{found}");
    }
}
