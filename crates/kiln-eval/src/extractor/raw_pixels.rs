//! `pixels`: the bytes themselves.

use super::{Extractor, ExtractorError, Pixels, Provenance, Sight};
use crate::EvalError;

/// A row of all the bytes of a picture, `[channels][row][column]`, scaled to `[0, 1]`.
#[derive(Debug)]
pub(super) struct RawPixels {
    shape: [usize; 3],
    provenance: Provenance,
}

impl RawPixels {
    /// For pictures of `shape` (channels, height, width) and no others.
    pub(super) fn new(shape: [usize; 3]) -> Self {
        let provenance = Provenance {
            extractor: "pixels".to_owned(),
            layer: "pixels in [0, 1]".to_owned(),
            resize: "none".to_owned(),
            weights: None,
        };
        Self { shape, provenance }
    }
}

impl Extractor for RawPixels {
    fn provenance(&self) -> &Provenance {
        &self.provenance
    }

    fn width(&self) -> usize {
        self.shape.iter().product()
    }

    fn see(&self, pictures: &Pixels) -> Result<Sight, EvalError> {
        let [_, given @ ..] = pictures.shape();
        if given != self.shape {
            return Err(ExtractorError::OtherSize { expected: self.shape, given }.into());
        }
        Ok(Sight { features: pictures.unit_rows()?, logits: None })
    }
}
