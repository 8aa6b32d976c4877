//! Mean and covariance of features: of a stream, on disk, of other tools.

mod file;
mod gaussian;
mod joined;
mod numpy;
mod stream;

pub use file::{Statistics, StatisticsError};
pub use gaussian::Moments;
pub use stream::MomentStream;
