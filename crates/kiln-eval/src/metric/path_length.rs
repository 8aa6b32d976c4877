//! Perceptual path length: how much pictures change on a small step between two latents.
//!
//! `E d(G(path(t)), G(path(t + epsilon))) / epsilon^2`, over random pairs of latents, with `d` a
//! squared perceptual distance (Karras, Laine and Aila 2019, section 4.1). Steps at the ends have
//! `t = 0`. Of the steps those outside the percentiles 1 and 99 are left out, as in the authors'
//! code and torch-fidelity. In `[0, inf)`; lower is smoother.

use serde::Serialize;

use super::estimate::Estimate;
use crate::{EvalError, Features};

/// The step of the paper.
pub const PATH_EPSILON: f64 = 1e-4;

/// A way from one latent to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Path {
    /// A straight line, as for the latents of a mapping network.
    Straight,
    /// Along the sphere (Shoemake 1985), as for Gaussian latents.
    Spherical,
}

/// A perceptual path length.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PathLength {
    /// The mean over the steps that were kept, and its standard error.
    pub estimate: Estimate,
    /// Steps left out at both tails.
    pub dropped: usize,
}

impl Path {
    /// The shares that both ends have at `t` in `[0, 1]` of the way.
    pub fn shares(self, from: &[f32], to: &[f32], t: f64) -> (f64, f64) {
        match self {
            Self::Straight => (1.0 - t, t),
            Self::Spherical => arc(from, to, t),
        }
    }

    /// The latent at `t` in `[0, 1]` of the way; both ends are of the same length.
    ///
    /// # Errors
    ///
    /// When they are not.
    pub fn at(self, from: &[f32], to: &[f32], t: f64) -> Result<Vec<f32>, EvalError> {
        if from.len() != to.len() {
            return Err(EvalError::Widths { left: from.len(), right: to.len() });
        }
        let (start, end) = self.shares(from, to, t);
        let pairs = from.iter().zip(to);
        Ok(pairs.map(|(a, b)| (start * f64::from(*a) + end * f64::from(*b)) as f32).collect())
    }
}

/// The shares of both ends on the sphere; on a line through its centre those of a straight way.
fn arc(from: &[f32], to: &[f32], t: f64) -> (f64, f64) {
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    };
    let norms = (dot(from, from) * dot(to, to)).sqrt();
    let angle = (dot(from, to) / norms).clamp(-1.0, 1.0).acos();
    let sine = angle.sin();
    // NaN, of a latent at the centre, has no angle either.
    if sine > 1e-6 {
        (((1.0 - t) * angle).sin() / sine, (t * angle).sin() / sine)
    } else {
        (1.0 - t, t)
    }
}

/// The length from the squared perceptual distance of each step.
///
/// # Errors
///
/// When there is no step, a distance is below 0 or not finite, or `epsilon` is not above 0.
pub fn path_length(distances: &[f64], epsilon: f64) -> Result<PathLength, EvalError> {
    if !(epsilon > 0.0 && epsilon.is_finite()) {
        return Err(EvalError::Setting { name: "epsilon", must: "be above 0" });
    }
    if distances.is_empty() {
        return Err(EvalError::Empty);
    }
    let wrong = |distance: &f64| !(0.0..f64::INFINITY).contains(distance);
    if let Some(sample) = distances.iter().position(wrong) {
        return Err(EvalError::NotFinite { sample });
    }
    let (low, high) = tails(distances);
    let kept = distances.iter().filter(|distance| (low..=high).contains(*distance));
    let lengths: Vec<f64> = kept.map(|distance| distance / (epsilon * epsilon)).collect();
    let dropped = distances.len() - lengths.len();
    Ok(PathLength { estimate: Estimate::of_points(&lengths), dropped })
}

/// The length from features of both ends of each step, row by row, whose squared distance is the
/// perceptual one.
///
/// # Errors
///
/// When the sets are of different width or length, and as [`path_length`].
pub fn path_length_of(
    start: &Features,
    end: &Features,
    epsilon: f64,
) -> Result<PathLength, EvalError> {
    if start.width() != end.width() {
        return Err(EvalError::Widths { left: start.width(), right: end.width() });
    }
    if start.len() != end.len() {
        return Err(EvalError::Lengths { left: start.len(), right: end.len() });
    }
    let squared = |(start, end): (&[f32], &[f32])| {
        let pairs = start.iter().zip(end);
        pairs.map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum()
    };
    let distances: Vec<f64> = start.rows().zip(end.rows()).map(squared).collect();
    path_length(&distances, epsilon)
}

/// The percentiles 1, rounded down to a distance, and 99, rounded up.
fn tails(distances: &[f64]) -> (f64, f64) {
    let mut sorted = distances.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let last = sorted.len() - 1;
    (sorted[last / 100], sorted[(99 * last).div_ceil(100)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_step_in_a_hundred_is_left_out_at_each_tail() {
        // 0, 1, ..., 200: percentiles 2 and 198, so that 0, 1, 199 and 200 go.
        let distances: Vec<f64> = (0..=200).map(f64::from).collect();
        let found = path_length(&distances, 0.1).unwrap();
        assert_eq!(found.dropped, 4);
        assert!((found.estimate.value - 10_000.0).abs() < 1e-6, "{found:?}");
        assert_eq!(path_length(&[3.0], 1.0).unwrap().estimate.value, 3.0);
    }

    #[test]
    fn features_give_their_squared_distance() {
        let [start, end] =
            [[0.0, 0.0], [3.0, 4.0]].map(|row| Features::new(2, row.to_vec()).unwrap());
        assert_eq!(path_length_of(&start, &end, 0.5).unwrap().estimate.value, 100.0);
        let two = end.select(&[0, 0]);
        let refusal = EvalError::Lengths { left: 1, right: 2 };
        assert_eq!(path_length_of(&start, &two, 0.5), Err(refusal));
    }

    #[test]
    fn paths_are_straight_or_on_the_sphere() {
        let at = |path: Path, t| path.at(&[2.0, 0.0], &[0.0, 2.0], t).unwrap();
        assert_eq!(at(Path::Straight, 0.5), [1.0, 1.0]);
        // Half way on a quarter of the circle of radius 2.
        let half = at(Path::Spherical, 0.5);
        assert!(half.iter().all(|x| (x - 2_f32.sqrt()).abs() < 1e-6), "{half:?}");
        for path in [Path::Straight, Path::Spherical] {
            assert_eq!(at(path, 0.0), [2.0, 0.0]);
            assert_eq!(path.at(&[1.0], &[1.0], 0.25).unwrap(), [1.0]);
            assert_eq!(path.at(&[0.0], &[1.0], 0.25).unwrap(), [0.25]);
        }
    }

    #[test]
    fn steps_that_are_no_distances_are_refused() {
        assert_eq!(path_length(&[], 1.0), Err(EvalError::Empty));
        let refusal = path_length(&[0.0, f64::NAN], 1.0);
        assert_eq!(refusal, Err(EvalError::NotFinite { sample: 1 }));
        assert!(path_length(&[1.0], 0.0).is_err());
    }
}
