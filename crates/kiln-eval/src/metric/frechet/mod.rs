//! The Frechet distance of Gaussians: the value, its spread, its limit for many samples.

mod distance;
mod jackknife;
mod limit;

pub use distance::{Frechet, FrechetReference, frechet_distance};
pub use jackknife::{FrechetEstimate, frechet_estimate, frechet_of_groups};
pub use limit::{FrechetLimit, LimitPlan, frechet_limit};
