//! What can be measured, by name, and what of the pictures each measure needs.

use std::fmt;
use std::str::FromStr;

use kiln_data::Source;
use serde::{Deserialize, Serialize};

use super::EvaluateError;

/// What is measured of samples. Its text is its name; the field's short names are understood too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Metric {
    /// How sure the classifier of digits is of the samples, and how they spread over the digits.
    Digits,
    /// How sure a classifier of the data's classes is of the samples, and how they spread over these.
    Classes,
    /// Whether samples are volumes of one piece.
    Pieces,
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
    /// Sliced Wasserstein distance of patches, at each level of detail (Karras et al. 2018).
    SlicedWasserstein,
    /// Similarity of pairs of samples: how diverse they are (Odena et al. 2017).
    Similarity,
    /// How colourful pictures look (Hasler and Süsstrunk 2003).
    Colourfulness,
    /// How sharp samples are, by the variance of the Laplacian (Pech-Pacheco et al. 2000).
    Sharpness,
    /// Log likelihood of held-out pictures under windows on the samples (Goodfellow et al. 2014).
    Parzen,
    /// Whether samples are nearer to training pictures than held-out pictures are.
    Memorisation,
    /// Perceptual path length (Karras et al. 2019).
    PathLength,
    /// Whether a classifier that is taught on samples knows real pictures (Ravuri and Vinyals 2019).
    ClassifierAccuracy,
    /// How often the run's critic is right, of pictures that it has not seen as well.
    Critic,
    /// How near held-out pictures come back that are encoded and made again.
    Reconstruction,
    /// Whether classes that were left out of training are told as anomalies (Schlegl et al. 2019).
    Auroc,
}

/// Every metric with its name, its short name and what it says.
const TABLE: [(Metric, &str, &str, &str); 22] = [
    (Metric::Digits, "digits", "digits", "what the classifier of digits says of the samples"),
    (
        Metric::Classes,
        "classes",
        "classes",
        "what a classifier of the data's classes says of the samples",
    ),
    (Metric::Pieces, "pieces", "pieces", "whether volumes are of one piece"),
    (Metric::Modes, "modes", "modes", "modes found of ring8, grid25, stacked-mnist"),
    (Metric::Labels, "labels", "labels", "whether samples are of the class that was asked for"),
    (Metric::Codes, "codes", "codes", "whether the first category of the codes tells digits apart"),
    (Metric::Frechet, "frechet", "fid", "Fréchet distance of features"),
    (Metric::Kernel, "kernel", "kid", "kernel distance of features"),
    (Metric::InceptionScore, "inception-score", "is", "Inception score by the extractor's classes"),
    (Metric::PrecisionRecall, "precision-recall", "pr", "whether samples look real, reals sampled"),
    (Metric::DensityCoverage, "density-coverage", "dc", "the same, harder to fool by outliers"),
    (
        Metric::SlicedWasserstein,
        "sliced-wasserstein",
        "swd",
        "distance of patches by size of detail",
    ),
    (Metric::Similarity, "similarity", "ms-ssim", "how alike two samples are, and two reals"),
    (Metric::Colourfulness, "colourfulness", "colour", "how colourful samples look, and reals"),
    (Metric::Sharpness, "sharpness", "sharpness", "how sharp samples are, and reals"),
    (Metric::Parzen, "parzen", "parzen", "log likelihood of held-out pictures, as in 2014"),
    (Metric::Memorisation, "memorisation", "memory", "whether samples repeat training pictures"),
    (Metric::PathLength, "path-length", "ppl", "how smoothly pictures follow the latents"),
    (
        Metric::ClassifierAccuracy,
        "classifier-accuracy",
        "cas",
        "what samples are worth to learn from",
    ),
    (Metric::Critic, "critic", "critic", "how often the critic is right, of held-out pictures too"),
    (
        Metric::Reconstruction,
        "reconstruction",
        "mse",
        "how near held-out pictures come back from their latents",
    ),
    (Metric::Auroc, "auroc", "auc", "whether classes that were left out are told as anomalies"),
];

