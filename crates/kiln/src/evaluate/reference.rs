//! Which real pictures samples are compared with, and what sees them, where the user did not say.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use kiln_data::{OpenOptions, Pictures, Source, Split, open};
use kiln_eval::metric::Statistics;
use kiln_eval::{ExtractorConfig, ExtractorKind};

use super::examiner::Against;
use super::{EvaluateError, Metric};

/// What samples are compared with, and how it is called.
#[derive(Debug, Clone)]
pub struct Reference {
    /// The pictures or their statistics.
    pub against: Against,
    /// Such as `mnist, train`.
    pub name: String,
}

impl Reference {
    /// Opens a file of statistics.
    ///
    /// # Errors
    ///
    /// When it cannot be read or is something else.
    pub fn statistics(path: &Path) -> Result<Self, EvaluateError> {
        let against = Against::Statistics(Statistics::read(path)?);
        Ok(Self { against, name: path.display().to_string() })
    }

    /// Opens real pictures.
    ///
    /// # Errors
    ///
    /// When they cannot be read.
    pub fn pictures(
        source: &Source,
        split: Split,
        options: &OpenOptions,
    ) -> Result<Self, EvaluateError> {
        let pictures = Arc::new(open(source, split, options)?);
        Ok(Self { against: Against::Pictures(pictures), name: format!("{source}, {split}") })
    }

    /// Real pictures of `source`, which are `training`, and its other part beside them where one of
    /// `metrics` looks at that.
    ///
    /// # Errors
    ///
    /// When there is no other part, or it cannot be read.
    pub fn of_training(
        training: Arc<Pictures>,
        source: &Source,
        options: &OpenOptions,
        metrics: &[Metric],
    ) -> Result<Self, EvaluateError> {
        let name = format!("{source}, {}", Split::Train);
        if !metrics.iter().any(|metric| metric.needs_held_out()) {
            return Ok(Self { against: Against::Pictures(training), name });
        }
        let held_out = Arc::new(open(source, Split::Test, options)?);
        let name = format!("{name}; {} held out", Split::Test);
        Ok(Self { against: Against::Parts { training, held_out }, name })
    }

    /// None.
    pub fn nothing() -> Self {
        Self { against: Against::Nothing, name: "nothing".to_owned() }
    }
}

/// The extractor that fits: the one that is named; else Inception where weights are given; else the
/// classifier of digits for the data in the box. Without any of these Inception, which then asks for
/// its weights.
pub fn fitting_extractor(
    named: Option<ExtractorKind>,
    weights: Option<PathBuf>,
    data: Option<&Source>,
) -> ExtractorConfig {
    let digits = weights.is_none() && data == Some(&Source::Mnist);
    let fitting = if digits { ExtractorKind::Digits } else { ExtractorKind::default() };
    ExtractorConfig { kind: named.unwrap_or(fitting), weights }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_seen_without_weights_and_other_pictures_by_inception() {
        let kind = |weights: Option<&str>, data| {
            fitting_extractor(None, weights.map(PathBuf::from), data).kind
        };
        let faces = Source::Path("faces".into());
        assert_eq!(kind(None, Some(&Source::Mnist)), ExtractorKind::Digits);
        assert_eq!(kind(Some("w.pth"), Some(&Source::Mnist)), ExtractorKind::default());
        assert_eq!(kind(None, Some(&faces)), ExtractorKind::default());
        let named = fitting_extractor(Some(ExtractorKind::Pixels), None, Some(&Source::Mnist));
        assert_eq!(named.kind, ExtractorKind::Pixels);
    }
}
