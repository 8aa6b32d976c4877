//! Samples beside the training pictures that are most like them.

use kiln_core::{Address, Purpose, Sheet};
use kiln_data::Pictures;
use kiln_eval::Pixels;
use kiln_eval::metric::{Neighbour, nearest};

use super::EvaluateError;
use super::picture_set::{Drawn, Held, PictureSet, sheet};
use crate::recipe::Painter;

/// Training pictures that are looked at together, so that memory does not grow with their number.
const PORTION: usize = 1000;

/// Pairs that stand side by side in a sheet.
const PAIRS_IN_A_ROW: usize = 4;

/// `n` samples drawn by `seed`, each beside the picture of `training` whose bytes are nearest to its
/// own, as in Goodfellow et al. 2014, figure 2: a sheet of pairs.
///
/// # Errors
///
/// When the samples are no pictures of the size of `training`, or these cannot be read.
pub(crate) fn nearest_pictures(
    painter: &dyn Painter,
    training: &Pictures,
    n: usize,
    seed: u64,
) -> Result<Sheet, EvaluateError> {
    let address = Address::new(seed, Purpose::Evaluation);
    let samples = Drawn::new(painter, n, address).portion(0..n)?;
    let (queries, held) = (samples.unit_rows()?, Held::new(training, None, address));
    let far = Neighbour { idx: 0, distance: f64::INFINITY };
    let mut found = vec![far; n];
    for start in (0..held.count()).step_by(PORTION) {
        let end = held.count().min(start + PORTION);
        let here = nearest(&queries, &held.portion(start..end)?.unit_rows()?)?;
        for (best, near) in found.iter_mut().zip(here) {
            if near.distance < best.distance {
                *best = Neighbour { idx: start + near.idx, ..near };
            }
        }
    }
    beside(&samples, training, &found)
}

/// Each sample and the training picture that was found for it, the most alike first.
pub(super) fn beside(
    samples: &Pixels,
    training: &Pictures,
    found: &[Neighbour],
) -> Result<Sheet, EvaluateError> {
    let mut pairs: Vec<(usize, &Neighbour)> = found.iter().enumerate().collect();
    pairs.sort_by(|(_, left), (_, right)| left.distance.total_cmp(&right.distance));
    let [_, shape @ ..] = samples.shape();
    let size = shape.iter().product::<usize>();
    let mut bytes = Vec::<u8>::with_capacity(2 * size * pairs.len());
    for (idx, neighbour) in pairs {
        bytes.extend(&samples.bytes()[idx * size..(idx + 1) * size]);
        bytes.extend(&training.picture(neighbour.idx)?.pixels);
    }
    let [channels, height, width] = shape;
    let both = Pixels::new([2 * found.len(), channels, height, width], bytes)?;
    Ok(sheet(&both, Some(2 * PAIRS_IN_A_ROW)))
}
