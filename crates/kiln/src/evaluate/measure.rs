//! From what was gathered to values.

use kiln_core::{Address, Purpose};
use kiln_eval::Features;
use kiln_eval::metric::{
    Estimate, KERNEL_SUBSET, KERNEL_SUBSETS, MANIFOLD_NEIGHBOUR, Moments, PRECISION_NEIGHBOUR,
    SCORE_SPLITS, Sets, Warning, density_coverage, frechet_of_groups, inception_score,
    kernel_distance, kernel_subsets, precision_recall, shuffled,
};
use serde::Serialize;

use super::gather::Gathered;
use super::{EvaluateError, Metric};

/// A value that was measured.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Measurement {
    /// What it is, such as `frechet` or `recall`.
    pub name: String,
    /// The value with its spread.
    #[serde(flatten)]
    pub estimate: Estimate,
    /// Samples that it is of.
    pub samples: usize,
    /// Real pictures that they were compared with; 0 where they were compared with none.
    pub reals: u64,
    /// Reasons for doubt.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
}

/// Both sides of a comparison.
pub(super) struct Comparison<'a> {
    /// What was gathered of the samples.
    pub(super) fakes: &'a Gathered,
    /// Moments of the real pictures, where they are known.
    pub(super) moments: Option<&'a Moments>,
    /// Features of real pictures, where single ones are known.
    pub(super) rows: Option<&'a Features>,
    /// What random choices follow from.
    pub(super) seed: u64,
}

impl Comparison<'_> {
    /// What a metric of features says: one value, or two that go together.
    pub(super) fn measure(&self, metric: Metric) -> Result<Vec<Measurement>, EvaluateError> {
        match metric {
            Metric::Frechet => self.frechet().map(|one| vec![one]),
            Metric::Kernel => self.kernel().map(|one| vec![one]),
            Metric::InceptionScore => self.inception_score().map(|one| vec![one]),
            Metric::PrecisionRecall => self.precision_recall(),
            Metric::DensityCoverage => self.density_coverage(),
            Metric::Digits | Metric::Modes | Metric::Labels | Metric::Codes => Ok(Vec::new()),
        }
    }

    fn frechet(&self) -> Result<Measurement, EvaluateError> {
        let real =
            self.moments.ok_or(EvaluateError::NothingToCompare { metric: Metric::Frechet })?;
        let found = frechet_of_groups(&self.fakes.groups, real)?;
        let reals = real.count().unwrap_or(0);
        Ok(self.value("frechet", found.estimate, reals, found.warnings))
    }

    fn kernel(&self) -> Result<Measurement, EvaluateError> {
        let sets = self.sets(Metric::Kernel)?;
        let address = self.address("kernel");
        let subsets = kernel_subsets(&sets, KERNEL_SUBSETS, KERNEL_SUBSET, address);
        let found = kernel_distance(&sets, &subsets)?;
        Ok(self.value("kernel", found.estimate, sets.real.len() as u64, found.warnings))
    }

    fn inception_score(&self) -> Result<Measurement, EvaluateError> {
        let logits = self.fakes.logits.as_ref().ok_or(EvaluateError::NoClasses)?;
        let order = shuffled(logits.len(), self.address("inception-score"));
        let found = inception_score(logits, &order, SCORE_SPLITS)?;
        Ok(self.value("inception-score", found.estimate, 0, found.warnings))
    }

    fn precision_recall(&self) -> Result<Vec<Measurement>, EvaluateError> {
        let sets = self.sets(Metric::PrecisionRecall)?;
        let found = precision_recall(&sets, PRECISION_NEIGHBOUR)?;
        let reals = sets.real.len() as u64;
        Ok(vec![
            self.value("precision", found.precision, reals, found.warnings),
            self.value("recall", found.recall, reals, Vec::new()),
        ])
    }

    fn density_coverage(&self) -> Result<Vec<Measurement>, EvaluateError> {
        let sets = self.sets(Metric::DensityCoverage)?;
        let found = density_coverage(&sets, MANIFOLD_NEIGHBOUR)?;
        let reals = sets.real.len() as u64;
        Ok(vec![
            self.value("density", found.density, reals, found.warnings),
            self.value("coverage", found.coverage, reals, Vec::new()),
        ])
    }

    /// Features of both sides, of which `metric` compares single ones.
    fn sets(&self, metric: Metric) -> Result<Sets<'_>, EvaluateError> {
        match (self.rows, &self.fakes.rows) {
            (Some(real), Some(fake)) => Ok(Sets { real, fake }),
            _ => Err(EvaluateError::NothingToCompare { metric }),
        }
    }

    fn address(&self, name: &str) -> Address {
        Address::new(self.seed, Purpose::Evaluation).named(name)
    }

    fn value(
        &self,
        name: &str,
        estimate: Estimate,
        reals: u64,
        warnings: Vec<Warning>,
    ) -> Measurement {
        let samples = self.fakes.count;
        Measurement { name: name.to_owned(), estimate, samples, reals, warnings }
    }
}
