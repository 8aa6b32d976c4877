//! Pictures as they lie in their files: of any size, brought to none.

use std::path::{Path, PathBuf};

use crate::{BadFile, DataError, OpenOptions, Picture, decode, folder};

/// The picture files below a folder, relative to it and in the order of their names, whatever parts and
/// classes it has.
///
/// # Errors
///
/// When a folder cannot be listed, or there is no picture.
pub fn picture_files(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    if !folder.exists() {
        return Err(DataError::NotFound { path: folder.into() });
    }
    let files = folder::pictures(folder)?;
    if files.is_empty() {
        let looked_for = vec!["pictures (png, jpg, jpeg, webp, gif, bmp, tif, tiff)".into()];
        return Err(DataError::Unrecognised { path: folder.into(), looked_for });
    }
    Ok(files)
}

/// Reads one file as it is: upright, its transparency over white, `[channels, height, width]` with 1
/// channel or 3.
///
/// # Errors
///
/// When it is no whole picture, or has more pixels than [`OpenOptions`] allow by default.
pub fn read_picture(path: &Path) -> Result<Picture, BadFile> {
    let max_pixels = OpenOptions::default().max_pixels;
    let read = decode::load(path, max_pixels)
        .and_then(|bytes| decode::pixels(&bytes, max_pixels))
        .map(|(pixels, shape)| Picture { pixels, shape, label: None });
    read.map_err(|reason| BadFile { path: path.into(), reason })
}