impl Metric {
    /// Every metric.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.0)
    }

    /// Those of `data` when the user asks for none: the modes where they are known, else `otherwise`.
    pub fn fitting(data: &Source, otherwise: &[Self]) -> Vec<Self> {
        match data {
            Source::Points(_) | Source::StackedMnist => vec![Self::Modes],
            _ => otherwise.to_vec(),
        }
    }

    /// All names in a line, each with its short name where that is another.
    pub fn list() -> String {
        let named = |metric: Self| match metric.short_name() {
            short if short == metric.name() => short.to_owned(),
            short => format!("{} ({short})", metric.name()),
        };
        Self::all().map(named).collect::<Vec<_>>().join(", ")
    }

    /// A line each: the name and what it says.
    pub fn legend() -> String {
        let widest = TABLE.iter().map(|row| row.1.len()).max().unwrap_or(0);
        let line = |metric: Self| format!("  {:<widest$}  {}", metric.name(), metric.summary());
        Self::all().map(line).collect::<Vec<_>>().join("\n")
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
        self == Self::Frechet
            || self == Self::InceptionScore
            || self == Self::PathLength
            || self.needs_rows()
    }

    /// Whether it asks the generator for something, so that pictures alone do not do.
    pub fn needs_generator(self) -> bool {
        use Metric::{
            Auroc, Classes, ClassifierAccuracy, Codes, Labels, Modes, PathLength, Pieces,
            Reconstruction,
        };
        let of_samples = [Modes, Labels, Codes, PathLength, ClassifierAccuracy, Classes, Pieces];
        let of_latents = [Reconstruction, Auroc];
        of_samples.contains(&self) || of_latents.contains(&self) || self.needs_run()
    }

    /// Whether it asks the critic, which a snapshot does not hold.
    pub fn needs_run(self) -> bool {
        self == Self::Critic
    }

    /// Whether it compares the samples with real pictures.
    pub fn compares(self) -> bool {
        use Metric::{Colourfulness, Frechet, Parzen, Sharpness, Similarity, SlicedWasserstein};
        matches!(
            self,
            Frechet | SlicedWasserstein | Similarity | Colourfulness | Sharpness | Parzen
        ) || self.needs_rows()
    }

    /// Whether it compares them with pictures that were held out, too.
    pub fn needs_held_out(self) -> bool {
        matches!(self, Self::Parzen | Self::Memorisation)
    }

    /// Whether its value settles with ten thousand samples rather than one.
    pub(crate) fn wants_many(self) -> bool {
        use Metric::{Auroc, Classes, Codes, Digits, Labels, Modes, Pieces, Reconstruction};
        ![Digits, Modes, Labels, Codes, Reconstruction, Auroc, Classes, Pieces].contains(&self)
    }

    /// Whether an [`Examiner`](super::Examiner) measures it, and not the generator alone is asked.
    pub(crate) fn is_examined(self) -> bool {
        self == Self::PathLength || !(self.needs_generator() || self == Self::Digits)
    }

    /// Whether it is of features of single samples, so that these are kept.
    pub(super) fn needs_rows(self) -> bool {
        use Metric::{DensityCoverage, Kernel, Memorisation, PrecisionRecall};
        matches!(self, Kernel | PrecisionRecall | DensityCoverage | Memorisation)
    }

    /// How many pictures at most it looks at as they are, without an extractor.
    pub(super) fn pictures(self) -> Option<usize> {
        match self {
            Self::SlicedWasserstein => Some(SLICED_PICTURES),
            Self::Similarity => Some(SIMILARITY_PICTURES),
            Self::Colourfulness | Self::Sharpness => Some(LOOK_PICTURES),
            Self::Parzen => Some(PARZEN_PICTURES),
            _ => None,
        }
    }
}

/// Patches of so many pictures take 100 MB a set, level and channel.
pub(super) const SLICED_PICTURES: usize = 4096;
/// Pictures among which pairs are drawn.
pub(super) const SIMILARITY_PICTURES: usize = 2000;
/// Pictures whose colours or sharpness are looked at.
pub(super) const LOOK_PICTURES: usize = 10_000;
/// Windows, and pictures that are judged by them, as in the paper.
pub(super) const PARZEN_PICTURES: usize = 10_000;

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
