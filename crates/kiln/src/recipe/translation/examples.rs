//! The pairs that every sheet of a run shows, with what is made of their inputs.

use std::sync::Arc;

use kiln_core::{Medium, Sheet};
use kiln_data::{DataError, Loader, PictureBatch, Pictures, PixelRange, Sampler};

use crate::recipe::Origins;

/// Pairs on the host, with values in `[-1, 1]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Examples {
    /// `[channels, height, width]` of both pictures of a pair together.
    pub shape: [usize; 3],
    /// How many of the channels are the input's, which come first.
    pub channels: usize,
    /// One pair after another.
    pub values: Vec<f32>,
}

impl Examples {
    /// The first `n` pairs of the first epoch of a run with this seed.
    ///
    /// # Errors
    ///
    /// When the pictures cannot be read, or are not paired.
    pub fn first(pictures: Arc<Pictures>, n: usize, seed: u64) -> Result<Self, DataError> {
        let Some([channels, ..]) = pictures.input_shape() else {
            return Err(DataError::BadOption(format!("{} is not in pairs", pictures.name())));
        };
        let sampler = Sampler::new(seed, pictures.len())?;
        let batch = Loader::new(pictures, sampler, n, 0, 0)?.next_batch()?;
        Ok(Self::of(&batch, channels))
    }

    /// The pairs of a batch, of which the first `channels` channels are inputs.
    pub fn of(batch: &PictureBatch, channels: usize) -> Self {
        let [_, both, height, width] = batch.shape;
        let values = batch.values(PixelRange::Symmetric);
        Self { shape: [both, height, width], channels, values }
    }

    /// The inputs, as what pictures are made from.
    pub fn origins(&self) -> Origins {
        Origins::of_latents(self.halves().flat_map(|(input, _)| input).copied().collect())
    }

    /// The inputs, as pictures.
    pub(crate) fn inputs(&self) -> Sheet {
        let [_, height, width] = self.shape;
        let (shape, values) = (vec![self.channels, height, width], self.origins().latents);
        Sheet { medium: Medium::Image, shape, values, columns: None }
    }

    /// The inputs with, for targets, how much `other` differs from them: -1 nothing, 1 all that a value
    /// can.
    pub(crate) fn against(&self, other: &Sheet) -> Self {
        let inputs = self.inputs();
        let pairs = inputs.samples().zip(other.samples());
        let values = pairs.flat_map(|(input, other)| {
            let apart = input.iter().zip(other).map(|(a, b)| (a - b).abs() - 1.0);
            input.iter().copied().chain(apart)
        });
        let [_, height, width] = self.shape;
        let shape = [2 * self.channels, height, width];
        Self { shape, channels: self.channels, values: values.collect() }
    }

    /// The targets.
    pub fn targets(&self) -> Sheet {
        let [both, height, width] = self.shape;
        let values = self.halves().flat_map(|(_, target)| target).copied().collect();
        let shape = vec![both - self.channels, height, width];
        Sheet { medium: Medium::Image, shape, values, columns: None }
    }

    /// Each input, what was made of it and the target, if there is one, side by side.
    pub fn beside(&self, made: &Sheet) -> Sheet {
        let (targets, of_made) = (self.targets(), made.shape.first().copied().unwrap_or(1));
        let columns = [
            (self.origins().latents, self.channels),
            (made.values.clone(), of_made),
            (targets.values, self.shape[0] - self.channels),
        ];
        self.strips(&columns)
    }

