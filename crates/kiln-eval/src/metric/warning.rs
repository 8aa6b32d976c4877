//! What a reader of a value should know before trusting it.

use std::fmt;

use serde::{Serialize, Serializer};

/// A reason to doubt a value that was computed all the same. In JSON it is its sentence.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Warning {
    /// A covariance of fewer samples than numbers in a row.
    RankDeficient {
        /// Samples that it was made of.
        samples: u64,
        /// Numbers in a row.
        width: usize,
    },
    /// A Frechet distance of so few samples that its bias counts.
    Biased {
        /// Samples in the smaller set.
        samples: u64,
        /// From how many on it counts less.
        advised: u64,
    },
    /// Statistics that do not say of how many samples they are.
    CountUnknown,
    /// Subsets smaller than those that published numbers use.
    SmallSubsets {
        /// Samples in a subset.
        size: usize,
        /// As published.
        usual: usize,
    },
    /// Subsets that are the whole of a set, so that their spread says nothing of that set.
    WholeSubsets {
        /// Samples in a subset.
        size: usize,
    },
    /// Splits of so few samples that the score is bounded by their number.
    SmallSplits {
        /// Samples in the smallest split.
        size: usize,
        /// Classes of the logits.
        classes: usize,
    },
    /// Sets of different size, where the value depends on both sizes.
    UnequalSets {
        /// Real pictures.
        real: usize,
        /// Samples.
        fake: usize,
    },
    /// Fewer samples than a published value rests on.
    FewSamples {
        /// In the smaller set.
        samples: usize,
        /// From how many on values settle.
        advised: usize,
    },
    /// Pictures too small for all scales of the similarity.
    FewerScales {
        /// Scales used.
        scales: usize,
        /// Scales of the paper.
        of: usize,
    },
    /// The best width of a window is at the end of the grid: a better one may lie outside.
    GridEnd {
        /// The width.
        sigma: f64,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::RankDeficient { samples, width } => write!(
                f,
                "a covariance of {samples} samples of width {width} has not full rank: compare it \
                 only with values of as many samples"
            ),
            Self::Biased { samples, advised } => write!(
                f,
                "the distance of {samples} samples is biased upwards: compare it only with values \
                 of as many samples, or use at least {advised}"
            ),
            Self::CountUnknown => {
                f.write_str("the statistics do not say how many samples they are of")
            }
            Self::SmallSubsets { size, usual } => write!(
                f,
                "subsets of {size} instead of {usual}: the mean is comparable, the deviation is \
                 greater"
            ),
            Self::WholeSubsets { size } => write!(
                f,
                "a subset of {size} is a whole set: the deviation says too little, use more samples"
            ),
            Self::SmallSplits { size, classes } => write!(
                f,
                "a split has {size} samples for {classes} classes: the score is too low, use at \
                 least {} a split",
                ADVISED_PER_CLASS * classes
            ),
            Self::UnequalSets { real, fake } => write!(
                f,
                "{real} real pictures against {fake} samples: the value depends on both numbers, \
                 use as many of each"
            ),
            Self::FewSamples { samples, advised } => {
                write!(f, "{samples} samples are few: the value settles from about {advised} on")
            }
            Self::FewerScales { scales, of } => write!(
                f,
                "the pictures are too small for {of} scales: {scales} used, compare only with \
                 values of as many"
            ),
            Self::GridEnd { sigma } => {
                write!(f, "the best window of {sigma} is at the end of the grid: widen the grid")
            }
        }
    }
}

/// Samples a class in a split: 5000 for 1008 classes (Salimans et al. 2016).
pub(super) const ADVISED_PER_CLASS: usize = 5;

impl Serialize for Warning {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_is_a_sentence_in_json() {
        let json = serde_json::to_string(&Warning::CountUnknown).unwrap();
        assert_eq!(json, r#""the statistics do not say how many samples they are of""#);
    }
}
