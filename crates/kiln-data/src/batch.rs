//! A batch: bytes on the host, and tensors on a device.

use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

/// The interval that bytes `0..=255` are mapped to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PixelRange {
    /// `[-1, 1]`, that of a generator that ends in tanh.
    #[default]
    Symmetric,
    /// `[0, 1]`.
    Unit,
}

impl PixelRange {
    /// The value of each byte.
    fn table(self) -> [f32; 256] {
        std::array::from_fn(|byte| match self {
            Self::Symmetric => byte as f32 / 127.5 - 1.0,
            Self::Unit => byte as f32 / 255.0,
        })
    }
}

/// Pictures drawn together. Of pairs, the channels of both: those of the input, then the picture's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureBatch {
    /// `[batch, channels, height, width]`, row-major.
    pub bytes: Vec<u8>,
    /// `[batch, channels, height, width]`
    pub shape: [usize; 4],
    /// The class of each picture, if the data has labels.
    pub labels: Option<Vec<u32>>,
}

impl PictureBatch {
    /// The pictures as `[batch, channels, height, width]` in `[-1, 1]`.
    pub fn to_tensor(&self, device: &Device) -> Tensor<4> {
        self.to_tensor_in(PixelRange::Symmetric, device)
    }

    /// The pictures as `[batch, channels, height, width]` in `range`.
    pub fn to_tensor_in(&self, range: PixelRange, device: &Device) -> Tensor<4> {
        Tensor::from_data(TensorData::new(self.values(range), self.shape), device)
    }

    /// The values on the host, in the order of `bytes`.
    pub fn values(&self, range: PixelRange) -> Vec<f32> {
        let table = range.table();
        self.bytes.iter().map(|byte| table[usize::from(*byte)]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch() -> PictureBatch {
        PictureBatch { bytes: vec![0, 255, 51, 204], shape: [2, 1, 1, 2], labels: Some(vec![3, 1]) }
    }

    #[test]
    fn black_and_white_are_the_ends_of_the_range() {
        let values = |range| batch().values(range);
        assert_eq!(values(PixelRange::Symmetric)[..2], [-1.0, 1.0]);
        assert_eq!(values(PixelRange::Unit)[..2], [0.0, 1.0]);
        // 51 / 255 = 0.2, and 2 * 0.2 - 1 = -0.6
        assert!((values(PixelRange::Unit)[2] - 0.2).abs() < 1e-7);
        assert!((values(PixelRange::Symmetric)[2] + 0.6).abs() < 1e-6);
    }

    #[test]
    fn a_tensor_holds_the_pictures_in_order() {
        let device = Device::flex();
        let tensor = batch().to_tensor_in(PixelRange::Unit, &device);
        assert_eq!(tensor.dims(), [2, 1, 1, 2]);
        let values: Vec<f32> = tensor.into_data().try_to_vec().unwrap();
        assert_eq!(values, batch().values(PixelRange::Unit));
    }
}
