//! Checkpoints: everything needed to go on bit for bit, whole or absent, with checksums.
//!
//! `checkpoints/<samples>/` holds `state.safetensors` and `manifest.json`, which names the file,
//! its size and its SHA-256. A folder whose manifest or checksum does not fit is damaged.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use kiln_core::atomic::{self, StagedFolder};
use kiln_core::{Checksum, Clock, SamplesSeen};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use crate::state::{State, StateError};

/// The version of the folder's format; another one is refused, not guessed at.
const SCHEMA: u32 = 1;
const MANIFEST: &str = "manifest.json";
const STATE: &str = "state.safetensors";

/// Which checkpoints stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Retention {
    /// How many of the newest, at least 1.
    pub last: usize,
    /// Also the first one in every so many samples.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub every: Option<SamplesSeen>,
}

impl Default for Retention {
    fn default() -> Self {
        Self { last: 3, every: None }
    }
}

/// The checkpoints of a run.
#[derive(Debug, Clone)]
pub struct Checkpoints {
    folder: PathBuf,
    retention: Retention,
}

/// A run as it was saved.
#[derive(Debug)]
pub struct SavedRun {
    /// When.
    pub clock: Clock,
    /// What the engine remembers beside the game.
    pub engine: Value,
    /// The game.
    pub state: State,
}

/// A checkpoint that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// Its name.
    pub checkpoint: String,
    /// What is wrong.
    pub reason: String,
}

/// Checkpoints that cannot be written or found.
#[derive(Debug, Error)]
pub enum CheckpointError {
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
    /// The state has no file form.
    #[error(transparent)]
    State(#[from] StateError),
    /// There are checkpoints, but none can be used.
    #[error(
        "none of the {} checkpoints in {folder} can be read (newest: {}); restore one from a \
         backup, or start anew with --fresh",
        damaged.len(), damaged.first().map_or("", |d| d.reason.as_str())
    )]
    AllDamaged {
        /// Where.
        folder: PathBuf,
        /// What is wrong with each.
        damaged: Vec<Damage>,
    },
}

#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    schema: u32,
    kiln: String,
    clock: Clock,
    engine: Value,
    file: String,
    bytes: u64,
    sha256: Checksum,
}

impl Checkpoints {
    /// The checkpoints in `folder`, which is made if need be; what interrupted writes left there
    /// is removed.
    ///
    /// # Errors
    ///
    /// When the folder cannot be made or read.
    pub fn open(folder: &Path, retention: Retention) -> Result<Self, CheckpointError> {
        fs::create_dir_all(folder).map_err(disk("make the folder", folder))?;
        atomic::clean_scratch(folder).map_err(disk("clean up", folder))?;
        Ok(Self { folder: folder.to_owned(), retention })
    }

    /// The same to look at only: nothing is made and nothing removed.
    pub fn inspect(folder: &Path, retention: Retention) -> Self {
        Self { folder: folder.to_owned(), retention }
    }

    /// Saves a run; afterwards the checkpoints that need not stay are removed.
    ///
    /// # Errors
    ///
    /// When the disk is full or the folder cannot be written; the older checkpoints stay.
    pub fn save(&self, clock: Clock, engine: Value, state: &State) -> Result<(), CheckpointError> {
        let bytes = state.to_safetensors(&[])?;
        let manifest = Manifest {
            schema: SCHEMA,
            kiln: env!("CARGO_PKG_VERSION").to_owned(),
            clock,
            engine,
            file: STATE.to_owned(),
            bytes: bytes.len() as u64,
            sha256: Checksum::of(&bytes),
        };
        let text =
            serde_json::to_vec_pretty(&manifest).map_err(|e| StateError::Format(e.to_string()))?;
        let target = self.folder.join(name(clock.samples));
        let write = || {
            let staged = StagedFolder::new(&target)?;
            staged.add(STATE, &bytes)?;
            staged.add(MANIFEST, &text)?;
            staged.commit()
        };
        write().map_err(disk("save the checkpoint", &target))?;
        self.prune()
    }

    /// The newest checkpoint that is whole, and what is wrong with newer ones; nothing when
    /// there is no checkpoint at all.
    ///
    /// # Errors
    ///
    /// When there are checkpoints and none can be used.
    pub fn newest(&self) -> Result<Option<(SavedRun, Vec<Damage>)>, CheckpointError> {
        let mut damaged = Vec::new();
        for samples in self.list()?.into_iter().rev() {
            match self.read(samples) {
                Ok(saved) => return Ok(Some((saved, damaged))),
                Err(reason) => damaged.push(Damage { checkpoint: name(samples), reason }),
            }
        }
        if damaged.is_empty() {
            return Ok(None);
        }
        Err(CheckpointError::AllDamaged { folder: self.folder.clone(), damaged })
    }

