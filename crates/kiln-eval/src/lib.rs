//! Evaluation: features, then statistics, then a value.
//!
//! [`Digits`] is a classifier of digits that comes with Kiln. It looks at pictures on any device
//! and gives features and probabilities; [`Verdicts`] are the probabilities on the host, and
//! everything that is said about a set of samples is a pure function of them.
//!
//! An [`Extractor`] sees features in pictures and says what they depend on; [`ExtractorConfig`] opens
//! one by its name. `inception-tf` and `inception-pt` are Inception v3 as torch-fidelity and
//! pytorch-fid look through it, with [published weights](INCEPTION_URLS) from a file.
//!
//! ```
//! use burn::tensor::{Device, Tensor};
//! use kiln_eval::{CONFIDENT, Digits};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let device = Device::flex();
//! let digits = Digits::embedded(&device)?;
//!
//! // [batch, channels, height, width], in [-1, 1]; here, three pictures without any ink.
//! let pictures = Tensor::<4>::full([3, 1, 32, 32], -1.0, &device);
//! let verdicts = digits.judge(pictures)?;
//!
//! // A generator that draws the same thing thrice covers one class, however sure it looks.
//! assert_eq!(verdicts.class_shares().iter().filter(|share| **share > 0.0).count(), 1);
//! assert!(verdicts.mode_count(CONFIDENT) <= 1);
//! # Ok(())
//! # }
//! ```

mod coverage;
mod digits;
mod error;
mod extractor;
mod features;
pub mod metric;
mod picture;
mod tensor_file;
mod verdicts;
mod vgg;
mod weights;

pub use coverage::{Coverage, StackCoverage};
pub use digits::{Accuracy, Digits};
pub use error::EvalError;
pub use extractor::{
    Extractor, ExtractorConfig, ExtractorError, ExtractorKind, INCEPTION_SHA256, INCEPTION_URLS,
    Pixels, Provenance, Sight,
};
pub use features::Features;
pub use tensor_file::{Misfit, Misshaped, TensorFileError};
pub use verdicts::{CLASSES, CONFIDENT, Verdicts};
pub use vgg::{VGG_URL, read_vgg};
pub use weights::{CONFIG, NETWORK, WeightsError};
