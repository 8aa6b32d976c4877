//! What is measured, or measured against: pictures that come a portion at a time.

use std::ops::Range;

use kiln_core::{Address, Medium, Sheet, pixel_byte};
use kiln_data::Pictures;
use kiln_eval::Pixels;
use kiln_eval::metric::chosen;

use super::EvaluateError;
use crate::recipe::{Origins, Painter, draw_origins, paint_sheet};

/// Pictures, which need not be in memory all at once.
pub trait PictureSet {
    /// How many there are.
    fn count(&self) -> usize;

    /// Some of them, by their indices; the same at every call.
    ///
    /// # Errors
    ///
    /// When they cannot be read or drawn, or are no pictures.
    fn portion(&self, indices: Range<usize>) -> Result<Pixels, EvaluateError>;

    /// The place of a picture in an order that is random: where only some are kept, those with the
    /// first places are.
    fn place(&self, index: usize) -> usize {
        index
    }
}

/// What a generator draws, rounded to bytes as a picture file would be.
pub struct Drawn<'a> {
    painter: &'a dyn Painter,
    origins: Origins,
}

impl<'a> Drawn<'a> {
    /// Of these latents and conditions.
    pub(super) fn of(painter: &'a dyn Painter, origins: Origins) -> Self {
        Self { painter, origins }
    }

    /// `count` samples drawn at `address`, of classes as frequent as in the data.
    pub fn new(painter: &'a dyn Painter, count: usize, address: Address) -> Self {
        Self { painter, origins: draw_origins(painter, count, address) }
    }
}

impl PictureSet for Drawn<'_> {
    fn count(&self) -> usize {
        self.origins.latents.len() / self.painter.latents().width
    }

    fn portion(&self, indices: Range<usize>) -> Result<Pixels, EvaluateError> {
        let [latents, asked] = [self.painter.latents().width, self.painter.conditions().width()];
        let some = |values: &[f32], width: usize| {
            values.get(indices.start * width..indices.end * width).unwrap_or_default().to_vec()
        };
        let origins = Origins {
            latents: some(&self.origins.latents, latents),
            conditions: some(&self.origins.conditions, asked),
            columns: None,
        };
        pixels(&paint_sheet(self.painter, &origins)?)
    }
}

/// Samples as bytes, each value to the nearest.
pub(super) fn pixels(sheet: &Sheet) -> Result<Pixels, EvaluateError> {
    let (Medium::Image, [channels, height, width]) = (sheet.medium, sheet.shape.as_slice()) else {
        return Err(EvaluateError::NoPictures { shape: sheet.shape.clone() });
    };
    if let Some(idx) = sheet.values.iter().position(|value| !value.is_finite()) {
        return Err(EvaluateError::NotFinite { sample: idx / sheet.sample_len() });
    }
    let bytes = sheet.values.iter().map(|value| pixel_byte(*value)).collect();
    Ok(Pixels::new([sheet.len(), *channels, *height, *width], bytes)?)
}

/// Bytes as samples, with values in `[-1, 1]`.
pub(crate) fn sheet(pictures: &Pixels, columns: Option<usize>) -> Sheet {
    let [_, shape @ ..] = pictures.shape();
    let values = pictures.bytes().iter().map(|byte| f32::from(*byte) / 127.5 - 1.0).collect();
    Sheet { medium: Medium::Image, shape: shape.to_vec(), values, columns }
}

/// Pictures of a data set in their order: all of them, or some that were chosen.
pub struct Held<'a> {
    pictures: &'a Pictures,
    indices: Vec<usize>,
    /// Of each of the indices, in a random order of the whole set.
    places: Vec<usize>,
}

