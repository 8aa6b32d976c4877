//! Samples as pictures: a grid, single files, or an animation.
//!
//! Images are shown in the fixed range `[-1, 1]`, points in a fixed [`Window`], so two sheets of
//! a run can be compared by eye. Values that are not finite are magenta, never hidden.

use std::fs;
use std::io;
use std::path::Path;

use image::codecs::gif::{GifEncoder, Repeat};
use image::codecs::png::PngEncoder;
use image::{
    Delay, DynamicImage, ExtendedColorType, Frame, ImageEncoder, ImageError, Rgb, RgbImage,
};
use kiln_core::{Medium, Sheet, atomic};

use super::At;
pub(crate) use super::scatter::Window;
use super::scatter::scatter;

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
/// Of an animation.
const FRAMES_PER_SECOND: u32 = 20;

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

/// The sheet as one PNG: images in a near-square grid, points as a scatter plot.
///
/// # Errors
///
/// When a sample is neither a grey or colour image nor a point.
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

/// Writes each image of the sheet in its own size to `folder`, which is made if it is not there:
/// `000000.png` and on, from number `first`.
///
/// # Errors
///
/// When the samples are not images, or a file cannot be written; the message has the path.
pub(crate) fn write_singles(folder: &Path, sheet: &Sheet, first: usize) -> io::Result<()> {
    let shape = ImageShape::of(sheet).at(folder)?;
    fs::create_dir_all(folder).at(folder)?;
    for (idx, sample) in sheet.samples().enumerate() {
        let path = folder.join(format!("{:06}.png", first + idx));
        let image = RgbImage::from_fn(shape.width, shape.height, |x, y| shape.pixel(sample, x, y));
        atomic::write(&path, &png(&image).at(&path)?.bytes).at(&path)?;
    }
    Ok(())
}

/// Writes a GIF that shows the samples one after another, for ever.
///
/// # Errors
///
/// As [`grid`], or when the file cannot be written; the message has the path.
pub(crate) fn write_animation(path: &Path, frames: &Sheet, window: Window) -> io::Result<()> {
    atomic::write(path, &animation(frames, window).at(path)?).at(path)
}

fn animation(frames: &Sheet, window: Window) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(&mut bytes, 10);
    encoder.set_repeat(Repeat::Infinite).map_err(unwritten)?;
    let delay = Delay::from_numer_denom_ms(1000, FRAMES_PER_SECOND);
    for sample in frames.samples() {
        let frame = Sheet {
            values: sample.to_vec(),
            shape: frames.shape.clone(),
            ..*frames
        };
        let picture = DynamicImage::from(paint(&frame, window)?).into_rgba8();
        let frame = Frame::from_parts(picture, 0, 0, delay);
        encoder.encode_frame(frame).map_err(unwritten)?;
    }
    drop(encoder);
    Ok(bytes)
}

fn paint(sheet: &Sheet, window: Window) -> io::Result<RgbImage> {
    match sheet.medium {
        Medium::Point => scatter(sheet, window),
        _ => paint_grid(sheet),
    }
}

