//! The configuration of a run: preset, then file, then flags, each over the one before, and what
//! of it may change when a run goes on.

mod difference;
mod error;
mod layers;
mod preset;
mod run_config;

pub use difference::{Difference, differences};
pub use error::ConfigError;
pub use layers::Layers;
pub use preset::{PRESETS, Preset};
pub use run_config::{DataConfig, RunConfig};
