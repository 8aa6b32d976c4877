//! From what was gathered to values.

mod comparison;
mod features;
mod measurement;
mod pictures;

pub(super) use comparison::Comparison;
pub use measurement::Measurement;
