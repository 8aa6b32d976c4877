//! The order of the gate: format, clippy, tidy, tests, doc tests. The first failure ends it.

use std::process::{Command, ExitCode};

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};

use super::runner::{self, Closing};
use super::slowest;
use super::step::Steps;
use crate::cargo::cargo_here;
use crate::tidy;

/// What to test.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// `cpu` is the whole gate, on Flex and NdArray; `wgpu` runs the tests named `device_..` on an adapter
    #[arg(long, value_enum, default_value_t = TestBackend::Cpu)]
    pub(crate) backend: TestBackend,
    /// Run only the tests whose names contain this, and nothing else of the gate
    pub(crate) filter: Option<String>,
}

/// Which backends the tests run on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TestBackend {
    /// Flex and NdArray, everywhere.
    Cpu,
    /// wgpu, where there is an adapter; Mesa's software Vulkan counts.
    Wgpu,
}

/// Clippy, tests and doc tests use the same features, so that cargo compiles Burn once for each.
pub(super) const CPU_FEATURES: &str = "kiln-tests/ndarray,kiln-tests/dicom";

/// The same and wgpu: whatever the backends share is then compiled already.
pub(super) const WGPU_FEATURES: &str = "kiln-tests/ndarray,kiln-tests/wgpu";

/// Runs the gate, or the part of it that was asked for.
///
/// # Errors
///
/// When a step fails; the step has then said why.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let filter = options.filter.as_deref();
    let mut steps = Steps::default();
    let closing = match (options.backend, filter) {
        (TestBackend::Wgpu, filter) => {
            steps.time("device tests on wgpu", || runner::device_tests(filter))?
        }
        (TestBackend::Cpu, Some(_)) => steps.time("tests", || runner::tests(filter))?,
        (TestBackend::Cpu, None) => whole_gate(&mut steps)?,
    };
    slowest::print(&closing);
    steps.print();
    closing.print();
    Ok(ExitCode::SUCCESS)
}

fn whole_gate(steps: &mut Steps) -> Result<Closing> {
    steps.time("format check", format_check)?;
    steps.time("clippy", clippy)?;
    steps.time("tidy", tidy::check)?;
    let mut closing = steps.time("tests", || runner::tests(None))?;
    closing.extend(steps.time("doc tests", runner::doc_tests)?);
    Ok(closing)
}

fn format_check() -> Result<()> {
    let mut cargo = cargo_here("fmt");
    cargo.args(["--all", "--check"]);
    demand(&mut cargo, "the code is not formatted: run `cargo fmt --all`")
}

fn clippy() -> Result<()> {
    let mut cargo = cargo_here("clippy");
    cargo.args(["--workspace", "--all-targets", "--features", CPU_FEATURES]);
    cargo.args(["--", "-D", "warnings"]);
    demand(
        &mut cargo,
        "clippy has complaints: mend them, or `#[expect(.., reason = ..)]` one that is wrong",
    )
}

fn demand(command: &mut Command, otherwise: &str) -> Result<()> {
    if !command.status()?.success() {
        bail!("{otherwise}");
    }
    Ok(())
}
