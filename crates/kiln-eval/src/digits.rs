//! The classifier of digits at work.

use burn::module::Module;
use burn::tensor::activation::softmax;
use burn::tensor::{Device, Tensor};
use kiln_models::{DigitsClassifier, Pass};
use kiln_ops::Dual;

use crate::picture::conform;
use crate::weights;
use crate::{CLASSES, EvalError, Verdicts, WeightsError};

/// Pictures that are looked at together, so that memory does not grow with their number.
const CHUNK: usize = 256;

/// Tells digits apart, for use: the judge of samples and of modes, and features for statistics.
///
/// Every picture is judged for itself: neither its neighbours nor their number matter.
#[derive(Debug, Clone)]
pub struct Digits {
    network: DigitsClassifier,
    device: Device,
    chunk: usize,
}

/// How many of some pictures were put into their class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accuracy {
    /// Pictures put into their class.
    pub right: usize,
    /// Pictures.
    pub of: usize,
}

impl Accuracy {
    /// As a share, in `[0, 1]`.
    pub fn share(&self) -> f64 {
        self.right as f64 / self.of.max(1) as f64
    }
}

impl Digits {
    /// The file of the classifier that comes with Kiln.
    pub(crate) const EMBEDDED: &[u8] = include_bytes!("../../../assets/digits.safetensors");

    /// The classifier that comes with Kiln (`assets/digits.md` says how it was made), on `device`.
    ///
    /// # Errors
    ///
    /// Only when Kiln was built with a damaged `assets/digits.safetensors`.
    pub fn embedded(device: &Device) -> Result<Self, WeightsError> {
        Self::from_safetensors(Self::EMBEDDED, device)
    }

    /// A classifier from the bytes of a file such as `assets/digits.safetensors`, on `device`.
    ///
    /// # Errors
    ///
    /// When the file is no such file, its network is of another shape than its configuration
    /// says, or a weight is missing, unknown or not finite.
    pub fn from_safetensors(bytes: &[u8], device: &Device) -> Result<Self, WeightsError> {
        weights::load(bytes, device).map(|network| Self::new(&network, device))
    }

    /// Wraps a network that was just trained on `device`; later training does not change it.
    pub fn new(network: &DigitsClassifier, device: &Device) -> Self {
        Self { network: network.valid(), device: device.clone().without_autodiff(), chunk: CHUNK }
    }

    /// Looks at `chunk` pictures at a time, at least one; the verdicts stay the same.
    #[must_use]
    pub fn with_chunk(self, chunk: usize) -> Self {
        let chunk = chunk.max(1);
        Self { chunk, ..self }
    }

    /// The network.
    pub fn network(&self) -> &DigitsClassifier {
        &self.network
    }

    /// Where it works; never an autodiff device.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// The probability of each class.
    ///
    /// Shape: `[batch, 1 or 3, height, width]`, values in `[-1, 1]`, to `[batch, 10]`. Colour
    /// becomes grey; 32 x 32 is cut to its centre of 28 x 28; other sizes are resized to that.
    ///
    /// # Errors
    ///
    /// When there is no picture, or pictures have no pixel, or channels other than 1 or 3.
    pub fn probabilities(&self, pictures: Tensor<4>) -> Result<Tensor<2>, EvalError> {
        let logits = self.each(pictures, DigitsClassifier::forward)?;
        Ok(softmax(logits, 1))
    }

    /// The features below the last layer, none negative, for statistics of sets of pictures.
    ///
    /// Shape: as [`probabilities`](Self::probabilities), to `[batch, features]`.
    ///
    /// # Errors
    ///
    /// As [`probabilities`](Self::probabilities).
    pub fn features(&self, pictures: Tensor<4>) -> Result<Tensor<2>, EvalError> {
        self.each(pictures, DigitsClassifier::features)
    }

    /// The verdict on each picture, read back to the host.
    ///
    /// # Errors
    ///
    /// As [`probabilities`](Self::probabilities); and when a picture holds a number that is not
    /// finite, or the device fails.
    pub fn judge(&self, pictures: Tensor<4>) -> Result<Verdicts, EvalError> {
        let data = self
            .probabilities(pictures)?
            .try_into_data()
            .map_err(|cause| EvalError::Device(cause.to_string()))?;
        let values: Vec<f32> = data.iter().collect();
        Verdicts::new(values.chunks_exact(CLASSES).map(<[f32]>::to_vec).collect())
    }

    /// Puts pictures through `look`, a few at a time.
    fn each(
        &self,
        pictures: Tensor<4>,
        look: impl Fn(&DigitsClassifier, Dual<4>, &Pass) -> Dual<2>,
    ) -> Result<Tensor<2>, EvalError> {
        let pictures = pictures.without_autodiff().to_device(&self.device);
        if pictures.dims()[0] == 0 {
            return Err(EvalError::Empty);
        }
        let rows = pictures
            .split(self.chunk, 0)
            .into_iter()
            .map(|few| Ok(look(&self.network, conform(few)?.into(), &Pass::eval()).value))
            .collect::<Result<Vec<_>, EvalError>>()?;
        Ok(Tensor::cat(rows, 0))
    }
}
