//! Pictures that a user hands over to have something made of them.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::shrinking::{in_blocks, small};
use crate::{BadFile, DataError, OpenOptions, Pairing, Reason, Source, Split, folder, open};

/// A picture that was handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputPicture {
    /// Its file, relative to the folder that was named.
    pub path: PathBuf,
    /// Bytes `[channels, height, width]`.
    pub pixels: Vec<u8>,
}

/// What the pictures that are handed over are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handed {
    /// What something is made from.
    Inputs,
    /// Small ones, to be made larger: each side has so many `times` fewer pixels than what is made.
    Small {
        /// How many.
        times: usize,
    },
    /// What is to be made: the inputs are made of them, as for training.
    Targets {
        /// How.
        pairing: Pairing,
        /// The channels of a target in training.
        channels: usize,
    },
}

/// Reads a picture file, or every one below a folder, in the order of their names; each is brought to
/// `shape`, `[channels, side, side]`, by its centre square, and a small one stands there in blocks.
///
/// # Errors
///
/// When there is none, or one cannot be read; every such file is named.
pub fn read_inputs(
    path: &Path,
    shape: [usize; 3],
    handed: Handed,
) -> Result<Vec<InputPicture>, DataError> {
    let max_pixels = OpenOptions::default().max_pixels;
    let (root, files) = files(path)?;
    let read = |file: PathBuf| {
        let full = root.join(&file);
        let pixels = picture(&full, shape, handed, max_pixels);
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
    handed: Handed,
    max_pixels: u64,
) -> Result<Vec<u8>, Reason> {
    let as_read = handed.as_read(shape);
    let pixels = folder::picture(path, folder::Part::Whole, as_read, max_pixels)?;
    Ok(handed.input(pixels, as_read))
}

/// The first `n` pictures of the test part of a data set, numbered.
///
/// # Errors
///
/// When they cannot be read.
pub fn held_out_inputs(
    source: &Source,
    n: usize,
    shape: [usize; 3],
    handed: Handed,
) -> Result<Vec<InputPicture>, DataError> {
    let as_read = handed.as_read(shape);
    let [channels, side, _] = as_read;
    let options = OpenOptions { size: Some(side), channels: Some(channels), ..Default::default() };
    let pictures = open(source, Split::Test, &options)?;
    let one = |idx: usize| {
        let pixels = handed.input(pictures.picture(idx)?.pixels, as_read);
        Ok(InputPicture { path: PathBuf::from(format!("{idx:05}.png")), pixels })
    };
    (0..n.min(pictures.len())).map(one).collect()
}

impl Handed {
    /// The shape that a picture is brought to when it is read, of an input of this `shape`.
    fn as_read(self, shape: [usize; 3]) -> [usize; 3] {
        match self {
            Self::Inputs => shape,
            Self::Small { times } => small(shape, times),
            Self::Targets { channels, .. } => [channels, shape[1], shape[2]],
        }
    }

    /// The input that is made of a picture that was read as `as_read`.
    fn input(self, pixels: Vec<u8>, as_read: [usize; 3]) -> Vec<u8> {
        match self {
            Self::Inputs => pixels,
            Self::Small { times } => in_blocks(&pixels, as_read, times),
            Self::Targets { pairing, .. } => pairing.make(&pixels, as_read).unwrap_or(pixels),
        }
    }
}
