//! A sheet of samples as one picture.
//!
//! Images are shown in the fixed range `[-1, 1]`, points in a fixed [`Window`], so two sheets of
//! a run can be compared by eye. Values that are not finite are magenta, never hidden.

use std::io;
use std::path::Path;

use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder, ImageError, Rgb, RgbImage};
use kiln_core::{Medium, Sheet, atomic, pixel_byte};

use super::At;
#[cfg(feature = "cli")]
pub(crate) use super::album::{write_animation, write_named, write_singles};
pub(crate) use super::scatter::Window;
use super::scatter::scatter;
pub(super) use super::solid::shaded;
pub(super) use super::spectrogram::spectrograms;

/// Pixels between the samples of a grid, and around them.
const GAP: u32 = 2;
/// The colour of the gaps: darker than most samples, lighter than a black one.
const BACKGROUND: Rgb<u8> = Rgb([56; 3]);
/// The colour of what is not finite.
pub(super) const NOT_FINITE: Rgb<u8> = Rgb([255, 0, 255]);
/// Small images are enlarged as long as the grid is at most about this wide or high, in pixels.
const ROOM: u32 = 900;
/// The largest factor by which they are.
const LARGEST_FACTOR: u32 = 8;

/// An encoded PNG file and its size in pixels.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Png {
    /// Pixels across.
    pub(crate) width: u32,
    /// Pixels down.
    pub(crate) height: u32,
    /// The file, grey if the picture is.
    pub(crate) bytes: Vec<u8>,
}

/// The sheet as one PNG: images in a near-square grid, points as a scatter plot, volumes as shaded
/// pictures and sounds as spectrograms in a grid.
///
/// # Errors
///
/// When a sample is neither a grey or colour image nor any of these.
pub(crate) fn grid(sheet: &Sheet, window: Window) -> io::Result<Png> {
    png(&paint(sheet, window)?)
}

/// Writes [`grid`] to `path`, whole or not at all.
///
/// # Errors
///
/// As [`grid`], or when the file cannot be written; the message has the path.
pub(crate) fn write_grid(path: &Path, sheet: &Sheet, window: Window) -> io::Result<()> {
    let png = grid(sheet, window).at(path)?;
    atomic::write(path, &png.bytes).at(path)
}

pub(super) fn paint(sheet: &Sheet, window: Window) -> io::Result<RgbImage> {
    match sheet.medium {
        Medium::Point => scatter(sheet, window),
        Medium::Volume => paint_grid(&shaded(sheet)),
        Medium::Sound { .. } => paint_grid(&spectrograms(sheet)),
        _ => paint_grid(sheet),
    }
}

fn paint_grid(sheet: &Sheet) -> io::Result<RgbImage> {
    let shape = ImageShape::of(sheet)?;
    let (columns, rows) = layout(sheet);
    let factor = enlargement((columns * shape.width).max(rows * shape.height));
    let (wide, high) = (shape.width * factor + GAP, shape.height * factor + GAP);
    let mut picture = RgbImage::from_pixel(columns * wide + GAP, rows * high + GAP, BACKGROUND);
    for (sample, idx) in sheet.samples().zip(0..) {
        let (left, top) = (idx % columns * wide + GAP, idx / columns * high + GAP);
        for y in 0..shape.height * factor {
            for x in 0..shape.width * factor {
                let pixel = shape.pixel(sample, x / factor, y / factor);
                picture.put_pixel(left + x, top + y, pixel);
            }
        }
    }
    Ok(picture)
}

/// Columns and rows of a sheet: what it asks for, or of the nearly square grids (at most half as
/// wide again as a square) the one with the fewest empty cells.
fn layout(sheet: &Sheet) -> (u32, u32) {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).max(1);
    let n = count(sheet.len());
    let square = f64::from(n).sqrt().ceil() as u32;
    let rows = |columns: u32| n.div_ceil(columns);
    if let Some(columns) = sheet.columns.map(count) {
        return (columns.min(n), rows(columns));
    }
    let columns = (square..=square * 3 / 2)
        .min_by_key(|columns| columns * rows(*columns) - n)
        .unwrap_or(square);
    (columns, rows(columns))
}

/// By which whole number a grid of `side` pixels is enlarged.
fn enlargement(side: u32) -> u32 {
    (ROOM / side.max(1)).clamp(1, LARGEST_FACTOR)
}

/// `[channels, height, width]` of a sample, checked.
#[derive(Debug, Clone, Copy)]
pub(super) struct ImageShape {
    channels: usize,
    pub(super) height: u32,
    pub(super) width: u32,
}

impl ImageShape {
    pub(super) fn of(sheet: &Sheet) -> io::Result<Self> {
        let wrong = || {
            let Sheet { medium, shape, .. } = sheet;
            invalid(format!("samples of kind {medium:?} and shape {shape:?} are no images"))
        };
        let (Medium::Image, &[channels @ (1 | 3), height, width]) =
            (sheet.medium, &sheet.shape[..])
        else {
            return Err(wrong());
        };
        // PNG allows 2^31 - 1; a grid needs room for the gaps.
        let side = |side: usize| {
            let side = u32::try_from(side).ok();
            side.filter(|side| (1..=1 << 16).contains(side)).ok_or_else(wrong)
        };
        Ok(Self { channels, height: side(height)?, width: side(width)? })
    }

