//! From arguments to a command, and from its end to an exit status.

use std::process::ExitCode;

use clap::Parser;

use super::args::{Args, Command};
use super::{
    classifier, data, doctor, eval, inspect, operations, report, rounds, sample, say, train,
};

/// Parses the arguments, does what they say, and gives the exit status: 0 for success, 1 for a
/// failure, 2 for wrong arguments, 130 and 143 after Ctrl-C and SIGTERM.
pub fn main() -> ExitCode {
    let args = Args::parse();
    // As one of the pool's own threads: the kernels' loops then start at once where they are called,
    // and no thread more than there are processors wants to run.
    rayon::scope(|_| run(args))
}

fn run(args: Args) -> ExitCode {
    let done = match args.command {
        Command::Train(args) => train::train(&args),
        Command::Sample(args) => sample::sample(&args),
        Command::Eval(args) => eval::eval(&args),
        Command::Inspect(args) => inspect::inspect(&args),
        Command::Report(args) => report::report(&args),
        Command::Plot(args) => report::plot(&args),
        Command::Data(args) => data::data(&args),
        Command::Classifier(args) => classifier::classifier(&args),
        Command::Digits(args) => eval::train_digits_command(&args),
        Command::Rounds(args) => rounds::rounds(&args),
        Command::Operations(args) => operations::operations(&args),
        Command::Recipes => doctor::recipes(),
        Command::Doctor => doctor::doctor(),
    };
    match done {
        Ok(code) => code,
        Err(error) if say::is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            say::error(&error);
            ExitCode::FAILURE
        }
    }
}
