//! All that can be said of a generator, by the names of the metrics.

use std::fmt;
use std::path::PathBuf;

use burn::tensor::Device;
use kiln_core::{Address, Purpose};
use serde::Serialize;

use super::anomaly::check_anomalies;
use super::classifier_accuracy::{ClassifierAccuracy, classifier_accuracy};
use super::examiner::{Examiner, Progress};
use super::path::{PATH_STEP, path_steps};
use super::picture_set::Drawn;
use super::reconstruction::check_reconstruction;
use super::{
    AnomalyReport, ClassesReport, CodesReport, CriticReport, DigitsReport, EvaluateError,
    LabelsReport, Measured, Metric, ModesReport, PiecesReport, ReconstructionReport, check_classes,
    check_codes, check_labels, count_modes, count_pieces, evaluate_samples,
};
use crate::config::DataConfig;
use crate::recipe::{Painter, draw_origins, paint_sheet};

/// What is asked about generators.
pub(crate) struct Judge {
    /// What is to be measured.
    pub(crate) metrics: Vec<Metric>,
    /// Samples to draw.
    pub(crate) count: usize,
    /// What every random choice follows from.
    pub(crate) seed: u64,
    /// What the generators learn from.
    pub(crate) data: DataConfig,
    /// `[channels, height, width]` of what they draw.
    pub(crate) picture: [usize; 3],
    /// Where the generators draw, without gradients.
    pub(crate) device: Device,
    /// Measures features and pictures, where a metric is of these.
    pub(crate) examiner: Option<Examiner>,
    /// What the examiner compares with.
    pub(crate) against: String,
    /// A classifier of the data's classes, where it is not one that comes with Kiln.
    pub(crate) classifier: Option<PathBuf>,
}

/// What was measured of a generator; in JSON one object, in which reports with keys of others' names stand
/// by themselves.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Judged {
    #[serde(flatten)]
    digits: Option<DigitsReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    classes: Option<ClassesReport>,
    #[serde(flatten)]
    pieces: Option<PiecesReport>,
    #[serde(flatten)]
    modes: Option<ModesReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    labels: Option<LabelsReport>,
    #[serde(flatten)]
    codes: Option<CodesReport>,
    #[serde(flatten)]
    accuracy: Option<ClassifierAccuracy>,
    #[serde(flatten)]
    reconstruction: Option<ReconstructionReport>,
    #[serde(flatten)]
    anomalies: Option<AnomalyReport>,
    #[serde(flatten)]
    measured: Option<Measured>,
    #[serde(skip_serializing_if = "Option::is_none")]
    critic: Option<CriticReport>,
}

impl Judge {
    /// Measures what `painter` draws.
    ///
    /// # Errors
    ///
    /// When a metric does not fit the samples, these are not finite, or the device fails.
    pub(crate) fn judge(
        &self,
        painter: &dyn Painter,
        progress: Progress<'_>,
    ) -> Result<Judged, EvaluateError> {
        let Self { count, seed, device, data, .. } = self;
        let mut judged = self.judge_sheet(painter)?;
        if self.asks(Metric::Labels) {
            judged.labels = Some(check_labels(painter, *count, self.address(), device)?);
        }
        if self.asks(Metric::Codes) {
            judged.codes = Some(check_codes(painter, *count, self.address(), device)?);
        }
        if self.asks(Metric::ClassifierAccuracy) {
            judged.accuracy =
                Some(classifier_accuracy(painter, *count, &data.source, *seed, device)?);
        }
        if self.asks(Metric::Reconstruction) {
            judged.reconstruction =
                Some(check_reconstruction(painter, data, self.picture, *count)?);
        }
        if self.asks(Metric::Auroc) {
            judged.anomalies = Some(check_anomalies(painter, data, self.picture)?);
        }
        if let Some(examiner) = &self.examiner {
            judged.measured = Some(self.examine(examiner, painter, progress)?);
        }
        Ok(judged)
    }

    /// What is said of the samples as a sheet.
    fn judge_sheet(&self, painter: &dyn Painter) -> Result<Judged, EvaluateError> {
        let mut judged = Judged::default();
        let of_sheets = [Metric::Digits, Metric::Classes, Metric::Pieces, Metric::Modes];
        if !of_sheets.into_iter().any(|metric| self.asks(metric)) {
            return Ok(judged);
        }
        let sheet = paint_sheet(painter, &draw_origins(painter, self.count, self.address()))?;
        if self.asks(Metric::Digits) {
            judged.digits = Some(evaluate_samples(&sheet, &self.device)?);
        }
        if self.asks(Metric::Classes) {
            let file = self.classifier.as_deref();
            judged.classes = Some(check_classes(&sheet, &self.data, file, &self.device)?);
        }
        if self.asks(Metric::Pieces) {
            judged.pieces = Some(count_pieces(&sheet)?);
        }
        if self.asks(Metric::Modes) {
            judged.modes = Some(count_modes(&sheet, &self.data.source, self.seed, &self.device)?);
        }
        Ok(judged)
    }

