//! Pictures that a user hands over to have something made of them.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::{BadFile, DataError, OpenOptions, Pairing, Reason, Split, folder};

/// A picture that was handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputPicture {
    /// Its file, relative to the folder that was named.
    pub path: PathBuf,
    /// Bytes `[channels, height, width]`.
    pub pixels: Vec<u8>,
}

/// Reads a picture file, or every one below a folder, in the order of their names; each is brought to
/// `shape`, `[channels, side, side]`, by its centre square.
///
/// With a `pairing` that makes inputs of pictures, the inputs are made of them, as for training, where
/// `colours` is the number of channels that pictures had there.
///
/// # Errors
///
/// When there is none, or one cannot be read; every such file is named.
pub fn read_inputs(
    path: &Path,
    shape: [usize; 3],
    made: Option<(Pairing, usize)>,
) -> Result<Vec<InputPicture>, DataError> {
    let max_pixels = OpenOptions::default().max_pixels;
    let (root, files) = files(path)?;
    let read = |file: PathBuf| {
        let full = root.join(&file);
        let pixels = picture(&full, shape, made, max_pixels);
        let pixels = pixels.map_err(|reason| BadFile { path: full, reason })?;
        Ok(InputPicture { path: file, pixels })
    };
    let n_files = files.len();
    let read: Vec<Result<InputPicture, BadFile>> = files.into_par_iter().map(read).collect();
    let (good, bad): (Vec<_>, Vec<_>) = read.into_iter().partition(Result::is_ok);
    let bad: Vec<BadFile> = bad.into_iter().filter_map(Result::err).collect();
    if !bad.is_empty() {
        return Err(DataError::BadFiles { bad, n_files });
    }
    Ok(good.into_iter().flatten().collect())
}

/// A folder and the pictures below it, relative to it.
fn files(path: &Path) -> Result<(PathBuf, Vec<PathBuf>), DataError> {
    if path.is_file() {
        let root = path.parent().unwrap_or(Path::new("")).to_owned();
        return Ok((root, path.file_name().map(PathBuf::from).into_iter().collect()));
    }
    if !path.exists() {
        return Err(DataError::NotFound { path: path.into() });
    }
    let listing = folder::list(path, Split::Train)?;
    if listing.files.is_empty() {
        let looked_for = vec!["pictures (png, jpg, jpeg, webp, gif, bmp, tif, tiff)".into()];
        return Err(DataError::Unrecognised { path: path.into(), looked_for });
    }
    Ok((listing.root, listing.files))
}

fn picture(
    path: &Path,
    shape: [usize; 3],
    made: Option<(Pairing, usize)>,
    max_pixels: u64,
) -> Result<Vec<u8>, Reason> {
    let [_, height, width] = shape;
    let Some((pairing, colours)) = made else {
        return folder::picture(path, folder::Part::Whole, shape, max_pixels);
    };
    let of = [colours, height, width];
    let pixels = folder::picture(path, folder::Part::Whole, of, max_pixels)?;
    Ok(pairing.make(&pixels, of).unwrap_or(pixels))
}
