//! What translators between two sets are worth: whether pictures come back as they were, whether what
//! is made looks like the other set, and whether digits stay the digits that they are.

use std::fmt;
use std::sync::Arc;

use kiln_core::{Address, Purpose, Sheet};
use kiln_data::{Pairing, Pictures};
use kiln_eval::{Digits, Pixels};
use serde::Serialize;

use super::picture_set::{Held, PictureSet, pixels, sheet};
use super::translation::{Made, difference, frechet};
use super::translator::Examination;
use super::{EvaluateError, run};
use crate::recipe::{AskError, Origins, Painter, paint_sheet};

/// What was measured of both ways.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct CyclesReport {
    /// From the first set to the second.
    pub forth: WayReport,
    /// From the second to the first.
    pub back: WayReport,
    /// Whose features the Frechet distances are of.
    pub extractor: String,
}

/// What was measured of one way.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct WayReport {
    /// Pictures translated.
    pub n: usize,
    /// Mean absolute difference of a picture's values, in `[-1, 1]`, from the same picture translated
    /// there and back.
    pub cycle_l1: f64,
    /// The same of the mean of the pictures, whatever the picture.
    pub mean_picture_l1: f64,
    /// Frechet distance of what was made from the other set.
    pub frechet: f64,
    /// The same of the pictures as they are: what a translator that does nothing gets.
    pub frechet_before: f64,
    /// The share of the translated digits that the classifier takes for what they were, of digits whose
    /// change can be undone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class_kept: Option<f64>,
}

impl fmt::Display for CyclesReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, way) in [("forth", &self.forth), ("back", &self.back)] {
            writeln!(f, "{name}, {} pictures", way.n)?;
            let [cycle, mean] = [way.cycle_l1, way.mean_picture_l1];
            writeln!(f, "  cycle L1       {cycle:.4} (the mean picture: {mean:.4})")?;
            let [after, before] = [way.frechet, way.frechet_before];
            writeln!(f, "  frechet        {after:.4} (untranslated: {before:.4})")?;
            if let Some(share) = way.class_kept {
                writeln!(f, "  class kept     {:.1} %", 100.0 * share)?;
            }
        }
        write!(f, "features         {}", self.extractor)
    }
}

/// Translates the pictures of both `sets` there and back by the painter of the way forth.
///
/// # Errors
///
/// When the painter has no way back, the pictures cannot be read or do not fit, or the extractor cannot
/// be had.
pub fn judge_cycles(
    forth: &dyn Painter,
    sets: &Arc<Pictures>,
    how: &Examination,
) -> Result<CyclesReport, EvaluateError> {
    let back = forth.back().ok_or(AskError::NoWayBack)?;
    let others = sets.other_set().ok_or(AskError::NoWayBack)?;
    let back = &*back;
    let of_forth = Journey { there: forth, again: back, own: others, other: sets, changed: true };
    let of_back = Journey { there: back, again: forth, own: sets, other: others, changed: false };
    Ok(CyclesReport {
        forth: of_forth.judge(how)?,
        back: of_back.judge(how)?,
        extractor: how.extractor.kind.to_string(),
    })
}

/// One way, and the way back from there.
struct Journey<'a> {
    there: &'a dyn Painter,
    again: &'a dyn Painter,
    /// What is translated.
    own: &'a Arc<Pictures>,
    /// What it is to look like.
    other: &'a Arc<Pictures>,
    /// Whether what is made looks like the drawn set.
    changed: bool,
}

impl Journey<'_> {
    fn judge(&self, how: &Examination) -> Result<WayReport, EvaluateError> {
        let held = Held::new(self.own, how.count, Address::new(how.seed, Purpose::Evaluation));
        let originals = sheet(&held.portion(0..held.count())?, None);
        let made = paint_sheet(self.there, &Origins::of_latents(originals.values.clone()))?;
        let cycled = paint_sheet(self.again, &Origins::of_latents(made.values.clone()))?;
        let class_kept = match how.digits {
            Some(pairing) => self.class_kept(&held, &made, pairing)?,
            None => None,
        };
        let (n, mean) = (originals.len(), mean_picture(&originals));
        let distance = |pictures: Sheet| {
            let (extractor, seed) = (how.extractor.clone(), how.seed);
            frechet(Made(pictures), self.other, extractor, seed, &self.there.device())
        };
        Ok(WayReport {
            n,
            cycle_l1: difference(&cycled, &originals),
            mean_picture_l1: difference(&mean, &originals),
            frechet: distance(made)?,
            frechet_before: distance(originals)?,
            class_kept,
        })
    }

    /// The share of digits that are still what they were.
    fn class_kept(
        &self,
        held: &Held<'_>,
        made: &Sheet,
        pairing: Pairing,
    ) -> Result<Option<f64>, EvaluateError> {
        let Some(labels) = self.own.labels() else { return Ok(None) };
        let made = pixels(made)?;
        let [n, channels, height, width] = made.shape();
        let mut grey = Vec::with_capacity(n * height * width);
        for picture in made.bytes().chunks_exact(channels * height * width) {
            let Some(undone) = pairing.undone(self.changed, picture, channels) else {
                return Ok(None);
            };
            grey.extend(undone);
        }
        let device = self.there.device();
        let grey = sheet(&Pixels::new([n, 1, height, width], grey)?, None);
        let said = Digits::embedded(&device)?.judge(run::pictures(&grey, &device)?)?;
        let was = (0..n).map(|idx| labels.of[held.original(idx)] as usize);
        let kept = said.classes().zip(was).filter(|(said, was)| said == was).count();
        Ok(Some(kept as f64 / n.max(1) as f64))
    }
}

