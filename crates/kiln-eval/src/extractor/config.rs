//! Opens an extractor by its name.

use std::path::PathBuf;

use burn::tensor::Device;

use super::contract::check_picture;
use super::digits::DigitsEye;
use super::inception::{InceptionEye, Manner};
use super::random_conv::RandomConv;
use super::raw_pixels::RawPixels;
use super::{Extractor, ExtractorError, ExtractorKind};
use crate::EvalError;

/// An extractor to be opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExtractorConfig {
    /// Which one.
    pub kind: ExtractorKind,
    /// The file of its weights: PyTorch's or safetensors. Inception needs one; `digits` has its
    /// own unless one is given.
    pub weights: Option<PathBuf>,
}

impl From<ExtractorKind> for ExtractorConfig {
    fn from(kind: ExtractorKind) -> Self {
        Self { kind, weights: None }
    }
}

impl ExtractorConfig {
    /// With weights from this file.
    #[must_use]
    pub fn with_weights(self, weights: impl Into<PathBuf>) -> Self {
        Self { weights: Some(weights.into()), ..self }
    }

    /// The extractor, on `device`, for pictures of `shape` (channels, height, width). Only `pixels`
    /// then insists on that shape.
    ///
    /// # Errors
    ///
    /// When there are no such pictures, the weights are missing, unreadable, not the extractor's, or
    /// given to one that takes none.
    pub fn open(
        &self,
        shape: [usize; 3],
        device: &Device,
    ) -> Result<Box<dyn Extractor>, EvalError> {
        check_picture(shape)?;
        let device = device.clone().without_autodiff();
        Ok(match self.kind {
            ExtractorKind::InceptionTf(layer) => {
                Box::new(InceptionEye::open(Manner::TorchFidelity, layer, self.needed()?, &device)?)
            }
            ExtractorKind::InceptionPt(layer) => {
                Box::new(InceptionEye::open(Manner::PytorchFid, layer, self.needed()?, &device)?)
            }
            ExtractorKind::Digits => Box::new(DigitsEye::open(self.weights.as_deref(), &device)?),
            ExtractorKind::Pixels => {
                self.none()?;
                Box::new(RawPixels::new(shape))
            }
            ExtractorKind::RandomConv => {
                self.none()?;
                Box::new(RandomConv::new(&device))
            }
        })
    }

    fn needed(&self) -> Result<&std::path::Path, ExtractorError> {
        self.weights.as_deref().ok_or(ExtractorError::NeedsWeights { extractor: self.kind })
    }

    fn none(&self) -> Result<(), ExtractorError> {
        match &self.weights {
            None => Ok(()),
            Some(weights) => Err(ExtractorError::TakesNoWeights {
                extractor: self.kind,
                weights: weights.clone(),
            }),
        }
    }
}
