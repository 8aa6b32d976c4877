//! `cargo xtask tidy`: what neither the compiler nor clippy holds us to, in seconds.

mod code;
mod edges;
mod finding;
mod footprint;
mod layout;
mod length;
mod links;
mod mask;
mod outward;
mod report;
mod shape;
mod tree;

pub(crate) use report::{check, run};
