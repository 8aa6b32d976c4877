//! What keeps pictures from being judged.

use thiserror::Error;

use crate::ExtractorError;

/// Pictures or verdicts of which nothing can be said.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EvalError {
    /// There is nothing to judge.
    #[error("there is no sample to judge: ask for at least 1")]
    Empty,
    /// Neither grey nor RGB.
    #[error("the classifier looks at pictures of 1 channel (grey) or 3 (RGB), not {channels}")]
    Channels {
        /// How many they have.
        channels: usize,
    },
    /// Pictures without a pixel.
    #[error("the pictures are {height} x {width}: they have no pixel")]
    NoPixels {
        /// Their height.
        height: usize,
        /// Their width.
        width: usize,
    },
    /// A verdict that is no distribution, as that on a picture that holds NaN.
    #[error(
        "the verdict on sample {sample} is no distribution over the classes: the sample, or the \
         classifier, holds a number that is not finite"
    )]
    NotADistribution {
        /// Its index.
        sample: usize,
    },
    /// Labels for another number of samples.
    #[error("{labels} labels do not fit {samples} samples")]
    Labels {
        /// Labels given.
        labels: usize,
        /// Samples judged.
        samples: usize,
    },
    /// Features that are no rows.
    #[error("{values} values are no whole rows of {width}")]
    Rows {
        /// Numbers in a row.
        width: usize,
        /// Numbers in all.
        values: usize,
    },
    /// Features of which one is not finite.
    #[error(
        "a feature of sample {sample} is not finite: the sample, or a weight of the extractor, is \
         not"
    )]
    NotFinite {
        /// Index of the first such sample.
        sample: usize,
    },
    /// Features of two extractors.
    #[error(
        "features of width {left} do not go with features of width {right}: give both sets to the same extractor"
    )]
    Widths {
        /// Of the one set.
        left: usize,
        /// Of the other.
        right: usize,
    },
    /// Bytes that are not the pictures they are said to be.
    #[error("{bytes} bytes are not pictures of {shape:?}")]
    Bytes {
        /// `[n, channels, height, width]`
        shape: [usize; 4],
        /// Bytes given.
        bytes: usize,
    },
    /// The extractor cannot be had, or not for these pictures.
    #[error(transparent)]
    Extractor(#[from] ExtractorError),
    /// Too few samples for what is asked of them.
    #[error("{what} needs at least {needed} samples, not {samples}")]
    TooFew {
        /// What is asked.
        what: &'static str,
        /// Samples given.
        samples: usize,
        /// How many it takes.
        needed: usize,
    },
    /// A row that is not there.
    #[error("row {index} is asked for, of {samples} rows counted from 0")]
    Index {
        /// Which row.
        index: usize,
        /// How many there are.
        samples: usize,
    },
    /// Two lists that go together, of different length.
    #[error("{left} rows do not go with {right} rows: give as many of both")]
    Lengths {
        /// Of the one.
        left: usize,
        /// Of the other.
        right: usize,
    },
    /// A setting that makes no sense.
    #[error("{name} must {must}")]
    Setting {
        /// Which.
        name: &'static str,
        /// What it must do.
        must: &'static str,
    },
    /// A mean and a covariance that are of no set of features.
    #[error("these are no mean and covariance: {0}")]
    Moments(&'static str),
    /// Eigenvalues that an iteration did not find.
    #[error(
        "the eigenvalues of a covariance did not converge: are the features of a sensible size?"
    )]
    Eigenvalues,
    /// Pictures too small for what looks at them.
    #[error("the pictures are {height} x {width}: each side needs at least {needed} pixels")]
    Small {
        /// Their height.
        height: usize,
        /// Their width.
        width: usize,
        /// The least side.
        needed: usize,
    },
    /// Sets of pictures that cannot be compared one by one.
    #[error("pictures of {left:?} do not go with pictures of {right:?}: give as many of one size")]
    Shapes {
        /// `[n, channels, height, width]` of the one set.
        left: [usize; 4],
        /// Of the other.
        right: [usize; 4],
    },
    /// Held-out pictures that were trained on.
    #[error("every held-out picture is a training picture: give pictures that were not trained on")]
    HeldOut,
    /// The device failed.
    #[error("the device failed while verdicts were read: {0}")]
    Device(String),
}
