//! Classification accuracy score (Ravuri and Vinyals 2019): what samples are worth to learn from.
//!
//! The classifier of digits is taught on labelled samples alone, and then on as many real pictures,
//! and tested on real pictures that were held out. The share of these that it tells right after the
//! samples, beside the share after the reals, says whether the generator draws what a class needs:
//! blur, wrong labels and lost varieties all cost it.

use std::fmt;
use std::sync::Arc;

use burn::tensor::Device;
use kiln_core::{Address, Purpose, pixel_byte};
use kiln_data::{Labels, OpenOptions, Pictures, Source, Split};
use kiln_eval::metric::chosen;
use serde::Serialize;

use super::digits::train_on;
use super::{DigitsTraining, EvaluateError};
use crate::recipe::{Painter, paint_sheet};

/// How well a classifier does that learned from samples.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ClassifierAccuracy {
    /// Samples that it learned from.
    pub taught_on: usize,
    /// Held-out pictures that it was tested on.
    pub tested_on: usize,
    /// Share of these that it tells right.
    pub accuracy: f64,
    /// The same of a classifier that learned from as many real pictures.
    pub accuracy_of_reals: f64,
}

/// Teaches a classifier on `count` pictures of `data`, or all if they are fewer, and one on as many
/// samples, of each class alike many, and tests both on the other part of the data.
///
/// # Errors
///
/// When samples cannot be asked for classes, they or the data are no labelled digits of 28 x 28, or
/// the device fails.
pub(super) fn classifier_accuracy(
    painter: &dyn Painter,
    count: usize,
    data: &Source,
    seed: u64,
    device: &Device,
) -> Result<ClassifierAccuracy, EvaluateError> {
    let options = OpenOptions { size: Some(28), channels: Some(1), ..OpenOptions::default() };
    let test = kiln_data::open(data, Split::Test, &options)?;
    let address = Address::new(seed, Purpose::Evaluation).named("classifier-accuracy");
    let real = some(&kiln_data::open(data, Split::Train, &options)?, count, address)?;
    let accuracy = |pictures: Pictures| -> Result<f64, EvaluateError> {
        let training = DigitsTraining { seed, ..DigitsTraining::default() };
        Ok(train_on(&training, Arc::new(pictures), &test, device, |_| {})?.test.share())
    };
    let samples = labelled(painter, real.len(), address)?;
    let taught_on = samples.len();
    let (accuracy, accuracy_of_reals) = (accuracy(samples)?, accuracy(real)?);
    Ok(ClassifierAccuracy { taught_on, tested_on: test.len(), accuracy, accuracy_of_reals })
}

/// `count` samples with the class that each was asked to be of.
fn labelled(
    painter: &dyn Painter,
    count: usize,
    address: Address,
) -> Result<Pictures, EvaluateError> {
    let conditions = painter.conditions();
    let names = conditions.classes()?.names.clone();
    let of: Vec<usize> = (0..count).map(|idx| idx % names.len()).collect();
    let origins = conditions.of_choices(&of, &painter.latents(), address);
    let sheet = paint_sheet(painter, &origins)?;
    if let Some(idx) = sheet.values.iter().position(|value| !value.is_finite()) {
        return Err(EvaluateError::NotFinite { sample: idx / sheet.sample_len() });
    }
    let &[channels, height, width] = &sheet.shape[..] else {
        return Err(EvaluateError::NoPictures { shape: sheet.shape });
    };
    let bytes = sheet.values.iter().map(|value| pixel_byte(*value)).collect();
    let labels = Labels { of: of.iter().map(|class| *class as u32).collect(), classes: names };
    Ok(Pictures::new("samples", [channels, height, width], bytes, Some(labels))?)
}

/// `count` of them at most, drawn at `address`.
fn some(pictures: &Pictures, count: usize, address: Address) -> Result<Pictures, EvaluateError> {
    let (mut bytes, mut of) = (Vec::new(), Vec::new());
    for idx in chosen(pictures.len(), count, address) {
        let picture = pictures.picture(idx)?;
        bytes.extend(picture.pixels);
        of.extend(picture.label);
    }
    let classes = pictures.labels().map(|labels| labels.classes.clone());
    let labels = classes.map(|classes| Labels { of, classes });
    Ok(Pictures::new("reals", pictures.shape(), bytes, labels)?)
}

impl fmt::Display for ClassifierAccuracy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (accuracy, reals) = (100.0 * self.accuracy, 100.0 * self.accuracy_of_reals);
        writeln!(f, "taught on            {} samples", self.taught_on)?;
        write!(f, "tells right          {accuracy:.2} % of {} held-out pictures", self.tested_on)?;
        write!(f, "\nthe same of reals    {reals:.2} %")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_reads_as_a_table_and_as_json() {
        let report = ClassifierAccuracy {
            taught_on: 500,
            tested_on: 100,
            accuracy: 0.875,
            accuracy_of_reals: 0.96,
        };
        let expected = "\
taught on            500 samples
tells right          87.50 % of 100 held-out pictures
the same of reals    96.00 %";
        assert_eq!(report.to_string(), expected);
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["accuracy-of-reals"], 0.96);
    }
}
