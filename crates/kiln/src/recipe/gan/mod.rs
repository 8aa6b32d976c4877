//! The two-player game that most recipes are: a generator against a critic, on samples alone. The
//! networks, the objective, the penalties and the pace are chosen by name, so a recipe of this
//! family is a preset.
//!
//! Departs from every paper: samples come from averaged weights, unless the average's half-life is
//! zero.

mod augment;
mod config;
mod game;
mod judge;
mod memories;
mod networks;
mod pace;
mod painter;
mod regularisers;
mod sight;
mod switch;
mod terms;
#[cfg(test)]
#[cfg(feature = "cpu")]
mod tests;

pub use augment::Augment;
pub use config::GanConfig;
pub use game::Gan;
pub use networks::{Critic, CriticNetwork, Generator, GeneratorNetwork, Networks, Painting};
pub use pace::{Opening, Pace};
pub use regularisers::{Consistent, Regularisers};
pub use switch::Switch;
