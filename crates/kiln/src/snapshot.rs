//! Snapshots: averaged generator weights in one safetensors file, with the configuration in its
//! metadata, for use anywhere and on any backend.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use burn::tensor::Device;
use kiln_core::{Clock, Medium, atomic};
use kiln_train::{State, StateError};
use thiserror::Error;

use crate::config::RunConfig;
use crate::recipe::{Painter, RecipeError, Subject};

/// The version of the metadata.
const FORMAT: &str = "1";

/// A generator that was saved for use.
pub struct Snapshot {
    /// The run that it is from.
    pub config: RunConfig,
    /// What it makes.
    pub subject: Subject,
    /// When it was taken.
    pub clock: Clock,
    state: State,
}

/// A snapshot that cannot be used.
#[derive(Debug, Error)]
pub enum SnapshotError {
    /// The file cannot be read.
    #[error("cannot read {path}: {cause}")]
    Disk {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// The run has none yet.
    #[error("{0} holds no snapshot yet; one is written at the end of a run and on Ctrl-C")]
    None(PathBuf),
    /// The file is something else.
    #[error("{path} is not a snapshot that this kiln reads: {reason}")]
    Format {
        /// Which file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The weights do not fit the recipe.
    #[error(transparent)]
    State(#[from] StateError),
    /// There is no such generator.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
}

impl Snapshot {
    /// Writes the generator in `state` as `<samples>.safetensors`, and says the file's name.
    ///
    /// # Errors
    ///
    /// When the folder cannot be written.
    pub fn write(
        folder: &Path,
        config: &RunConfig,
        subject: &Subject,
        clock: Clock,
        state: &State,
    ) -> io::Result<String> {
        fs::create_dir_all(folder)?;
        let text = |value: serde_json::Result<String>| value.map_err(io::Error::other);
        let mut metadata = vec![
            ("kiln.format", FORMAT.to_owned()),
            ("kiln.config", text(serde_json::to_string(config))?),
            ("kiln.medium", text(serde_json::to_string(&subject.medium))?),
            ("kiln.picture", text(serde_json::to_string(&subject.picture))?),
            ("kiln.clock", text(serde_json::to_string(&clock))?),
        ];
        if let Some(classes) = &subject.classes {
            metadata.push(("kiln.classes", text(serde_json::to_string(classes))?));
        }
        if let Some(input) = &subject.input {
            metadata.push(("kiln.input", text(serde_json::to_string(input))?));
        }
        let bytes = state.to_safetensors(&metadata).map_err(io::Error::other)?;
        let name = format!("{:09}.safetensors", clock.samples.0);
        let path = folder.join(&name);
        atomic::write(&path, &bytes).map_err(|cause| {
            io::Error::new(cause.kind(), format!("{}: {cause}", path.display()))
        })?;
        Ok(name)
    }

    /// Reads a snapshot file, or the newest snapshot of a run folder.
    ///
    /// # Errors
    ///
    /// When there is none, or the file is something else.
    pub fn read(path: &Path) -> Result<Self, SnapshotError> {
        let path = if path.is_dir() { newest(path)? } else { path.to_owned() };
        let bytes =
            fs::read(&path).map_err(|cause| SnapshotError::Disk { path: path.clone(), cause })?;
        let format = |reason: String| SnapshotError::Format { path: path.clone(), reason };
        let (state, metadata) =
            State::from_safetensors(&bytes).map_err(|e| format(e.to_string()))?;
        let get = |key: &str| {
            metadata.get(key).ok_or_else(|| format(format!("its metadata has no `{key}`")))
        };
        if get("kiln.format")? != FORMAT {
            return Err(format(format!("it has format {}", get("kiln.format")?)));
        }
        fn json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
            serde_json::from_str(text).map_err(|e| e.to_string())
        }
        // Those of before there were volumes do not say.
        let medium = metadata.get("kiln.medium").map_or(Ok(Medium::Image), |text| json(text));
        let classes = metadata.get("kiln.classes").map(|text| json(text));
        let input = metadata.get("kiln.input").map(|text| json(text));
        Ok(Self {
            config: json(get("kiln.config")?).map_err(format)?,
            subject: Subject {
                medium: medium.map_err(format)?,
                picture: json(get("kiln.picture")?).map_err(format)?,
                classes: classes.transpose().map_err(format)?,
                input: input.transpose().map_err(format)?,
            },
            clock: json(get("kiln.clock")?).map_err(format)?,
            state,
        })
    }

    /// Names and shapes of its tensors.
    pub fn shapes(&self) -> impl Iterator<Item = (&str, &[usize])> {
        self.state.shapes()
    }

    /// The generator, on `device`.
    ///
    /// # Errors
    ///
    /// When the weights do not fit the recipe.
    pub fn painter(mut self, device: &Device) -> Result<Box<dyn Painter>, SnapshotError> {
        let mut painter = self.config.recipe.painter(&self.subject, device)?;
        painter.load(&mut self.state)?;
        self.state.finish()?;
        Ok(painter)
    }
}

/// The newest snapshot of a run folder.
fn newest(run: &Path) -> Result<PathBuf, SnapshotError> {
    snapshots(run)?.pop().ok_or_else(|| SnapshotError::None(run.to_owned()))
}

/// Every snapshot of a run folder, oldest first; at least one.
///
/// # Errors
///
/// When there is none, or the folder cannot be read.
pub(crate) fn snapshots(run: &Path) -> Result<Vec<PathBuf>, SnapshotError> {
    let folder = run.join("snapshots");
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(SnapshotError::None(run.to_owned()));
        }
        Err(cause) => {
            return Err(SnapshotError::Disk { path: folder, cause });
        }
    };
    let files = entries.flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> =
        files.filter(|path| path.extension().is_some_and(|ext| ext == "safetensors")).collect();
    files.sort();
    if files.is_empty() { Err(SnapshotError::None(run.to_owned())) } else { Ok(files) }
}
