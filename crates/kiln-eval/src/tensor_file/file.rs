//! A file of named tensors.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use kiln_core::Checksum;

use super::{TensorFileError, pytorch, safetensors};

/// A file of named tensors. Its names and shapes are known; numbers are read when asked for.
pub(crate) struct TensorFile {
    path: PathBuf,
    checksum: Checksum,
    pub(super) entries: BTreeMap<String, Entry>,
}

/// A tensor of a file.
pub(super) struct Entry {
    pub(super) shape: Vec<usize>,
    pub(super) values: Values,
}

/// Reads the numbers of a tensor, row-major, or says why they cannot be had.
pub(super) type Values = Box<dyn Fn() -> Result<Vec<f32>, String>>;

impl TensorFile {
    /// Opens a file that PyTorch or safetensors wrote; which, its first bytes say.
    pub(crate) fn open(path: &Path) -> Result<Self, TensorFileError> {
        let unreadable = |error: io::Error| TensorFileError::Unreadable {
            path: path.to_owned(),
            cause: error.to_string(),
        };
        let is_safetensors = starts_a_header(path).map_err(unreadable)?;
        let checksum = Checksum::of_file(path).map_err(unreadable)?;
        let read = if is_safetensors { safetensors::entries } else { pytorch::entries };
        let entries =
            read(path).map_err(|cause| TensorFileError::Format { path: path.to_owned(), cause })?;
        Ok(Self { path: path.to_owned(), checksum, entries })
    }

    /// Tensors that are no file's, for tests.
    #[cfg(test)]
    pub(crate) fn made(tensors: BTreeMap<String, (Vec<usize>, Vec<f32>)>) -> Self {
        let entry = |(shape, values): (Vec<usize>, Vec<f32>)| Entry {
            shape,
            values: Box::new(move || Ok(values.clone())),
        };
        Self {
            path: PathBuf::from("made"),
            checksum: Checksum::of(b"made"),
            entries: tensors.into_iter().map(|(name, made)| (name, entry(made))).collect(),
        }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The SHA-256 of the file.
    pub(crate) fn checksum(&self) -> &Checksum {
        &self.checksum
    }

    /// The finite numbers of a tensor, row-major; none when there is no such tensor.
    pub(crate) fn values(&self, name: &str) -> Option<Result<Vec<f32>, TensorFileError>> {
        let entry = self.entries.get(name)?;
        Some(entry.finite_values().map_err(|cause| TensorFileError::Tensor {
            path: self.path.clone(),
            name: name.to_owned(),
            cause,
        }))
    }
}

impl Entry {
    fn finite_values(&self) -> Result<Vec<f32>, String> {
        let values = (self.values)()?;
        if values.len() != self.shape.iter().product::<usize>() {
            return Err(format!("{} numbers are no tensor of {:?}", values.len(), self.shape));
        }
        match values.iter().all(|value| value.is_finite()) {
            true => Ok(values),
            false => Err("it holds a number that is not finite in single precision".to_owned()),
        }
    }
}

/// Whether the file begins as safetensors do: eight bytes of length, then an object of JSON.
fn starts_a_header(path: &Path) -> io::Result<bool> {
    let mut start = Vec::new();
    File::open(path)?.take(9).read_to_end(&mut start)?;
    Ok(start.get(8) == Some(&b'{'))
}
