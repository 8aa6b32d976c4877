//! One process at a time in a folder.

use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// Holds a folder for this process; the system lets go of it when the process ends, however it
/// ends.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

/// A folder that could not be taken.
#[derive(Debug, Error)]
pub enum LockError {
    /// Another process works there.
    #[error(
        "another process is working in {folder}: wait for it, stop it, or choose another run folder"
    )]
    Taken {
        /// The folder.
        folder: PathBuf,
    },
    /// The lock file cannot be made.
    #[error("cannot write in {folder}: {cause}")]
    Unwritable {
        /// The folder.
        folder: PathBuf,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
}

impl FolderLock {
    /// Takes `folder`, which must exist.
    ///
    /// # Errors
    ///
    /// When another process holds it or it cannot be written.
    pub fn take(folder: &Path) -> Result<Self, LockError> {
        let unwritable = |cause| LockError::Unwritable { folder: folder.to_owned(), cause };
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(folder.join(".lock"))
            .map_err(unwritable)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(LockError::Taken { folder: folder.to_owned() }),
            Err(TryLockError::Error(cause)) => Err(unwritable(cause)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_taker_is_refused_until_the_first_lets_go() {
        let folder = tempfile::tempdir().unwrap();
        let first = FolderLock::take(folder.path()).unwrap();
        let refusal = FolderLock::take(folder.path()).unwrap_err();
        assert!(matches!(refusal, LockError::Taken { .. }));
        assert!(refusal.to_string().contains("another process"));
        drop(first);
        FolderLock::take(folder.path()).unwrap();
    }
}
