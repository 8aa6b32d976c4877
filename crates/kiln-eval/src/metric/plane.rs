//! One channel of a picture, in `f64`, and what filters do to it.

use crate::Pixels;

/// A channel of `[height, width]`, row-major.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Plane {
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) values: Vec<f64>,
}

impl Plane {
    pub(super) fn from_fn(
        [height, width]: [usize; 2],
        value: impl Fn(usize, usize) -> f64,
    ) -> Self {
        let values = (0..height * width).map(|at| value(at / width, at % width)).collect();
        Self { height, width, values }
    }

    /// The channels of picture `idx`, of values 0 to 255.
    pub(super) fn channels(pictures: &Pixels, idx: usize) -> Vec<Self> {
        let [_, channels, height, width] = pictures.shape();
        let size = channels * height * width;
        let picture = &pictures.bytes()[idx * size..(idx + 1) * size];
        let plane = |bytes: &[u8]| {
            let values = bytes.iter().map(|byte| f64::from(*byte)).collect();
            Self { height, width, values }
        };
        picture.chunks_exact(height * width).map(plane).collect()
    }

    pub(super) fn at(&self, y: usize, x: usize) -> f64 {
        self.values[y * self.width + x]
    }

    pub(super) fn mean(&self) -> f64 {
        self.values.iter().sum::<f64>() / self.values.len() as f64
    }

    /// With each value made of this one's and the other's at the same place.
    pub(super) fn zip(&self, other: &Self, value: impl Fn(f64, f64) -> f64) -> Self {
        let values = self.values.iter().zip(&other.values).map(|(a, b)| value(*a, *b)).collect();
        Self { values, ..*self }
    }
}
