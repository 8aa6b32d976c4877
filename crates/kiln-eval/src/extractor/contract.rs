//! The contract of an extractor: pictures as bytes in, features out, under a name that says all
//! that the numbers depend on.

use serde::{Deserialize, Serialize};

use crate::{EvalError, Features};

/// Pictures as the reference implementations take them: bytes, 0 to 255.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pixels {
    shape: [usize; 4],
    bytes: Vec<u8>,
}

impl Pixels {
    /// Pictures of `[n, channels, height, width]`, row-major.
    ///
    /// # Errors
    ///
    /// When there is no picture or no pixel, the channels are not 1 or 3, or the bytes are not as
    /// many as the shape says.
    pub fn new(shape: [usize; 4], bytes: Vec<u8>) -> Result<Self, EvalError> {
        let [n, picture @ ..] = shape;
        if n == 0 {
            return Err(EvalError::Empty);
        }
        check_picture(picture)?;
        if bytes.len() != shape.iter().product::<usize>() {
            return Err(EvalError::Bytes { shape, bytes: bytes.len() });
        }
        Ok(Self { shape, bytes })
    }

    /// `[n, channels, height, width]`
    pub fn shape(&self) -> [usize; 4] {
        self.shape
    }

    /// The bytes, row-major.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The pictures of these indices, in their order; panics beyond the last, as slices do.
    ///
    /// # Errors
    ///
    /// When there is no index.
    pub fn select(&self, indices: &[usize]) -> Result<Self, EvalError> {
        let [_, picture @ ..] = self.shape;
        let size = picture.iter().product::<usize>();
        let bytes = indices.iter().flat_map(|idx| &self.bytes[idx * size..(idx + 1) * size]);
        let [channels, height, width] = picture;
        Self::new([indices.len(), channels, height, width], bytes.copied().collect())
    }

    /// A row of all the bytes of a picture each, `[channels][row][column]`, scaled to `[0, 1]`.
    ///
    /// # Errors
    ///
    /// None, as long as the pictures are what they are said to be.
    pub fn unit_rows(&self) -> Result<Features, EvalError> {
        let [_, picture @ ..] = self.shape;
        let values = self.bytes.iter().map(|byte| f32::from(*byte) / 255.0).collect();
        Features::new(picture.iter().product(), values)
    }
}

/// That pictures of these channels, height and width can be looked at.
pub(super) fn check_picture([channels, height, width]: [usize; 3]) -> Result<(), EvalError> {
    if !matches!(channels, 1 | 3) {
        return Err(EvalError::Channels { channels });
    }
    if height == 0 || width == 0 {
        return Err(EvalError::NoPixels { height, width });
    }
    Ok(())
}

/// What a feature depends on beside the picture; printed with every number made of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Provenance {
    /// Name of the extractor, such as `inception-tf`.
    pub extractor: String,
    /// The layer whose output the features are, such as `2048`.
    pub layer: String,
    /// How pictures of another size are brought to the network's.
    pub resize: String,
    /// SHA-256 of the file of weights, in hexadecimal; none where the extractor has no weights.
    pub weights: Option<String>,
}

/// What an extractor saw in some pictures.
#[derive(Debug, Clone, PartialEq)]
pub struct Sight {
    /// A row of features a picture.
    pub features: Features,
    /// The logits of a classifier, a row a picture, where the extractor is one.
    pub logits: Option<Features>,
}

/// Sees features in pictures. Each picture is looked at for itself: neither its neighbours nor
/// their number matter, to within the rounding of the device.
pub trait Extractor {
    /// What its features depend on.
    fn provenance(&self) -> &Provenance;

    /// Numbers in a row of features.
    fn width(&self) -> usize;

    /// Looks at pictures.
    ///
    /// # Errors
    ///
    /// When they cannot be looked at, a feature is not finite, or the device fails.
    fn see(&self, pictures: &Pixels) -> Result<Sight, EvalError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_as_large_as_they_say() {
        let shape = [1, 3, 2, 2];
        assert_eq!(
            Pixels::new(shape, vec![0; 11]).unwrap_err(),
            EvalError::Bytes { shape, bytes: 11 }
        );
        let refusal = Pixels::new([1, 2, 1, 1], vec![0; 2]).unwrap_err();
        assert_eq!(refusal, EvalError::Channels { channels: 2 });
        assert_eq!(Pixels::new([0, 1, 1, 1], vec![]).unwrap_err(), EvalError::Empty);
        assert_eq!(Pixels::new(shape, vec![0; 12]).unwrap().shape(), shape);
    }

    #[test]
    fn chosen_pictures_are_whole_and_rows_reach_from_0_to_1() {
        let pictures = Pixels::new([3, 1, 1, 2], vec![0, 1, 2, 3, 255, 51]).unwrap();
        let some = pictures.select(&[2, 0]).unwrap();
        assert_eq!((some.shape(), some.bytes()), ([2, 1, 1, 2], &[255, 51, 0, 1][..]));
        assert_eq!(some.unit_rows().unwrap().row(0), [1.0, 0.2]);
        assert_eq!(pictures.select(&[]).unwrap_err(), EvalError::Empty);
    }
}