/// The mean of all pictures, once for each.
fn mean_picture(pictures: &Sheet) -> Sheet {
    let (n, mut sum) = (pictures.len(), vec![0.0; pictures.sample_len()]);
    for picture in pictures.samples() {
        sum.iter_mut().zip(picture).for_each(|(sum, value)| *sum += f64::from(*value));
    }
    let mean: Vec<f32> = sum.into_iter().map(|sum| (sum / n.max(1) as f64) as f32).collect();
    Sheet { values: mean.repeat(n), shape: pictures.shape.clone(), ..*pictures }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::{Conditions, LatentSpace, Prior};
    use burn::tensor::{Device, Tensor};
    use kiln_data::{Labels, OpenOptions, Source, Split, open};
    use kiln_eval::{ExtractorConfig, ExtractorKind};
    use kiln_train::{State, StateError};

    /// Exchanges dark and light, and on the way back lets everything become a little darker.
    struct Exchange {
        loss: f32,
    }

    impl Painter for Exchange {
        fn latents(&self) -> LatentSpace {
            LatentSpace::new(28 * 28, Prior::Uniform)
        }
        fn conditions(&self) -> Conditions {
            Conditions::Input([1, 28, 28])
        }
        fn paint(&self, inputs: Tensor<2>, _condition: Option<Tensor<2>>) -> Tensor<4> {
            (-inputs - self.loss).reshape([-1, 1, 28, 28])
        }
        fn back(&self) -> Option<Box<dyn Painter>> {
            Some(Box::new(Self { loss: 0.25 }))
        }
        fn load(&mut self, _state: &mut State) -> Result<(), StateError> {
            Ok(())
        }
        fn device(&self) -> Device {
            Device::flex()
        }
    }

    /// Two hundred digits, and two hundred others with dark and light exchanged.
    fn sets() -> Pictures {
        let all = open(&Source::Mnist, Split::Test, &OpenOptions::default()).unwrap();
        let (bytes, labels) = (all.bytes().unwrap(), &all.labels().unwrap().of);
        let some = |from: usize, change: fn(&u8) -> u8| {
            let some = from..from + 200;
            let labels = labels[some.clone()].iter().map(|label| *label as u8).collect();
            let bytes = bytes[some.start * 784..some.end * 784].iter().map(change).collect();
            Pictures::new("digits", [1, 28, 28], bytes, Some(Labels::numbered(labels))).unwrap()
        };
        some(200, |value| 255 - value).apart_from(some(0, |value| *value)).unwrap()
    }

    #[test]
    fn what_exchanges_dark_and_light_keeps_digits_and_gives_them_back() {
        let sets = Arc::new(sets());
        let extractor = ExtractorConfig { kind: ExtractorKind::RandomConv, weights: None };
        let digits = Some(Pairing::Inverted);
        let how = Examination { extractor, count: None, seed: 1, digits };
        let report = judge_cycles(&Exchange { loss: 0.0 }, &sets, &how).unwrap();
        for way in [&report.forth, &report.back] {
            assert!((way.cycle_l1 - 0.25).abs() < 1e-5, "{report}");
            assert!(way.class_kept.is_some_and(|share| share > 0.97), "{report}");
            assert!(way.frechet < 0.1 * way.frechet_before, "{report}");
        }
        // The mean picture of a set is as far from it as that of the same set inverted.
        let [forth, back] = [report.forth.mean_picture_l1, report.back.mean_picture_l1];
        assert!((forth - back).abs() < 0.05 * forth && forth > 0.1, "{report}");
        assert_eq!(report.forth.n, 200);
    }

    #[test]
    fn the_mean_picture_is_the_mean_of_each_pixel() {
        let values = vec![0.0, 1.0, 0.5, -1.0];
        let medium = kiln_core::Medium::Image;
        let two = Sheet { medium, shape: vec![1, 1, 2], values, columns: None };
        assert_eq!(mean_picture(&two).values, [0.25, 0.0, 0.25, 0.0]);
        // |0 - 1/4| + |1 - 0| + |1/2 - 1/4| + |-1 - 0|, of four
        assert_eq!(difference(&mean_picture(&two), &two), 2.5 / 4.0);
    }
}