    fn examine(
        &self,
        examiner: &Examiner,
        painter: &dyn Painter,
        progress: Progress<'_>,
    ) -> Result<Measured, EvaluateError> {
        let drawn = Drawn::new(painter, self.count, self.address());
        let mut values = examiner.examine(&drawn, progress)?;
        if self.asks(Metric::PathLength) {
            let steps = path_steps(painter, self.count, self.address().named("path"), PATH_STEP);
            let [starts, ends] = steps.map(|origins| Drawn::of(painter, origins));
            values.push(examiner.path_length([&starts, &ends], PATH_STEP, progress)?);
        }
        let (provenance, against) = (examiner.provenance().cloned(), self.against.clone());
        Ok(Measured { values, provenance, against, seed: self.seed })
    }

    fn asks(&self, metric: Metric) -> bool {
        self.metrics.contains(&metric)
    }

    fn address(&self) -> Address {
        Address::new(self.seed, Purpose::Evaluation)
    }
}

impl Judged {
    /// What was measured of pictures that are there already.
    pub(crate) fn of_pictures(digits: Option<DigitsReport>, measured: Option<Measured>) -> Self {
        Self { digits, measured, ..Self::default() }
    }

    /// The same, and what was found of the critic.
    pub(crate) fn with_critic(self, critic: Option<CriticReport>) -> Self {
        Self { critic, ..self }
    }

    /// The values by names that say who measured: `digits/confident-share`, `modes/found`,
    /// `inception-tf/frechet`, `pictures/similarity`.
    pub(crate) fn values(&self) -> kiln_train::Measured {
        let mut values = kiln_train::Measured::new();
        let mut tell = |name: &str, value: f64| values.insert(name.to_owned(), value);
        if let Some(digits) = &self.digits {
            tell("digits/confident-share", digits.confident_share);
            tell("digits/class-entropy", digits.class_entropy);
        }
        if let Some(classes) = &self.classes {
            tell("classes/confident-share", classes.confident_share);
            tell("classes/score", classes.score);
        }
        if let Some(pieces) = &self.pieces {
            tell("pieces/connected-share", pieces.connected_share);
        }
        match &self.modes {
            Some(ModesReport::Points(points)) => {
                tell("modes/found", points.modes as f64);
                tell("modes/high-quality-share", points.high_quality_share);
            }
            Some(ModesReport::Stacks(stacks)) => {
                tell("modes/found", stacks.modes as f64);
                tell("modes/kl", stacks.kl);
            }
            None => {}
        }
        if let Some(labels) = &self.labels {
            tell("labels/right-share", labels.right_share);
        }
        if let Some(codes) = &self.codes {
            tell("codes/purity", codes.purity);
        }
        if let Some(accuracy) = &self.accuracy {
            tell("classifier/accuracy", accuracy.accuracy);
        }
        if let Some(reconstruction) = &self.reconstruction {
            tell("reconstruction/squared-error", reconstruction.squared_error);
        }
        if let Some(anomalies) = &self.anomalies {
            tell("anomalies/auroc", anomalies.auroc);
        }
        if let Some(measured) = &self.measured {
            let extractor = measured.provenance.as_ref().map(|known| known.extractor.as_str());
            for one in &measured.values {
                let by = extractor.filter(|_| one.of_features).unwrap_or("pictures");
                tell(&format!("{by}/{}", one.name), one.estimate.value);
            }
        }
        values
    }
}

impl fmt::Display for Judged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            self.digits.as_ref().map(ToString::to_string),
            self.classes.as_ref().map(ToString::to_string),
            self.pieces.as_ref().map(ToString::to_string),
            self.modes.as_ref().map(ToString::to_string),
            self.labels.as_ref().map(ToString::to_string),
            self.codes.as_ref().map(ToString::to_string),
            self.accuracy.as_ref().map(ToString::to_string),
            self.reconstruction.as_ref().map(ToString::to_string),
            self.anomalies.as_ref().map(ToString::to_string),
            self.measured.as_ref().map(ToString::to_string),
            self.critic.as_ref().map(ToString::to_string),
        ];
        f.write_str(&parts.into_iter().flatten().collect::<Vec<_>>().join("\n"))
    }
}
