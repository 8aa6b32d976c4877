//! `cargo xtask test`: what must hold before a change lands, cheapest first.

mod echo;
mod order;
mod runner;
mod slowest;
mod step;

pub(crate) use order::{Options, run};
