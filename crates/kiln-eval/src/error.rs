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
    /// The device failed.
    #[error("the device failed while verdicts were read: {0}")]
    Device(String),
}
