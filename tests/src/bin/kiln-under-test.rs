//! The command `kiln`, built beside the tests that run it.

use std::process::ExitCode;

fn main() -> ExitCode {
    kiln::cli::main()
}
