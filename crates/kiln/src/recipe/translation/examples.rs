//! The pairs that every sheet of a run shows, with what is made of their inputs.

use kiln_core::{Medium, Sheet};
use kiln_data::{PictureBatch, PixelRange};

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

    /// The targets.
    pub fn targets(&self) -> Sheet {
        let [both, height, width] = self.shape;
        let values = self.halves().flat_map(|(_, target)| target).copied().collect();
        let shape = vec![both - self.channels, height, width];
        Sheet { medium: Medium::Image, shape, values, columns: None }
    }

    /// Each input, what was made of it and the target, side by side.
    pub fn beside(&self, made: &Sheet) -> Sheet {
        let [both, height, width] = self.shape;
        let channels = self.channels.max(both - self.channels);
        let triples = self.halves().zip(made.samples()).map(|((i, t), made)| [i, made, t]);
        let wide = |picture: &[f32]| widened(picture, height * width, channels);
        let values: Vec<f32> = triples.flatten().flat_map(wide).collect();
        let shape = vec![channels, height, width];
        let columns = Some(3 * triples_in_a_row(made.len()));
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

/// As many triples side by side as make the sheet about square.
fn triples_in_a_row(n: usize) -> usize {
    ((n as f64 / 3.0).sqrt().round() as usize).max(1)
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
    fn a_sheet_of_many_triples_is_about_square() {
        // 21 triples: 3 in a row, 7 rows of 9 pictures.
        assert_eq!([1, 3, 12, 21, 48].map(triples_in_a_row), [1, 1, 2, 3, 4]);
    }
}