fn paint_grid(sheet: &Sheet) -> io::Result<RgbImage> {
    let shape = ImageShape::of(sheet)?;
    let (columns, rows) = layout(sheet.len());
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

/// Columns and rows for `n` samples: of the nearly square grids (at most half as wide again as a
/// square) the one with the fewest empty cells.
fn layout(n: usize) -> (u32, u32) {
    let n = u32::try_from(n).unwrap_or(u32::MAX).max(1);
    let square = f64::from(n).sqrt().ceil() as u32;
    let rows = |columns: u32| n.div_ceil(columns);
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
struct ImageShape {
    channels: usize,
    height: u32,
    width: u32,
}

impl ImageShape {
    fn of(sheet: &Sheet) -> io::Result<Self> {
        let wrong = || {
            let Sheet { medium, shape, .. } = sheet;
            invalid(format!(
                "samples of kind {medium:?} and shape {shape:?} are no images"
            ))
        };
        let (Medium::Image, &[channels @ (1 | 3), height, width]) =
            (sheet.medium, &sheet.shape[..])
        else {
            return Err(wrong());
        };
        // PNG allows 2^31 - 1; a grid needs room for the gaps.
        let side = |side: usize| {
            let side = u32::try_from(side).ok();
            side.filter(|side| (1..=1 << 16).contains(side))
                .ok_or_else(wrong)
        };
        Ok(Self {
            channels,
            height: side(height)?,
            width: side(width)?,
        })
    }

    fn pixel(&self, sample: &[f32], x: u32, y: u32) -> Rgb<u8> {
        let plane = self.height as usize * self.width as usize;
        let at = y as usize * self.width as usize + x as usize;
        let values = [0, 1, 2].map(|channel| sample[channel % self.channels * plane + at]);
        if values.iter().all(|value| value.is_finite()) {
            Rgb(values.map(brightness))
        } else {
            NOT_FINITE
        }
    }
}

/// `[-1, 1]` to `0..=255`, to the nearest.
fn brightness(value: f32) -> u8 {
    // The cast saturates.
    ((value + 1.0) * 127.5).round() as u8
}

/// Encodes a picture, with one channel if it is grey all over.
fn png(picture: &RgbImage) -> io::Result<Png> {
    let (width, height) = picture.dimensions();
    let mut bytes = Vec::new();
    let encoder = PngEncoder::new(&mut bytes);
    if picture
        .pixels()
        .all(|Rgb([red, green, blue])| red == green && green == blue)
    {
        let grey: Vec<u8> = picture.pixels().map(|pixel| pixel.0[0]).collect();
        encoder.write_image(&grey, width, height, ExtendedColorType::L8)
    } else {
        encoder.write_image(picture, width, height, ExtendedColorType::Rgb8)
    }
    .map_err(unwritten)?;
    Ok(Png {
        width,
        height,
        bytes,
    })
}

pub(super) fn invalid(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, message)
}

fn unwritten(error: ImageError) -> io::Error {
    match error {
        ImageError::IoError(error) => error,
        other => io::Error::other(other),
    }
}

#[cfg(test)]
mod tests {
    use image::AnimationDecoder;
    use image::codecs::gif::GifDecoder;

    use super::*;

    const WINDOW: Window = Window::UNIT;

    fn images(shape: [usize; 3], values: Vec<f32>) -> Sheet {
        Sheet {
            medium: Medium::Image,
            shape: shape.to_vec(),
            values,
        }
    }

    fn decoded(png: &Png) -> RgbImage {
        let image = image::load_from_memory(&png.bytes).unwrap();
        assert_eq!((image.width(), image.height()), (png.width, png.height));
        image.into_rgb8()
    }

    #[track_caller]
    fn check_layout(n: usize, columns: u32, rows: u32) {
        assert_eq!(layout(n), (columns, rows));
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
    fn digits_are_enlarged_and_photographs_are_not() {
        assert_eq!(enlargement(10 * 28), 3);
        assert_eq!(enlargement(8 * 64), 1);
        assert_eq!(enlargement(28), 8);
    }

    #[test]
    fn black_is_minus_one_white_is_one_and_what_is_beyond_is_cut() {
        assert_eq!(
            [-1.0, 0.0, 1.0, -7.0, 7.0].map(brightness),
            [0, 128, 255, 0, 255]
        );
    }

    /// Two samples of 1 x 2 pixels, enlarged 8 times: a gap, 16 pixels, a gap, 16 pixels, a gap.
    #[test]
    fn samples_stand_in_their_cells() {
        let sheet = images([1, 1, 2], vec![-1.0, 1.0, 1.0, -1.0]);
        let picture = decoded(&grid(&sheet, WINDOW).unwrap());
        assert_eq!(picture.dimensions(), (2 + 16 + 2 + 16 + 2, 2 + 8 + 2));
        let row: Vec<u8> = [1, 2, 9, 10, 17, 18, 20, 28, 36]
            .map(|x| picture[(x, 2)].0[0])
            .into();
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
    fn singles_have_their_own_size_and_go_on_counting() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("samples");
        let sheet = images([1, 1, 2], vec![-1.0, 1.0, 1.0, 1.0]);
        write_singles(&folder, &sheet, 0).unwrap();
        write_singles(&folder, &sheet, 2).unwrap();
        let picture = image::open(folder.join("000002.png")).unwrap().into_luma8();
        assert_eq!(
            (picture.dimensions(), picture.into_raw()),
            ((2, 1), vec![0, 255])
        );
        assert_eq!(fs::read_dir(folder).unwrap().count(), 4);
    }

    #[test]
    fn an_animation_has_a_frame_a_sample_and_loops() {
        let frames = images([1, 1, 1], vec![-1.0, 0.0, 1.0]);
        let bytes = animation(&frames, WINDOW).unwrap();
        assert!(bytes.windows(11).any(|window| window == b"NETSCAPE2.0"));
        let decoder = GifDecoder::new(io::Cursor::new(bytes)).unwrap();
        let frames = decoder.into_frames().collect_frames().unwrap();
        let centres: Vec<u8> = frames
            .iter()
            .map(|frame| frame.buffer()[(5, 5)].0[0])
            .collect();
        assert_eq!(centres, [0, 128, 255]);
        assert_eq!(frames[0].delay().numer_denom_ms(), (50, 1));
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
