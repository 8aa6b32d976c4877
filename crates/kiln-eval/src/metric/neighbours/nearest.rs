//! Nearest training pictures, and whether samples are copies of them.
//!
//! The ratio is `mean distance (sample, nearest training picture)` over
//! `mean distance (held-out picture, nearest training picture)`. A generator of the same kind of
//! pictures is at about 1; well below 1 it repeats what it was trained on. A test by nearest
//! neighbours in feature space, as in Meehan, Chaudhuri and Dasgupta 2020 (section 3), reduced to
//! its means.

use serde::Serialize;

use super::distances::fold;
use crate::metric::estimate::{Estimate, Spread, Spreading};
use crate::metric::sets::enough;
use crate::{EvalError, Features};

/// A row and how far it is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Neighbour {
    /// Which row; of equally near ones the first.
    pub idx: usize,
    /// The distance, not squared.
    pub distance: f64,
}

/// The pictures that memory is judged by; all by the same extractor.
#[derive(Debug, Clone, Copy)]
pub struct MemorySets<'a> {
    /// Samples.
    pub fake: &'a Features,
    /// What the generator was trained on.
    pub training: &'a Features,
    /// Pictures of the same kind that it was not trained on.
    pub held_out: &'a Features,
}

/// How near samples are to the training pictures.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Memorisation {
    /// Mean distance of a sample over that of a held-out picture; at least 0, about 1 without
    /// memory. The spread follows from the standard errors of both means.
    pub ratio: Estimate,
    /// Mean distance of a sample to its nearest training picture.
    pub fake: Estimate,
    /// Mean distance of a held-out picture to its nearest training picture.
    pub held_out: Estimate,
    /// The nearest training picture of each sample.
    pub neighbours: Vec<Neighbour>,
}

/// For each query its nearest row of `points`. Time of `width * queries * points`.
///
/// # Errors
///
/// When there is no point, or the widths differ.
pub fn nearest(queries: &Features, points: &Features) -> Result<Vec<Neighbour>, EvalError> {
    if queries.width() != points.width() {
        return Err(EvalError::Widths { left: queries.width(), right: points.width() });
    }
    enough(points, "a nearest neighbour", 1)?;
    let start = |_| Neighbour { idx: 0, distance: f64::INFINITY };
    let mut found = fold(queries, points, start, |best, near| {
        if near.squared < best.distance {
            *best = Neighbour { idx: near.idx, distance: near.squared };
        }
    });
    found.iter_mut().for_each(|neighbour| neighbour.distance = neighbour.distance.sqrt());
    Ok(found)
}

/// How near samples are to the training pictures, against pictures that were held out.
///
/// # Errors
///
/// When a set is empty, the widths differ, or every held-out picture is a training picture.
pub fn memorisation(sets: &MemorySets<'_>) -> Result<Memorisation, EvalError> {
    enough(sets.fake, "a memorisation ratio", 1)?;
    enough(sets.held_out, "a memorisation ratio", 1)?;
    let neighbours = nearest(sets.fake, sets.training)?;
    let fake = mean_distance(&neighbours);
    let held_out = mean_distance(&nearest(sets.held_out, sets.training)?);
    if held_out.value == 0.0 {
        return Err(EvalError::HeldOut);
    }
    Ok(Memorisation { ratio: ratio(&fake, &held_out), fake, held_out, neighbours })
}

fn mean_distance(neighbours: &[Neighbour]) -> Estimate {
    let distances: Vec<f64> = neighbours.iter().map(|neighbour| neighbour.distance).collect();
    Estimate::of_points(&distances)
}

/// The ratio of two independent means, its error to first order.
fn ratio(above: &Estimate, below: &Estimate) -> Estimate {
    let value = above.value / below.value;
    let [above_error, below_error] = [above, below].map(|mean| mean.spread.deviation);
    let deviation = above_error.hypot(value * below_error) / below.value;
    let n = above.spread.n.min(below.spread.n);
    Estimate { value, spread: Spread { deviation, of: Spreading::Mean, n } }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(values: &[f32]) -> Features {
        Features::new(1, values.to_vec()).unwrap()
    }

    #[test]
    fn the_nearest_is_the_first_of_the_nearest() {
        let found = nearest(&line(&[0.9, 5.0, 3.0]), &line(&[1.0, 5.0, 5.0])).unwrap();
        let idx: Vec<usize> = found.iter().map(|neighbour| neighbour.idx).collect();
        assert_eq!(idx, [0, 1, 0]);
        assert_eq!((found[1].distance, found[2].distance), (0.0, 2.0));
    }

    #[test]
    fn copies_have_ratio_zero_and_fresh_samples_that_of_their_distances() {
        let (training, held_out) = (line(&[0.0, 10.0]), line(&[2.0, 14.0]));
        let of = |fake: &Features| {
            let sets = MemorySets { fake, training: &training, held_out: &held_out };
            memorisation(&sets).unwrap()
        };
        assert_eq!(of(&training).ratio.value, 0.0);
        // Distances 1 and 2, of mean 1.5, against 2 and 4, of mean 3; errors 0.5 and 1.
        let fresh = of(&line(&[1.0, 12.0]));
        assert_eq!((fresh.ratio.value, fresh.neighbours[1].idx), (0.5, 1));
        let expected = (0.25_f64 + 0.25).sqrt() / 3.0;
        assert!((fresh.ratio.spread.deviation - expected).abs() < 1e-12);
    }

    #[test]
    fn pictures_that_were_not_held_out_are_refused() {
        let set = line(&[0.0, 1.0]);
        let sets = MemorySets { fake: &set, training: &set, held_out: &set };
        assert_eq!(memorisation(&sets), Err(EvalError::HeldOut));
        assert_eq!(nearest(&set, &Features::none(1).unwrap()), Err(EvalError::Empty));
    }
}
