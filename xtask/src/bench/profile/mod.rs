//! `cargo xtask bench --profile`: where the time of a round goes, by what kind of work is done.
//!
//! Kiln is built with symbols that tell the type that a function is generic over, since every kernel
//! runs inside the same few functions, and plays while `perf` looks where it stands.

mod kind;
mod page;
mod sample;

pub(super) use page::profile;
