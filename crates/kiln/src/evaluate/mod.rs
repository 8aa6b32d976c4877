//! Judging what a generator draws: the classifier of digits, how it is taught, and its report on
//! a set of samples.

mod cadence;
mod digits;
mod distortion;
mod error;
mod examiner;
mod gather;
mod labels;
mod lesson;
mod measure;
mod metric;
mod modes;
mod picture_set;
mod reference;
mod run;
mod table;
mod trained;
mod translation;

pub use cadence::EvaluationConfig;
pub(crate) use cadence::RunEvaluator;
pub use digits::{DigitsProgress, DigitsTraining, train_digits};
pub use distortion::Distortion;
pub use error::EvaluateError;
pub use examiner::{Against, Examiner, Progress, Request};
pub use labels::{ClassRight, LabelsReport, check_labels};
pub use measure::Measurement;
pub use metric::Metric;
pub use modes::{ModesReport, PointModes, StackModes, count_modes};
pub use picture_set::{Drawn, Held, PictureSet};
pub use reference::{Reference, fitting_extractor};
pub use run::{DigitsReport, evaluate_samples};
pub use table::Measured;
pub use trained::TrainedDigits;
pub use translation::{TranslationReport, judge_translation};
