//! CycleGAN: two sets of pictures are translated into each other, learned without pairs (Zhu et al.
//! 2017, "Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks").
//!
//! Each way has a translator and a critic that judges what it makes; what is translated there and back
//! must come out as it was.

mod config;
mod game;
mod painter;
mod sheet;
#[cfg(test)]
mod tests;
mod ways;

pub use config::CycleConfig;
pub use game::Cycle;
pub use ways::{BothWays, Way};
