//! The Inception v3 network by which generators are compared: Szegedy et al. 2016, as the
//! TensorFlow graph `inception-2015-12-05` has it, which Heusel et al. 2017 took for the Fréchet
//! distance and Salimans et al. 2016 for the Inception score.
//!
//! It differs from the Inception v3 of model libraries: 1008 classes, averages that do not count
//! the padding, and a maximum instead of an average in its last block. Pure inference: batch
//! normalisation always takes the running statistics.

mod grid17;
mod grid35;
mod grid8;
mod layer;
mod network;
mod pool;
mod reduction;
mod unit;

pub use grid8::{Grid8, Grid8Pool};
pub use grid17::Grid17;
pub use grid35::Grid35;
pub use layer::InceptionLayer;
pub use network::{Inception, InceptionConfig};
pub use reduction::{Reduction17, Reduction35};
pub use unit::InceptionUnit;
