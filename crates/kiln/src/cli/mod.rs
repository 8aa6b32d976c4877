//! The command line: arguments in, calls to the library, words out.

mod args;
mod audience;
mod augment;
mod classifier;
mod command;
mod count;
mod cut;
mod data;
mod doctor;
mod dry_run;
mod eval;
mod eval_critic;
mod eval_pairs;
mod export;
mod given;
mod inspect;
mod operations;
mod report;
mod rounds;
mod sample;
mod say;
mod signals;
mod stills;
mod train;

pub use command::main;
