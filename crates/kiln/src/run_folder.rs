//! The folder of a run: who may write in it, and whether a command may go on with it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use kiln_core::{FolderLock, LockError, atomic};
use thiserror::Error;

use crate::config::{Difference, RunConfig, differences};

/// A run folder, held by this process.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    _lock: FolderLock,
}

/// A run folder that cannot be used.
#[derive(Debug, Error)]
pub enum FolderError {
    /// The file system refused.
    #[error("cannot {action} {path}: {cause}")]
    Disk {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// Another process works there.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The run was started with other settings.
    #[error(
        "{path} holds a run with other settings:\n{}\nGo on with the saved ones (`--config \
         {path}/config.json`), choose another --run-dir, or start anew with --fresh",
        list(differences)
    )]
    Changed {
        /// The folder.
        path: String,
        /// What differs.
        differences: Vec<Difference>,
    },
    /// The settings of the saved run cannot be read.
    #[error("{path} is not the configuration of a run that this kiln reads: {reason}")]
    Config {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// There is something else in the folder.
    #[error(
        "{0} is not empty and holds no run; choose another --run-dir (nothing there was touched)"
    )]
    Foreign(PathBuf),
}

fn list(differences: &[Difference]) -> String {
    let lines =
        differences.iter().map(|d| format!("  {}: saved {}, now {}", d.key, d.saved, d.now));
    lines.collect::<Vec<_>>().join("\n")
}

/// What a run writes; nothing else is ever removed from its folder.
const CONTENTS: [&str; 9] = [
    "config.json",
    "stats.jsonl",
    "log.txt",
    "curves.svg",
    "report.html",
    "checkpoints",
    "snapshots",
    "sheets",
    "tensorboard",
];

impl RunFolder {
    /// Takes the folder for `config`: makes it if need be, and checks that a run that is there has
    /// the same settings; with `fresh` that run is removed.
    ///
    /// # Errors
    ///
    /// When the folder cannot be written, another process holds it, it holds a run with other
    /// settings, or it holds something else.
    pub fn take(path: &Path, config: &RunConfig, fresh: bool) -> Result<Self, FolderError> {
        fs::create_dir_all(path).map_err(disk("make the folder", path))?;
        let lock = FolderLock::take(path)?;
        let folder = Self { path: path.to_owned(), _lock: lock };
        let cleared = fresh && folder.clear()?;
        match folder.saved_config()? {
            Some(saved) => {
                let differences = differences(&saved, config);
                if !differences.is_empty() {
                    let path = path.display().to_string();
                    return Err(FolderError::Changed { path, differences });
                }
            }
            None if !cleared && folder.holds_anything()? => {
                return Err(FolderError::Foreign(path.to_owned()));
            }
            None => {}
        }
        folder.save_config(config)?;
        Ok(folder)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where checkpoints go.
    pub fn checkpoints(&self) -> PathBuf {
        self.path.join("checkpoints")
    }

    /// Where snapshots go.
    pub fn snapshots(&self) -> PathBuf {
        self.path.join("snapshots")
    }

    fn saved_config(&self) -> Result<Option<RunConfig>, FolderError> {
        read_config(&self.path)
    }

    fn save_config(&self, config: &RunConfig) -> Result<(), FolderError> {
        let path = self.path.join("config.json");
        let text = serde_json::to_vec_pretty(config)
            .map_err(|e| FolderError::Config { path: path.clone(), reason: e.to_string() })?;
        atomic::write(&path, &text).map_err(disk("write", &path))
    }

    fn holds_anything(&self) -> Result<bool, FolderError> {
        let entries = fs::read_dir(&self.path).map_err(disk("list", &self.path))?;
        Ok(entries.flatten().any(|entry| {
            let path = entry.path();
            entry.file_name() != ".lock" && !atomic::is_scratch(&path)
        }))
    }

    /// Removes the run that is in the folder; says whether there was one.
    fn clear(&self) -> Result<bool, FolderError> {
        if !self.path.join("config.json").exists() {
            return Ok(false);
        }
        for name in CONTENTS {
            let path = self.path.join(name);
            let removed = match fs::symlink_metadata(&path) {
                Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(&path),
                Ok(_) => fs::remove_file(&path),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                Err(error) => Err(error),
            };
            removed.map_err(disk("remove", &path))?;
        }
        Ok(true)
    }
}

/// The configuration of the run in a folder, if there is a run.
///
/// # Errors
///
/// When there is one and it cannot be read.
pub fn read_config(folder: &Path) -> Result<Option<RunConfig>, FolderError> {
    let path = folder.join("config.json");
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(disk("read", &path)(error)),
    };
    serde_json::from_slice(&text)
        .map(Some)
        .map_err(|e| FolderError::Config { path, reason: e.to_string() })
}

fn disk(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FolderError {
    let path = path.to_owned();
    move |cause| FolderError::Disk { action, path, cause }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_settings_go_on_and_others_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run");
        let config = RunConfig::default();
        drop(RunFolder::take(&path, &config, false).unwrap());
        drop(RunFolder::take(&path, &config, false).unwrap());
        let other = RunConfig { seed: 9, batch_size: 8, ..config };
        let error = RunFolder::take(&path, &other, false).unwrap_err().to_string();
        assert!(error.contains("seed: saved 1, now 9"), "{error}");
        assert!(error.contains("batch-size: saved 64, now 8"), "{error}");
        assert!(error.contains("--fresh"), "{error}");
    }

    #[test]
    fn fresh_removes_a_run_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let config = RunConfig::default();
        drop(RunFolder::take(folder.path(), &config, false).unwrap());
        fs::write(folder.path().join("stats.jsonl"), "x").unwrap();
        fs::write(folder.path().join("notes.txt"), "mine").unwrap();
        let other = RunConfig { seed: 9, ..config };
        drop(RunFolder::take(folder.path(), &other, true).unwrap());
        assert!(!folder.path().join("stats.jsonl").exists());
        assert!(folder.path().join("notes.txt").exists());
    }

    #[test]
    fn a_folder_with_something_else_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("thesis.tex"), "mine").unwrap();
        for fresh in [false, true] {
            let error = RunFolder::take(folder.path(), &RunConfig::default(), fresh).unwrap_err();
            assert!(matches!(error, FolderError::Foreign(_)), "{error}");
        }
        assert!(folder.path().join("thesis.tex").exists());
    }

    #[test]
    fn a_second_process_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let config = RunConfig::default();
        let _first = RunFolder::take(folder.path(), &config, false).unwrap();
        let error = RunFolder::take(folder.path(), &config, false).unwrap_err();
        assert!(error.to_string().contains("another process"), "{error}");
    }
}
