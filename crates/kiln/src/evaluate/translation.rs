//! How near a translator comes to held-out pairs: the difference to the targets, and the distance of
//! what it makes from what the targets are like.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use burn::tensor::Device;
use kiln_core::Sheet;
use kiln_data::Pictures;
use kiln_eval::metric::colourfulness;
use kiln_eval::{ExtractorConfig, Pixels};
use serde::Serialize;

use super::picture_set::{PictureSet, pixels};
use super::{Against, EvaluateError, Examiner, Metric, Request};
use crate::recipe::{AskError, Conditions, Examples, Painter, paint_sheet};

/// What was measured of a translator.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct TranslationReport {
    /// Pairs that it was measured on.
    pub n: usize,
    /// Mean absolute difference of a value to the target's, with values in `[-1, 1]`.
    pub l1: f64,
    /// Frechet distance of the features of what was made from those of the targets.
    pub frechet: f64,
    /// Whose features.
    pub extractor: String,
    /// How colourful what was made is, of pictures in colour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub colourfulness: Option<f64>,
    /// How colourful the targets are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub colourfulness_of_targets: Option<f64>,
}

impl fmt::Display for TranslationReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "pairs            {}", self.n)?;
        writeln!(f, "L1 to targets    {:.4} (values in -1 to 1)", self.l1)?;
        write!(f, "frechet          {:.4} ({})", self.frechet, self.extractor)?;
        match (self.colourfulness, self.colourfulness_of_targets) {
            (Some(made), Some(targets)) => {
                write!(f, "\ncolourfulness    {made:.1} (of the targets: {targets:.1})")
            }
            _ => Ok(()),
        }
    }
}

/// Translates the inputs of all `pairs`, and measures what is made against their targets.
///
/// # Errors
///
/// When the painter translates nothing, the pairs cannot be read or do not fit, or the extractor
/// cannot be had.
pub fn judge_translation(
    painter: &dyn Painter,
    pairs: &Arc<Pictures>,
    extractor: ExtractorConfig,
    seed: u64,
) -> Result<TranslationReport, EvaluateError> {
    let Conditions::Input(_) = painter.conditions() else {
        return Err(AskError::NoInput.into());
    };
    let examples = Examples::first(pairs.clone(), pairs.len(), seed)?;
    let made = paint_sheet(painter, &examples.origins())?;
    let targets = examples.targets();
    let (n, l1) = (made.len(), difference(&made, &targets));
    let seen_by = extractor.kind.to_string();
    let [colourfulness, colourfulness_of_targets] = [colours(&made)?, colours(&targets)?];
    let frechet = frechet(Made(made), pairs, extractor, seed, &painter.device())?;
    let extractor = seen_by;
    Ok(TranslationReport { n, l1, frechet, extractor, colourfulness, colourfulness_of_targets })
}

/// The mean colourfulness of pictures in colour.
fn colours(pictures: &Sheet) -> Result<Option<f64>, EvaluateError> {
    let pictures = pixels(pictures)?;
    let in_colour = pictures.shape()[1] == 3;
    Ok(if in_colour { Some(colourfulness(&pictures)?.value) } else { None })
}

/// The Frechet distance of what was made from pictures.
pub(super) fn frechet(
    made: Made,
    pictures: &Arc<Pictures>,
    extractor: ExtractorConfig,
    seed: u64,
    device: &Device,
) -> Result<f64, EvaluateError> {
    let request = Request { metrics: vec![Metric::Frechet], extractor, rows: made.count(), seed };
    let against = Against::Pictures(pictures.clone());
    let examiner = Examiner::open(request, &against, pictures.shape(), device, &mut |_, _| {})?;
    let measured = examiner.examine(&made, &mut |_, _| {})?;
    Ok(measured.first().map_or(f64::NAN, |one| one.estimate.value))
}

/// Pictures that were made, rounded to bytes as a picture file would be.
pub(super) struct Made(pub(super) Sheet);

impl PictureSet for Made {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn portion(&self, indices: Range<usize>) -> Result<Pixels, EvaluateError> {
        let len = self.0.sample_len();
        let some = indices.start * len..indices.end * len;
        let values = self.0.values.get(some).unwrap_or_default().to_vec();
        pixels(&Sheet { values, shape: self.0.shape.clone(), ..self.0 })
    }
}

/// The mean absolute difference of two sheets' values.
pub(super) fn difference(one: &Sheet, other: &Sheet) -> f64 {
    let terms = one.values.iter().zip(&other.values).map(|(a, b)| f64::from((a - b).abs()));
    terms.sum::<f64>() / one.values.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::{LatentSpace, Prior};
    use burn::tensor::Tensor;
    use kiln_data::{OpenOptions, Pairing, Source, Split, open};
    use kiln_eval::ExtractorKind;
    use kiln_train::{State, StateError};

    /// Makes everything white.
    struct White;

    impl Painter for White {
        fn latents(&self) -> LatentSpace {
            LatentSpace::new(28 * 28, Prior::Uniform)
        }
        fn conditions(&self) -> Conditions {
            Conditions::Input([1, 28, 28])
        }
        fn paint(&self, inputs: Tensor<2>, _condition: Option<Tensor<2>>) -> Tensor<4> {
            inputs.ones_like().reshape([-1, 1, 28, 28])
        }
        fn load(&mut self, _state: &mut State) -> Result<(), StateError> {
            Ok(())
        }
        fn device(&self) -> burn::tensor::Device {
            burn::tensor::Device::flex()
        }
    }

    #[test]
    fn white_pictures_are_as_far_from_digits_as_these_are_dark() {
        let all = open(&Source::Mnist, Split::Test, &OpenOptions::default()).unwrap();
        let few = all.bytes().unwrap()[..200 * 28 * 28].to_vec();
        let digits = Pictures::new("digits", [1, 28, 28], few, None).unwrap();
        let digits = Arc::new(digits.paired(Pairing::Edges).unwrap());
        let extractor = ExtractorConfig { kind: ExtractorKind::RandomConv, weights: None };
        let report = judge_translation(&White, &digits, extractor, 1).unwrap();
        let bytes = digits.bytes().unwrap();
        let dark = bytes.iter().map(|byte| 2.0 - f64::from(*byte) / 127.5).sum::<f64>();
        let expected = dark / bytes.len() as f64;
        assert!((report.l1 - expected).abs() < 1e-4, "{} {expected}", report.l1);
        assert!(report.frechet > 0.1 && report.n == 200, "{report}");
    }
}
