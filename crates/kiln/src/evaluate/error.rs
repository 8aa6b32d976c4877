//! What can go wrong while samples are judged, or the judge is taught.

use std::io;
use std::path::PathBuf;

use kiln_data::DataError;
use kiln_eval::{EvalError, WeightsError};
use kiln_models::ConfigError;
use kiln_train::{OptimizerError, StateError};
use thiserror::Error;

/// An evaluation that came to nothing.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EvaluateError {
    /// The classifier cannot judge these samples.
    #[error(transparent)]
    Judge(#[from] EvalError),
    /// Samples that are no pictures.
    #[error("the classifier judges pictures; these samples have shape {shape:?}")]
    NoPictures {
        /// Shape of one sample.
        shape: Vec<usize>,
    },
    /// Data of which the modes are not known.
    #[error("the modes of `{data}` are not known: there are those of ring8, grid25, stacked-mnist")]
    NoModes {
        /// The data.
        data: String,
    },
    /// The classifier's weights cannot be used.
    #[error("the classifier of digits: {0}")]
    Weights(#[from] WeightsError),
    /// The pictures to learn from cannot be had.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The pictures to learn from are not of the kind that the classifier looks at.
    #[error("the classifier learns from labelled pictures of shape [1, 28, 28], not {found}")]
    Unfit {
        /// What they are.
        found: String,
    },
    /// There is no such network.
    #[error(transparent)]
    Network(#[from] ConfigError),
    /// The optimiser cannot work.
    #[error(transparent)]
    Optimizer(#[from] OptimizerError),
    /// A training of nothing.
    #[error("`{field}` is 0: give at least 1")]
    Zero {
        /// The field.
        field: &'static str,
    },
    /// Readings or weights could not be fetched or put into a file.
    #[error(transparent)]
    State(#[from] StateError),
    /// Training went wrong.
    #[error("the loss is not a finite number after {samples} samples: lower `rate`")]
    Diverged {
        /// Samples shown so far.
        samples: u64,
    },
    /// The file cannot be written.
    #[error("cannot write {path}: {cause}")]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
}
