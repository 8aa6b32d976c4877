//! The configuration of a run: preset, then file, then flags, each over the one before, and what
//! of it may change when a run goes on.

use std::collections::BTreeMap;

use kiln_core::Checksum;
use kiln_data::{BadFiles, ClassNames, OpenOptions, Pairing, Source, Split};
use kiln_train::Plan;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;

use crate::backend::Backend;
use crate::evaluate::EvaluationConfig;
use crate::recipe::{GanConfig, RecipeConfig};

/// The version of `config.json`; another one is refused, not guessed at.
const SCHEMA: u32 = 2;

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

/// A configuration that cannot be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// There is no such preset.
    #[error("there is no recipe `{name}`; there are {}", Preset::names().join(", "))]
    UnknownRecipe {
        /// The name that was given.
        name: String,
    },
    /// A text that is no TOML or JSON.
    #[error("{what} cannot be read: {reason}")]
    Syntax {
        /// Which text.
        what: String,
        /// What the parser said.
        reason: String,
    },
    /// A key or value that does not fit.
    #[error("the configuration does not fit: {0} (`kiln train --dry-run` shows every key)")]
    Misfit(String),
    /// A `--set` that is not `key=value`.
    #[error("`--set {0}` is not of the form key=value, such as --set recipe.latents=64")]
    BadSet(String),
    /// A key that leads nowhere.
    #[error("there is no setting `{key}`: `{parent}` is {found}")]
    UnknownKey {
        /// The key that was given.
        key: String,
        /// The part of it that exists.
        parent: String,
        /// What is there.
        found: String,
    },
    /// A setting whose key or value does not fit.
    #[error("`{key}` cannot be set so: {reason} (`kiln train --dry-run` shows every key)")]
    Setting {
        /// The key that was given.
        key: String,
        /// What the configuration said.
        reason: String,
    },
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

/// A recipe's committed constants.
#[derive(Debug, Clone, Copy)]
pub struct Preset {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it is, in a sentence.
    pub summary: &'static str,
    text: &'static str,
}

macro_rules! presets {
    ($($name:literal: $summary:literal),* $(,)?) => {
        /// Every preset, the default first.
        pub const PRESETS: &[Preset] = &[$(Preset {
            name: $name,
            summary: $summary,
            text: include_str!(concat!("../../../assets/presets/", $name, ".toml")),
        }),*];
    };
}

presets! {
    "dcgan": "convolutional networks with batch norm (Radford et al. 2016); digits in minutes",
    "lsgan": "least squares instead of logarithms (Mao et al. 2017)",
    "wgan": "the earth mover's distance, with clipped weights (Arjovsky et al. 2017)",
    "wgan-gp": "the same with a gradient penalty (Gulrajani et al. 2017)",
    "dragan": "perceptrons with a slope of one around reals (Kodali et al. 2017)",
    "hinge-dcgan": "spectral normalisation and the hinge loss on dcgan's networks",
    "sngan": "spectrally normalised residual networks (Miyato et al. 2018), 28 to 128 pixels",
    "began": "an auto-encoder for a critic (Berthelot et al. 2017)",
    "rpgan-r1r2": "plain residual networks, relativistic pairs, R1 and R2 (R3GAN's ablation, 2024)",
    "r3gan": "the same with wide bottlenecks in groups, and its schedules (Huang et al. 2024)",
    "cgan": "asked for a class: both sides are told it (Mirza and Osindero 2014); labelled data",
    "acgan": "the critic tells the class (AC-GAN, Odena et al. 2017); labelled data",
    "projection": "sngan by class, with a projection critic (Miyato and Koyama 2018); labelled data",
    "biggan": "attention, slices of the latent, a shared embedding (Brock et al. 2019); labelled data",
    "stylegan2": "a mapping network, modulated convolutions, noise, path length (Karras et al. 2020)",
    "infogan": "codes that find their own meaning (InfoGAN, Chen et al. 2016)",
    "gan3d": "volumes instead of pictures (3D-GAN, Wu et al. 2016): solids, or your .binvox and .npy",
    "wavegan": "sounds instead of pictures (WaveGAN, Donahue et al. 2018); a folder of WAV or FLAC",
    "anogan": "finds anomalies by what an encoder and a GAN cannot make again (f-AnoGAN, Schlegl et al. 2019)",
    "pix2pix": "a picture made of a picture: a U-Net, a patch critic and L1 (Isola et al. 2017); pairs",
    "srgan": "a small picture made four times larger (Ledig et al. 2017); any pictures",
    "cyclegan": "two sets of pictures translated into each other (Zhu et al. 2017); no pairs",
    "colorize": "colours for grey pictures, by DeOldify's NoGAN schedule (Antic 2019)",
    "vae": "an encoder and a decoder, and no game (Kingma and Welling 2014): GANs' rival",
    "ring8": "eight Gaussians on a ring: points in the plane, to see which modes are found",
    "grid25": "twenty-five Gaussians on a grid",
    "vanilla": "two perceptrons, as the popular Keras tutorial has it",
    "goodfellow2014": "the first paper's game: maxout critic, dropout, descent with momentum",
}

