//! The networks that the game may be played with, by name: any generator against any critic.

mod critic;
mod generator;
mod pair;
mod sample;

pub use critic::{Critic, CriticNetwork};
pub use generator::{Generator, GeneratorNetwork, Painting};
pub use pair::Networks;
