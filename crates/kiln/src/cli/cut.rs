//! `kiln data cut`: large pictures as squares, such as super-resolution learns from.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};
use image::imageops::{self, FilterType};
use image::{DynamicImage, ImageDecoder, ImageReader, RgbImage};

use super::say;

#[derive(Debug, clap::Args)]
pub(super) struct CutArgs {
    /// A folder of pictures; its subfolders stay as they are
    #[arg(value_name = "DIR")]
    pub(super) folder: PathBuf,
    /// Side of a square in pixels
    #[arg(long, value_name = "PX", default_value_t = 64)]
    pub(super) size: u32,
    /// Shrink each picture first, to so many pixels along its shorter side
    #[arg(long, value_name = "PX")]
    pub(super) shorter: Option<u32>,
    /// Where the squares go, as PNG files
    #[arg(long, value_name = "DIR")]
    pub(super) out: PathBuf,
}

/// Files that are taken for pictures.
const EXTENSIONS: [&str; 8] = ["png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff"];

pub(super) fn cut(args: &CutArgs) -> Result<ExitCode> {
    let CutArgs { folder, size, shorter, out } = args;
    ensure!(*size > 0, "--size is 0: give the side of a square in pixels");
    ensure!(
        shorter.is_none_or(|shorter| shorter >= *size),
        "--shorter is less than --size, so that no square would fit"
    );
    let taken = out.read_dir().is_ok_and(|mut entries| entries.next().is_some());
    ensure!(!taken, "{} is not empty: give a new folder", out.display());
    let files = pictures(folder)?;
    ensure!(!files.is_empty(), "{} holds no pictures", folder.display());
    let (mut n_squares, mut too_small) = (0, 0);
    for file in &files {
        let picture = read(file, *shorter).with_context(|| format!("{}", file.display()))?;
        // Deeper folders stay: parts and classes.
        let to = out.join(file.strip_prefix(folder).unwrap_or(file)).with_extension("");
        let n = write(&picture, *size, &to)?;
        too_small += usize::from(n == 0);
        n_squares += n;
    }
    if n_squares == 0 {
        bail!("none of {} pictures is as large as {size} x {size}", files.len());
    }
    let left_out =
        if too_small == 0 { String::new() } else { format!("; {too_small} were too small") };
    say::line(format!(
        "{n_squares} squares of {} pictures are in {}{left_out}",
        files.len() - too_small,
        out.display()
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// The pictures below a folder, by name.
fn pictures(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = folder.read_dir().with_context(|| format!("cannot read {}", folder.display()))?;
    let mut paths =
        entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, std::io::Error>>()?;
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or("");
        if path.is_dir() {
            files.extend(pictures(&path)?);
        } else if EXTENSIONS.iter().any(|known| extension.eq_ignore_ascii_case(known)) {
            files.push(path);
        }
    }
    Ok(files)
}

/// A picture in colour, upright, its shorter side made `shorter` pixels if it is longer than that.
fn read(file: &Path, shorter: Option<u32>) -> Result<RgbImage> {
    let mut decoder = ImageReader::open(file)?.with_guessed_format()?.into_decoder()?;
    let orientation = decoder.orientation()?;
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(orientation);
    let (width, height) = (picture.width(), picture.height());
    let side = width.min(height);
    Ok(match shorter {
        Some(shorter) if side > shorter => {
            let scaled = |length: u32| {
                (f64::from(length) * f64::from(shorter) / f64::from(side)).round() as u32
            };
            picture.resize_exact(scaled(width), scaled(height), FilterType::Lanczos3).to_rgb8()
        }
        _ => picture.to_rgb8(),
    })
}

/// Writes the squares that a picture holds side by side, from its centre, as `STEM-000.png`; says how
/// many.
fn write(picture: &RgbImage, size: u32, stem: &Path) -> Result<usize> {
    let (columns, rows) = (picture.width() / size, picture.height() / size);
    let (left, top) =
        ((picture.width() - columns * size) / 2, (picture.height() - rows * size) / 2);
    if let Some(folder) = stem.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let name = stem.file_name().unwrap_or_default().to_string_lossy();
    let squares = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
    let mut n = 0;
    for (row, column) in squares {
        let square =
            imageops::crop_imm(picture, left + column * size, top + row * size, size, size);
        let to = stem.with_file_name(format!("{name}-{n:03}.png"));
        square.to_image().save(&to).with_context(|| format!("cannot write {}", to.display()))?;
        n += 1;
    }
    Ok(n)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture in which each pixel tells where it is.
    fn picture(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, 0]))
    }

    #[test]
    fn squares_lie_side_by_side_around_the_centre() {
        let folder = tempfile::tempdir().unwrap();
        let stem = folder.path().join("deep/a.b");
        assert_eq!(write(&picture(21, 9), 8, &stem).unwrap(), 2);
        let second = image::open(folder.path().join("deep/a.b-001.png")).unwrap().to_rgb8();
        assert_eq!((second.dimensions(), second.get_pixel(0, 0).0), ((8, 8), [10, 0, 0]));
        assert_eq!(write(&picture(7, 9), 8, &stem).unwrap(), 0);
    }

    #[test]
    fn the_shorter_side_is_made_as_long_as_wanted_and_never_longer() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.png");
        picture(40, 20).save(&file).unwrap();
        assert_eq!(read(&file, Some(10)).unwrap().dimensions(), (20, 10));
        assert_eq!(read(&file, Some(30)).unwrap().dimensions(), (40, 20));
    }
}
