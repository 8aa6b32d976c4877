//! Judging what a generator draws: the classifier of digits, how it is taught, and its report on
//! a set of samples.

mod digits;
mod distortion;
mod error;
mod lesson;
mod modes;
mod run;
mod trained;

pub use digits::{DigitsProgress, DigitsTraining, train_digits};
pub use distortion::Distortion;
pub use error::EvaluateError;
pub use modes::{ModesReport, PointModes, StackModes, count_modes};
pub use run::{DigitsReport, evaluate_samples};
pub use trained::TrainedDigits;
