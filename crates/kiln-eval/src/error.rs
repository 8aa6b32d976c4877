//! What keeps pictures from being judged.

use thiserror::Error;

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
    /// The device failed.
    #[error("the device failed while verdicts were read: {0}")]
    Device(String),
}
