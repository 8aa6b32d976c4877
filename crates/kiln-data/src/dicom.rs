//! Slices of DICOM files (NEMA PS3), such as those of a scanner, as grey pictures.
//!
//! Stored values become what was measured (Rescale Slope and Intercept, PS3.3 section C.11.1), and these
//! become 0 to 255 through the file's first window (Window Center and Width, section C.11.2.1.2.1); a
//! file without one is stretched from its least to its greatest value. Of several frames the first
//! counts. Pictures in colour are left to the formats that are made for them.

use std::io::Cursor;

use dicom_core::Tag;
use dicom_dictionary_std::tags;
use dicom_object::{DefaultDicomObject, OpenFileOptions};
use dicom_pixeldata::PixelDecoder;

use crate::Reason;
use crate::decode::Header;

/// Reads the header only.
pub(crate) fn header(bytes: &[u8], max_pixels: u64) -> Result<Header, Reason> {
    let before_pixels = OpenFileOptions::new().read_until(tags::PIXEL_DATA);
    header_of(&object(before_pixels, bytes)?, max_pixels)
}

/// Decodes the first frame; returns its pixels with their shape, 1 channel.
pub(crate) fn pixels(bytes: &[u8], max_pixels: u64) -> Result<(Vec<u8>, [usize; 3]), Reason> {
    // The size is checked before anything is decoded.
    let Header { size: [height, width], .. } = header(bytes, max_pixels)?;
    let object = object(OpenFileOptions::new(), bytes)?;
    let decoded = object.decode_pixel_data_frame(0).map_err(|error| damaged(&error))?;
    let values: Vec<f64> = decoded.to_vec_frame(0).map_err(|error| damaged(&error))?;
    if values.len() != height * width {
        let detail = format!("{} values for {width} x {height} pixels", values.len());
        return Err(Reason::Damaged { detail });
    }
    let window = Window::of(&object).unwrap_or_else(|| Window::around(&values));
    let inverted = text(&object, tags::PHOTOMETRIC_INTERPRETATION) == "MONOCHROME1";
    let byte = |value: &f64| {
        let share = window.share(*value);
        ((if inverted { 1.0 - share } else { share }) * 255.0).round() as u8
    };
    Ok((values.iter().map(byte).collect(), [1, height, width]))
}

fn object(options: OpenFileOptions, bytes: &[u8]) -> Result<DefaultDicomObject, Reason> {
    options.from_reader(Cursor::new(bytes)).map_err(|error| damaged(&error))
}

fn header_of(object: &DefaultDicomObject, max_pixels: u64) -> Result<Header, Reason> {
    let [height, width] = [tags::ROWS, tags::COLUMNS].map(|tag| number(object, tag).unwrap_or(0.0));
    let n_pixels = height * width;
    if n_pixels == 0.0 {
        return Err(Reason::ZeroSize { detail: format!("{width} x {height} pixels") });
    }
    if n_pixels > max_pixels as f64 {
        let detail = format!("{width} x {height} pixels, {max_pixels} are allowed");
        return Err(Reason::Bomb { detail });
    }
    match text(object, tags::PHOTOMETRIC_INTERPRETATION).as_str() {
        "MONOCHROME1" | "MONOCHROME2" => {
            Ok(Header { size: [height as usize, width as usize], grey: true })
        }
        other => {
            let detail = format!("the photometric interpretation {other}, which is not monochrome");
            Err(Reason::Channels { detail })
        }
    }
}

/// The first number of an element.
fn number(object: &DefaultDicomObject, tag: Tag) -> Option<f64> {
    let element = object.element_opt(tag).ok().flatten()?;
    element.to_multi_float64().ok()?.first().copied()
}

fn text(object: &DefaultDicomObject, tag: Tag) -> String {
    let element = object.element_opt(tag).ok().flatten();
    let text = element.and_then(|element| element.to_str().ok().map(|text| text.trim().to_owned()));
    text.unwrap_or_default()
}

fn damaged(error: &dyn std::error::Error) -> Reason {
    let causes = std::iter::successors(Some(error), |error| error.source());
    Reason::Damaged { detail: causes.map(ToString::to_string).collect::<Vec<_>>().join(": ") }
}

/// What is shown of the range of measured values.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Window {
    low: f64,
    high: f64,
}

impl Window {
    /// The file's first: the ends of its linear function.
    fn of(object: &DefaultDicomObject) -> Option<Self> {
        let centre = number(object, tags::WINDOW_CENTER)?;
        let width = number(object, tags::WINDOW_WIDTH).filter(|width| *width >= 1.0)?;
        let half = (width - 1.0) / 2.0;
        Some(Self { low: centre - 0.5 - half, high: centre - 0.5 + half })
    }

