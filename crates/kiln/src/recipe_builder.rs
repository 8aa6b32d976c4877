//! The library's front: a recipe, what it is to be trained on, and where.

use std::path::Path;

use kiln_data::{Pictures, Source};
use kiln_train::{Observer, Stop};

use crate::backend::Backend;
use crate::config::{ConfigError, Layers, RunConfig};
use crate::session::{Session, TrainError, Trained};

/// A run to be trained, put together step by step; see the crate's first page for an example.
#[derive(Debug)]
pub struct Recipe {
    layers: Layers,
    pictures: Option<Pictures>,
    error: Option<ConfigError>,
}

impl Recipe {
    /// The recipe of this name, with its preset.
    ///
    /// # Errors
    ///
    /// When there is none of that name.
    pub fn named(name: &str) -> Result<Self, ConfigError> {
        Ok(Self::over(Layers::preset(name)?))
    }

    /// A configuration that is put together elsewhere.
    pub fn over(layers: Layers) -> Self {
        Self { layers, pictures: None, error: None }
    }

    /// Convolutional networks (Radford et al. 2016).
    ///
    /// # Errors
    ///
    /// Never, unless the preset in the program is damaged.
    pub fn dcgan() -> Result<Self, ConfigError> {
        Self::named("dcgan")
    }

    /// Two perceptrons.
    ///
    /// # Errors
    ///
    /// Never, unless the preset in the program is damaged.
    pub fn vanilla() -> Result<Self, ConfigError> {
        Self::named("vanilla")
    }

    /// Trains on this source: `mnist`, or a folder.
    #[must_use]
    pub fn data(self, source: &Source) -> Self {
        self.set("data.source", &quoted(&source.to_string()))
    }

    /// Trains on pictures that are in memory.
    #[must_use]
    pub fn pictures(self, pictures: Pictures) -> Self {
        Self { pictures: Some(pictures), ..self }
    }

    /// Computes on this backend's first device.
    #[must_use]
    pub fn backend(self, backend: Backend) -> Self {
        self.set("backend", &quoted(backend.name()))
    }

    /// Shows this many real samples in all.
    #[must_use]
    pub fn samples(self, samples: u64) -> Self {
        self.set("plan.until", &samples.to_string())
    }

    /// Sets anything by its dotted key, as `--set` does: `recipe.latents`, `16`. A mistake is told
    /// by [`train`](Self::train).
    #[must_use]
    pub fn set(mut self, key: &str, value: &str) -> Self {
        if let Err(error) = self.layers.set(key, value) {
            self.error.get_or_insert(error);
        }
        self
    }

    /// The configuration as it stands.
    ///
    /// # Errors
    ///
    /// The first mistake in what was set.
    pub fn config(&self) -> Result<RunConfig, ConfigError> {
        self.layers.resolve()
    }

    /// Opens data and device.
    ///
    /// # Errors
    ///
    /// The first mistake in what was set, or when data or device cannot be had.
    pub fn open(self) -> Result<Session, TrainError> {
        if let Some(error) = self.error {
            return Err(error.into());
        }
        let config = self.layers.resolve()?;
        match self.pictures {
            Some(pictures) => Session::with_pictures(config, pictures),
            None => Session::open(config),
        }
    }

    /// Trains in `folder`, or goes on with the run that is there: as one of rayon's threads, as the command
    /// does, since a thread beside them is one more than there are processors.
    ///
    /// # Errors
    ///
    /// When a setting is wrong, or data, device, folder or game fail.
    pub fn train(self, folder: impl AsRef<Path>) -> Result<Trained, TrainError> {
        let folder = folder.as_ref();
        rayon::scope(|_| self.train_observed(folder, &mut (), Stop::default()))
    }

    /// The same, telling `observer` what happens, until `stop` is raised; on the thread that calls.
    ///
    /// # Errors
    ///
    /// As [`train`](Self::train).
    pub fn train_observed(
        self,
        folder: impl AsRef<Path>,
        observer: &mut dyn Observer,
        stop: Stop,
    ) -> Result<Trained, TrainError> {
        self.open()?.train(folder.as_ref(), false, observer, stop)
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