impl Preset {
    /// The preset of this name.
    ///
    /// # Errors
    ///
    /// Names those that there are.
    pub fn find(name: &str) -> Result<&'static Self, ConfigError> {
        let found = PRESETS.iter().find(|preset| preset.name == name);
        found.ok_or_else(|| ConfigError::UnknownRecipe { name: name.to_owned() })
    }

    /// The names of all presets.
    pub fn names() -> Vec<&'static str> {
        PRESETS.iter().map(|preset| preset.name).collect()
    }
}

/// A configuration under construction.
#[derive(Debug, Clone)]
pub struct Layers {
    tree: Value,
}

impl Layers {
    /// Starts from a preset.
    ///
    /// # Errors
    ///
    /// When there is none of that name.
    pub fn preset(name: &str) -> Result<Self, ConfigError> {
        let preset = Preset::find(name)?;
        Self::text(preset.text, &format!("the preset `{name}`"), false)
    }

    /// Starts from a file's text: TOML, or JSON such as a run's `config.json`. A file that names
    /// a recipe stands over that recipe's preset.
    ///
    /// # Errors
    ///
    /// When the text is neither, or does not fit.
    pub fn file(text: &str, path: &str, json: bool) -> Result<Self, ConfigError> {
        Self::text(text, path, json)
    }

    fn text(text: &str, what: &str, json: bool) -> Result<Self, ConfigError> {
        let syntax = |reason: String| ConfigError::Syntax { what: what.to_owned(), reason };
        let over: Value = if json {
            serde_json::from_str(text).map_err(|e| syntax(e.to_string()))?
        } else {
            toml::from_str(text).map_err(|e| syntax(e.to_string()))?
        };
        let name = over.pointer("/recipe/name").and_then(Value::as_str).unwrap_or("dcgan");
        let mut tree = defaults(name)?;
        merge(&mut tree, over);
        let layers = Self { tree };
        layers.resolve()?;
        Ok(layers)
    }

    /// Sets the value at a dotted key, in which a number counts the items of a list from 0; the
    /// value is read as TOML, or as text if it is none. Tables on the way that are not there yet,
    /// such as that of an optional term, are begun.
    ///
    /// # Errors
    ///
    /// When the key leads nowhere or the value does not fit; then nothing has changed.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), ConfigError> {
        let mut tree = self.tree.clone();
        let mut at = &mut tree;
        let mut parents: Vec<&str> = Vec::new();
        for part in key.split('.') {
            if at.is_null() {
                *at = Value::Object(Map::new());
            }
            let nowhere = |found| ConfigError::UnknownKey {
                key: key.to_owned(),
                parent: parents.join("."),
                found,
            };
            at = match at {
                Value::Object(map) => map.entry(part.replace('_', "-")).or_insert(Value::Null),
                Value::Array(items) => {
                    let n = items.len();
                    let item = part.parse().ok().and_then(|i: usize| items.get_mut(i));
                    item.ok_or_else(|| nowhere(format!("a list of {n}, counted from 0")))?
                }
                leaf => return Err(nowhere(format!("{leaf}, not a table"))),
            };
            parents.push(part);
        }
        *at = parse_value(value);
        let layers = Self { tree };
        layers.resolve().map_err(|error| match error {
            ConfigError::Misfit(reason) => ConfigError::Setting { key: key.to_owned(), reason },
            error => error,
        })?;
        *self = layers;
        Ok(())
    }

    /// Sets from `key=value`.
    ///
    /// # Errors
    ///
    /// As [`set`](Self::set), and when there is no `=`.
    pub fn assign(&mut self, assignment: &str) -> Result<(), ConfigError> {
        let (key, value) =
            assignment.split_once('=').ok_or_else(|| ConfigError::BadSet(assignment.to_owned()))?;
        self.set(key.trim(), value.trim())
    }

    /// Whether there is a value at a dotted key.
    pub(crate) fn has(&self, key: &str) -> bool {
        key.split('.').try_fold(&self.tree, |at, part| at.get(part)).is_some()
    }

    /// The configuration as it stands.
    ///
    /// # Errors
    ///
    /// When a key or value does not fit.
    pub fn resolve(&self) -> Result<RunConfig, ConfigError> {
        // Before all else: what another format says may not be read at all.
        let schema = self.tree.get("schema").and_then(Value::as_u64);
        if let Some(schema) = schema.filter(|schema| *schema != u64::from(SCHEMA)) {
            return Err(ConfigError::Misfit(format!(
                "it has format {schema}, this kiln reads {SCHEMA}: use the kiln that wrote it, or start \
                 the run anew"
            )));
        }
        let config: RunConfig = serde_json::from_value(self.tree.clone())
            .map_err(|e| ConfigError::Misfit(e.to_string()))?;
        if config.batch_size == 0 || config.sheet == 0 {
            let key = if config.batch_size == 0 { "batch-size" } else { "sheet" };
            return Err(ConfigError::Misfit(format!("`{key}` is 0; it must be at least 1")));
        }
        config.plan.check().map_err(|e| ConfigError::Misfit(e.to_string()))?;
        Ok(config)
    }
}