    /// The first picture of each column side by side, then the second of each, and so on. A column is
    /// the values of pictures of the size of these, and how many channels they have; columns without
    /// any are left out.
    pub fn strips(&self, columns: &[(Vec<f32>, usize)]) -> Sheet {
        let [_, height, width] = self.shape;
        let plane = height * width;
        let columns: Vec<_> = columns.iter().filter(|(_, channels)| *channels > 0).collect();
        let channels = columns.iter().map(|(_, channels)| *channels).max().unwrap_or(1);
        let pictures = |(values, of_one): &&(Vec<f32>, usize)| values.len() / (of_one * plane);
        let n = columns.iter().map(pictures).min().unwrap_or(0);
        let mut values = Vec::with_capacity(n * columns.len() * channels * plane);
        for idx in 0..n {
            for (column, of_one) in &columns {
                let picture = &column[idx * of_one * plane..][..of_one * plane];
                values.extend(widened(picture, plane, channels));
            }
        }
        let shape = vec![channels, height, width];
        let columns = Some(columns.len() * groups_in_a_row(n, columns.len()));
        Sheet { medium: Medium::Image, shape, values, columns }
    }

    /// Each pair's input and target.
    fn halves(&self) -> impl Iterator<Item = (&[f32], &[f32])> {
        let [both, height, width] = self.shape;
        let pairs = self.values.chunks_exact((both * height * width).max(1));
        pairs.map(move |pair| pair.split_at(self.channels * height * width))
    }
}

/// A grey picture as one of `channels` equal ones, one of that many as it is.
fn widened(picture: &[f32], plane: usize, channels: usize) -> Vec<f32> {
    if picture.len() == plane { picture.repeat(channels) } else { picture.to_vec() }
}

/// As many of `n` groups of `of_one` pictures side by side as make the sheet about square.
fn groups_in_a_row(n: usize, of_one: usize) -> usize {
    ((n as f64 / of_one.max(1) as f64).sqrt().round() as usize).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two pairs of one pixel: a grey input of 0 or 255 and a target in colour.
    fn examples() -> Examples {
        let bytes = vec![0, 255, 0, 0, 255, 0, 0, 255];
        Examples::of(&PictureBatch { bytes, shape: [2, 4, 1, 1], labels: None }, 1)
    }

    #[test]
    fn a_pair_comes_apart_into_its_pictures() {
        assert_eq!(examples().origins().latents, [-1.0, 1.0]);
        let targets = examples().targets();
        assert_eq!(targets.shape, [3, 1, 1]);
        assert_eq!(targets.values, [1.0, -1.0, -1.0, -1.0, -1.0, 1.0]);
    }

    #[test]
    fn rows_are_input_output_and_target_in_the_colours_of_either() {
        let (medium, values) = (Medium::Image, vec![0.5; 6]);
        let made = Sheet { medium, shape: vec![3, 1, 1], values, columns: None };
        let sheet = examples().beside(&made);
        assert_eq!((sheet.shape.as_slice(), sheet.columns), (&[3, 1, 1][..], Some(3)));
        let first = [[-1.0; 3], [0.5; 3], [1.0, -1.0, -1.0]].concat();
        assert_eq!(sheet.values[..9], first);
        assert_eq!(sheet.len(), 6);
    }

    #[test]
    fn without_targets_rows_are_input_and_output() {
        let batch = PictureBatch { bytes: vec![0, 255], shape: [2, 1, 1, 1], labels: None };
        let (medium, values, shape) = (Medium::Image, vec![0.5; 2], vec![1, 1, 1]);
        let made = Sheet { medium, shape, values, columns: None };
        let sheet = Examples::of(&batch, 1).beside(&made);
        assert_eq!((sheet.values, sheet.columns), (vec![-1.0, 0.5, 1.0, 0.5], Some(2)));
    }

    #[test]
    fn what_differs_stands_in_the_targets_place() {
        let (medium, shape) = (Medium::Image, vec![1, 1, 1]);
        let other = Sheet { medium, shape, values: vec![-1.0, 0.5], columns: None };
        let against = examples().against(&other);
        assert_eq!((against.shape, against.values), ([2, 1, 1], vec![-1.0, -1.0, 1.0, -0.5]));
    }

    #[test]
    fn a_sheet_of_many_triples_is_about_square() {
        // 21 triples: 3 in a row, 7 rows of 9 pictures.
        assert_eq!([1, 3, 12, 21, 48].map(|n| groups_in_a_row(n, 3)), [1, 1, 2, 3, 4]);
    }
}
