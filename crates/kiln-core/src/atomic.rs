//! Files and folders that appear whole or not at all, and survive a power cut.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes `bytes` to `path`: the old file stays until the new one is complete and on disk.
///
/// # Errors
///
/// When the disk is full or the folder cannot be written; `path` is then untouched.
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let scratch = scratch_beside(path)?;
    let written = write_synced(&scratch, bytes).and_then(|()| fs::rename(&scratch, path));
    if written.is_err() {
        // The error that matters is the first; the scratch file may not even exist.
        drop(fs::remove_file(&scratch));
    }
    written.and_then(|()| sync_folder(parent(path)))
}

/// Writes `bytes` to a new file and waits until they are on disk.
///
/// # Errors
///
/// Whatever the file system says.
pub fn write_synced(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Waits until the entries of `folder` are on disk.
///
/// # Errors
///
/// Whatever the file system says; platforms that cannot open a folder are left alone.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// A folder under construction: invisible under its final name until [`commit`](Self::commit).
#[derive(Debug)]
pub struct StagedFolder {
    scratch: PathBuf,
    target: PathBuf,
    committed: bool,
}

impl StagedFolder {
    /// Starts a folder that will appear as `target`.
    ///
    /// # Errors
    ///
    /// When the parent cannot be written.
    pub fn new(target: &Path) -> io::Result<Self> {
        let scratch = scratch_beside(target)?;
        if scratch.exists() {
            fs::remove_dir_all(&scratch)?;
        }
        fs::create_dir_all(&scratch)?;
        Ok(Self { scratch, target: target.to_owned(), committed: false })
    }

    /// Adds a file and waits until it is on disk.
    ///
    /// # Errors
    ///
    /// Whatever the file system says.
    pub fn add(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        write_synced(&self.scratch.join(name), bytes)
    }

    /// Makes the folder appear under its name, replacing one that is there.
    ///
    /// # Errors
    ///
    /// Whatever the file system says; an older folder of that name is then still whole, under
    /// this name or under the scratch name that the next start cleans up.
    pub fn commit(mut self) -> io::Result<()> {
        sync_folder(&self.scratch)?;
        if self.target.exists() {
            let old = self.scratch.with_extension("old.tmp");
            fs::rename(&self.target, &old)?;
            fs::rename(&self.scratch, &self.target)?;
            fs::remove_dir_all(&old)?;
        } else {
            fs::rename(&self.scratch, &self.target)?;
        }
        self.committed = true;
        sync_folder(parent(&self.target))
    }
}

impl Drop for StagedFolder {
    fn drop(&mut self) {
        if !self.committed {
            // Best effort: a scratch folder is ignored by every reader and cleaned at start.
            drop(fs::remove_dir_all(&self.scratch));
        }
    }
}

/// Removes what interrupted writes left in `folder`.
///
/// # Errors
///
/// When the folder cannot be listed or a leftover cannot be removed.
pub fn clean_scratch(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if is_scratch(&path) {
            if path.is_dir() { fs::remove_dir_all(&path)? } else { fs::remove_file(&path)? }
        }
    }
    Ok(())
}

/// Whether a path is the scratch of an unfinished write.
pub fn is_scratch(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "tmp")
}

fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn scratch_beside(path: &Path) -> io::Result<PathBuf> {
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the path names no file"))?;
    Ok(path.with_file_name(format!(".{}.tmp", name.to_string_lossy())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_and_no_scratch_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.json");
        write(&path, b"old").unwrap();
        write(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_failed_write_leaves_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("occupied");
        fs::create_dir(&path).unwrap();
        fs::write(path.join("kept"), b"kept").unwrap();
        assert!(write(&path, b"new").is_err());
        assert_eq!(fs::read(path.join("kept")).unwrap(), b"kept");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_staged_folder_is_absent_until_committed() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("000000064");
        let staged = StagedFolder::new(&target).unwrap();
        staged.add("state", b"1").unwrap();
        assert!(!target.exists());
        staged.commit().unwrap();
        assert_eq!(fs::read(target.join("state")).unwrap(), b"1");
    }

    #[test]
    fn a_dropped_folder_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let staged = StagedFolder::new(&folder.path().join("x")).unwrap();
        staged.add("state", b"1").unwrap();
        drop(staged);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_committed_folder_replaces_the_one_before() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("x");
        for content in [b"1", b"2"] {
            let staged = StagedFolder::new(&target).unwrap();
            staged.add("state", content).unwrap();
            staged.commit().unwrap();
        }
        assert_eq!(fs::read(target.join("state")).unwrap(), b"2");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
