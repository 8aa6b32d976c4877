//! Train generative adversarial networks on any GPU and on the CPU.
//!
//! ```
//! use kiln::data::Pictures;
//! use kiln::{Backend, Origins, Recipe, Snapshot, paint_sheet};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let folder = folder.path().join("run");
//! // 256 grey squares of 8 x 8, each a little brighter than the one before.
//! let squares = (0..256).flat_map(|grey| vec![grey as u8; 64]).collect();
//! let trained = Recipe::vanilla()?
//!     .pictures(Pictures::new("squares", [1, 8, 8], squares, None)?)
//!     .backend(Backend::Cpu)
//!     .set("recipe.generator-hidden", "[32]")
//!     .set("recipe.critic-hidden", "[32]")
//!     .set("batch-size", "16")
//!     .samples(800)
//!     .train(&folder)?; // the same call goes on with an unfinished run
//! assert_eq!(trained.samples.0, 800);
//!
//! let snapshot = Snapshot::read(&folder)?;
//! let painter = snapshot.painter(&Backend::Cpu.device(0)?)?;
//! let latents = vec![0.5; 4 * painter.latents().width];
//! assert_eq!(paint_sheet(&*painter, &Origins::of_latents(latents))?.len(), 4);
//! # Ok(())
//! # }
//! ```
//!
//! The command `kiln` does the same from the terminal. The parts can be used on their own: the
//! engine ([`train`]), the data ([`data`]), the networks ([`models`]), the losses ([`objective`]),
//! evaluation ([`eval`]) and what they share ([`core`]).

mod backend;
#[cfg(feature = "cli")]
pub mod cli;
mod config;
pub mod evaluate;
#[cfg(feature = "cli")]
mod live;
mod material;
pub mod recipe;
mod recipe_builder;
mod report;
mod run_folder;
mod sample_source;
mod session;
mod snapshot;

pub use kiln_core as core;
pub use kiln_data as data;
pub use kiln_eval as eval;
pub use kiln_models as models;
pub use kiln_objective as objective;
pub use kiln_ops as ops;
pub use kiln_train as train;

pub use backend::{Backend, BackendError};
pub use config::{
    ConfigError, DataConfig, Difference, Layers, PRESETS, Preset, RunConfig, differences,
};
pub use material::Material;
pub use recipe::{
    Classes, CodeWish, Codes, Conditions, Examples, Origins, Painter, RecipeConfig, draw_origins,
    paint_sheet,
};
pub use recipe_builder::Recipe;
pub use run_folder::{FolderError, RunFolder, read_config};
pub use sample_source::{PointSource, SampleSource, SoundSource};
pub use session::{Session, TrainError, Trained};
pub use snapshot::{Snapshot, SnapshotError};