    pub(super) fn pixel(&self, sample: &[f32], x: u32, y: u32) -> Rgb<u8> {
        let plane = self.height as usize * self.width as usize;
        let at = y as usize * self.width as usize + x as usize;
        let values = [0, 1, 2].map(|channel| sample[channel % self.channels * plane + at]);
        if values.iter().all(|value| value.is_finite()) {
            Rgb(values.map(pixel_byte))
        } else {
            NOT_FINITE
        }
    }
}

/// `[-1, 1]` to `0..=255`, to the nearest.
/// Encodes a picture, with one channel if it is grey all over.
pub(super) fn png(picture: &RgbImage) -> io::Result<Png> {
    let (width, height) = picture.dimensions();
    let mut bytes = Vec::new();
    let encoder = PngEncoder::new(&mut bytes);
    if picture.pixels().all(|Rgb([red, green, blue])| red == green && green == blue) {
        let grey: Vec<u8> = picture.pixels().map(|pixel| pixel.0[0]).collect();
        encoder.write_image(&grey, width, height, ExtendedColorType::L8)
    } else {
        encoder.write_image(picture, width, height, ExtendedColorType::Rgb8)
    }
    .map_err(unwritten)?;
    Ok(Png { width, height, bytes })
}

pub(super) fn invalid(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, message)
}

pub(super) fn unwritten(error: ImageError) -> io::Error {
    match error {
        ImageError::IoError(error) => error,
        other => io::Error::other(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Window = Window::UNIT;

    fn images(shape: [usize; 3], values: Vec<f32>) -> Sheet {
        Sheet { medium: Medium::Image, shape: shape.to_vec(), values, columns: None }
    }

    fn decoded(png: &Png) -> RgbImage {
        let image = image::load_from_memory(&png.bytes).unwrap();
        assert_eq!((image.width(), image.height()), (png.width, png.height));
        image.into_rgb8()
    }

    #[track_caller]
    fn check_layout(n: usize, columns: u32, rows: u32) {
        let sheet = images([1, 1, 1], vec![0.0; n]);
        assert_eq!(layout(&sheet), (columns, rows));
    }

    #[test]
    fn a_grid_is_nearly_square_and_wastes_few_cells() {
        check_layout(0, 1, 1);
        check_layout(1, 1, 1);
        check_layout(2, 2, 1);
        check_layout(32, 8, 4);
        check_layout(64, 8, 8);
        check_layout(100, 10, 10);
        check_layout(13, 5, 3);
    }

    #[test]
    fn a_sheet_whose_rows_mean_something_keeps_them() {
        let rows_of =
            |columns| Sheet { columns: Some(columns), ..images([1, 1, 1], vec![0.0; 12]) };
        assert_eq!(layout(&rows_of(6)), (6, 2));
        assert_eq!(layout(&rows_of(5)), (5, 3));
        assert_eq!(layout(&rows_of(99)), (12, 1));
    }

    #[test]
    fn digits_are_enlarged_and_photographs_are_not() {
        assert_eq!(enlargement(10 * 28), 3);
        assert_eq!(enlargement(8 * 64), 1);
        assert_eq!(enlargement(28), 8);
    }

    /// Two samples of 1 x 2 pixels, enlarged 8 times: a gap, 16 pixels, a gap, 16 pixels, a gap.
    #[test]
    fn samples_stand_in_their_cells() {
        let sheet = images([1, 1, 2], vec![-1.0, 1.0, 1.0, -1.0]);
        let picture = decoded(&grid(&sheet, WINDOW).unwrap());
        assert_eq!(picture.dimensions(), (2 + 16 + 2 + 16 + 2, 2 + 8 + 2));
        let row: Vec<u8> = [1, 2, 9, 10, 17, 18, 20, 28, 36].map(|x| picture[(x, 2)].0[0]).into();
        assert_eq!(row, [56, 0, 0, 255, 255, 56, 255, 0, 56]);
        assert_eq!(picture[(2, 1)], BACKGROUND);
    }

    #[test]
    fn channels_are_planes() {
        let sheet = images([3, 1, 1], vec![1.0, -1.0, 0.0]);
        let picture = decoded(&grid(&sheet, WINDOW).unwrap());
        assert_eq!(picture[(2, 2)], Rgb([255, 0, 128]));
    }

    #[test]
    fn a_value_that_is_not_finite_is_seen() {
        let sheet = images([1, 1, 2], vec![f32::NAN, 1.0]);
        let picture = decoded(&grid(&sheet, WINDOW).unwrap());
        assert_eq!(picture[(2, 2)], NOT_FINITE);
    }

    #[test]
    fn a_grey_picture_is_stored_as_grey() {
        let png = grid(&images([1, 1, 1], vec![0.0]), WINDOW).unwrap();
        let image = image::load_from_memory(&png.bytes).unwrap();
        assert_eq!(image.color(), image::ColorType::L8);
    }

    #[test]
    fn what_is_no_image_is_refused_by_its_shape() {
        let error = grid(&images([2, 4, 4], vec![0.0; 32]), WINDOW).unwrap_err();
        assert!(error.to_string().contains("[2, 4, 4]"));
        assert!(grid(&images([1, 0, 4], Vec::new()), WINDOW).is_err());
    }

    #[test]
    fn a_sheet_without_samples_is_an_empty_cell() {
        let png = grid(&images([1, 4, 4], Vec::new()), WINDOW).unwrap();
        assert_eq!((png.width, png.height), (4 * 8 + 4, 4 * 8 + 4));
    }
}
