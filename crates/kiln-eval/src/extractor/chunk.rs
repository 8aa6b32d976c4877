//! Pictures a few at a time, so that memory on the device does not grow with their number.

use burn::tensor::{Device, Tensor, TensorData};

use super::{Pixels, Sight};
use crate::{EvalError, Features};

/// Some of the pictures.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chunk<'a> {
    /// `[n, channels, height, width]`
    pub(super) shape: [usize; 4],
    /// Row-major.
    pub(super) bytes: &'a [u8],
}

/// What was seen in some of the pictures, on the device: a row a picture.
pub(super) struct Glance {
    pub(super) features: Tensor<2>,
    pub(super) logits: Option<Tensor<2>>,
}

impl Chunk<'_> {
    /// `[n, channels, height, width]`, in `[-1, 1]`.
    pub(super) fn to_tensor(self, device: &Device) -> Tensor<4> {
        let values: Vec<f32> = self.bytes.iter().map(|b| f32::from(*b) / 127.5 - 1.0).collect();
        Tensor::from_data(TensorData::new(values, self.shape), device)
    }
}

/// Looks at `at_once` pictures at a time, and brings what was seen to the host.
pub(super) fn each_chunk(
    pictures: &Pixels,
    at_once: usize,
    look: impl Fn(Chunk) -> Result<Glance, EvalError>,
) -> Result<Sight, EvalError> {
    let [_, channels, height, width] = pictures.shape();
    let picture = channels * height * width;
    let mut features = Rows::default();
    let mut logits = Rows::default();
    for bytes in pictures.bytes().chunks(at_once * picture) {
        let shape = [bytes.len() / picture, channels, height, width];
        let glance = look(Chunk { shape, bytes })?;
        features.append(glance.features)?;
        if let Some(few) = glance.logits {
            logits.append(few)?;
        }
    }
    let logits = if logits.width == 0 { None } else { Some(logits.finish()?) };
    Ok(Sight { features: features.finish()?, logits })
}

#[derive(Default)]
struct Rows {
    width: usize,
    values: Vec<f32>,
}

impl Rows {
    fn append(&mut self, rows: Tensor<2>) -> Result<(), EvalError> {
        self.width = rows.dims()[1];
        let data = rows.try_into_data().map_err(|cause| EvalError::Device(cause.to_string()))?;
        self.values.extend(data.iter::<f32>());
        Ok(())
    }

    fn finish(self) -> Result<Features, EvalError> {
        Features::new(self.width, self.values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_come_a_few_at_a_time_and_in_order() {
        let pictures = Pixels::new([5, 1, 1, 1], vec![0, 51, 102, 153, 255]).unwrap();
        let sight = each_chunk(&pictures, 2, |few| {
            let [n, ..] = few.shape;
            assert!(n <= 2);
            let features = few.to_tensor(&Device::flex()).reshape([n, 1]);
            Ok(Glance { features, logits: None })
        });
        let sight = sight.unwrap();
        for (own, expected) in sight.features.values().iter().zip([-1.0, -0.6, -0.2, 0.2, 1.0]) {
            assert!((own - expected).abs() < 1e-6);
        }
        assert_eq!((sight.features.len(), sight.logits), (5, None));
    }
}
