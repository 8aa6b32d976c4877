//! Sliced Wasserstein distance on a Laplacian pyramid (Karras et al. 2018, section 5).
//!
//! At each level of detail patches of 7 x 7 are cut from every picture, each channel brought to
//! mean 0 and deviation 1 over the set, and both sets are projected on random directions. Along
//! one the distance is the mean difference of the projections in ascending order; the value is the
//! mean over directions, times 1000 as in the paper's tables. In `[0, inf)`; lower is better. Two
//! halves of the same data are not at 0: give that floor beside the value.

use kiln_core::{Address, Stream};
use rayon::prelude::*;
use serde::Serialize;

use super::patches::{Patches, SIDE, distance_along};
use super::pyramid::{level, level_count};
use crate::metric::plane::Plane;
use crate::metric::{Estimate, Warning};
use crate::{EvalError, Pixels};

/// Pictures of each set in the paper.
const ADVISED: usize = 16_384;

/// Thousandths, as the paper's tables have them.
const UNIT: f64 = 1000.0;

/// How many patches and directions, and which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlicedPlan {
    /// Patches of a picture at a level; 128 in the paper. A level takes
    /// `4 * 49 * channels * patches` bytes for each picture of each set, twice that while it is cut.
    pub patches: usize,
    /// Directions of a repeat; 128 in the paper.
    pub directions: usize,
    /// Repeats, whose spread is given; 4 in the paper.
    pub repeats: usize,
    /// Where patches are cut and directions point.
    pub address: Address,
}

/// Distances, the finest detail first.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SlicedDistance {
    /// Mean over the levels, in thousandths.
    pub average: f64,
    /// Each level by itself.
    pub levels: Vec<LevelDistance>,
    /// Reasons for doubt.
    pub warnings: Vec<Warning>,
}

/// The distance at one level of detail.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LevelDistance {
    /// Height and width of the level, in pixels.
    pub size: [usize; 2],
    /// Mean over the repeats, in thousandths, and their standard deviation.
    pub estimate: Estimate,
}

impl SlicedPlan {
    /// The plan of the paper.
    pub fn published(address: Address) -> Self {
        Self { patches: 128, directions: 128, repeats: 4, address }
    }

    /// The middles of the patches of a picture of one set at a level, inside by half a patch.
    fn middles(&self, set: &str, idx: usize, level: usize, size: [usize; 2]) -> Vec<[usize; 2]> {
        let mut stream = Stream::new(self.address.named(&format!("{set}/{level}/{idx}")));
        let mut middle =
            || size.map(|side| stream.below((side + 1 - SIDE) as u64) as usize + SIDE / 2);
        (0..self.patches).map(|_| middle()).collect()
    }

    /// Directions of a repeat at a level, each of length 1, uniform over all directions.
    fn directions(&self, level: usize, repeat: usize, width: usize) -> Vec<Vec<f64>> {
        let mut stream = Stream::new(self.address.named(&format!("directions/{level}/{repeat}")));
        let mut direction = || {
            let values: Vec<f64> = stream.normals(width).into_iter().map(f64::from).collect();
            unit(&values)
        };
        (0..self.directions).map(|_| direction()).collect()
    }
}

/// The distance of as many pictures of the same size.
///
/// # Errors
///
/// When the shapes differ, the pictures are smaller than a patch, or the plan has no patch,
/// direction or repeat.
pub fn sliced_wasserstein(
    real: &Pixels,
    fake: &Pixels,
    plan: &SlicedPlan,
) -> Result<SlicedDistance, EvalError> {
    check(real, fake, plan)?;
    let [n, _, height, width] = real.shape();
    let count = level_count(height, width);
    let of_level = |level: usize| {
        let size = [height >> level, width >> level];
        let [real, fake] = [("real", real), ("fake", fake)].map(|(set, pictures)| {
            cut(pictures, level, count, |idx| plan.middles(set, idx, level, size))
        });
        let repeat =
            |repeat| mean_distance(&real, &fake, &plan.directions(level, repeat, real.width()));
        let values: Vec<f64> = (0..plan.repeats).map(|idx| UNIT * repeat(idx)).collect();
        LevelDistance { size, estimate: Estimate::of_parts(&values) }
    };
    let levels: Vec<LevelDistance> = (0..count).map(of_level).collect();
    let average = levels.iter().map(|level| level.estimate.value).sum::<f64>() / count as f64;
    let few = n < ADVISED;
    let warnings =
        if few { vec![Warning::FewSamples { samples: n, advised: ADVISED }] } else { Vec::new() };
    Ok(SlicedDistance { average, levels, warnings })
}

fn check(real: &Pixels, fake: &Pixels, plan: &SlicedPlan) -> Result<(), EvalError> {
    let [_, _, height, width] = real.shape();
    if real.shape() != fake.shape() {
        return Err(EvalError::Shapes { left: real.shape(), right: fake.shape() });
    }
    if height.min(width) < SIDE {
        return Err(EvalError::Small { height, width, needed: SIDE });
    }
    let settings = [
        ("the patches of a picture", plan.patches),
        ("the directions", plan.directions),
        ("the repeats", plan.repeats),
    ];
    match settings.into_iter().find(|(_, n)| *n == 0) {
        Some((name, _)) => Err(EvalError::Setting { name, must: "be at least 1" }),
        None => Ok(()),
    }
}

/// The patches of a set at a level.
fn cut(
    pictures: &Pixels,
    wanted: usize,
    levels: usize,
    middles: impl Fn(usize) -> Vec<[usize; 2]> + Sync,
) -> Patches {
    Patches::cut(pictures.shape()[0], |idx| {
        let channels = Plane::channels(pictures, idx).into_iter();
        (channels.map(|plane| level(plane, wanted, levels)).collect(), middles(idx))
    })
}

fn mean_distance(real: &Patches, fake: &Patches, directions: &[Vec<f64>]) -> f64 {
    let along = |direction: &Vec<f64>| distance_along(real, fake, direction);
    let distances: Vec<f64> = directions.par_iter().map(along).collect();
    distances.iter().sum::<f64>() / distances.len() as f64
}

fn unit(direction: &[f64]) -> Vec<f64> {
    let length = direction.iter().map(|value| value * value).sum::<f64>().sqrt();
    direction.iter().map(|value| value / length).collect()
}

#[cfg(test)]
mod tests;
