//! Evaluation in the course of a run.

use std::path::PathBuf;

use burn::tensor::Device;
use kiln_core::{Clock, Medium};
use kiln_train::{EvaluationError, Evaluator, Measured, State};
use serde::{Deserialize, Serialize};

use super::classes::{comes_with_kiln, of_volumes};
use super::examiner::{Examiner, Request};
use super::judge::Judge;
use super::reference::{Reference, fitting_extractor};
use super::{EvaluateError, Metric};
use crate::config::RunConfig;
use crate::recipe::{RecipeConfig, Subject};

/// What a run measures of its averaged generator, every [`evaluate_every`] samples.
///
/// [`evaluate_every`]: kiln_train::Plan::evaluate_every
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct EvaluationConfig {
    /// Which metrics, by name; none for what fits the data.
    pub metrics: Vec<Metric>,
    /// Samples to draw.
    pub count: usize,
    /// What sees the features, as `kiln eval --extractor`; none for what fits the data.
    pub extractor: Option<String>,
    /// The extractor's weights.
    pub weights: Option<PathBuf>,
}

impl Default for EvaluationConfig {
    fn default() -> Self {
        Self { metrics: Vec::new(), count: 2000, extractor: None, weights: None }
    }
}

impl RunConfig {
    /// What is measured in the course of the run.
    ///
    /// # Errors
    ///
    /// When something is asked for that such samples do not have, or only `kiln eval` can measure.
    pub(crate) fn metrics(
        &self,
        subject: &Subject,
        device: &Device,
    ) -> Result<Vec<Metric>, EvaluateError> {
        let of_pictures = [Metric::Frechet, Metric::PrecisionRecall];
        let metrics = match (&self.evaluation.metrics[..], subject.medium) {
            ([], Medium::Volume) => of_volumes(subject, false, device)?,
            ([], Medium::Sound { .. }) => vec![Metric::Classes],
            ([], _) => Metric::fitting(&self.data.source, &of_pictures),
            (asked, _) => asked.to_vec(),
        };
        if let Some(metric) = metrics.iter().copied().find(|metric| metric.needs_run()) {
            return Err(EvaluateError::AskedAfterwards { metric });
        }
        let others = metrics.iter().copied().find(|metric| *metric != Metric::Classes);
        if let (Some(metric), medium @ Medium::Sound { .. }) = (others, subject.medium) {
            return Err(EvaluateError::OfPictures { metric, medium });
        }
        if metrics.contains(&Metric::Pieces) && subject.medium != Medium::Volume {
            return Err(EvaluateError::NoVolumes { shape: subject.picture.to_vec() });
        }
        if metrics.contains(&Metric::Classes) && !comes_with_kiln(subject, device)? {
            let data = &self.data.source;
            return Err(EvaluateError::none_for(data, subject.medium, subject.picture));
        }
        Ok(metrics)
    }
}

/// Measures a run's generator. Its random numbers are its own, so the run is the same without it.
pub(crate) struct RunEvaluator {
    recipe: RecipeConfig,
    subject: Subject,
    judge: Judge,
}

impl RunEvaluator {
    /// Opens the extractor and looks at the run's real pictures, if one of `metrics` wants them, which
    /// [`RunConfig::metrics`] gave.
    pub(crate) fn open(
        config: &RunConfig,
        metrics: Vec<Metric>,
        reference: &Reference,
        subject: &Subject,
        device: &Device,
    ) -> Result<Self, EvaluateError> {
        let evaluation = &config.evaluation;
        let named = evaluation.extractor.as_deref().map(str::parse).transpose();
        let named = named.map_err(kiln_eval::EvalError::from)?;
        let (data, picture) = (config.data.clone(), subject.picture);
        let request = Request {
            metrics: metrics.clone(),
            extractor: fitting_extractor(named, evaluation.weights.clone(), Some(&data.source)),
            rows: evaluation.count,
            seed: config.seed,
        };
        let device = device.clone().without_autodiff();
        let examined = metrics.iter().any(|metric| metric.is_examined());
        let examiner = examined.then(|| {
            Examiner::open(request, &reference.against, subject.picture, &device, &mut |_, _| {})
        });
        let examiner = examiner.transpose()?;
        let (count, seed, against) = (evaluation.count, config.seed, reference.name.clone());
        let classifier = None;
        let judge =
            Judge { metrics, count, seed, data, picture, device, examiner, against, classifier };
        Ok(Self { recipe: config.recipe.clone(), subject: subject.clone(), judge })
    }

    fn measure(&self, mut state: State) -> Result<Measured, EvaluateError> {
        let mut painter = self.recipe.painter(&self.subject, &self.judge.device)?;
        painter.load(&mut state)?;
        Ok(self.judge.judge(&*painter, &mut |_, _| {})?.values())
    }
}

impl Evaluator for RunEvaluator {
    fn evaluate(&mut self, _clock: Clock, state: State) -> Result<Measured, EvaluationError> {
        Ok(self.measure(state)?)
    }
}
