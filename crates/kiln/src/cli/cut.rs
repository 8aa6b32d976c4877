//! `kiln data cut`: large pictures as squares, such as super-resolution learns from.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{fs, io};

use anyhow::{Context, Result, ensure};
use image::imageops::{self, FilterType};
use image::{Rgb, RgbImage};
use kiln_data::{DataError, Picture, picture_files, read_picture};
use rayon::prelude::*;

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

pub(super) fn cut(args: &CutArgs) -> Result<ExitCode> {
    let CutArgs { folder, size, shorter, out } = args;
    ensure!(*size > 0, "--size is 0: give the side of a square in pixels");
    ensure!(
        shorter.is_none_or(|shorter| shorter >= *size),
        "--shorter is less than --size, so that no square would fit"
    );
    let taken = out.read_dir().is_ok_and(|mut entries| entries.next().is_some());
    ensure!(!taken, "{} is not empty: give a new folder", out.display());
    let files = picture_files(folder)?;
    // The folder appears when all is in it.
    let partial = out.with_extension("partial");
    remove(&partial)?;
    let cut = cut_all(args, &files, &partial);
    if cut.is_err() {
        remove(&partial)?;
    }
    let counts = cut?;
    remove(out)?;
    fs::rename(&partial, out).with_context(|| format!("cannot make {}", out.display()))?;
    let too_small = counts.iter().filter(|n| **n == 0).count();
    let left_out = match too_small {
        0 => String::new(),
        n => format!("; {n} were too small"),
    };
    say::line(format!(
        "{} squares of {} pictures are in {}{left_out}",
        counts.iter().sum::<usize>(),
        files.len() - too_small,
        out.display()
    ))?;
    Ok(ExitCode::SUCCESS)
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}

/// Cuts every picture; gives the squares of each.
///
/// # Errors
///
/// When pictures are bad, each of which is named, none holds a square, or a file cannot be written.
fn cut_all(args: &CutArgs, files: &[PathBuf], to: &Path) -> Result<Vec<usize>> {
    let one = |file: &PathBuf| match read_picture(&args.folder.join(file)) {
        Ok(picture) => write(&shrunk(&picture, args.shorter), args.size, &to.join(file)).map(Ok),
        Err(bad) => Ok(Err(bad)),
    };
    let cut = files.par_iter().map(one).collect::<Result<Vec<_>>>()?;
    let bad: Vec<_> = cut.iter().filter_map(|cut| cut.as_ref().err().cloned()).collect();
    if !bad.is_empty() {
        return Err(DataError::BadFiles { bad, n_files: files.len() }.into());
    }
    let counts: Vec<usize> = cut.into_iter().flatten().collect();
    let size = args.size;
    ensure!(
        counts.iter().any(|n| *n > 0),
        "none of {} pictures is as large as {size} x {size}",
        files.len()
    );
    Ok(counts)
}

/// The picture in colour, its shorter side made `shorter` pixels if it is longer than that.
fn shrunk(picture: &Picture, shorter: Option<u32>) -> RgbImage {
    let [channels, height, width] = picture.shape;
    let area = height * width;
    let colours = RgbImage::from_fn(width as u32, height as u32, |x, y| {
        let at = y as usize * width + x as usize;
        Rgb([0, 1, 2].map(|colour| picture.pixels[colour % channels * area + at]))
    });
    let side = colours.width().min(colours.height());
    match shorter {
        Some(shorter) if side > shorter => {
            let scaled = |length: u32| {
                (f64::from(length) * f64::from(shorter) / f64::from(side)).round() as u32
            };
            let (width, height) = (scaled(colours.width()), scaled(colours.height()));
            imageops::resize(&colours, width, height, FilterType::Lanczos3)
        }
        _ => colours,
    }
}

/// Writes the squares that a picture holds side by side, from its centre, as `FILE-000.png`; says how
/// many. Deeper folders stay: parts and classes.
fn write(picture: &RgbImage, size: u32, file: &Path) -> Result<usize> {
    let (columns, rows) = (picture.width() / size, picture.height() / size);
    let (left, top) =
        ((picture.width() - columns * size) / 2, (picture.height() - rows * size) / 2);
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    // With its extension, since two files may be one name but for it.
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let squares = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
    let mut n = 0;
    for (row, column) in squares {
        let square =
            imageops::crop_imm(picture, left + column * size, top + row * size, size, size);
        let to = file.with_file_name(format!("{name}-{n:03}.png"));
        square.to_image().save(&to).with_context(|| format!("cannot write {}", to.display()))?;
        n += 1;
    }
    Ok(n)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn save(file: &Path, width: u32, height: u32) {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        // Each pixel tells where it is.
        let picture = RgbImage::from_fn(width, height, |x, y| Rgb([x as u8, y as u8, 0]));
        picture.save(file).unwrap();
    }

    fn args(folder: &Path, shorter: Option<u32>) -> CutArgs {
        CutArgs { folder: folder.join("from"), size: 8, shorter, out: folder.join("to") }
    }

    #[test]
    fn squares_lie_around_the_centre_and_files_of_one_name_keep_theirs() {
        let folder = tempfile::tempdir().unwrap();
        save(&folder.path().join("from/train/cat/a.png"), 21, 9);
        save(&folder.path().join("from/train/cat/a.bmp"), 8, 8);
        save(&folder.path().join("from/test/cat/b.png"), 7, 9);
        cut(&args(folder.path(), None)).unwrap();
        let cut = folder.path().join("to/train/cat");
        assert_eq!(cut.read_dir().unwrap().count(), 3);
        let second = image::open(cut.join("a.png-001.png")).unwrap().to_rgb8();
        assert_eq!((second.dimensions(), second.get_pixel(0, 0).0), ((8, 8), [10, 0, 0]));
        let error = super::cut(&args(folder.path(), None)).unwrap_err().to_string();
        assert!(error.contains("not empty"), "{error}");
    }

    #[test]
    fn the_shorter_side_is_made_as_long_as_wanted_and_never_longer() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.png");
        save(&file, 40, 20);
        let picture = read_picture(&file).unwrap();
        assert_eq!(shrunk(&picture, Some(10)).dimensions(), (20, 10));
        assert_eq!(shrunk(&picture, Some(30)).dimensions(), (40, 20));
    }

    #[test]
    fn a_bad_picture_is_named_and_leaves_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        save(&folder.path().join("from/a.png"), 8, 8);
        fs::write(folder.path().join("from/b.png"), "no picture").unwrap();
        let error = cut(&args(folder.path(), None)).unwrap_err().to_string();
        assert!(error.contains("b.png"), "{error}");
        assert_eq!(folder.path().read_dir().unwrap().count(), 1);
        fs::remove_file(folder.path().join("from/b.png")).unwrap();
        cut(&args(folder.path(), None)).unwrap();
        assert!(folder.path().join("to/a.png-000.png").is_file());
    }
}
