//! What a source is, found from what it holds.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::cifar::{self, CifarFiles};
use crate::folder::{self, Listing};
use crate::idx::{Blob, IdxFiles};
use crate::{DataError, Source, Split, mnist};

/// The form that data has on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Kind {
    /// IDX files: MNIST and its relatives.
    Idx,
    /// The binary version of CIFAR-10.
    Cifar10,
    /// A folder of picture files.
    ImageFolder,
    /// A folder of volumes.
    VolumeFolder,
    /// A folder of sounds.
    SoundFolder,
    /// Drawn as it is needed.
    Drawn,
    /// Made by the program.
    Memory,
}

/// The files of one split of a source.
#[derive(Debug)]
pub(crate) enum Located {
    Idx(IdxFiles),
    Cifar(CifarFiles),
    Folder(Listing),
}

/// Finds the files of one split.
pub(crate) fn locate(source: &Source, split: Split) -> Result<Located, DataError> {
    match source {
        Source::Mnist | Source::StackedMnist => mnist::locate(split).map(Located::Idx),
        Source::Solids => Err(DataError::BadOption(
            "solids are drawn and not read: there is nothing to check".into(),
        )),
        Source::Points(mixture) => Err(DataError::BadOption(format!(
            "{} is made of points, which are drawn and not read: only training takes it",
            mixture.name()
        ))),
        Source::Path(path) => locate_path(path, split),
    }
}

fn locate_path(path: &Path, split: Split) -> Result<Located, DataError> {
    let meta = fs::metadata(path).map_err(|cause| match cause.kind() {
        io::ErrorKind::NotFound => DataError::NotFound { path: path.into() },
        _ => DataError::Unreadable { path: path.into(), cause },
    })?;
    if meta.is_file() {
        return Ok(Located::Idx(with_labels(path.into())));
    }
    if let Some(files) = locate_idx(path, split)? {
        return Ok(Located::Idx(files));
    }
    if let Some(files) = cifar::locate(path, split)? {
        return Ok(Located::Cifar(files));
    }
    let listing = folder::list(path, split)?;
    if listing.files.is_empty() {
        return Err(DataError::Unrecognised { path: path.into(), looked_for: looked_for() });
    }
    Ok(Located::Folder(listing))
}

fn looked_for() -> Vec<String> {
    [
        "IDX files such as train-images-idx3-ubyte, with or without .gz",
        "CIFAR-10 binary batches such as data_batch_1.bin",
        "pictures (png, jpg, jpeg, webp, gif, bmp, tif, tiff), in the folder or in class subfolders",
        "volumes (binvox, npy), likewise",
        "sounds (wav, flac), likewise",
    ]
    .map(String::from)
    .into()
}

/// Names of the entries of a folder, sorted.
pub(crate) fn names(folder: &Path) -> Result<Vec<String>, DataError> {
    let unreadable = |cause| DataError::Unreadable { path: folder.into(), cause };
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        // A name that is not Unicode is none that is looked for.
        if let Ok(name) = entry.map_err(unreadable)?.file_name().into_string() {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

fn locate_idx(folder: &Path, split: Split) -> Result<Option<IdxFiles>, DataError> {
    let mut images = names(folder)?;
    images.retain(|name| name.contains("images") && name.contains("idx"));
    if images.is_empty() {
        return Ok(None);
    }
    let is_test = |name: &str| name.contains("t10k") || name.contains("test");
    let mut fitting: Vec<String> =
        images.into_iter().filter(|name| is_test(name) == (split == Split::Test)).collect();
    // Sorted, so a raw file stands before its gzip copy, and is the quicker to read.
    fitting.dedup_by(|name, before| stem(name) == stem(before));
    match &fitting[..] {
        [] => Err(DataError::NoSuchSplit {
            path: folder.into(),
            split,
            advice: "training images are named train-images-*, test images t10k-images-*".into(),
        }),
        [only] => Ok(Some(with_labels(folder.join(only)))),
        _ => Err(DataError::Ambiguous { path: folder.into(), candidates: fitting }),
    }
}

fn stem(name: &str) -> &str {
    name.strip_suffix(".gz").unwrap_or(name)
}

/// A file of images, with the file of labels beside it, if there is one.
fn with_labels(images: PathBuf) -> IdxFiles {
    let labels = images.file_name().and_then(|name| name.to_str()).and_then(|name| {
        let labels =
            stem(name).replace("images", "labels").replace("idx3", "idx1").replace("idx4", "idx1");
        [labels.clone(), format!("{labels}.gz")]
            .into_iter()
            .filter(|labels| labels != name)
            .map(|labels| images.with_file_name(labels))
            .find(|labels| labels.is_file() && labels.file_name() != images.file_name())
    });
    IdxFiles { images: Blob::file(images), labels: labels.map(Blob::file) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            fs::write(folder.path().join(name), b"x").unwrap();
        }
        folder
    }

    fn idx(folder: &Path, split: Split) -> Result<Option<[Option<String>; 2]>, DataError> {
        let name = |blob: &Blob| blob.path.file_name()?.to_str().map(String::from);
        let found = locate_idx(folder, split)?;
        Ok(found.map(|files| [name(&files.images), files.labels.as_ref().and_then(name)]))
    }

    #[test]
    fn raw_stands_before_gzip_and_labels_are_found_in_either_form() {
        let folder = folder_with(&[
            "train-images-idx3-ubyte",
            "train-images-idx3-ubyte.gz",
            "train-labels-idx1-ubyte.gz",
            "t10k-images-idx3-ubyte.gz",
        ]);
        let some = |name: &str| Some(name.to_string());
        assert_eq!(
            idx(folder.path(), Split::Train).unwrap().unwrap(),
            [some("train-images-idx3-ubyte"), some("train-labels-idx1-ubyte.gz")]
        );
        assert_eq!(
            idx(folder.path(), Split::Test).unwrap().unwrap(),
            [some("t10k-images-idx3-ubyte.gz"), None]
        );
    }

    #[test]
    fn several_data_sets_in_a_folder_are_not_guessed_between() {
        let folder = folder_with(&["a-train-images-idx3-ubyte", "b-train-images-idx3-ubyte"]);
        assert!(matches!(idx(folder.path(), Split::Train), Err(DataError::Ambiguous { .. })));
        assert!(matches!(idx(folder.path(), Split::Test), Err(DataError::NoSuchSplit { .. })));
    }

    #[test]
    fn a_folder_that_holds_nothing_known_says_what_was_looked_for() {
        let folder = folder_with(&["notes.txt"]);
        let told = locate_path(folder.path(), Split::Train).unwrap_err().to_string();
        assert!(told.contains("IDX") && told.contains("CIFAR") && told.contains("png"), "{told}");
    }

    #[test]
    fn a_path_that_is_not_there_is_said_to_be_so() {
        let told = locate_path(Path::new("no/such/folder"), Split::Train).unwrap_err();
        assert!(matches!(told, DataError::NotFound { .. }));
    }
}