    /// The times of all checkpoints, oldest first, whole or not.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read.
    pub fn list(&self) -> Result<Vec<SamplesSeen>, CheckpointError> {
        let failed = disk("list", &self.folder);
        let entries = fs::read_dir(&self.folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
        let mut times: Vec<SamplesSeen> = entries
            .map_err(failed)?
            .iter()
            .filter_map(|entry| entry.file_name().to_str()?.parse().map(SamplesSeen).ok())
            .collect();
        times.sort_unstable();
        Ok(times)
    }

    /// Reads one checkpoint, or says what is wrong with it.
    fn read(&self, samples: SamplesSeen) -> Result<SavedRun, String> {
        let folder = self.folder.join(name(samples));
        let read = |file: &str| {
            fs::read(folder.join(file)).map_err(|e| format!("{file} cannot be read: {e}"))
        };
        let manifest: Manifest = serde_json::from_slice(&read(MANIFEST)?)
            .map_err(|e| format!("{MANIFEST} is not a manifest: {e}"))?;
        if manifest.schema != SCHEMA {
            return Err(format!("it has format {}, this program reads {SCHEMA}", manifest.schema));
        }
        let bytes = read(STATE)?;
        if bytes.len() as u64 != manifest.bytes {
            return Err(format!("{STATE} has {} bytes, not {}", bytes.len(), manifest.bytes));
        }
        if Checksum::of(&bytes) != manifest.sha256 {
            return Err(format!("the checksum of {STATE} does not fit"));
        }
        let (state, _) = State::from_safetensors(&bytes).map_err(|e| e.to_string())?;
        Ok(SavedRun { clock: manifest.clock, engine: manifest.engine, state })
    }

    fn prune(&self) -> Result<(), CheckpointError> {
        let times = self.list()?;
        let recent = times.len().saturating_sub(self.retention.last.max(1));
        let mut last_period = None;
        for (idx, time) in times.iter().enumerate() {
            let period = self.retention.every.map(|every| time.0 / every.0.max(1));
            let first_of_period = period.is_some() && period != last_period;
            last_period = period;
            if idx < recent && !first_of_period {
                let path = self.folder.join(name(*time));
                fs::remove_dir_all(&path).map_err(disk("remove the old checkpoint", &path))?;
            }
        }
        Ok(())
    }
}

/// The name of the checkpoint at this time.
fn name(samples: SamplesSeen) -> String {
    format!("{:09}", samples.0)
}

fn disk(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> CheckpointError {
    let path = path.to_owned();
    move |cause| CheckpointError::Disk { action, path, cause }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock(samples: u64) -> Clock {
        Clock { samples: SamplesSeen(samples), ..Clock::default() }
    }

    fn state(number: f64) -> State {
        let mut state = State::new();
        state.put("number", &number);
        state
    }

    fn filled(retention: Retention, times: &[u64]) -> (tempfile::TempDir, Checkpoints) {
        let folder = tempfile::tempdir().unwrap();
        let checkpoints = Checkpoints::open(folder.path(), retention).unwrap();
        for time in times {
            checkpoints.save(clock(*time), Value::Null, &state(*time as f64)).unwrap();
        }
        (folder, checkpoints)
    }

    fn newest(checkpoints: &Checkpoints) -> (f64, Vec<Damage>) {
        let (mut saved, damaged) = checkpoints.newest().unwrap().unwrap();
        (saved.state.take("number").unwrap(), damaged)
    }

    #[test]
    fn the_newest_is_found() {
        let (_folder, checkpoints) = filled(Retention::default(), &[0, 64, 1000]);
        assert_eq!(newest(&checkpoints), (1000.0, vec![]));
    }

    #[test]
    fn an_empty_folder_has_none() {
        let (_folder, checkpoints) = filled(Retention::default(), &[]);
        assert!(checkpoints.newest().unwrap().is_none());
    }

    #[test]
    fn the_last_few_and_one_in_each_period_stay() {
        let keep = Retention { last: 2, every: Some(SamplesSeen(100)) };
        let (_folder, checkpoints) = filled(keep, &[0, 50, 100, 150, 200, 250, 260]);
        let times: Vec<u64> = checkpoints.list().unwrap().iter().map(|time| time.0).collect();
        assert_eq!(times, [0, 100, 200, 250, 260]);
    }

    fn damage(file: &str, hurt: impl FnOnce(&Path)) {
        let (folder, checkpoints) = filled(Retention::default(), &[64, 128]);
        hurt(&folder.path().join("000000128").join(file));
        let (number, damaged) = newest(&checkpoints);
        assert_eq!(number, 64.0);
        assert_eq!(damaged.len(), 1);
        assert_eq!(damaged[0].checkpoint, "000000128");
        assert!(damaged[0].reason.contains(file), "{}", damaged[0].reason);
    }

    #[test]
    fn a_flipped_bit_is_found_and_the_one_before_is_used() {
        damage(STATE, |path| {
            let mut bytes = fs::read(path).unwrap();
            *bytes.last_mut().unwrap() ^= 1;
            fs::write(path, bytes).unwrap();
        });
    }

    #[test]
    fn a_truncated_state_is_found() {
        damage(STATE, |path| fs::write(path, b"short").unwrap());
    }

    #[test]
    fn a_missing_manifest_is_found() {
        damage(MANIFEST, |path| fs::remove_file(path).unwrap());
    }

    #[test]
    fn when_all_are_damaged_the_error_says_what_to_do() {
        let (folder, checkpoints) = filled(Retention::default(), &[64]);
        fs::write(folder.path().join("000000064").join(STATE), b"short").unwrap();
        let error = checkpoints.newest().unwrap_err().to_string();
        assert!(error.contains("--fresh") && error.contains("bytes"), "{error}");
    }

    #[test]
    fn leftovers_of_an_interrupted_save_are_removed_at_the_start() {
        let folder = tempfile::tempdir().unwrap();
        let leftover = folder.path().join(".000000064.tmp");
        fs::create_dir(&leftover).unwrap();
        let checkpoints = Checkpoints::open(folder.path(), Retention::default()).unwrap();
        assert!(!leftover.exists());
        assert!(checkpoints.newest().unwrap().is_none());
    }
}
