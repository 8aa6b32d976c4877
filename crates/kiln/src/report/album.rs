//! Samples one by one: single files, or the frames of an animation.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use image::codecs::gif::{GifEncoder, Repeat};
use image::{Delay, DynamicImage, Frame, RgbImage};
use kiln_core::{Medium, Sheet, atomic};

use super::picture::{ImageShape, Window, paint, png, shaded, spectrograms, unwritten};
use super::{At, mesh, wave};

/// How fast an animation is.
const FRAMES_PER_SECOND: u32 = 20;

/// Writes each image of the sheet in its own size to `folder`, which is made if it is not there:
/// `000000.png` and on, from number `first`. Beside the picture of a volume, `.obj` has its surface and
/// `.npy` its voxels; beside the spectrogram of a sound, `.wav` is the sound.
///
/// # Errors
///
/// When the samples are neither images nor volumes nor sounds, or a file cannot be written; the message has the path.
pub(crate) fn write_singles(folder: &Path, sheet: &Sheet, first: usize) -> io::Result<()> {
    let names = (first..).map(|number| PathBuf::from(format!("{number:06}.png")));
    write_named(folder, sheet, names)
}

/// The same under these names, which may lie in folders of their own.
///
/// # Errors
///
/// As [`write_singles`].
pub(crate) fn write_named(
    folder: &Path,
    sheet: &Sheet,
    names: impl Iterator<Item = PathBuf>,
) -> io::Result<()> {
    let shown = match sheet.medium {
        Medium::Volume => Some(shaded(sheet)),
        Medium::Sound { .. } => Some(spectrograms(sheet)),
        _ => None,
    };
    let pictures = shown.as_ref().unwrap_or(sheet);
    let shape = ImageShape::of(pictures).at(folder)?;
    for (idx, (sample, name)) in pictures.samples().zip(names).enumerate() {
        let path = folder.join(name);
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent).at(parent)?;
        write_beside(&path, sheet, idx)?;
        let image = RgbImage::from_fn(shape.width, shape.height, |x, y| shape.pixel(sample, x, y));
        atomic::write(&path, &png(&image).at(&path)?.bytes).at(&path)?;
    }
    Ok(())
}

/// Writes a sample that is no picture beside `path`: the surface and the voxels of a volume, the wave of
/// a sound.
fn write_beside(path: &Path, sheet: &Sheet, idx: usize) -> io::Result<()> {
    let (Some(sample), &[a, b, c]) = (sheet.samples().nth(idx), &sheet.shape[..]) else {
        return Ok(());
    };
    let size = [a, b, c];
    let files = match sheet.medium {
        Medium::Volume => {
            vec![("obj", mesh::obj(sample, size).into_bytes()), ("npy", mesh::npy(sample, size))]
        }
        Medium::Sound { rate } => vec![("wav", wave::wav(sample, a, rate)?)],
        _ => Vec::new(),
    };
    files.into_iter().try_for_each(|(extension, bytes)| {
        let path = path.with_extension(extension);
        atomic::write(&path, &bytes).at(&path)
    })
}

/// Writes a GIF that shows the samples one after another, for ever.
///
/// # Errors
///
/// When a sample cannot be drawn, or when the file cannot be written; the message has the path.
pub(crate) fn write_animation(path: &Path, frames: &Sheet, window: Window) -> io::Result<()> {
    atomic::write(path, &animation(frames, window).at(path)?).at(path)
}

fn animation(frames: &Sheet, window: Window) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(&mut bytes, 10);
    encoder.set_repeat(Repeat::Infinite).map_err(unwritten)?;
    let delay = Delay::from_numer_denom_ms(1000, FRAMES_PER_SECOND);
    for sample in frames.samples() {
        let frame = Sheet { values: sample.to_vec(), shape: frames.shape.clone(), ..*frames };
        let picture = DynamicImage::from(paint(&frame, window)?).into_rgba8();
        let frame = Frame::from_parts(picture, 0, 0, delay);
        encoder.encode_frame(frame).map_err(unwritten)?;
    }
    drop(encoder);
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::AnimationDecoder;
    use image::codecs::gif::GifDecoder;

    fn images(shape: [usize; 3], values: Vec<f32>) -> Sheet {
        Sheet { medium: Medium::Image, shape: shape.to_vec(), values, columns: None }
    }

    #[test]
    fn singles_have_their_own_size_and_go_on_counting() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().join("samples");
        let sheet = images([1, 1, 2], vec![-1.0, 1.0, 1.0, 1.0]);
        write_singles(&folder, &sheet, 0).unwrap();
        write_singles(&folder, &sheet, 2).unwrap();
        let picture = image::open(folder.join("000002.png")).unwrap().into_luma8();
        assert_eq!((picture.dimensions(), picture.into_raw()), ((2, 1), vec![0, 255]));
        assert_eq!(fs::read_dir(folder).unwrap().count(), 4);
    }

    #[test]
    fn an_animation_has_a_frame_a_sample_and_loops() {
        let frames = images([1, 1, 1], vec![-1.0, 0.0, 1.0]);
        let bytes = animation(&frames, Window::UNIT).unwrap();
        assert!(bytes.windows(11).any(|window| window == b"NETSCAPE2.0"));
        let decoder = GifDecoder::new(io::Cursor::new(bytes)).unwrap();
        let frames = decoder.into_frames().collect_frames().unwrap();
        let centres: Vec<u8> = frames.iter().map(|frame| frame.buffer()[(5, 5)].0[0]).collect();
        assert_eq!(centres, [0, 128, 255]);
        assert_eq!(frames[0].delay().numer_denom_ms(), (50, 1));
    }
}
