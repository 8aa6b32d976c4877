//! What can be measured, by name, and what of the pictures each measure needs.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::EvaluateError;

/// What is measured of samples. Its text is its name; the field's short names are understood too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Metric {
    /// How sure the classifier of digits is of the samples, and how they spread over the digits.
    Digits,
    /// Modes found, of data whose modes are known.
    Modes,
    /// Whether samples are of the class that they were asked to be of.
    Labels,
    /// How well the first category of the codes tells digits apart.
    Codes,
    /// Fréchet distance of features; FID where they are Inception's.
    Frechet,
    /// Kernel distance of features; KID where they are Inception's.
    Kernel,
    /// Inception score, by the extractor's own classes.
    InceptionScore,
    /// Precision and recall (Kynkäänniemi et al. 2019).
    PrecisionRecall,
    /// Density and coverage (Naeem et al. 2020).
    DensityCoverage,
}

/// Every metric with its name, its short name and what it says.
const TABLE: [(Metric, &str, &str, &str); 9] = [
    (Metric::Digits, "digits", "digits", "what the classifier of digits says"),
    (Metric::Modes, "modes", "modes", "modes found of ring8, grid25, stacked-mnist"),
    (Metric::Labels, "labels", "labels", "are samples of the class that was asked for"),
    (Metric::Codes, "codes", "codes", "does the first category of the codes tell digits apart"),
    (Metric::Frechet, "frechet", "fid", "Fréchet distance of features"),
    (Metric::Kernel, "kernel", "kid", "kernel distance of features"),
    (Metric::InceptionScore, "inception-score", "is", "Inception score by the extractor's classes"),
    (Metric::PrecisionRecall, "precision-recall", "pr", "are samples real, are reals sampled"),
    (Metric::DensityCoverage, "density-coverage", "dc", "the same, harder to fool by outliers"),
];

impl Metric {
    /// Every metric.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.0)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// What the field calls it for short.
    pub fn short_name(self) -> &'static str {
        self.row().2
    }

    /// What it says, in a few words.
    pub fn summary(self) -> &'static str {
        self.row().3
    }

    fn row(self) -> &'static (Self, &'static str, &'static str, &'static str) {
        TABLE.iter().find(|row| row.0 == self).unwrap_or(&TABLE[0])
    }

    /// Whether it is of features, which an extractor sees.
    pub fn needs_extractor(self) -> bool {
        !matches!(self, Self::Digits | Self::Modes | Self::Labels | Self::Codes)
    }

    /// Whether it is of features of single samples, so that these are kept.
    pub(super) fn needs_rows(self) -> bool {
        matches!(self, Self::Kernel | Self::PrecisionRecall | Self::DensityCoverage)
    }

    /// Whether it compares the samples with real pictures.
    pub fn compares(self) -> bool {
        self == Self::Frechet || self.needs_rows()
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Metric {
    type Err = EvaluateError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = text.to_ascii_lowercase().replace('_', "-");
        let row = TABLE.iter().find(|row| row.1 == name || row.2 == name);
        row.map(|row| row.0).ok_or_else(|| EvaluateError::UnknownMetric { name: text.to_owned() })
    }
}

impl TryFrom<String> for Metric {
    type Error = EvaluateError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Metric> for String {
    fn from(metric: Metric) -> Self {
        metric.name().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_is_found_by_either_name() {
        for metric in Metric::all() {
            assert_eq!(metric.to_string().parse::<Metric>().unwrap(), metric);
        }
        assert_eq!("FID".parse::<Metric>().unwrap(), Metric::Frechet);
        assert_eq!("inception_score".parse::<Metric>().unwrap(), Metric::InceptionScore);
    }

    #[test]
    fn an_unknown_metric_is_told_the_known_ones() {
        let refusal = "fidd".parse::<Metric>().unwrap_err().to_string();
        assert!(refusal.contains("`fidd`") && refusal.contains("frechet (fid)"), "{refusal}");
    }
}