    fn around(values: &[f64]) -> Self {
        let fold =
            |start: f64, least: fn(f64, f64) -> f64| values.iter().copied().fold(start, least);
        Self { low: fold(f64::INFINITY, f64::min), high: fold(f64::NEG_INFINITY, f64::max) }
    }

    /// Where a value is between the ends, in `[0, 1]`.
    fn share(self, value: f64) -> f64 {
        match value {
            value if value <= self.low => 0.0,
            value if value > self.high => 1.0,
            value => (value - self.low) / (self.high - self.low),
        }
    }
}

#[cfg(test)]
mod tests {
    use dicom_core::{DataElement, PrimitiveValue, VR};
    use dicom_object::{FileMetaTableBuilder, InMemDicomObject};

    use super::*;
    use crate::decode;

    /// A slice of signed 16-bit values as a file, with more elements.
    fn file(values: [i16; 4], more: &[(Tag, VR, PrimitiveValue)]) -> Vec<u8> {
        let number = |tag, value: u16| (tag, VR::US, PrimitiveValue::from(value));
        let pixels: Vec<u16> = values.map(|value| value as u16).to_vec();
        let mut elements = vec![
            (tags::SOP_CLASS_UID, VR::UI, "1.2.840.10008.5.1.4.1.1.2".into()),
            (tags::SOP_INSTANCE_UID, VR::UI, "1.2.3".into()),
            number(tags::SAMPLES_PER_PIXEL, 1),
            (tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "MONOCHROME2".into()),
            number(tags::ROWS, 2),
            number(tags::COLUMNS, 2),
            number(tags::BITS_ALLOCATED, 16),
            number(tags::BITS_STORED, 16),
            number(tags::HIGH_BIT, 15),
            number(tags::PIXEL_REPRESENTATION, 1),
            (tags::PIXEL_DATA, VR::OW, PrimitiveValue::U16(pixels.into())),
        ];
        elements.extend(more.iter().cloned());
        let elements =
            elements.into_iter().map(|(tag, vr, value)| DataElement::new(tag, vr, value));
        let object = InMemDicomObject::from_element_iter(elements);
        // Explicit VR, little endian.
        let meta = FileMetaTableBuilder::new().transfer_syntax("1.2.840.10008.1.2.1");
        let mut bytes = Vec::new();
        object.with_meta(meta).unwrap().write_all(&mut bytes).unwrap();
        bytes
    }

    fn decimal(tag: Tag, value: &str) -> (Tag, VR, PrimitiveValue) {
        (tag, VR::DS, value.into())
    }

    fn check(values: [i16; 4], more: &[(Tag, VR, PrimitiveValue)], expected: [u8; 4]) {
        let (pixels, shape) = decode::pixels(&file(values, more), 100).unwrap();
        assert_eq!((pixels.as_slice(), shape), (&expected[..], [1, 2, 2]));
    }

    #[test]
    fn without_a_window_a_slice_is_stretched_over_all_shades() {
        check([-1000, 0, 1000, 3000], &[], [0, 64, 128, 255]);
    }

    #[test]
    fn the_first_window_shows_what_was_measured() {
        // 2 v - 1000 in a window from -100 to 100: stored 450 to 550.
        let more = [
            decimal(tags::RESCALE_SLOPE, "2"),
            decimal(tags::RESCALE_INTERCEPT, "-1000"),
            decimal(tags::WINDOW_CENTER, "0.5\\900"),
            decimal(tags::WINDOW_WIDTH, "201\\10"),
        ];
        check([0, 450, 500, 600], &more, [0, 0, 128, 255]);
    }

    #[test]
    fn what_is_stored_inverted_is_shown_as_it_is() {
        let more = [(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "MONOCHROME1".into())];
        check([0, 0, 100, 100], &more, [255, 255, 0, 0]);
    }

    #[test]
    fn hostile_and_coloured_files_are_refused() {
        let huge = [(tags::ROWS, VR::US, PrimitiveValue::from(60_000_u16))];
        let refusal = decode::pixels(&file([0; 4], &huge), 100).unwrap_err();
        assert!(matches!(refusal, Reason::Bomb { .. }), "{refusal}");
        let more = [(tags::ROWS, VR::US, PrimitiveValue::from(3_u16))];
        assert!(decode::pixels(&file([0; 4], &more), 100).is_err());
        let colour = [(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "RGB".into())];
        let refusal = decode::pixels(&file([0; 4], &colour), 100).unwrap_err();
        assert!(matches!(refusal, Reason::Channels { .. }), "{refusal}");
        let whole = file([0; 4], &[]);
        for end in [132, 200, whole.len() - 3] {
            assert!(decode::pixels(&whole[..end], 100).is_err(), "{end}");
        }
    }
}