/// The defaults of the recipe of this name, as a tree with every key.
fn defaults(name: &str) -> Result<Value, ConfigError> {
    Preset::find(name)?;
    let misfit = |e: serde_json::Error| ConfigError::Misfit(e.to_string());
    let recipe = serde_json::from_value(serde_json::json!({ "name": name })).map_err(misfit)?;
    serde_json::to_value(RunConfig { recipe, ..RunConfig::default() }).map_err(misfit)
}

/// Lays `over` on `tree`. A table with another `kind` replaces the whole table below it.
fn merge(tree: &mut Value, over: Value) {
    match (tree, over) {
        (Value::Object(tree), Value::Object(over)) => {
            if over.get("kind").is_some_and(|kind| Some(kind) != tree.get("kind")) {
                tree.clear();
            }
            for (key, value) in over {
                merge(tree.entry(key).or_insert(Value::Null), value);
            }
        }
        (tree, over) => *tree = over,
    }
}

fn parse_value(text: &str) -> Value {
    let document = format!("value = {text}");
    let parsed = toml::from_str::<Map<String, Value>>(&document).ok();
    let value = parsed.and_then(|mut map| map.remove("value"));
    value.unwrap_or_else(|| match text {
        "" => Value::Null,
        _ => Value::String(text.to_owned()),
    })
}

/// A setting that differs between a saved run and the command that would go on with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its dotted key.
    pub key: String,
    /// Its value in the saved run.
    pub saved: String,
    /// Its value now.
    pub now: String,
}

/// What may change when a run goes on: how long, how often it reports, where it is computed.
fn is_free(key: &str) -> bool {
    const FREE: [&str; 5] = ["workers", "backend", "device", "data.source", "data.bad-files"];
    FREE.contains(&key) || key.starts_with("plan.") || key.starts_with("evaluation.")
}

/// The settings in which a run may not differ from its saved self, and does.
pub fn differences(saved: &RunConfig, now: &RunConfig) -> Vec<Difference> {
    let (saved, now) = (flat(saved), flat(now));
    let text = |value: Option<&Value>| value.map_or("none".to_owned(), Value::to_string);
    saved
        .keys()
        .chain(now.keys().filter(|key| !saved.contains_key(*key)))
        .filter(|key| !is_free(key) && saved.get(*key) != now.get(*key))
        .map(|key| Difference {
            key: key.clone(),
            saved: text(saved.get(key)),
            now: text(now.get(key)),
        })
        .collect()
}