impl<'a> Held<'a> {
    /// `count` of them, drawn at `address` without replacement; all where `count` is none or more.
    pub fn new(pictures: &'a Pictures, count: Option<usize>, address: Address) -> Self {
        let chosen = chosen(pictures.len(), count.unwrap_or(usize::MAX), address);
        let mut places: Vec<_> = chosen.into_iter().enumerate().collect();
        places.sort_unstable_by_key(|(_, index)| *index);
        let (places, indices) = places.into_iter().unzip();
        Self { pictures, indices, places }
    }

    /// The place of each in a random order of the whole data set.
    pub(super) fn places(&self) -> Vec<usize> {
        self.places.clone()
    }

    /// Index in the data set of the picture with this index here.
    pub fn original(&self, index: usize) -> usize {
        self.indices[index]
    }
}

impl PictureSet for Held<'_> {
    fn count(&self) -> usize {
        self.indices.len()
    }

    fn portion(&self, indices: Range<usize>) -> Result<Pixels, EvaluateError> {
        let [channels, height, width] = self.pictures.shape();
        let shape = [indices.len(), channels, height, width];
        let mut bytes = Vec::with_capacity(shape.iter().product());
        for idx in &self.indices[indices] {
            bytes.extend(self.pictures.picture(*idx)?.pixels);
        }
        Ok(Pixels::new(shape, bytes)?)
    }

    fn place(&self, index: usize) -> usize {
        self.places[index]
    }
}

#[cfg(test)]
mod tests {
    use kiln_core::Purpose;

    use super::*;

    fn address() -> Address {
        Address::new(1, Purpose::Evaluation)
    }

    #[test]
    fn samples_become_the_nearest_bytes() {
        let values = vec![-1.0, 1.0, 0.0, 7.0];
        let sheet = Sheet { medium: Medium::Image, shape: vec![1, 2, 2], values, columns: None };
        let pixels = pixels(&sheet).unwrap();
        assert_eq!((pixels.shape(), pixels.bytes()), ([1, 1, 2, 2], &[0, 255, 128, 255][..]));
    }

    #[test]
    fn samples_that_are_no_finite_pictures_are_refused() {
        let point =
            Sheet { medium: Medium::Point, shape: vec![2], values: vec![0.0; 2], columns: None };
        assert!(matches!(pixels(&point), Err(EvaluateError::NoPictures { .. })));
        let values = vec![0.0, 0.0, 0.0, f32::NAN];
        let sheet = Sheet { medium: Medium::Image, shape: vec![1, 1, 2], values, columns: None };
        let refusal = pixels(&sheet).unwrap_err();
        assert!(refusal.to_string().contains("sample 1"), "{refusal}");
    }

    #[test]
    fn some_of_a_data_set_are_different_and_the_same_again() {
        let pictures = Pictures::new("ramp", [1, 1, 1], (0..50).collect(), None).unwrap();
        let some = Held::new(&pictures, Some(20), address());
        let bytes = some.portion(0..20).unwrap().bytes().to_vec();
        let again = Held::new(&pictures, Some(20), address());
        assert_eq!(again.portion(3..20).unwrap().bytes(), &bytes[3..]);
        let distinct: std::collections::BTreeSet<u8> = bytes.iter().copied().collect();
        assert_eq!((distinct.len(), some.original(0)), (20, usize::from(bytes[0])));
        assert_eq!(Held::new(&pictures, Some(50), address()).original(7), 7);
    }

    #[test]
    fn fewer_of_a_data_set_are_the_first_of_more() {
        let pictures = Pictures::new("ramp", [1, 1, 1], (0..50).collect(), None).unwrap();
        let first = |of: &Held<'_>, n: usize| -> Vec<usize> {
            (0..of.count()).filter(|idx| of.place(*idx) < n).map(|idx| of.original(idx)).collect()
        };
        let (some, all) =
            (Held::new(&pictures, Some(20), address()), Held::new(&pictures, None, address()));
        assert_eq!(first(&some, 8), first(&all, 8));
        assert_eq!((first(&some, 8).len(), first(&all, 50)), (8, (0..50).collect()));
    }
}
