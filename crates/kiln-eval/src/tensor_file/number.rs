//! The floating-point formats in which weights are saved.

use std::fmt::Debug;

use burn::tensor::{bf16, f16};

/// A floating-point format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    F16,
    BF16,
    F32,
    F64,
}

impl Number {
    /// From little-endian bytes to single precision; a double beyond its range becomes infinite.
    pub(super) fn decode(self, bytes: &[u8]) -> Vec<f32> {
        match self {
            Self::F16 => each(bytes, |two| f16::from_le_bytes(two).to_f32()),
            Self::BF16 => each(bytes, |two| bf16::from_le_bytes(two).to_f32()),
            Self::F32 => each(bytes, f32::from_le_bytes),
            Self::F64 => each(bytes, |eight| f64::from_le_bytes(eight) as f32),
        }
    }
}

/// What is wrong with a tensor of any other format.
pub(super) fn not_floating(format: &impl Debug) -> String {
    format!("it holds {format:?}, and weights are floating point")
}

fn each<const N: usize>(bytes: &[u8], value: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    bytes.as_chunks::<N>().0.iter().map(|bytes| value(*bytes)).collect()
}
