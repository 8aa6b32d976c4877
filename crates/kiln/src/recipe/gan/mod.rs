//! The two-player game that most recipes are: a generator against a critic, on samples alone or on
//! samples and their classes. The networks, the objective, the penalties and the pace are chosen by
//! name, so a recipe of this family is a preset.
//!
//! Departs from every paper: samples come from averaged weights, unless the average's half-life is
//! zero.

mod asked;
mod augment;
mod coded;
mod condition;
mod config;
mod encoding;
mod game;
mod judge;
mod memories;
mod networks;
mod pace;
mod painter;
mod part;
mod projection;
mod regularisers;
mod sight;
mod switch;
mod terms;
#[cfg(test)]
#[cfg(feature = "cpu")]
mod tests;

pub use augment::Augment;
pub use coded::Coded;
pub use condition::{Condition, FakeClasses, Labelled, ToldCritic, ToldGenerator};
pub use config::GanConfig;
pub use encoding::{Encoding, GanEncoder};
pub use game::Gan;
pub use networks::{
    ConditionalCritic, Critic, CriticBody, CriticNetwork, Generator, GeneratorBody,
    GeneratorNetwork, JoinedGenerator, Look, Networks, Opinion, Painting,
};
pub use pace::{Opening, Pace};
pub use regularisers::{Consistent, Regularisers};
pub use switch::Switch;
