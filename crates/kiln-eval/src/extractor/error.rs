//! What keeps an extractor from being opened.

use std::path::PathBuf;

use thiserror::Error;

use super::{ExtractorKind, INCEPTION_URLS};
use crate::TensorFileError;

/// An extractor that cannot be had, or not for these pictures.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ExtractorError {
    /// No extractor has this name.
    #[error("there is no extractor `{name}`; there are {}", ExtractorKind::names().join(", "))]
    Unknown {
        /// The name given.
        name: String,
    },
    /// An extractor whose weights were not named.
    #[error(
        "`{extractor}` needs the weights of Inception v3, and Kiln downloads nothing to evaluate: \
         fetch {} or {} (one file, 96 MB, under two names) and name it with --weights \
         (in the course of a run with --set evaluation.weights=FILE)",
        INCEPTION_URLS[0],
        INCEPTION_URLS[1]
    )]
    NeedsWeights {
        /// Its name.
        extractor: ExtractorKind,
    },
    /// Weights for an extractor that has none.
    #[error("`{extractor}` takes no weights: leave `{}` out", weights.display())]
    TakesNoWeights {
        /// Its name.
        extractor: ExtractorKind,
        /// The file given.
        weights: PathBuf,
    },
    /// Weights that are not the extractor's.
    #[error(transparent)]
    Weights(#[from] TensorFileError),
    /// Weights that are no classifier of digits.
    #[error("`{}` holds no classifier of digits: {cause}", path.display())]
    Digits {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },
    /// Kiln's own files or configurations are damaged.
    #[error("a part of Kiln is damaged, build it anew: {cause}")]
    Damaged {
        /// What is wrong.
        cause: String,
    },
    /// Pictures of another size than those that were announced.
    #[error(
        "`pixels` compares pictures of one size: these are {given:?} (channels, height, width), \
         the first were {expected:?}"
    )]
    OtherSize {
        /// `[channels, height, width]` when the extractor was opened.
        expected: [usize; 3],
        /// `[channels, height, width]` of these.
        given: [usize; 3],
    },
}
