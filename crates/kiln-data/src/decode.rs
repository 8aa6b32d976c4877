//! One picture file to bytes `[channels, height, width]`.
//!
//! The format is found from the content, never from the name. Size is checked before anything is
//! decoded; a panic of a decoder is caught and becomes a [`Reason`].

use std::any::Any;
use std::error::Error;
use std::fs::File;
use std::io::{self, Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use image::error::UnsupportedErrorKind;
use image::{ColorType, DynamicImage, ImageDecoder, ImageError, ImageReader, Limits};

#[cfg(feature = "dicom")]
use crate::dicom;
use crate::{Reason, whole};

/// The most bytes that a pixel takes while it is decoded: RGBA as `f32`.
const MAX_PIXEL_BYTES: u64 = 16;

/// What a header declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    /// Height and width, in pixels.
    pub(crate) size: [usize; 2],
    /// Whether there are no colours.
    pub(crate) grey: bool,
}

impl Header {
    /// The shorter side, in pixels.
    pub(crate) fn side(self) -> usize {
        self.size[0].min(self.size[1])
    }
}

/// The bytes of a file that may be a picture of at most `max_pixels`.
pub(crate) fn load(path: &Path, max_pixels: u64) -> Result<Vec<u8>, Reason> {
    let file = File::open(path).map_err(|error| Reason::from_io(&error))?;
    let n_bytes = file.metadata().map_err(|error| Reason::from_io(&error))?.len();
    // No format needs more than this for the pixels that are allowed.
    let most = max_pixels.saturating_mul(MAX_PIXEL_BYTES).saturating_add(1 << 20);
    if n_bytes > most {
        let detail = format!("the file has {n_bytes} bytes, {most} are allowed");
        return Err(Reason::Bomb { detail });
    }
    if n_bytes == 0 {
        return Err(Reason::Empty);
    }
    let mut bytes = Vec::with_capacity(n_bytes as usize);
    match file.take(most).read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(Reason::from_io(&error)),
    }
}

/// Reads the header only.
pub(crate) fn header(bytes: &[u8], max_pixels: u64) -> Result<Header, Reason> {
    guarded(|| {
        if is_dicom(bytes) {
            return dicom::header(bytes, max_pixels);
        }
        let decoder = decoder(bytes, max_pixels)?;
        let (width, height) = decoder.dimensions();
        let size = [height as usize, width as usize];
        Ok(Header { size, grey: is_grey(decoder.color_type()) })
    })
}

/// Decodes the pixels; returns them with their shape, 1 or 3 channels.
pub(crate) fn pixels(bytes: &[u8], max_pixels: u64) -> Result<(Vec<u8>, [usize; 3]), Reason> {
    guarded(|| {
        if is_dicom(bytes) {
            return dicom::pixels(bytes, max_pixels);
        }
        let mut decoder = decoder(bytes, max_pixels)?;
        // A picture whose EXIF data cannot be read is shown as it lies.
        let orientation = decoder.orientation().ok();
        let mut image = DynamicImage::from_decoder(decoder).map_err(reason)?;
        if let Some(orientation) = orientation {
            image.apply_orientation(orientation);
        }
        Ok(planes(image))
    })
}

/// Whether a preamble of 128 bytes is followed by the prefix of DICOM (PS3.10, section 7.1).
fn is_dicom(bytes: &[u8]) -> bool {
    bytes.get(128..132) == Some(b"DICM")
}

/// What is said of DICOM files by a build that cannot read them.
#[cfg(not(feature = "dicom"))]
mod dicom {
    use super::{Header, Reason};

    fn refused<T>() -> Result<T, Reason> {
        let detail = "a DICOM file, which a build with `--features dicom` reads".into();
        Err(Reason::NotAnImage { detail })
    }

    pub(super) fn header(_bytes: &[u8], _max_pixels: u64) -> Result<Header, Reason> {
        refused()
    }

    pub(super) fn pixels(_bytes: &[u8], _max_pixels: u64) -> Result<(Vec<u8>, [usize; 3]), Reason> {
        refused()
    }
}

/// A decoder for a picture that is whole, as far as headers tell, and not too large.
fn decoder(bytes: &[u8], max_pixels: u64) -> Result<impl ImageDecoder, Reason> {
    let mut reader = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|error| Reason::from_io(&error))?;
    let Some(format) = reader.format() else {
        let detail = "no known format begins like this".into();
        return Err(Reason::NotAnImage { detail });
    };
    whole::check(format, bytes)?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(max_pixels.saturating_mul(MAX_PIXEL_BYTES).saturating_add(1 << 20));
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(reason)?;
    let (width, height) = decoder.dimensions();
    let n_pixels = u64::from(width) * u64::from(height);
    if n_pixels == 0 {
        let detail = format!("{width} x {height} pixels");
        return Err(Reason::ZeroSize { detail });
    }
    if n_pixels > max_pixels {
        let detail = format!("{width} x {height} pixels, {max_pixels} are allowed");
        return Err(Reason::Bomb { detail });
    }
    Ok(decoder)
}

