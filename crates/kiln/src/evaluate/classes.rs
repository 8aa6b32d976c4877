//! How sure a classifier is of samples and of held-out data, and how they spread over its classes.

use std::fmt;
use std::path::Path;

use burn::tensor::Device;
use kiln_core::Sheet;
use kiln_data::{DataError, Split};
use kiln_eval::{CONFIDENT, Verdicts};
use serde::Serialize;

use super::{Classifier, EvaluateError, Metric};
use crate::config::{DataConfig, RunConfig};
use crate::material::Material;
use crate::recipe::Subject;

/// What a classifier says of samples, and of as many held-out ones of the data.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ClassesReport {
    /// Samples judged.
    pub n: usize,
    /// Probability from which on the classifier counts as sure.
    pub threshold: f64,
    /// Share of the samples that it is sure of.
    pub confident_share: f64,
    /// The same of the data.
    pub confident_share_reals: f64,
    /// Share of the samples in each class, sure or not.
    pub class_shares: Vec<(String, f64)>,
    /// The least of them.
    pub smallest_class_share: f64,
    /// Entropy of the class shares in nats.
    pub class_entropy: f64,
    /// The formula of the Inception score with this classifier, from 1 to the number of classes.
    pub score: f64,
    /// The same of the data.
    pub score_reals: f64,
}

/// Has a classifier judge `samples` of a generator that learned from `data`: that of `file`, or the one
/// that comes with Kiln for the data.
///
/// # Errors
///
/// When there is none for the data, the samples are of another kind, or the device fails.
pub fn check_classes(
    samples: &Sheet,
    data: &DataConfig,
    file: Option<&Path>,
    device: &Device,
) -> Result<ClassesReport, EvaluateError> {
    let (material, reals) = held_out(data, samples.len())?;
    let classifier = match (file, material.classes()) {
        (Some(file), _) => Some(Classifier::read(file, device)?),
        (None, Some(classes)) => Classifier::embedded(material.shape(), &classes.names, device)?,
        (None, None) => None,
    };
    let none = || EvaluateError::none_for(&data.source, material.medium(), material.shape());
    let classifier = classifier.ok_or_else(none)?;
    if let Some(classes) = material.classes().filter(|it| it.names != classifier.card.classes) {
        let (told, data) = (classifier.card.classes, classes.names);
        return Err(EvaluateError::OtherClasses { told, data });
    }
    let [of_samples, of_reals] = [samples, &reals].map(|sheet| classifier.judge(sheet));
    Ok(ClassesReport::new(&classifier.card.classes, &of_samples?, &of_reals?))
}

/// What is measured of volumes when nothing is asked for: their pieces, and their classes where a
/// classifier comes with Kiln for them, or is given.
///
/// # Errors
///
/// Only when Kiln was built with a damaged file.
pub(crate) fn of_volumes(
    subject: &Subject,
    given: bool,
    device: &Device,
) -> Result<Vec<Metric>, EvaluateError> {
    let told = given || comes_with_kiln(subject, device)?;
    Ok([told.then_some(Metric::Classes), Some(Metric::Pieces)].into_iter().flatten().collect())
}

/// Whether a classifier that comes with Kiln tells the classes of such samples.
pub(super) fn comes_with_kiln(subject: &Subject, device: &Device) -> Result<bool, EvaluateError> {
    let Some(classes) = &subject.classes else { return Ok(false) };
    Ok(Classifier::embedded(subject.picture, &classes.names, device)?.is_some())
}

/// `n` samples of the data's other part, or of the same where there is no other.
fn held_out(data: &DataConfig, n: usize) -> Result<(Material, Sheet), EvaluateError> {
    let other = DataConfig { split: Split::Test, checksum: None, ..data.clone() };
    let material = match Material::open(&other) {
        Err(DataError::NoSuchSplit { .. }) => Material::open(data),
        opened => opened,
    }?;
    let config = RunConfig { data: other, sheet: n, ..RunConfig::default() };
    let reals = material.reals(&config)?;
    Ok((material, reals))
}

impl ClassesReport {
    fn new(classes: &[String], samples: &Verdicts, reals: &Verdicts) -> Self {
        Self {
            n: samples.len(),
            threshold: CONFIDENT,
            confident_share: samples.confident_share(CONFIDENT),
            confident_share_reals: reals.confident_share(CONFIDENT),
            class_shares: classes.iter().cloned().zip(samples.class_shares()).collect(),
            smallest_class_share: samples.smallest_share(),
            class_entropy: samples.class_entropy(),
            score: samples.score(),
            score_reals: reals.score(),
        }
    }
}

impl fmt::Display for ClassesReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |share: f64| format!("{:.1} %", 100.0 * share);
        writeln!(f, "samples         {}", self.n)?;
        let [fakes, reals] = [self.confident_share, self.confident_share_reals].map(percent);
        writeln!(f, "confident       {fakes} at {}; reals {reals}", self.threshold)?;
        write!(f, "classes        ")?;
        for (class, share) in &self.class_shares {
            write!(f, " {class}: {:.1}", 100.0 * share)?;
        }
        writeln!(f, " (%)")?;
        writeln!(f, "smallest class  {}", percent(self.smallest_class_share))?;
        let n_classes = self.class_shares.len();
        let even = (n_classes as f64).ln();
        writeln!(f, "class entropy   {:.3} of {even:.3} nats", self.class_entropy)?;
        write!(f, "score           {:.2} of {n_classes}; reals {:.2}", self.score, self.score_reals)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_reads_as_a_table_and_as_json() {
        let classes = ["ball", "box"].map(str::to_owned);
        let samples = Verdicts::new(vec![vec![1.0, 0.0], vec![0.75, 0.25]]).unwrap();
        let reals = Verdicts::new(vec![vec![1.0, 0.0], vec![0.0, 1.0]]).unwrap();
        let report = ClassesReport::new(&classes, &samples, &reals);
        // The mean verdict is 7/8 and 1/8, 0.3768 nats; the mean of 0 and 0.5623 nats is 0.2812.
        let expected = "\
samples         2
confident       50.0 % at 0.9; reals 100.0 %
classes         ball: 100.0 box: 0.0 (%)
smallest class  0.0 %
class entropy   0.000 of 0.693 nats
score           1.10 of 2; reals 2.00";
        assert_eq!(report.to_string(), expected);
        assert_eq!(serde_json::to_value(&report).unwrap()["score-reals"], 2.0);
    }
}
