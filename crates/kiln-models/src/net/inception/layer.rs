//! The layers at which features are taken.

use serde::{Deserialize, Serialize};

/// A layer of [`Inception`](super::Inception) at which features are taken, as the mean over its
/// positions. Named, as everywhere, by its channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum InceptionLayer {
    /// After the first max pooling.
    #[serde(rename = "64")]
    First,
    /// After the second max pooling.
    #[serde(rename = "192")]
    Second,
    /// After the last block at 17 x 17 positions.
    #[serde(rename = "768")]
    Third,
    /// After the last block: the features of the Fréchet distance, `pool3`.
    #[serde(rename = "2048")]
    Last,
}

impl InceptionLayer {
    /// From the picture inwards.
    pub const ALL: [Self; 4] = [Self::First, Self::Second, Self::Third, Self::Last];

    /// Channels, and so the width of its features.
    pub fn channels(self) -> usize {
        match self {
            Self::First => 64,
            Self::Second => 192,
            Self::Third => 768,
            Self::Last => 2048,
        }
    }
}
