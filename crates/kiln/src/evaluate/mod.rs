//! Judging what a generator draws: the classifier of digits, how it is taught, and its report on
//! a set of samples.

mod digits;
mod distortion;
mod error;
mod run;

pub use digits::{DigitsProgress, DigitsTraining, TrainedDigits, train_digits};
pub use distortion::Distortion;
pub use error::EvaluateError;
pub use run::{DigitsReport, evaluate_samples};
