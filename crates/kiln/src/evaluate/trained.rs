//! A classifier that was taught: its test and its file.

use std::path::Path;

use kiln_core::atomic;
use kiln_data::{PictureBatch, Pictures};
use kiln_eval::{Accuracy, CONFIG, Digits, NETWORK};
use kiln_models::DigitsClassifier;
use kiln_train::{State, StateError};
use serde::Serialize;

use super::digits::check_pictures;
use super::{DigitsTraining, EvaluateError};

/// A classifier that was taught, and how it did.
#[derive(Debug, Clone)]
pub struct TrainedDigits {
    /// The network, on the device it was taught on.
    pub network: DigitsClassifier,
    /// How it was taught.
    pub training: DigitsTraining,
    /// On the test pictures, of which it has seen none.
    pub test: Accuracy,
    /// What the training took.
    pub seconds: f64,
}

/// Key of the metadata that holds how the classifier was made, as JSON.
const MADE: &str = "kiln.digits.made";

/// What the file says of its making.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Made<'a> {
    training: &'a DigitsTraining,
    test_right: usize,
    test_of: usize,
    seconds: f64,
}

impl TrainedDigits {
    /// The classifier as a safetensors file that [`Digits::from_safetensors`] reads.
    ///
    /// # Errors
    ///
    /// When the device fails.
    pub fn to_safetensors(&self) -> Result<Vec<u8>, EvaluateError> {
        let made = Made {
            training: &self.training,
            test_right: self.test.right,
            test_of: self.test.of,
            seconds: self.seconds.round(),
        };
        let mut state = State::new();
        state.put_module(NETWORK, &self.network);
        state.read()?;
        let metadata = [(CONFIG, json(&self.training.network)?), (MADE, json(&made)?)];
        Ok(state.to_safetensors(&metadata)?)
    }

    /// Writes the classifier to `path`, such as `assets/digits.safetensors`; the file appears
    /// whole or not at all.
    ///
    /// # Errors
    ///
    /// When the device fails or the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), EvaluateError> {
        let bytes = self.to_safetensors()?;
        let path = path.to_owned();
        atomic::write(&path, &bytes).map_err(|cause| EvaluateError::Unwritable { path, cause })
    }
}

/// How many of `pictures` the classifier puts into their class.
pub(super) fn examine(digits: &Digits, pictures: &Pictures) -> Result<Accuracy, EvaluateError> {
    check_pictures(pictures)?;
    let (device, n) = (digits.device(), 1000);
    let (mut right, of) = (0, pictures.len());
    for start in (0..of).step_by(n) {
        let few = (start..of.min(start + n))
            .map(|idx| pictures.picture(idx))
            .collect::<Result<Vec<_>, _>>()?;
        let labels: Vec<u32> = few.iter().filter_map(|picture| picture.label).collect();
        let batch = PictureBatch {
            shape: [few.len(), 1, 28, 28],
            bytes: few.into_iter().flat_map(|picture| picture.pixels).collect(),
            labels: None,
        };
        right += digits.judge(batch.to_tensor(device))?.accuracy(&labels)?.right;
    }
    Ok(Accuracy { right, of })
}

fn json(value: &impl Serialize) -> Result<String, EvaluateError> {
    let text = serde_json::to_string(value);
    text.map_err(|cause| StateError::Format(cause.to_string()).into())
}
