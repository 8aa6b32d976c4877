//! What a translator is worth: by held-out pairs, or by two held-out sets; afterwards, or in the course
//! of its run.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use burn::tensor::Device;
use kiln_core::Clock;
use kiln_data::{Arrangement, Pairing, Pictures, Source};
use kiln_eval::{EvalError, ExtractorConfig, ExtractorKind};
use kiln_train::{EvaluationError, Evaluator, Measured, State};
use serde::Serialize;

use super::cycles::{CyclesReport, judge_cycles};
use super::translation::{TranslationReport, judge_translation};
use super::{EvaluateError, fitting_extractor};
use crate::config::{DataConfig, RunConfig};
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

/// The extractor for what is learned from `source`: the one that is named; else Inception where weights are
/// given, the classifier of digits for the data in the box, and random convolutions for everything else,
/// which need no weights.
pub(crate) fn translators_extractor(
    named: Option<ExtractorKind>,
    weights: Option<PathBuf>,
    source: &Source,
) -> ExtractorConfig {
    let plain = weights.is_none() && *source != Source::Mnist;
    let named = named.or(plain.then_some(ExtractorKind::RandomConv));
    fitting_extractor(named, weights, Some(source))
}

/// How the second of two sets was drawn, where both are of MNIST's digits.
pub(crate) fn drawn_digits(data: &DataConfig) -> Option<Pairing> {
    data.pairs.filter(|_| data.source == Source::Mnist)
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
    /// When metrics are named, which are not a translator's, the extractor cannot be had, or there are too
    /// few pictures.
    pub(crate) fn open(
        config: &RunConfig,
        held_out: Arc<Pictures>,
        subject: &Subject,
        device: &Device,
    ) -> Result<Self, EvaluateError> {
        /// Two groups of two have a covariance each.
        const FEWEST: usize = 4;
        let (evaluation, data) = (&config.evaluation, &config.data);
        if let Some(metric) = evaluation.metrics.first() {
            return Err(EvaluateError::OfGenerators { metric: *metric });
        }
        let named = evaluation.extractor.as_deref().map(str::parse).transpose();
        let named = named.map_err(EvalError::from)?;
        let how = Examination {
            extractor: translators_extractor(named, evaluation.weights.clone(), &data.source),
            count: Some(evaluation.count),
            seed: config.seed,
            digits: drawn_digits(data),
        };
        let device = device.clone().without_autodiff();
        // What cannot be had is missed now, not after hours.
        how.extractor.open(held_out.shape(), &device)?;
        let others = held_out.other_set().map_or(held_out.len(), |others| others.len());
        let samples = evaluation.count.min(held_out.len()).min(others);
        if samples < FEWEST {
            let what = "an evaluation on held-out pictures";
            return Err(EvalError::TooFew { what, samples, needed: FEWEST }.into());
        }
        let (recipe, subject) = (config.recipe.clone(), subject.clone());
        Ok(Self { recipe, subject, held_out, how, device })
    }
}

impl Evaluator for TranslatorEvaluator {
    fn evaluate(&mut self, _clock: Clock, mut state: State) -> Result<Measured, EvaluationError> {
        let mut painter = self.recipe.painter(&self.subject, &self.device)?;
        painter.load(&mut state)?;
        Ok(judge_translator(&*painter, &self.held_out, &self.how)?.values())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::WayReport;

    #[test]
    fn both_ways_have_their_curves() {
        let way = |class_kept| WayReport {
            n: 8,
            cycle_l1: 0.25,
            mean_picture_l1: 0.5,
            frechet: 2.0,
            frechet_before: 4.0,
            class_kept,
        };
        let (forth, back, extractor) = (way(Some(0.75)), way(None), "pixels".to_owned());
        let values = TranslatorReport::Sets(CyclesReport { forth, back, extractor }).values();
        let expected = [
            ("back/cycle-l1", 0.25),
            ("forth/class-kept", 0.75),
            ("forth/cycle-l1", 0.25),
            ("pixels/frechet-back", 2.0),
            ("pixels/frechet-forth", 2.0),
        ];
        assert_eq!(values, expected.map(|(name, value)| (name.to_owned(), value)).into());
    }
}
