//! `digits`: the features and logits of the classifier of digits.

use std::path::Path;

use burn::tensor::Device;
use kiln_core::Checksum;
use kiln_models::Pass;

use super::chunk::{Glance, each_chunk};
use super::{Extractor, ExtractorError, Pixels, Provenance, Sight};
use crate::{Digits, EvalError};

/// Pictures that are looked at together.
const AT_ONCE: usize = 256;

/// [`Digits`] as an extractor.
pub(super) struct DigitsEye {
    digits: Digits,
    provenance: Provenance,
}

impl DigitsEye {
    /// With the weights of a file such as `assets/digits.safetensors`, or with those in Kiln.
    pub(super) fn open(weights: Option<&Path>, device: &Device) -> Result<Self, ExtractorError> {
        let Some(path) = weights else {
            let digits = Digits::embedded(device)
                .map_err(|error| ExtractorError::Damaged { cause: error.to_string() })?;
            return Ok(Self::new(digits, &Checksum::of(Digits::EMBEDDED)));
        };
        let refused = |cause: String| ExtractorError::Digits { path: path.to_owned(), cause };
        let bytes = std::fs::read(path).map_err(|error| refused(error.to_string()))?;
        let digits =
            Digits::from_safetensors(&bytes, device).map_err(|error| refused(error.to_string()))?;
        Ok(Self::new(digits, &Checksum::of(&bytes)))
    }

    fn new(digits: Digits, checksum: &Checksum) -> Self {
        let provenance = Provenance {
            extractor: "digits".to_owned(),
            layer: "features".to_owned(),
            resize:
                "colour to grey; 32 x 32 cut to its centre of 28 x 28, other sizes to 28 x 28, \
                     bilinear, antialiased"
                    .to_owned(),
            weights: Some(checksum.to_string()),
        };
        Self { digits, provenance }
    }
}

impl Extractor for DigitsEye {
    fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    fn width(&self) -> usize {
        self.digits.network().classify.weight.dims()[0]
    }

    fn see(&self, pictures: &Pixels) -> Result<Sight, EvalError> {
        each_chunk(pictures, AT_ONCE, |few| {
            let features = self.digits.features(few.to_tensor(self.digits.device()))?;
            let classify = &self.digits.network().classify;
            let logits = classify.forward(features.clone().into(), &Pass::eval()).value;
            Ok(Glance { features, logits: Some(logits) })
        })
    }
}
