//! `cargo xtask bench`: rounds of training timed in turns, Kiln's and PyTorch's of the same game.
//!
//! Both start from the same weights and play the same first rounds, whose losses must agree; then
//! each plays a block of rounds while the other waits, over and over. A ratio is that of a pair of
//! neighbouring blocks, so what else the machine does falls on both.

mod duel;
mod game;
mod launches;
mod operations;
mod player;
mod profile;
mod ratio;
mod report;
mod torch;
mod verb;

pub(crate) use verb::{Options, run};
