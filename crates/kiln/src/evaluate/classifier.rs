//! Classifiers of any samples: a critic's network that tells classes instead of reals from fakes. Small
//! ones come with Kiln, for data that has one.

use std::fs;
use std::path::Path;

use burn::tensor::activation::softmax;
use burn::tensor::{Device, Tensor, TensorData};
use kiln_core::{Medium, Sheet};
use kiln_eval::Verdicts;
use kiln_models::Pass;
use kiln_train::{State, read_tensors};
use serde::{Deserialize, Serialize};

use super::EvaluateError;
use crate::recipe::{CriticBody, CriticNetwork};

/// What a classifier is, beside its weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ClassifierCard {
    /// Its network.
    pub network: CriticNetwork,
    /// What it judges.
    pub medium: Medium,
    /// `[channels, height, width]` of a sample.
    pub sample: [usize; 3],
    /// The names of the classes that it tells, in their order.
    pub classes: Vec<String>,
}

/// Tells the classes of samples.
#[derive(Debug, Clone)]
pub struct Classifier {
    /// What it is.
    pub card: ClassifierCard,
    network: CriticBody,
    device: Device,
}

/// Key of the metadata that holds the card, as JSON.
pub(super) const CARD: &str = "kiln.classifier";
/// Where its weights lie.
pub(super) const WEIGHTS: &str = "classifier";
/// Samples that are judged at a time.
const CHUNK: usize = 50;

impl Classifier {
    /// Those that come with Kiln: `assets/classifiers.md` says how they were made.
    const EMBEDDED: [&[u8]; 1] = [include_bytes!("../../../../assets/solids.safetensors")];

    /// A network that was taught on `device`; later teaching does not change it.
    pub(super) fn new(card: ClassifierCard, network: CriticBody, device: &Device) -> Self {
        Self { card, network, device: device.clone().without_autodiff() }
    }

    /// The one that comes with Kiln for samples of this shape and these classes, on `device`; none where
    /// there is none.
    ///
    /// # Errors
    ///
    /// Only when Kiln was built with a damaged file.
    pub fn embedded(
        sample: [usize; 3],
        classes: &[String],
        device: &Device,
    ) -> Result<Option<Self>, EvaluateError> {
        for bytes in Self::EMBEDDED {
            let classifier = Self::from_safetensors(bytes, device)?;
            if classifier.card.sample == sample && classifier.card.classes == classes {
                return Ok(Some(classifier));
            }
        }
        Ok(None)
    }

    /// From a file that [`TaughtClassifier::save`](super::TaughtClassifier::save) wrote, on `device`.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is no such file.
    pub fn read(path: &Path, device: &Device) -> Result<Self, EvaluateError> {
        let bytes = fs::read(path).map_err(|cause| EvaluateError::Unreadable {
            path: path.to_owned(),
            reason: cause.to_string(),
        })?;
        Self::from_safetensors(&bytes, device).map_err(|error| EvaluateError::Unreadable {
            path: path.to_owned(),
            reason: error.to_string(),
        })
    }

    fn from_safetensors(bytes: &[u8], device: &Device) -> Result<Self, EvaluateError> {
        let device = device.clone().without_autodiff();
        let (mut state, metadata) = State::from_safetensors(bytes)?;
        let card = metadata.get(CARD).ok_or("its metadata do not say what it is".to_owned());
        let card = card.and_then(|card| {
            serde_json::from_str::<ClassifierCard>(card).map_err(|error| error.to_string())
        });
        let card = card.map_err(|reason| EvaluateError::NoClassifier { reason })?;
        let network = card.network.init(card.sample, card.classes.len(), &device)?;
        let network = state.take_module(WEIGHTS, network, &device)?;
        state.finish()?;
        Ok(Self { card, network, device })
    }

    /// The verdict on each sample.
    ///
    /// # Errors
    ///
    /// When the samples are of another kind or shape, there is none, one holds a number that is not
    /// finite, or the device fails.
    pub fn judge(&self, samples: &Sheet) -> Result<Verdicts, EvaluateError> {
        let ClassifierCard { medium, sample, .. } = &self.card;
        if samples.medium != *medium || samples.shape != sample {
            let (found, wanted) = (samples.shape.clone(), *sample);
            let (taught, medium) = (*medium, samples.medium);
            return Err(EvaluateError::OtherSamples { medium, found, taught, wanted });
        }
        let [channels, height, width] = *sample;
        let mut rows = Vec::with_capacity(samples.len());
        for chunk in samples.values.chunks(CHUNK * samples.sample_len()) {
            let shape = [chunk.len() / samples.sample_len(), channels, height, width];
            let data = TensorData::new(chunk.to_vec(), shape);
            rows.extend(self.probabilities(Tensor::from_data(data, &self.device))?);
        }
        Ok(Verdicts::new(rows)?)
    }

    /// Where it works; never an autodiff device.
    pub(super) fn device(&self) -> &Device {
        &self.device
    }

    /// The probability of each class for each of a batch.
    pub(super) fn probabilities(&self, batch: Tensor<4>) -> Result<Vec<Vec<f32>>, EvaluateError> {
        let logits = self.network.forward(batch.into(), &Pass::eval()).value;
        let [n, classes] = logits.dims();
        let read = read_tensors(vec![softmax(logits, 1).reshape([n * classes])])?;
        let values = read.into_iter().flatten().collect::<Vec<_>>();
        Ok(values.chunks_exact(classes).map(<[f32]>::to_vec).collect())
    }
}

#[cfg(test)]
mod tests {
    use kiln_data::{OpenOptions, PixelRange, Source, Split, open};

    use super::*;

    /// The first held-out solids, and their kinds.
    fn solids(n: usize) -> (Sheet, Vec<u32>, Vec<String>) {
        let all = open(&Source::Solids, Split::Test, &OpenOptions::default()).unwrap();
        let some: Vec<_> = (0..n).map(|idx| all.picture(idx).unwrap()).collect();
        let labels = some.iter().filter_map(|solid| solid.label).collect();
        let bytes = some.into_iter().flat_map(|solid| solid.pixels).collect();
        let batch = kiln_data::PictureBatch { bytes, shape: [n, 32, 32, 32], labels: None };
        let (medium, values) = (Medium::Volume, batch.values(PixelRange::Symmetric));
        let sheet = Sheet { medium, shape: vec![32; 3], values, columns: None };
        (sheet, labels, all.labels().unwrap().classes.clone())
    }

    #[test]
    fn the_one_for_solids_tells_their_kinds_and_refuses_other_samples() {
        let (sheet, labels, classes) = solids(60);
        let device = Device::flex();
        let found = Classifier::embedded([32; 3], &classes, &device).unwrap().unwrap();
        let verdicts = found.judge(&sheet).unwrap();
        assert!(verdicts.accuracy(&labels).unwrap().right >= 58);
        assert!(verdicts.score() > 5.0, "{}", verdicts.score());
        let pictures = Sheet { medium: Medium::Image, ..sheet };
        assert!(matches!(found.judge(&pictures), Err(EvaluateError::OtherSamples { .. })));
    }

    #[test]
    fn data_of_other_classes_or_another_size_has_none() {
        let device = Device::flex();
        let (_, _, classes) = solids(1);
        assert!(Classifier::embedded([16; 3], &classes, &device).unwrap().is_none());
        assert!(Classifier::embedded([32; 3], &classes[1..], &device).unwrap().is_none());
        assert!(Classifier::from_safetensors(b"nothing", &device).is_err());
    }
}
