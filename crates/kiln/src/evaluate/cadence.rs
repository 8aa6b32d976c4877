//! Evaluation in the course of a run.

use std::path::PathBuf;

use burn::tensor::Device;
use kiln_core::{Address, Clock, Purpose};
use kiln_data::Source;
use kiln_train::{EvaluationError, Evaluator, Measured, State};
use serde::{Deserialize, Serialize};

use super::examiner::{Examiner, Request};
use super::picture_set::Drawn;
use super::reference::{Reference, fitting_extractor};
use super::{EvaluateError, Metric, ModesReport, check_labels, count_modes, evaluate_samples};
use crate::config::RunConfig;
use crate::recipe::{RecipeConfig, Subject, draw_origins, paint_sheet};

/// What a run measures of its averaged generator, every [`evaluate_every`] samples.
///
/// [`evaluate_every`]: kiln_train::Plan::evaluate_every
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct EvaluationConfig {
    /// Which metrics, by name.
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
        let metrics = vec![Metric::Frechet, Metric::PrecisionRecall];
        Self { metrics, count: 2000, extractor: None, weights: None }
    }
}

/// Measures a run's generator. Its random numbers are its own, so the run is the same without it.
pub(crate) struct RunEvaluator {
    config: EvaluationConfig,
    recipe: RecipeConfig,
    data: Source,
    subject: Subject,
    seed: u64,
    device: Device,
    examiner: Option<Examiner>,
}

impl RunEvaluator {
    /// Opens the extractor and looks at the run's real pictures, if a metric wants them.
    pub(crate) fn open(
        config: &RunConfig,
        reference: &Reference,
        subject: &Subject,
        device: &Device,
    ) -> Result<Self, EvaluateError> {
        let evaluation = config.evaluation.clone();
        let named = evaluation.extractor.as_deref().map(str::parse).transpose();
        let named = named.map_err(kiln_eval::EvalError::from)?;
        let data = config.data.source.clone();
        let request = Request {
            metrics: evaluation.metrics.clone(),
            extractor: fitting_extractor(named, evaluation.weights.clone(), Some(&data)),
            rows: evaluation.count,
            seed: config.seed,
        };
        let device = device.clone().without_autodiff();
        let of_features = evaluation.metrics.iter().any(|metric| metric.needs_extractor());
        let examiner = of_features.then(|| {
            Examiner::open(request, &reference.against, subject.picture, &device, &mut |_, _| {})
        });
        Ok(Self {
            config: evaluation,
            recipe: config.recipe.clone(),
            data,
            subject: subject.clone(),
            seed: config.seed,
            device,
            examiner: examiner.transpose()?,
        })
    }

    fn measure(&self, mut state: State) -> Result<Measured, EvaluateError> {
        let mut painter = self.recipe.painter(&self.subject, &self.device)?;
        painter.load(&mut state)?;
        let address = Address::new(self.seed, Purpose::Evaluation);
        let mut values = Measured::new();
        if let Some(examiner) = &self.examiner {
            let drawn = Drawn::new(&*painter, self.config.count, address);
            let extractor = &examiner.provenance().extractor;
            for one in examiner.examine(&drawn, &mut |_, _| {})? {
                values.insert(format!("{extractor}/{}", one.name), one.estimate.value);
            }
        }
        let of_sheets = self.config.metrics.iter().filter(|metric| !metric.needs_extractor());
        let origins = draw_origins(&*painter, self.config.count, address);
        for metric in of_sheets {
            let sheet = || paint_sheet(&*painter, &origins);
            match metric {
                Metric::Digits => {
                    let report = evaluate_samples(&sheet()?, &self.device)?;
                    values.insert("digits/confident-share".into(), report.confident_share);
                    values.insert("digits/class-entropy".into(), report.class_entropy);
                }
                Metric::Labels => {
                    let count = self.config.count;
                    let report = check_labels(&*painter, count, address, &self.device)?;
                    values.insert("labels/right-share".into(), report.right_share);
                }
                _ => {
                    let report = count_modes(&sheet()?, &self.data, self.seed, &self.device)?;
                    values.extend(modes(&report));
                }
            }
        }
        Ok(values)
    }
}

fn modes(report: &ModesReport) -> Vec<(String, f64)> {
    let (found, name, value) = match report {
        ModesReport::Points(points) => {
            (points.modes, "modes/high-quality-share", points.high_quality_share)
        }
        ModesReport::Stacks(stacks) => (stacks.modes, "modes/kl", stacks.kl),
    };
    vec![("modes/found".to_owned(), found as f64), (name.to_owned(), value)]
}

impl Evaluator for RunEvaluator {
    fn evaluate(&mut self, _clock: Clock, state: State) -> Result<Measured, EvaluationError> {
        Ok(self.measure(state)?)
    }
}
