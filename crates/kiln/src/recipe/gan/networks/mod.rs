//! The networks that the game may be played with, by name: any generator against any critic, each
//! told of what samples are asked to be or not.

mod conditional;
mod critic;
mod critic_body;
mod generator;
mod generator_body;
mod pair;
mod sample;

pub use conditional::{ConditionalCritic, Critic, Opinion};
pub use critic::CriticNetwork;
pub use critic_body::{CriticBody, Look};
pub use generator::GeneratorNetwork;
pub use generator_body::{Generator, GeneratorBody, JoinedGenerator, Painting};
pub use pair::Networks;
