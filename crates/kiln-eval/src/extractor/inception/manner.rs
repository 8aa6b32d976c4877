//! How pictures come to Inception.

use burn::tensor::{Device, Tensor, TensorData};
use kiln_models::InceptionConfig;

use crate::extractor::chunk::Chunk;
use crate::extractor::resize::{Alignment, Resizing};

/// Whose way of bringing a picture to 299 x 299 numbers in `[-1, 1]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::extractor) enum Manner {
    /// torch-fidelity's, which is that of the TensorFlow graph: bytes are resized as TensorFlow 1
    /// does, then `(byte - 128) / 128`.
    TorchFidelity,
    /// pytorch-fid's: bytes over 255 are resized as PyTorch does, then `2 x - 1`.
    PytorchFid,
}

const SIDE: usize = InceptionConfig::SIDE;

impl Manner {
    /// The extractor's name.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::TorchFidelity => "inception-tf",
            Self::PytorchFid => "inception-pt",
        }
    }

    /// What a provenance says of it.
    pub(super) fn resize(self) -> &'static str {
        match self {
            Self::TorchFidelity => "bilinear to 299 x 299 as TensorFlow 1: corners, no antialias",
            Self::PytorchFid => "bilinear to 299 x 299 as PyTorch: centres, no antialias",
        }
    }

    fn alignment(self) -> Alignment {
        match self {
            Self::TorchFidelity => Alignment::Corners,
            Self::PytorchFid => Alignment::Centres,
        }
    }

    /// Of a byte, before resizing.
    fn before(self, byte: u8) -> f32 {
        match self {
            Self::TorchFidelity => f32::from(byte),
            Self::PytorchFid => f32::from(byte) / 255.0,
        }
    }

    /// Of a new pixel.
    fn after(self, pixel: f32) -> f32 {
        match self {
            Self::TorchFidelity => (pixel - 128.0) / 128.0,
            Self::PytorchFid => 2.0 * pixel - 1.0,
        }
    }

    /// Shape: `[n, 1 or 3, height, width]` to `[n, 3, 299, 299]`; grey is repeated.
    pub(super) fn prepare(self, few: Chunk, device: &Device) -> Tensor<4> {
        let [n, channels, height, width] = few.shape;
        let resizing = Resizing::new(self.alignment(), [height, width], SIDE);
        let mut values = Vec::with_capacity(n * channels * SIDE * SIDE);
        let mut plane = Vec::new();
        for bytes in few.bytes.chunks_exact(height * width) {
            plane.clear();
            plane.extend(bytes.iter().map(|byte| self.before(*byte)));
            values.extend(resizing.apply(&plane).map(|pixel| self.after(pixel)));
        }
        let data = TensorData::new(values, [n, channels, SIDE, SIDE]);
        let pictures = Tensor::<4>::from_data(data, device);
        if channels == 1 { pictures.repeat_dim(1, 3) } else { pictures }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn prepared(manner: Manner, shape: [usize; 4], bytes: &[u8]) -> Vec<f32> {
        let tensor = manner.prepare(Chunk { shape, bytes }, &Device::flex());
        assert_eq!(tensor.dims(), [shape[0], 3, SIDE, SIDE]);
        tensor.into_data().iter().collect()
    }

    #[test]
    fn grey_is_repeated_in_each_channel() {
        for manner in [Manner::TorchFidelity, Manner::PytorchFid] {
            let grey = prepared(manner, [2, 1, 1, 2], &[0, 90, 200, 30]);
            let bytes = [0, 90, 0, 90, 0, 90, 200, 30, 200, 30, 200, 30];
            assert_eq!(grey, prepared(manner, [2, 3, 1, 2], &bytes));
        }
    }

    #[test]
    fn white_is_one_only_for_pytorch_fid() {
        let ends = |manner| {
            let values = prepared(manner, [2, 1, 1, 1], &[0, 255]);
            (values[0], values[values.len() - 1])
        };
        assert_eq!(ends(Manner::TorchFidelity), (-1.0, 127.0 / 128.0));
        assert_eq!(ends(Manner::PytorchFid), (-1.0, 1.0));
    }
}
