//! What a run is: its recipe, its data, how long and where.

use kiln_core::Checksum;
use kiln_data::{BadFiles, ClassNames, OpenOptions, Pairing, Source, Split};
use kiln_train::Plan;
use serde::{Deserialize, Serialize};

use crate::backend::Backend;
use crate::evaluate::EvaluationConfig;
use crate::recipe::{GanConfig, RecipeConfig};

/// The version of `config.json`; another one is refused, not guessed at.
pub(super) const SCHEMA: u32 = 2;

/// Everything that decides what a run computes, and how often it reports.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct RunConfig {
    /// Version of this format.
    pub schema: u32,
    /// The family and its constants.
    pub recipe: RecipeConfig,
    /// What it learns from.
    pub data: DataConfig,
    /// What every random number follows from.
    pub seed: u64,
    /// Samples in a batch.
    pub batch_size: usize,
    /// Samples on a sheet.
    pub sheet: usize,
    /// How long and how often.
    pub plan: Plan,
    /// What is measured in the course of the run, if the plan says how often.
    pub evaluation: EvaluationConfig,
    /// Threads that decode pictures; 0 for one a core.
    pub workers: usize,
    /// Where it is computed.
    pub backend: Backend,
    /// Which device of the backend, counted from 0.
    pub device: usize,
}

/// What a run learns from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct DataConfig {
    /// `mnist`, or a path.
    pub source: Source,
    /// Which part of it.
    pub split: Split,
    /// Side of the pictures in pixels; none keeps the size they have. Of sounds, their samples; 16384
    /// unless given.
    pub size: Option<usize>,
    /// Samples a second of sounds; 16000 unless given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<u32>,
    /// 1 for grey, 3 for RGB; none keeps what they have.
    pub channels: Option<usize>,
    /// What to do about files that cannot be used.
    pub bad_files: BadFiles,
    /// How the pictures are paired with others, for a recipe that learns to make one of the other:
    /// `edges`, `grey`, `side-by-side` or `folders`; or which two sets they are, for one that learns
    /// without pairs: `unpaired`, `inverted` or `coloured`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pairs: Option<Pairing>,
    /// Whether what a picture is made from is made instead, of pairs on disk.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub swap: bool,
    /// Classes that are not learned from, by name, such as what a detector of anomalies is to find.
    #[serde(skip_serializing_if = "ClassNames::is_empty")]
    pub without: ClassNames,
    /// Whether half of the pictures are mirrored.
    pub mirror: bool,
    /// SHA-256 of the content, filled in when the run starts.
    pub checksum: Option<Checksum>,
}

impl Default for RunConfig {
    fn default() -> Self {
        Self {
            schema: SCHEMA,
            recipe: RecipeConfig::Dcgan(GanConfig::default()),
            data: DataConfig::default(),
            seed: 1,
            batch_size: 64,
            sheet: 64,
            plan: Plan::default(),
            evaluation: EvaluationConfig::default(),
            workers: 0,
            backend: Backend::Cpu,
            device: 0,
        }
    }
}

impl Default for DataConfig {
    fn default() -> Self {
        Self {
            source: Source::Mnist,
            split: Split::Train,
            size: None,
            rate: None,
            channels: None,
            bad_files: BadFiles::Stop,
            pairs: None,
            swap: false,
            without: ClassNames::default(),
            mirror: false,
            checksum: None,
        }
    }
}

impl DataConfig {
    /// How the data is opened.
    pub fn options(&self) -> OpenOptions {
        OpenOptions {
            size: self.size,
            rate: self.rate,
            channels: self.channels,
            bad_files: self.bad_files,
            pairs: self.pairs,
            swap: self.swap,
            without: self.without.clone(),
            ..OpenOptions::default()
        }
    }

    /// How pictures are opened that are to be like those of `[channels, height, width]` that were
    /// made of this data.
    pub(crate) fn options_like(&self, [channels, height, _]: [usize; 3]) -> OpenOptions {
        // A volume has a slice for each channel, which is nobody's to choose.
        let channels = Some(channels).filter(|channels| [1, 3].contains(channels));
        OpenOptions { size: Some(height), channels, ..self.options() }
    }
}
