//! Samples on the host, ready to be looked at.

use serde::{Deserialize, Serialize};

/// What one sample is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Medium {
    /// `[channels, height, width]`, values in `[-1, 1]`, 1 or 3 channels.
    #[default]
    Image,
    /// `[coordinates]`.
    Point,
    /// `[depth, height, width]`, from front to back, top to bottom and left to right; one number a voxel
    /// in `[-1, 1]`: 1 is solid, -1 empty.
    Volume,
    /// `[channels, 1, time]`, values in `[-1, 1]`.
    Sound {
        /// Samples a second.
        rate: u32,
    },
}

impl Medium {
    /// Several of it, in words.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Image => "pictures",
            Self::Point => "points",
            Self::Volume => "volumes",
            Self::Sound { .. } => "sounds",
        }
    }
}

/// Some samples, read back from the device.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// What one sample is.
    pub medium: Medium,
    /// Shape of one sample.
    pub shape: Vec<usize>,
    /// The samples one after another, each row-major.
    pub values: Vec<f32>,
    /// Samples side by side in a picture of them, where rows mean something; else it is nearly square.
    pub columns: Option<usize>,
}

impl Sheet {
    /// How many samples there are.
    pub fn len(&self) -> usize {
        self.values.len() / self.sample_len().max(1)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Values in one sample.
    pub fn sample_len(&self) -> usize {
        self.shape.iter().product()
    }

    /// The samples, each a slice.
    pub fn samples(&self) -> impl Iterator<Item = &[f32]> {
        self.values.chunks_exact(self.sample_len().max(1))
    }

    /// How different the samples are: the root mean square distance, a value, of a sample from
    /// the mean sample. Zero means that all are the same; NaN that the samples hold NaN.
    pub fn spread(&self) -> f64 {
        let n = self.len().max(1) as f64;
        let mut mean = vec![0.0; self.sample_len()];
        for sample in self.samples() {
            mean.iter_mut().zip(sample).for_each(|(mean, value)| *mean += f64::from(*value) / n);
        }
        let squares: f64 = self
            .samples()
            .flat_map(|sample| sample.iter().zip(&mean))
            .map(|(value, mean)| (f64::from(*value) - mean).powi(2))
            .sum();
        (squares / self.values.len().max(1) as f64).sqrt()
    }
}

/// A value of a picture as the nearest byte: -1 is 0, 1 is 255; what lies beyond is the nearer of
/// both, and NaN 0.
pub fn pixel_byte(value: f32) -> u8 {
    // The cast saturates.
    ((value + 1.0) * 127.5).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(values: Vec<f32>) -> Sheet {
        Sheet { medium: Medium::Point, shape: vec![2], values, columns: None }
    }

    #[test]
    fn values_become_the_nearest_bytes() {
        let values = [-1.0, 0.0, 1.0, -7.0, 7.0, f32::NAN];
        assert_eq!(values.map(pixel_byte), [0, 128, 255, 0, 255, 0]);
    }

    #[test]
    fn equal_samples_have_no_spread() {
        assert_eq!(points(vec![1.0, 2.0, 1.0, 2.0]).spread(), 0.0);
    }

    #[test]
    fn spread_is_the_deviation_from_the_mean_sample() {
        // Mean (1, 2); deviations -1, 0, 1, 0: mean square 1/2.
        assert_eq!(points(vec![0.0, 2.0, 2.0, 2.0]).spread(), 0.5_f64.sqrt());
    }
}
