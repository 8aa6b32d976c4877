//! Values of features.

use kiln_eval::EvalError;
use kiln_eval::metric::{
    KERNEL_SUBSET, KERNEL_SUBSETS, MANIFOLD_NEIGHBOUR, MemorySets, PRECISION_NEIGHBOUR,
    SCORE_SPLITS, Sets, density_coverage, frechet_of_groups, inception_score, kernel_distance,
    kernel_subsets, memorisation, precision_recall, shuffled,
};

use super::comparison::there;
use super::{Comparison, Measurement};
use crate::evaluate::{EvaluateError, Metric};

impl Comparison<'_> {
    pub(super) fn frechet(&self) -> Result<Measurement, EvaluateError> {
        let real = there(self.reals.groups.first(), Metric::Frechet)?;
        if self.fakes.groups.len() < 2 {
            let (what, samples) = ("the Fréchet distance with its spread", self.fakes.count);
            return Err(EvalError::TooFew { what, samples, needed: 4 }.into());
        }
        let found = frechet_of_groups(&self.fakes.groups, real)?;
        let value = Measurement::of_features("frechet", found.estimate, self.fakes.count);
        let value = value.warned(found.warnings);
        Ok(Measurement { reals: real.count().unwrap_or(0), ..value })
    }

    pub(super) fn kernel(&self) -> Result<Measurement, EvaluateError> {
        let sets = self.sets(Metric::Kernel)?;
        let address = self.address("kernel");
        let subsets = kernel_subsets(&sets, KERNEL_SUBSETS, KERNEL_SUBSET, address);
        let found = kernel_distance(&sets, &subsets)?;
        let value = Measurement::of_features("kernel", found.estimate, sets.fake.len());
        Ok(value.against(sets.real.len()).warned(found.warnings))
    }

    pub(super) fn inception_score(&self) -> Result<Measurement, EvaluateError> {
        let logits = self.fakes.logits.as_ref().ok_or(EvaluateError::NoClasses)?;
        let order = shuffled(logits.len(), self.address("inception-score"));
        let found = inception_score(logits, &order, SCORE_SPLITS)?;
        let value = Measurement::of_features("inception-score", found.estimate, logits.len());
        Ok(value.warned(found.warnings))
    }

    pub(super) fn precision_recall(&self) -> Result<Vec<Measurement>, EvaluateError> {
        let sets = self.sets(Metric::PrecisionRecall)?;
        let found = precision_recall(&sets, PRECISION_NEIGHBOUR)?;
        let value = |name, estimate| {
            Measurement::of_features(name, estimate, sets.fake.len()).against(sets.real.len())
        };
        let precision = value("precision", found.precision).warned(found.warnings);
        Ok(vec![precision, value("recall", found.recall)])
    }

    pub(super) fn density_coverage(&self) -> Result<Vec<Measurement>, EvaluateError> {
        let sets = self.sets(Metric::DensityCoverage)?;
        let found = density_coverage(&sets, MANIFOLD_NEIGHBOUR)?;
        let value = |name, estimate| {
            Measurement::of_features(name, estimate, sets.fake.len()).against(sets.real.len())
        };
        let density = value("density", found.density).warned(found.warnings);
        Ok(vec![density, value("coverage", found.coverage)])
    }

    pub(super) fn memorisation(&self) -> Result<Measurement, EvaluateError> {
        let metric = Metric::Memorisation;
        let training = there(self.training, metric)?;
        let held_out = self.held_out.and_then(|held_out| held_out.rows.as_ref());
        let held_out = held_out.ok_or(EvaluateError::NoHeldOut { metric })?;
        let fake = there(self.fakes.rows.as_ref(), metric)?;
        let found = memorisation(&MemorySets { fake, training, held_out })?;
        let value = Measurement::of_features(metric.name(), found.ratio, fake.len());
        Ok(value.against(training.len()).given("held-out", held_out.len() as f64))
    }

    /// Features of both sides, of which `metric` compares single ones.
    fn sets(&self, metric: Metric) -> Result<Sets<'_>, EvaluateError> {
        let real = there(self.reals.rows.as_ref(), metric)?;
        Ok(Sets { real, fake: there(self.fakes.rows.as_ref(), metric)? })
    }
}
