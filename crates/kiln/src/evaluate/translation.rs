//! How near a translator comes to held-out pairs: the difference to the targets, and the distance of
//! what it makes from what the targets are like.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use burn::tensor::Device;
use image::imageops::{self, FilterType};
use image::{GrayImage, Luma};
use kiln_core::{Sheet, pixel_byte};
use kiln_data::Pictures;
use kiln_eval::metric::colourfulness;
use kiln_eval::{ExtractorConfig, Features, Pixels};
use serde::Serialize;

use super::picture_set::{PictureSet, pixels};
use super::translator::Examination;
use super::{Against, EvaluateError, Examiner, Metric, Request};
use crate::recipe::{AskError, Conditions, Examples, Painter, paint_sheet};

/// What was measured of a translator.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct TranslationReport {
    /// Pairs that it was measured on.
    pub n: usize,
    /// Of what was made.
    #[serde(flatten)]
    pub made: Nearness,
    /// Of the inputs enlarged by a bicubic filter (Catmull and Rom's), where they are small pictures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bicubic: Option<Nearness>,
    /// Whose features.
    pub extractor: String,
    /// How colourful the targets are, of pictures in colour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub colourfulness_of_targets: Option<f64>,
}

/// How near pictures come to their targets.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Nearness {
    /// Mean absolute difference of a value to the target's, with values in `[-1, 1]`.
    pub l1: f64,
    /// Mean peak signal-to-noise ratio of a picture's bytes, all channels together, in decibels.
    pub psnr: f64,
    /// Mean Euclidean distance of a picture's features from its target's.
    pub perceptual: f64,
    /// Frechet distance of the features of all pictures from those of all targets.
    pub frechet: f64,
    /// How colourful they are, of pictures in colour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub colourfulness: Option<f64>,
}

impl fmt::Display for TranslationReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { n, made, bicubic, extractor, colourfulness_of_targets } = self;
        writeln!(f, "pairs            {n}")?;
        let row = |f: &mut fmt::Formatter<'_>, name: &str, unit: &str, of: fn(&Nearness) -> f64| {
            write!(f, "{name:<17}{:.4}{unit}", of(made))?;
            bicubic.as_ref().map_or(Ok(()), |it| write!(f, "; bicubic {:.4}", of(it)))
        };
        let by = format!(" ({extractor})");
        row(f, "L1 to targets", " (values in -1 to 1)", |it| it.l1)?;
        row(f, "\nPSNR", " dB", |it| it.psnr)?;
        row(f, "\nperceptual", &by, |it| it.perceptual)?;
        row(f, "\nfrechet", &by, |it| it.frechet)?;
        match (made.colourfulness, colourfulness_of_targets) {
            (Some(made), Some(targets)) => {
                write!(f, "\ncolourfulness    {made:.1} (of the targets: {targets:.1})")
            }
            _ => Ok(()),
        }
    }
}

/// Translates the inputs of `pairs`, of all or of as many as are asked for, and measures
/// what is made against their targets.
///
/// # Errors
///
/// When the painter translates nothing, the pairs cannot be read or do not fit, or the extractor
/// cannot be had.
pub fn judge_translation(
    painter: &dyn Painter,
    pairs: &Arc<Pictures>,
    how: &Examination,
) -> Result<TranslationReport, EvaluateError> {
    let Conditions::Input(_) = painter.conditions() else {
        return Err(AskError::NoInput.into());
    };
    let (extractor, seed) = (&how.extractor, how.seed);
    let n = how.count.map_or(pairs.len(), |count| count.min(pairs.len()));
    let examples = Examples::first(pairs.clone(), n, seed)?;
    let made = paint_sheet(painter, &examples.origins())?;
    let targets = examples.targets();
    let eye = extractor.open(pairs.shape(), &painter.device())?;
    let of_targets = eye.see(&pixels(&targets)?)?.features;
    let seen_by = extractor.kind.to_string();
    let nearness = |made: Sheet| -> Result<Nearness, EvaluateError> {
        Ok(Nearness {
            l1: difference(&made, &targets),
            psnr: psnr(&made, &targets)?,
            perceptual: apart(&eye.see(&pixels(&made)?)?.features, &of_targets),
            colourfulness: colours(&made)?,
            frechet: frechet(Made(made), pairs, extractor.clone(), seed, &painter.device())?,
        })
    };
    let enlarged = pairs.times().map(|times| bicubic(&examples.inputs(), times));
    Ok(TranslationReport {
        n: made.len(),
        made: nearness(made)?,
        bicubic: enlarged.map(nearness).transpose()?,
        extractor: seen_by,
        colourfulness_of_targets: colours(&targets)?,
    })
}

/// The mean distance of a row of features from the other's.
fn apart(one: &Features, other: &Features) -> f64 {
    let squared = |(a, b): (&f32, &f32)| f64::from(a - b).powi(2);
    let rows = one.rows().zip(other.rows());
    let distances = rows.map(|(a, b)| a.iter().zip(b).map(squared).sum::<f64>().sqrt());
    distances.sum::<f64>() / one.len().max(1) as f64
}

