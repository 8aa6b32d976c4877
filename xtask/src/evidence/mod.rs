//! `cargo xtask evidence NAME`: long runs whose results are committed under `assets/results/`.
//!
//! An entry names kiln's command lines; each seed becomes a row with the commit, the machine, the
//! times and peak memory, and what kiln measured. A row is complete or says "not run". The same
//! command goes on after a stop: finished rows are kept, and kiln resumes the run in between.

mod course;
mod entries;
mod entry;
mod families;
mod kept;
mod measure;
mod progress;
mod record;
mod results;
mod table;
mod verb;

pub(crate) use verb::{Options, run};
