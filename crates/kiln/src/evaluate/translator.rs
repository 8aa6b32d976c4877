//! What a translator is worth: by held-out pairs, or by two held-out sets; afterwards, or in the course
//! of its run.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use burn::tensor::Device;
use kiln_core::Clock;
use kiln_data::{Arrangement, Pairing, Pictures, Source};
use kiln_eval::{ExtractorConfig, ExtractorKind};
use kiln_train::{EvaluationError, Evaluator, Measured, State};
use serde::Serialize;

use super::EvaluateError;
use super::cycles::{CyclesReport, judge_cycles};
use super::translation::{TranslationReport, judge_translation};
use crate::config::RunConfig;
use crate::recipe::{Painter, RecipeConfig, Subject};

/// How held-out pictures are to be looked at.
#[derive(Debug, Clone)]
pub struct Examination {
    /// Whose features.
    pub extractor: ExtractorConfig,
    /// Pairs, or pictures of each set, at most.
    pub count: Option<usize>,
    /// What random choices follow from.
    pub seed: u64,
    /// How the second set was drawn, where both are of MNIST's digits.
    pub digits: Option<Pairing>,
}

impl Examination {
    /// For what is learned from `source`, with the extractor that is named; else Inception where weights
    /// are given, the classifier of digits for the data in the box, and random convolutions for
    /// everything else, which need no weights.
    pub(crate) fn of(
        (named, weights): (Option<ExtractorKind>, Option<PathBuf>),
        source: &Source,
        pairs: Option<Pairing>,
        (count, seed): (Option<usize>, u64),
    ) -> Self {
        let fitting = match (&weights, source) {
            (Some(_), _) => ExtractorKind::default(),
            (None, Source::Mnist) => ExtractorKind::Digits,
            (None, _) => ExtractorKind::RandomConv,
        };
        let extractor = ExtractorConfig { kind: named.unwrap_or(fitting), weights };
        let digits = pairs.filter(|_| *source == Source::Mnist);
        Self { extractor, count, seed, digits }
    }
}

/// What was measured, by what there was to learn from.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum TranslatorReport {
    /// Pairs.
    Pairs(TranslationReport),
    /// Two sets.
    Sets(CyclesReport),
}

impl fmt::Display for TranslatorReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pairs(report) => report.fmt(f),
            Self::Sets(report) => report.fmt(f),
        }
    }
}

impl TranslatorReport {
    /// The values that a run's curves have, by name.
    fn values(&self) -> Measured {
        let mut values = Measured::new();
        let mut tell = |name: String, value: f64| values.insert(name, value);
        match self {
            Self::Pairs(report) => {
                let (made, by) = (&report.made, &report.extractor);
                tell("pairs/l1".to_owned(), made.l1);
                tell("pairs/psnr".to_owned(), made.psnr);
                tell(format!("{by}/perceptual"), made.perceptual);
                tell(format!("{by}/frechet"), made.frechet);
                if let Some(colourfulness) = made.colourfulness {
                    tell("pairs/colourfulness".to_owned(), colourfulness);
                }
            }
            Self::Sets(report) => {
                for (name, way) in [("forth", &report.forth), ("back", &report.back)] {
                    tell(format!("{name}/cycle-l1"), way.cycle_l1);
                    tell(format!("{}/frechet-{name}", report.extractor), way.frechet);
                    if let Some(share) = way.class_kept {
                        tell(format!("{name}/class-kept"), share);
                    }
                }
            }
        }
        values
    }
}

/// Measures a translator by what it makes of `held_out`.
///
/// # Errors
///
/// When the painter translates nothing, the pictures cannot be read or do not fit, or the extractor
/// cannot be had.
pub fn judge_translator(
    painter: &dyn Painter,
    held_out: &Arc<Pictures>,
    how: &Examination,
) -> Result<TranslatorReport, EvaluateError> {
    Ok(match held_out.arrangement() {
        Arrangement::Sets => TranslatorReport::Sets(judge_cycles(painter, held_out, how)?),
        Arrangement::Pairs | Arrangement::Alone => {
            TranslatorReport::Pairs(judge_translation(painter, held_out, how)?)
        }
    })
}

/// Measures a run's translator in the course of the run.
pub(crate) struct TranslatorEvaluator {
    recipe: RecipeConfig,
    subject: Subject,
    held_out: Arc<Pictures>,
    how: Examination,
    device: Device,
}

impl TranslatorEvaluator {
    /// By what it makes of `held_out`.
    ///
    /// # Errors
    ///
    /// When metrics are named, which are not a translator's, or an extractor that there is not.
    pub(crate) fn open(
        config: &RunConfig,
        held_out: Arc<Pictures>,
        subject: &Subject,
        device: &Device,
    ) -> Result<Self, EvaluateError> {
        let how = Self::examination(config)?;
        let (recipe, subject) = (config.recipe.clone(), subject.clone());
        Ok(Self { recipe, subject, held_out, how, device: device.clone().without_autodiff() })
    }

    /// What the configuration asks for.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub(crate) fn examination(config: &RunConfig) -> Result<Examination, EvaluateError> {
        let (evaluation, data) = (&config.evaluation, &config.data);
        if let Some(metric) = evaluation.metrics.first() {
            return Err(EvaluateError::OfGenerators { metric: *metric });
        }
        let named = evaluation.extractor.as_deref().map(str::parse).transpose();
        let named = named.map_err(kiln_eval::EvalError::from)?;
        let eye = (named, evaluation.weights.clone());
        let counted = (Some(evaluation.count), config.seed);
        Ok(Examination::of(eye, &data.source, data.pairs, counted))
    }
}

impl Evaluator for TranslatorEvaluator {
    fn evaluate(&mut self, _clock: Clock, mut state: State) -> Result<Measured, EvaluationError> {
        let mut painter = self.recipe.painter(&self.subject, &self.device)?;
        painter.load(&mut state)?;
        Ok(judge_translator(&*painter, &self.held_out, &self.how)?.values())
    }
}