/// What two equal pictures count, in decibels; what they have is infinite.
const EQUAL: f64 = 100.0;

/// The mean over pictures of `10 log10(255^2 / mean squared difference of their bytes)`.
fn psnr(made: &Sheet, targets: &Sheet) -> Result<f64, EvaluateError> {
    let (made, targets) = (pixels(made)?, pixels(targets)?);
    let [n, picture @ ..] = made.shape();
    let size = picture.iter().product::<usize>().max(1);
    let squared = |(a, b): (&u8, &u8)| f64::from(a.abs_diff(*b)).powi(2);
    let ratio = |(a, b): (&[u8], &[u8])| {
        let error = a.iter().zip(b).map(squared).sum::<f64>() / size as f64;
        (10.0 * (255.0f64.powi(2) / error).log10()).min(EQUAL)
    };
    let pictures = made.bytes().chunks(size).zip(targets.bytes().chunks(size));
    Ok(pictures.map(ratio).sum::<f64>() / n as f64)
}

/// Small pictures, which come in blocks, enlarged by the bicubic filter of Catmull and Rom.
fn bicubic(inputs: &Sheet, times: usize) -> Sheet {
    let side = |axis: usize| inputs.shape.get(axis).copied().unwrap_or(1);
    let (height, width) = (side(1), side(2));
    let enlarged = inputs.values.chunks_exact((height * width).max(1)).flat_map(|plane| {
        let small = GrayImage::from_fn((width / times) as u32, (height / times) as u32, |x, y| {
            Luma([pixel_byte(plane[y as usize * times * width + x as usize * times])])
        });
        let (width, height) = (width as u32, height as u32);
        imageops::resize(&small, width, height, FilterType::CatmullRom).into_raw()
    });
    let values = enlarged.map(|byte| f32::from(byte) / 127.5 - 1.0).collect();
    Sheet { values, ..inputs.clone() }
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
    use kiln_core::Medium;
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

    fn all_of_them() -> Examination {
        let extractor = ExtractorConfig { kind: ExtractorKind::RandomConv, weights: None };
        Examination { extractor, count: None, seed: 1, digits: None }
    }

    #[test]
    fn white_pictures_are_as_far_from_digits_as_these_are_dark() {
        let all = open(&Source::Mnist, Split::Test, &OpenOptions::default()).unwrap();
        let few = all.bytes().unwrap()[..200 * 28 * 28].to_vec();
        let digits = Pictures::new("digits", [1, 28, 28], few, None).unwrap();
        let digits = Arc::new(digits.paired(Pairing::Edges).unwrap());
        let report = judge_translation(&White, &digits, &all_of_them()).unwrap();
        let bytes = digits.bytes().unwrap();
        let dark = bytes.iter().map(|byte| 2.0 - f64::from(*byte) / 127.5).sum::<f64>();
        let expected = dark / bytes.len() as f64;
        let made = &report.made;
        assert!((made.l1 - expected).abs() < 1e-4, "{} {expected}", made.l1);
        assert!(made.frechet > 0.1 && made.perceptual > 0.1 && report.n == 200, "{report}");
        assert_eq!(report.bicubic, None);
        let few = Examination { count: Some(50), ..all_of_them() };
        assert_eq!(judge_translation(&White, &digits, &few).unwrap().n, 50);
    }

    #[test]
    fn bicubic_keeps_what_is_flat_and_equal_pictures_are_at_the_top() {
        let (medium, shape) = (Medium::Image, vec![1, 4, 4]);
        let flat = Sheet { medium, shape, values: vec![0.2; 32], columns: None };
        let enlarged = bicubic(&flat, 2);
        assert!((difference(&flat, &enlarged)) < 1.0 / 127.5, "{enlarged:?}");
        assert_eq!(psnr(&flat, &flat).unwrap(), EQUAL);
        // One byte in 16 is off by 51: 10 log10(255^2 16 / 51^2) = 26.02.
        let mut off = flat.clone();
        [0, 16].into_iter().for_each(|at| off.values[at] += 0.4);
        let ratio = psnr(&off, &flat).unwrap();
        assert!((ratio - 26.02).abs() < 0.01, "{ratio}");
    }

    #[test]
    fn small_pictures_are_compared_with_the_bicubic_filter() {
        let all = open(&Source::Mnist, Split::Test, &OpenOptions::default()).unwrap();
        let few = all.bytes().unwrap()[..100 * 28 * 28].to_vec();
        let digits = Pictures::new("digits", [1, 28, 28], few, None).unwrap();
        let digits = Arc::new(digits.paired(Pairing::Shrunk2).unwrap());
        let report = judge_translation(&White, &digits, &all_of_them()).unwrap();
        let bicubic = report.bicubic.unwrap();
        assert!(bicubic.psnr > 15.0 && report.made.psnr < 5.0, "{bicubic:?} {:?}", report.made);
        assert!(bicubic.perceptual < report.made.perceptual);
    }
}
