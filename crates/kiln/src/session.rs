//! A training session: opens the data, takes the run folder, builds the game and plays it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kiln_core::{SamplesSeen, Sheet};
use kiln_data::{DataError, Pictures};
use kiln_train::{
    CheckpointError, Checkpoints, Evaluator, Event, Finish, Game, Observer, Run, RunError, State,
    Stop,
};
use thiserror::Error;

use crate::backend::BackendError;
use crate::config::RunConfig;
use crate::evaluate::{EvaluateError, Reference, RunEvaluator, TranslatorEvaluator};
use crate::material::Material;
use crate::recipe::{Family, RecipeError, Subject, World};
use crate::report::RunReports;
use crate::run_folder::{FolderError, RunFolder};
use crate::sample_source::SampleSource;
use crate::snapshot::Snapshot;
use crate::with_family;

/// A run that is set up and not yet played: data and device are there, nothing is written.
#[derive(Debug)]
pub struct Session {
    config: RunConfig,
    material: Material,
    world: World,
}

/// How a session ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trained {
    /// The run folder.
    pub folder: PathBuf,
    /// Samples shown in all.
    pub samples: SamplesSeen,
    /// Why it ended; nothing when the run had been complete before.
    pub finish: Option<Finish>,
}

/// Why a session failed.
#[derive(Debug, Error)]
pub enum TrainError {
    /// The backend or device cannot be had.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// The data cannot be used.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The recipe cannot be played.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// The generator cannot be measured.
    #[error("the run cannot be evaluated: {0}")]
    Evaluate(#[from] EvaluateError),
    /// The configuration does not fit.
    #[error(transparent)]
    Config(#[from] crate::config::ConfigError),
    /// The run folder cannot be used.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The checkpoints cannot be used.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// A report cannot be written.
    #[error("cannot write the run's reports: {0}")]
    Reports(#[from] io::Error),
    /// The run failed.
    #[error(transparent)]
    Run(#[from] RunError),
}

impl Session {
    /// Opens the data that the configuration names, and the device.
    ///
    /// # Errors
    ///
    /// When either cannot be had.
    pub fn open(config: RunConfig) -> Result<Self, TrainError> {
        // The cheap refusal first: opening a large folder takes a while.
        let device = config.backend.device(config.device)?;
        let material = Material::open(&config.data)?;
        Self::new(config, material, device)
    }

    /// Plays with pictures that are already there.
    ///
    /// # Errors
    ///
    /// When the device cannot be had.
    pub fn with_pictures(config: RunConfig, pictures: Pictures) -> Result<Self, TrainError> {
        let device = config.backend.device(config.device)?;
        Self::new(config, Material::Pictures(Arc::new(pictures)), device)
    }

    fn new(
        mut config: RunConfig,
        material: Material,
        device: burn::tensor::Device,
    ) -> Result<Self, TrainError> {
        config.data.checksum = Some(material.checksum());
        let (picture, classes, input) = (material.shape(), material.classes(), material.input());
        let medium = material.medium();
        let subject = Subject { medium, picture, classes, input };
        config.recipe.check(medium, material.arrangement(), material.shrunk())?;
        let world = World {
            subject,
            seed: config.seed,
            batch_size: config.batch_size,
            sheet: config.sheet,
            examples: material.examples(&config)?,
            device: device.autodiff(),
        };
        let session = Self { config, material, world };
        session.check_evaluation()?;
        Ok(session)
    }

    /// Refuses an evaluation in the course of the run that cannot be made.
    fn check_evaluation(&self) -> Result<(), TrainError> {
        let World { subject, device, .. } = &self.world;
        if self.config.plan.evaluate_every.is_none() {
            return Ok(());
        }
        if subject.input.is_some() {
            self.translator_evaluator()?;
        } else {
            self.config.metrics(subject, device)?;
        }
        Ok(())
    }

    /// What measures a translator.
    fn translator_evaluator(&self) -> Result<TranslatorEvaluator, TrainError> {
        let (config, World { subject, device, .. }) = (&self.config, &self.world);
        let nothing = || EvaluateError::NothingHeldOut { data: self.material.name().to_owned() };
        let held_out = self.material.held_out(&config.data)?.ok_or_else(nothing)?;
        Ok(TranslatorEvaluator::open(config, held_out, subject, device)?)
    }

    /// The configuration, with the data's checksum filled in.
    pub fn config(&self) -> &RunConfig {
        &self.config
    }

    /// Changes how long the run lasts.
    pub fn set_budget(&mut self, until: SamplesSeen) {
        self.config.plan.until = until;
    }

    /// The data.
    pub fn material(&self) -> &Material {
        &self.material
    }

    /// What the recipe knows of the run.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Real samples for the sheet: of pictures, the first of the first epoch.
    ///
    /// # Errors
    ///
    /// When the data cannot be read.
    pub fn reals(&self) -> Result<Sheet, DataError> {
        self.material.reals(&self.config)
    }

    /// Batches as the recipe wants them, on the device.
    ///
    /// # Errors
    ///
    /// When the data has no samples or the batch is empty.
    pub fn source(&self) -> Result<SampleSource, DataError> {
        let n = self.config.recipe.reals_per_draw(self.config.batch_size).max(1);
        self.material.source(n, &self.config, &self.world.device)
    }

    /// Trains in `folder`: starts, or goes on with the run that is there. With `fresh` that run
    /// is removed first.
    ///
    /// # Errors
    ///
    /// When the folder, the data, the device or the game fail. What was saved before stays.
    pub fn train(
        &self,
        folder: &Path,
        fresh: bool,
        talk: &mut dyn Observer,
        stop: Stop,
    ) -> Result<Trained, TrainError> {
        // A recipe that cannot be played is refused before anything is written or removed.
        with_family!(&self.config.recipe, family => {
            let game = family.start(&self.world)?;
            let folder = RunFolder::take(folder, &self.config, fresh)?;
            self.play(game, &folder, talk, stop)
        })
    }

    /// What measures the generator, if the plan has it measured.
    fn evaluator(&self) -> Result<Option<Box<dyn Evaluator>>, TrainError> {
        let (config, World { subject, device, .. }) = (&self.config, &self.world);
        if config.plan.evaluate_every.is_none() {
            return Ok(None);
        }
        if subject.input.is_some() {
            return Ok(Some(Box::new(self.translator_evaluator()?)));
        }
        let metrics = config.metrics(subject, device)?;
        let reference = match &self.material {
            Material::Pictures(pictures) => {
                let data = &config.data;
                let options = data.options_like(pictures.shape());
                Reference::of_training(pictures.clone(), &data.source, &options, &metrics)?
            }
            Material::Sounds(_) | Material::Points(_) => Reference::nothing(),
        };
        Ok(Some(Box::new(RunEvaluator::open(config, metrics, &reference, subject, device)?)))
    }

    fn play<G: Game<Batch = crate::recipe::Images>>(
        &self,
        game: G,
        folder: &RunFolder,
        talk: &mut dyn Observer,
        stop: Stop,
    ) -> Result<Trained, TrainError> {
        let plan = self.config.plan.clone();
        let checkpoints = Checkpoints::open(&folder.checkpoints(), plan.keep)?;
        let path = folder.path().to_owned();
        if let Some(samples) = complete(&checkpoints, plan.until)? {
            return Ok(Trained { folder: path, samples, finish: None });
        }
        let reals = self.reals()?;
        let title = format!("{} on {}", self.config.recipe.name(), self.material.name());
        let mut reports = RunReports::open(folder.path(), &title, &reals)?;
        let mut observers = Both { record: &mut reports, talk, listener_gone: false };
        let mut source = self.source()?;
        let mut evaluator = self.evaluator()?;
        let snapshots = folder.snapshots();
        let mut write = |clock, state: &State| {
            Snapshot::write(&snapshots, &self.config, &self.world.subject, clock, state)
        };
        let run = Run {
            plan,
            seed: self.config.seed,
            device: self.world.device.clone(),
            source: &mut source,
            checkpoints: &checkpoints,
            snapshots: &mut write,
            evaluator: evaluator.as_mut().map(|one| &mut **one as &mut dyn Evaluator),
            real_spread: reals.spread(),
            observer: &mut observers,
            stop,
        };
        let outcome = run.play(game)?;
        Ok(Trained { folder: path, samples: outcome.clock.samples, finish: Some(outcome.finish) })
    }
}

/// How far a run is, if it has shown all its samples.
fn complete(
    checkpoints: &Checkpoints,
    until: SamplesSeen,
) -> Result<Option<SamplesSeen>, CheckpointError> {
    if checkpoints.list()?.last().is_none_or(|newest| *newest < until) {
        return Ok(None);
    }
    let newest = checkpoints.newest()?.map(|(saved, _)| saved.clock.samples);
    Ok(newest.filter(|samples| *samples >= until))
}

/// Two observers: one keeps the record, the other talks to the user.
struct Both<'a> {
    record: &'a mut dyn Observer,
    talk: &'a mut dyn Observer,
    listener_gone: bool,
}

impl Observer for Both<'_> {
    fn observe(&mut self, event: &Event) -> io::Result<()> {
        self.record.observe(event)?;
        if self.listener_gone {
            return Ok(());
        }
        match self.talk.observe(event) {
            // Whoever listened has left, as `head` does; that is no reason to end the run.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.listener_gone = true,
            told => told?,
        }
        Ok(())
    }

    fn mark(&mut self) -> io::Result<u64> {
        self.record.mark()
    }

    fn rewind(&mut self, mark: u64) -> io::Result<()> {
        self.record.rewind(mark)
    }
}
