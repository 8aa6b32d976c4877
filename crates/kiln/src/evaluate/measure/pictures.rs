//! Values of pictures as they are, without an extractor.

use kiln_eval::metric::{
    Diversity, Estimate, ParzenSets, SlicedPlan, Spread, Spreading, diversity, parzen, parzen_grid,
    random_pairs, sliced_wasserstein,
};
use kiln_eval::{EvalError, Pixels};

use super::comparison::there;
use super::{Comparison, Measurement};
use crate::evaluate::metric::{
    LOOK_PICTURES, PARZEN_PICTURES, SIMILARITY_PICTURES, SLICED_PICTURES,
};
use crate::evaluate::{EvaluateError, Metric};

/// Pairs whose similarity is taken.
const PAIRS: usize = 1000;

/// Training pictures that choose the width of the windows.
const VALIDATION: usize = 1000;

impl Comparison<'_> {
    pub(super) fn sliced_wasserstein(&self) -> Result<Vec<Measurement>, EvaluateError> {
        let metric = Metric::SlicedWasserstein;
        let [real, fake] = [self.real_pictures(metric)?, self.fake_pictures(metric)?];
        let n = SLICED_PICTURES.min(count(real)).min(count(fake));
        let plan = SlicedPlan::published(self.address(metric.name()));
        let [real, fake] = [first(real, n)?, first(fake, n)?];
        let found = sliced_wasserstein(&real, &fake, &plan)?;
        let value = |name: &str, estimate| Measurement::of_pictures(name, estimate, n).against(n);
        let squares = found.levels.iter().map(|level| level.estimate.spread.deviation.powi(2));
        let deviation = squares.sum::<f64>().sqrt() / found.levels.len() as f64;
        let spread = Spread { deviation, of: Spreading::Parts, n: plan.repeats };
        let average = value(metric.name(), Estimate { value: found.average, spread });
        // The average of one level is that level.
        let several = found.levels.iter().filter(|_| found.levels.len() > 1);
        let levels = several.map(|level| {
            let [height, width] = level.size;
            let side =
                if height == width { height.to_string() } else { format!("{height}x{width}") };
            value(&format!("{metric}-{side}"), level.estimate)
        });
        Ok([average.warned(found.warnings)].into_iter().chain(levels).collect())
    }

    /// Of samples, and of real pictures where there are any: their value is the yardstick.
    pub(super) fn similarity(&self) -> Result<Vec<Measurement>, EvaluateError> {
        let metric = Metric::Similarity;
        let fakes = self.fake_pictures(metric)?;
        let found = self.similar(fakes)?;
        let value = |name: &str, found: &Diversity| {
            let n = SIMILARITY_PICTURES.min(count(fakes));
            let value = Measurement::of_pictures(name, found.estimate, n);
            value.given("scales", found.scales as f64)
        };
        let mut values = vec![value(metric.name(), &found).warned(found.warnings)];
        if let Some(reals) = &self.reals.pictures {
            let value = value("similarity-of-reals", &self.similar(reals)?);
            values.push(value.against(SIMILARITY_PICTURES.min(count(reals))));
        }
        Ok(values)
    }

    /// How alike two of the first pictures are.
    fn similar(&self, pictures: &Pixels) -> Result<Diversity, EvaluateError> {
        let address = self.address(Metric::Similarity.name());
        let pairs = random_pairs(count(pictures).min(SIMILARITY_PICTURES), PAIRS, address)?;
        Ok(diversity(pictures, &pairs)?)
    }

    /// How pictures look by themselves: samples, and real ones where there are any, whose value is the
    /// yardstick.
    pub(super) fn look(
        &self,
        metric: Metric,
        of: fn(&Pixels) -> Result<Estimate, EvalError>,
    ) -> Result<Vec<Measurement>, EvaluateError> {
        let value = |name: &str, pictures: &Pixels| -> Result<Measurement, EvaluateError> {
            let pictures = first(pictures, LOOK_PICTURES)?;
            Ok(Measurement::of_pictures(name, of(&pictures)?, count(&pictures)))
        };
        let mut values = vec![value(metric.name(), self.fake_pictures(metric)?)?];
        if let Some(reals) = &self.reals.pictures {
            let name = format!("{metric}-of-reals");
            values.push(value(&name, reals)?.against(LOOK_PICTURES.min(count(reals))));
        }
        Ok(values)
    }

    pub(super) fn parzen(&self) -> Result<Measurement, EvaluateError> {
        let metric = Metric::Parzen;
        let fake = first(self.fake_pictures(metric)?, PARZEN_PICTURES)?.unit_rows()?;
        let validation = first(self.real_pictures(metric)?, VALIDATION)?.unit_rows()?;
        let test = self.held_out.and_then(|held_out| held_out.pictures.as_ref());
        let test = test.ok_or(EvaluateError::NoHeldOut { metric })?.unit_rows()?;
        let sets = ParzenSets { fake: &fake, validation: &validation, test: &test };
        let found = parzen(&sets, &parzen_grid())?;
        let value = Measurement::of_pictures(metric.name(), found.estimate, fake.len());
        Ok(value.against(test.len()).given("sigma", found.sigma).warned(found.warnings))
    }

    fn fake_pictures(&self, metric: Metric) -> Result<&Pixels, EvaluateError> {
        there(self.fakes.pictures.as_ref(), metric)
    }

    fn real_pictures(&self, metric: Metric) -> Result<&Pixels, EvaluateError> {
        there(self.reals.pictures.as_ref(), metric)
    }
}

fn count(pictures: &Pixels) -> usize {
    pictures.shape()[0]
}

/// At most `n` of them.
fn first(pictures: &Pixels, n: usize) -> Result<Pixels, EvaluateError> {
    Ok(pictures.select(&(0..n.min(count(pictures))).collect::<Vec<_>>())?)
}