fn is_grey(colour: ColorType) -> bool {
    !colour.has_color()
}

/// Bytes `[channels, height, width]`, with transparency blended over white.
fn planes(image: DynamicImage) -> (Vec<u8>, [usize; 3]) {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let grey = is_grey(image.color());
    let channels = if grey { 1 } else { 3 };
    let shape = [channels, height, width];
    if image.color().has_alpha() {
        let rgba = image.into_rgba8().into_raw();
        let blend = |pixel: &[u8], channel: usize| over_white(pixel[channel], pixel[3]);
        return (split(&rgba, 4, channels, blend), shape);
    }
    if grey {
        (image.into_luma8().into_raw(), shape)
    } else {
        let rgb = image.into_rgb8().into_raw();
        (split(&rgb, 3, channels, |pixel, channel| pixel[channel]), shape)
    }
}

/// Planes from interleaved pixels of `stride` bytes.
fn split(
    interleaved: &[u8],
    stride: usize,
    channels: usize,
    value: impl Fn(&[u8], usize) -> u8,
) -> Vec<u8> {
    (0..channels)
        .flat_map(|channel| {
            let value = &value;
            interleaved.chunks_exact(stride).map(move |pixel| value(pixel, channel))
        })
        .collect()
}

/// `(value * alpha + 255 * (255 - alpha)) / 255`, rounded.
fn over_white(value: u8, alpha: u8) -> u8 {
    let (value, alpha) = (u32::from(value), u32::from(alpha));
    ((value * alpha + 255 * (255 - alpha) + 127) / 255) as u8
}

/// Runs a decoder, which is foreign code on foreign data.
pub(crate) fn guarded<T>(decode: impl FnOnce() -> Result<T, Reason>) -> Result<T, Reason> {
    // Nothing outlives a panic: the decoder and its buffers are dropped with the closure.
    catch_unwind(AssertUnwindSafe(decode))
        .unwrap_or_else(|panic| Err(Reason::Panicked { detail: panic_message(&*panic) }))
}

/// What a panic said.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> String {
    if let Some(message) = panic.downcast_ref::<&str>() {
        (*message).into()
    } else if let Some(message) = panic.downcast_ref::<String>() {
        message.clone()
    } else {
        "a panic without a message".into()
    }
}

/// Sorts what a decoder says into our reasons.
fn reason(error: ImageError) -> Reason {
    let detail = error.to_string();
    if ends_early(&error) {
        return Reason::Truncated { detail };
    }
    match &error {
        ImageError::Limits(_) => Reason::Bomb { detail },
        ImageError::Unsupported(unsupported) => match unsupported.kind() {
            UnsupportedErrorKind::Color(_) | UnsupportedErrorKind::ColorLayout(_) => {
                Reason::Channels { detail }
            }
            _ => Reason::NotAnImage { detail },
        },
        _ => Reason::Damaged { detail },
    }
}

/// Whether an error was caused by the end of the file, however deep in its chain.
fn ends_early(error: &ImageError) -> bool {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(this) = cause {
        if let Some(io) = this.downcast_ref::<io::Error>()
            && io.kind() == io::ErrorKind::UnexpectedEof
        {
            return true;
        }
        cause = this.source();
    }
    // An error of the system hands on the source of what it wraps, not what it wraps; and the
    // decoder of GIF says it in words alone.
    matches!(error, ImageError::IoError(io) if io.kind() == io::ErrorKind::UnexpectedEof)
        || error.to_string().ends_with("Unexpected End of File")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_a_decoder_becomes_a_reason() {
        let told = guarded::<()>(|| panic!("pixel {} is out of range", 7));
        let detail = "pixel 7 is out of range".into();
        assert_eq!(told, Err(Reason::Panicked { detail }));
    }

    #[test]
    fn half_clear_black_is_grey_over_white() {
        // 255 * (255 - 128) / 255 = 127
        assert_eq!([0, 128, 255].map(|alpha| over_white(0, alpha)), [255, 127, 0]);
        assert_eq!(over_white(255, 77), 255);
    }

    #[test]
    fn planes_follow_one_another() {
        let pixel = image::Rgb([1, 2, 3]);
        let image = DynamicImage::from(image::RgbImage::from_pixel(2, 1, pixel));
        assert_eq!(planes(image), (vec![1, 1, 2, 2, 3, 3], [3, 1, 2]));
    }
}
