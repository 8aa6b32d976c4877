//! The command line: arguments in, calls to the library, words out.

mod args;
mod augment;
mod command;
mod data;
mod doctor;
mod dry_run;
mod eval;
mod inspect;
mod operations;
mod rounds;
mod sample;
mod say;
mod signals;
mod train;

pub use command::main;