/// Every leaf by its dotted key.
fn flat(config: &RunConfig) -> BTreeMap<String, Value> {
    fn walk(prefix: &str, value: Value, leaves: &mut BTreeMap<String, Value>) {
        match value {
            Value::Object(map) => map.into_iter().for_each(|(key, value)| {
                let dot = if prefix.is_empty() { "" } else { "." };
                walk(&format!("{prefix}{dot}{key}"), value, leaves);
            }),
            Value::Null => {}
            leaf => drop(leaves.insert(prefix.to_owned(), leaf)),
        }
    }
    let mut leaves = BTreeMap::new();
    // A configuration that was read from JSON can be written as JSON.
    walk("", serde_json::to_value(config).unwrap_or_default(), &mut leaves);
    leaves
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_resolves_to_its_own_recipe() {
        for preset in PRESETS {
            let config = Layers::preset(preset.name).unwrap().resolve().unwrap();
            assert_eq!(config.recipe.name(), preset.name);
        }
    }

    #[test]
    fn a_setting_is_found_by_its_dotted_key() {
        let mut layers = Layers::preset("vanilla").unwrap();
        layers.assign("recipe.critic.rate=1e-3").unwrap();
        layers.assign("data.source=some/where").unwrap();
        layers.assign("batch_size = 16").unwrap();
        let config = layers.resolve().unwrap();
        assert_eq!(config.batch_size, 16);
        assert_eq!(config.data.source.to_string(), "some/where");
        let RecipeConfig::Vanilla(vanilla) = config.recipe else { panic!() };
        assert_eq!(vanilla.critic.rate.at(kiln_core::SamplesSeen(0)), 1e-3);
    }

    #[test]
    fn an_empty_value_clears_a_setting_and_none_is_a_name_like_others() {
        let mut layers = Layers::preset("dcgan").unwrap();
        layers.assign("data.size=").unwrap();
        layers.assign("recipe.networks.critic.norm=none").unwrap();
        let config = layers.resolve().unwrap();
        assert_eq!(config.data.size, None);
        let critic = serde_json::to_value(&config).unwrap()["recipe"]["networks"]["critic"].take();
        assert_eq!(critic["norm"], "none");
    }

    #[test]
    fn penalties_are_listed_by_name_and_an_item_is_found_by_its_number() {
        let mut layers = Layers::preset("dcgan").unwrap();
        let two =
            "recipe.penalties=[{kind=\"r1\", weight=1, every=4}, {kind=\"wgan-gp\", weight=10}]";
        layers.assign(two).unwrap();
        layers.assign("recipe.penalties.1.weight=5").unwrap();
        let RecipeConfig::Dcgan(dcgan) = layers.resolve().unwrap().recipe else { panic!() };
        assert_eq!(dcgan.penalties.len(), 2);
        let penalty = dcgan.penalties[1];
        assert_eq!((penalty.weight, penalty.every), (kiln_core::Schedule::constant(5.0), 1));

        let error = layers.assign("recipe.penalties.2.weight=5").unwrap_err().to_string();
        assert!(error.contains("recipe.penalties"), "{error}");
        let error = layers.assign("recipe.penalties=[{kind=\"r3\", weight=1}]").unwrap_err();
        assert!(error.to_string().contains("wgan-gp"), "{error}");
    }

    #[test]
    fn a_wrong_key_is_told_the_right_ones() {
        let mut layers = Layers::preset("dcgan").unwrap();
        let error = layers.assign("recipe.critc.rate=1").unwrap_err().to_string();
        assert!(error.contains("recipe.critc.rate") && error.contains("critic"), "{error}");
        let error = layers.assign("recipe.latent=3").unwrap_err().to_string();
        assert!(error.contains("latent") && error.contains("latents"), "{error}");
        let error = layers.assign("recipe.latents.mean=3").unwrap_err().to_string();
        assert!(error.contains("`recipe.latents` is"), "{error}");
        let same = Layers::preset("dcgan").unwrap();
        assert_eq!(layers.resolve().unwrap(), same.resolve().unwrap(), "nothing has changed");
    }

    #[test]
    fn setting_a_key_of_an_optional_table_begins_it() {
        let mut layers = Layers::preset("stylegan2").unwrap();
        layers.assign("recipe.regularisers.path-length.every=2").unwrap();
        assert!(layers.has("recipe.regularisers.path-length.every"));
        let error = layers.assign("recipe.regularisers.path.every=2").unwrap_err().to_string();
        assert!(
            error.contains("path-length") && error.contains("regularisers.path.every"),
            "{error}"
        );
    }

    #[test]
    fn another_kind_of_schedule_replaces_the_whole_table() {
        let text = "recipe = { name = \"dcgan\", critic = { rate = { kind = \"linear\", \
                    from = 1e-3, to = 0.0, until = 100 } } }";
        let config = Layers::file(text, "x.toml", false).unwrap().resolve().unwrap();
        let RecipeConfig::Dcgan(dcgan) = config.recipe else { panic!() };
        assert_eq!(dcgan.critic.rate.at(kiln_core::SamplesSeen(50)), 5e-4);
    }

    #[test]
    fn only_what_changes_the_numbers_may_not_change() {
        let saved = RunConfig::default();
        let mut now = saved.clone();
        now.plan.until = kiln_core::SamplesSeen(7);
        now.workers = 5;
        now.backend = Backend::Wgpu;
        assert_eq!(differences(&saved, &now), []);
        now.seed = 2;
        now.batch_size = 32;
        let keys: Vec<_> = differences(&saved, &now).into_iter().map(|d| d.key).collect();
        assert_eq!(keys, ["batch-size", "seed"]);
    }
}
