//! What is compared, and by which function.

use kiln_core::{Address, Purpose};
use kiln_eval::Features;
use kiln_eval::metric::{colourfulness, sharpness};

use super::Measurement;
use crate::evaluate::gather::Gathered;
use crate::evaluate::{EvaluateError, Metric};

/// Both sides of a comparison.
pub(in crate::evaluate) struct Comparison<'a> {
    /// What was gathered of the samples.
    pub(in crate::evaluate) fakes: &'a Gathered,
    /// Of the real pictures: nothing but the moments where only these are known.
    pub(in crate::evaluate) reals: &'a Gathered,
    /// Features of every picture that was trained on.
    pub(in crate::evaluate) training: Option<&'a Features>,
    /// Of pictures that were not trained on.
    pub(in crate::evaluate) held_out: Option<&'a Gathered>,
    /// What random choices follow from.
    pub(in crate::evaluate) seed: u64,
}

impl Comparison<'_> {
    /// What a metric says of samples: one value, or several that go together; none if it does not
    /// look at what was gathered.
    pub(in crate::evaluate) fn measure(
        &self,
        metric: Metric,
    ) -> Result<Vec<Measurement>, EvaluateError> {
        match metric {
            Metric::Frechet => self.frechet().map(|one| vec![one]),
            Metric::Kernel => self.kernel().map(|one| vec![one]),
            Metric::InceptionScore => self.inception_score().map(|one| vec![one]),
            Metric::PrecisionRecall => self.precision_recall(),
            Metric::DensityCoverage => self.density_coverage(),
            Metric::Memorisation => self.memorisation().map(|one| vec![one]),
            Metric::SlicedWasserstein => self.sliced_wasserstein(),
            Metric::Similarity => self.similarity(),
            Metric::Colourfulness => self.look(metric, colourfulness),
            Metric::Sharpness => self.look(metric, sharpness),
            Metric::Parzen => self.parzen().map(|one| vec![one]),
            Metric::Digits
            | Metric::Classes
            | Metric::Pieces
            | Metric::Modes
            | Metric::Labels
            | Metric::Codes
            | Metric::PathLength
            | Metric::ClassifierAccuracy
            | Metric::Critic
            | Metric::Reconstruction
            | Metric::Auroc => Ok(Vec::new()),
        }
    }

    pub(super) fn address(&self, name: &str) -> Address {
        Address::new(self.seed, Purpose::Evaluation).named(name)
    }
}

/// What must be there for `metric` to compare with.
pub(super) fn there<T>(what: Option<T>, metric: Metric) -> Result<T, EvaluateError> {
    what.ok_or(EvaluateError::NothingToCompare { metric })
}
