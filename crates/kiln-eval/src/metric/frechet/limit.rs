//! The Frechet distance that infinitely many samples would have.
//!
//! The bias of the distance is linear in `1 / n` to first order, so a line through distances of
//! more and more samples meets `1 / n = 0` at the limit (Chong and Forsyth 2020, section 3.2:
//! "FID infinity", 15 numbers of samples from 5000 to all). Their samples come from a Sobol
//! sequence, which only makes the spread smaller.

use kiln_core::Address;
use rayon::prelude::*;
use serde::Serialize;

use super::distance::{FrechetReference, warnings};
use crate::metric::estimate::{Estimate, Spread, Spreading, mean_and_squares};
use crate::metric::sets::{chosen, enough};
use crate::metric::{Moments, Warning};
use crate::{EvalError, Features};

/// Which numbers of samples the line goes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitPlan {
    /// How many numbers, at least 3; 15 in the paper.
    pub points: usize,
    /// The smallest number, at least 2; 5000 in the paper.
    pub smallest: usize,
    /// Which samples are chosen: point `i` draws on lane `i`.
    pub address: Address,
}

/// The limit of the squared distance for many samples.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FrechetLimit {
    /// Where the line meets `1 / n = 0`, and the standard error of that by the points' distance
    /// from the line. They share samples, so the true error is somewhat greater. May be below 0.
    pub estimate: Estimate,
    /// What `1 / n` is multiplied with: the bias of `n` samples is this over `n`.
    pub slope: f64,
    /// Numbers of samples.
    pub sizes: Vec<usize>,
    /// Their squared distances.
    pub distances: Vec<f64>,
    /// Reasons for doubt.
    pub warnings: Vec<Warning>,
}

/// Extrapolates the squared distance of samples to real moments. Costs as many distances as there
/// are points.
///
/// # Errors
///
/// When there are fewer than 3 points, the smallest is below 2, there are not more rows than the
/// smallest, the widths differ, or the eigenvalues do not converge.
pub fn frechet_limit(
    fake: &Features,
    real: &Moments,
    plan: &LimitPlan,
) -> Result<FrechetLimit, EvalError> {
    if plan.points < 3 {
        return Err(EvalError::Setting { name: "points", must: "be at least 3" });
    }
    if plan.smallest < 2 {
        return Err(EvalError::Setting { name: "smallest", must: "be at least 2" });
    }
    enough(fake, "an extrapolation from so many", plan.smallest + plan.points)?;
    let reference = FrechetReference::new(real)?;
    let sizes = sizes(plan, fake.len());
    let distance = |(lane, size): (usize, &usize)| {
        let rows = chosen(fake.len(), *size, plan.address.lane(lane as u64));
        let moments = Moments::of(&fake.select(&rows))?;
        Ok(reference.distance(&moments)?.distance)
    };
    let distances = sizes.par_iter().enumerate().map(distance);
    let distances = distances.collect::<Result<Vec<f64>, EvalError>>()?;
    let inverses: Vec<f64> = sizes.iter().map(|size| 1.0 / *size as f64).collect();
    let (estimate, slope) = line(&inverses, &distances);
    let smallest = Moments::of(&fake.select(&(0..plan.smallest).collect::<Vec<_>>()))?;
    let mut warnings = warnings(&smallest, real);
    // The bias is what the line takes away.
    warnings.retain(|warning| !matches!(warning, Warning::Biased { .. }));
    Ok(FrechetLimit { estimate, slope, sizes, distances, warnings })
}

/// Evenly spaced from the smallest to all.
fn sizes(plan: &LimitPlan, n: usize) -> Vec<usize> {
    let steps = plan.points - 1;
    (0..plan.points).map(|idx| plan.smallest + (n - plan.smallest) * idx / steps).collect()
}

/// Least squares: the intercept with its standard error, and the slope.
fn line(x: &[f64], y: &[f64]) -> (Estimate, f64) {
    let ((x_mean, x_squares), (y_mean, _)) = (mean_and_squares(x), mean_and_squares(y));
    let products: f64 = x.iter().zip(y).map(|(x, y)| (x - x_mean) * (y - y_mean)).sum();
    let slope = products / x_squares;
    let value = y_mean - slope * x_mean;
    let residuals: f64 = x.iter().zip(y).map(|(x, y)| (y - value - slope * x).powi(2)).sum();
    let n = x.len() as f64;
    let deviation = (residuals / (n - 2.0) * (1.0 / n + x_mean * x_mean / x_squares)).sqrt();
    let spread = Spread { deviation, of: Spreading::Intercept, n: x.len() };
    (Estimate { value, spread }, slope)
}

#[cfg(test)]
mod tests {
    use kiln_core::{Purpose, Stream};

    use super::*;

    #[test]
    fn a_line_is_found_with_the_error_done_by_hand() {
        let (estimate, slope) = line(&[1.0, 2.0, 3.0], &[5.0, 7.0, 9.0]);
        assert_eq!((estimate.value, slope, estimate.spread.deviation), (3.0, 2.0, 0.0));
        // y = 1 + 0 x off by 1, -2, 1: residual 6, so sqrt(6 / 1 * (1/3 + 4/2)).
        let (estimate, slope) = line(&[1.0, 2.0, 3.0], &[2.0, -1.0, 2.0]);
        assert_eq!((estimate.value, slope), (1.0, 0.0));
        assert!((estimate.spread.deviation - 14_f64.sqrt()).abs() < 1e-12);
    }

    #[test]
    fn the_limit_of_samples_of_the_reals_own_kind_is_near_zero() {
        let draw = |seed: u64, n: usize| {
            let mut stream = Stream::new(Address::new(seed, Purpose::Evaluation));
            Features::new(16, stream.normals(n * 16)).unwrap()
        };
        let real = Moments::of(&draw(0, 20_000)).unwrap();
        let address = Address::new(5, Purpose::Evaluation);
        let plan = LimitPlan { points: 15, smallest: 400, address };
        let found = frechet_limit(&draw(1, 4000), &real, &plan).unwrap();
        assert_eq!((found.sizes[0], found.sizes[14]), (400, 4000));
        // By hand (width^2 + width) / 4 = 68 for the covariance, and the width for the mean.
        assert!((40.0..140.0).contains(&found.slope), "{}", found.slope);
        assert!(found.estimate.value.abs() < 0.5 * found.distances[14], "{found:?}");
        assert!(found.warnings.is_empty(), "{:?}", found.warnings);
        let refusal = frechet_limit(&draw(1, 400), &real, &plan).unwrap_err();
        assert!(refusal.to_string().contains("at least 415 samples"), "{refusal}");
    }
}
