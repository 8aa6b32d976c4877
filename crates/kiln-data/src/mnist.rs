//! The MNIST that comes with Kiln: from `assets/mnist`, or from the program's own copy.

#[cfg(feature = "embed-mnist")]
use std::path::Path;
use std::path::PathBuf;

use crate::idx::{Blob, IdxFiles};
use crate::{DataError, Split};

/// Finds the files of one split: in `assets/mnist` of the current folder or one above it, else
/// in the program itself.
pub(crate) fn locate(split: Split) -> Result<IdxFiles, DataError> {
    let [images, labels] = file_names(split);
    if let Some(folder) = folder(&images) {
        return Ok(IdxFiles {
            images: Blob::file(folder.join(images)),
            labels: Some(Blob::file(folder.join(labels))),
        });
    }
    embedded(split)
}

fn file_names(split: Split) -> [String; 2] {
    let stem = match split {
        Split::Train => "train",
        Split::Test => "t10k",
    };
    [format!("{stem}-images-idx3-ubyte.gz"), format!("{stem}-labels-idx1-ubyte.gz")]
}

/// The nearest `assets/mnist` that holds `file`.
fn folder(file: &str) -> Option<PathBuf> {
    // Without a current folder there is nothing to look in, and the program's copy is used.
    let here = std::env::current_dir().ok()?;
    here.ancestors()
        .map(|folder| folder.join("assets").join("mnist"))
        .find(|folder| folder.join(file).is_file())
}

#[cfg(feature = "embed-mnist")]
fn embedded(split: Split) -> Result<IdxFiles, DataError> {
    let [images, labels]: [&'static [u8]; 2] = match split {
        Split::Train => [
            include_bytes!("../../../assets/mnist/train-images-idx3-ubyte.gz"),
            include_bytes!("../../../assets/mnist/train-labels-idx1-ubyte.gz"),
        ],
        Split::Test => [
            include_bytes!("../../../assets/mnist/t10k-images-idx3-ubyte.gz"),
            include_bytes!("../../../assets/mnist/t10k-labels-idx1-ubyte.gz"),
        ],
    };
    let names = file_names(split);
    let blob = |name: &str, bytes| Blob {
        path: Path::new("(built in)").join(name),
        embedded: Some(bytes),
    };
    Ok(IdxFiles { images: blob(&names[0], images), labels: Some(blob(&names[1], labels)) })
}

#[cfg(not(feature = "embed-mnist"))]
fn embedded(_: Split) -> Result<IdxFiles, DataError> {
    Err(DataError::BadOption(
        "no assets/mnist in this folder or above it, and this build has no copy of its own: \
         run inside the repository, or build with the feature embed-mnist"
            .into(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "embed-mnist")]
    #[test]
    fn the_built_in_copy_equals_the_folder() {
        let built_in = crate::idx::read(&embedded(Split::Test).unwrap(), 1 << 30).unwrap();
        let folder = crate::idx::read(&locate(Split::Test).unwrap(), 1 << 30).unwrap();
        assert_eq!(built_in.checksum, folder.checksum);
        assert_eq!(built_in.len(), 10_000);
    }

    #[test]
    fn the_folder_is_found_from_below() {
        // Tests run in the folder of their crate, two under the root.
        let files = locate(Split::Train).unwrap();
        assert!(files.images.embedded.is_none() && files.images.path.is_file());
    }
}
