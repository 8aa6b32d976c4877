//! The front door of Kiln: `cargo xtask VERB`.
//!
//! `test`, `tidy`, `evidence`, `fetch` and `bench` live here. Every other verb is kiln's own: the binary is built
//! with the features that its `--backend` needs, and this process becomes it.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command speaks through its output"
)]

mod bench;
mod cargo;
mod evidence;
mod fetch;
mod gate;
mod machine;
mod product;
mod source;
mod tidy;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The front door of Kiln: trains, tests and measures.
#[derive(Debug, Parser)]
#[command(
    bin_name = "cargo xtask",
    override_usage = "cargo xtask VERB [ARGUMENTS]",
    after_help = KILN_VERBS,
    arg_required_else_help = true,
    disable_help_subcommand = true
)]
struct CommandLine {
    #[command(subcommand)]
    verb: Verb,
}

const KILN_VERBS: &str = "\
Every other verb belongs to kiln, which is built in release mode first:
  train     Train a generator; the same command resumes
  sample    Draw samples from a run or a snapshot
  report    Write a page about a run, or about several side by side
  plot      Draw the curves of a run, or of several, as SVG
  inspect   Say what a run, a snapshot or a data source holds
  data      Check a data source
  eval      Measure a run or a snapshot
  recipes   List the recipes
  doctor    Say which backends and devices this build and machine offer

`--backend wgpu|vulkan|metal|cuda|rocm|ndarray` builds that backend in; without it, the CPU.
`cargo xtask train --help` shows kiln's own help.

Examples:
  cargo xtask train --backend cpu        digits from the MNIST in the box
  cargo xtask sample runs/dcgan-mnist --count 64
  cargo xtask test                       what CI runs";

#[derive(Debug, Subcommand)]
enum Verb {
    /// Run the gate: format, clippy, tidy, tests on Flex and NdArray, doc tests
    Test(gate::Options),
    /// Check layout, dependency edges, file sizes and links, in seconds
    Tidy,
    /// Measure what the README claims, and write it to assets/results (long, resumable)
    Evidence(evidence::Options),
    /// Fetch pictures that are not in the box, for `--data`
    Fetch(fetch::Options),
    /// Time rounds of training beside PyTorch, in turns
    Bench(bench::Options),
    #[command(external_subcommand)]
    Kiln(Vec<OsString>),
}

fn main() -> ExitCode {
    let outcome = match CommandLine::parse().verb {
        Verb::Test(options) => gate::run(&options),
        Verb::Tidy => tidy::run(),
        Verb::Evidence(options) => evidence::run(&options),
        Verb::Fetch(options) => fetch::run(&options),
        Verb::Bench(options) => bench::run(&options),
        Verb::Kiln(arguments) => product::run(&arguments),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn parse(line: &str) -> Verb {
        CommandLine::try_parse_from(line.split(' ')).expect("parses").verb
    }

    #[test]
    fn the_command_line_is_well_formed() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn an_unknown_verb_is_kilns_with_its_arguments_untouched() {
        let Verb::Kiln(arguments) = parse("xtask train --backend wgpu --help -- -x") else {
            panic!("train is not a verb of xtask");
        };
        assert_eq!(arguments, ["train", "--backend", "wgpu", "--help", "--", "-x"]);
    }

    #[test]
    fn the_tests_take_a_backend_and_a_filter() {
        let Verb::Test(options) = parse("xtask test --backend wgpu tiny") else {
            panic!("test is a verb of xtask");
        };
        let expected = "Options { backend: Wgpu, filter: Some(\"tiny\") }";
        assert_eq!(format!("{options:?}"), expected);
    }
}
