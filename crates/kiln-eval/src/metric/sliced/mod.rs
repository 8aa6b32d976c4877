//! Sliced Wasserstein distance of patches, a level of detail at a time.

mod distance;
mod patches;
mod pyramid;

pub use distance::{LevelDistance, SlicedDistance, SlicedPlan, sliced_wasserstein};
