//! The extractor.

use std::path::Path;

use burn::tensor::Device;
use kiln_models::{Inception, InceptionConfig, InceptionLayer};

use super::Manner;
use super::names::PUBLISHED;
use crate::EvalError;
use crate::extractor::chunk::{Chunk, Glance, each_chunk};
use crate::extractor::{Extractor, ExtractorError, Pixels, Provenance, Sight};
use crate::tensor_file::{TensorFile, fill};

/// Pictures that are looked at together: a tensor of the first layers has 5.5 MB a picture.
const AT_ONCE: usize = 8;

/// Inception with loaded weights.
pub(in crate::extractor) struct InceptionEye {
    pub(super) network: Inception,
    manner: Manner,
    layer: InceptionLayer,
    device: Device,
    provenance: Provenance,
}

impl InceptionEye {
    /// With the weights of a file, on `device`.
    pub(in crate::extractor) fn open(
        manner: Manner,
        layer: InceptionLayer,
        weights: &Path,
        device: &Device,
    ) -> Result<Self, ExtractorError> {
        Self::from_file(manner, layer, &TensorFile::open(weights)?, device)
    }

    /// With the weights of an open file.
    pub(super) fn from_file(
        manner: Manner,
        layer: InceptionLayer,
        weights: &TensorFile,
        device: &Device,
    ) -> Result<Self, ExtractorError> {
        let network = InceptionConfig::default()
            .init(device)
            .map_err(|error| ExtractorError::Damaged { cause: error.to_string() })?;
        let network = fill(network, weights, PUBLISHED)?;
        let provenance = Provenance {
            extractor: manner.name().to_owned(),
            layer: layer.channels().to_string(),
            resize: manner.resize().to_owned(),
            weights: Some(weights.checksum().to_string()),
        };
        Ok(Self { network, manner, layer, device: device.clone(), provenance })
    }

    fn look(&self, few: Chunk) -> Glance {
        let pictures = self.manner.prepare(few, &self.device);
        let features = self.network.features(pictures.into(), self.layer);
        let logits =
            self.has_logits().then(|| self.network.logits_unbiased(features.clone()).value);
        Glance { features: features.value, logits }
    }

    /// torch-fidelity scores by the logits; pytorch-fid ends below them.
    fn has_logits(&self) -> bool {
        self.manner == Manner::TorchFidelity && self.layer == InceptionLayer::Last
    }
}

impl Extractor for InceptionEye {
    fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    fn width(&self) -> usize {
        self.layer.channels()
    }

    fn see(&self, pictures: &Pixels) -> Result<Sight, EvalError> {
        each_chunk(pictures, AT_ONCE, |few| Ok(self.look(few)))
    }
}
