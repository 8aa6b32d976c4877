//! The test runner: nextest where it is installed, `cargo test` elsewhere.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use super::echo::{self, Reports};
use super::order::{CPU_FEATURES, WGPU_FEATURES};
use super::slowest::{self, TestCase};
use crate::cargo::{cargo, cargo_here};

/// What the end of the gate repeats.
#[derive(Debug, Default)]
pub(super) struct Closing {
    /// The runners' last words.
    lines: Vec<String>,
    /// Every test with its time; empty where nextest is absent.
    pub(super) cases: Vec<TestCase>,
}

impl Closing {
    pub(super) fn extend(&mut self, lines: Vec<String>) {
        self.lines.extend(lines);
    }

    /// Repeats the runners' last words, so that they end the output.
    pub(super) fn print(&self) {
        for line in &self.lines {
            println!("{line}");
        }
    }
}

/// Every test of the workspace on Flex and NdArray, or those whose names contain `filter`.
///
/// # Errors
///
/// When a test fails or the tests do not build.
pub(super) fn tests(filter: Option<&str>) -> Result<Closing> {
    let scope = ["--workspace", "--features", CPU_FEATURES];
    if has_nextest() {
        nextest(&scope, filter.as_slice())
    } else {
        let mut command = cargo_here("test");
        command.args(scope).args(["--lib", "--bins", "--tests"]);
        cargo_test(command.args(filter)).map(|lines| Closing { lines, cases: Vec::new() })
    }
}

/// The doc tests of the workspace; returns the closing lines.
///
/// # Errors
///
/// When one fails.
pub(super) fn doc_tests() -> Result<Vec<String>> {
    let mut command = cargo_here("test");
    cargo_test(command.args(["--doc", "--workspace", "--features", CPU_FEATURES]))
}

/// The tests that need an adapter: those with `device_` in their names. They compare wgpu with both
/// CPU backends.
///
/// # Errors
///
/// When one fails, or there is no adapter.
pub(super) fn device_tests(filter: Option<&str>) -> Result<Closing> {
    let scope = ["--workspace", "--features", WGPU_FEATURES];
    let lacks_driver = cfg!(target_os = "linux") && !any_vulkan_driver();
    if lacks_driver {
        eprintln!("No Vulkan driver was found on this machine. {DRIVERS}\n");
    }
    let outcome = if has_nextest() {
        nextest(&scope, &["-E", &device_expression(filter)])
    } else {
        let mut command = cargo_here("test");
        cargo_test(command.args(scope).arg(filter.unwrap_or("device_")))
            .map(|lines| Closing { lines, cases: Vec::new() })
    };
    outcome.inspect_err(|_| {
        if !lacks_driver {
            eprintln!("\nIf no adapter was found: {DRIVERS}");
        }
    })
}

const DRIVERS: &str = "\
A GPU's own Vulkan driver will do, or Mesa's software one:
  apt-get install -y mesa-vulkan-drivers
  export XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-/tmp}";

fn device_expression(filter: Option<&str>) -> String {
    let device = "test(/(^|::)device_/)";
    filter.map_or(device.to_owned(), |name| format!("{device} & test({name})"))
}

/// Whether a Vulkan loader would find any driver in the usual places.
fn any_vulkan_driver() -> bool {
    let named = ["VK_ICD_FILENAMES", "VK_DRIVER_FILES"];
    named.iter().any(|name| std::env::var_os(name).is_some())
        || ["/usr/share", "/etc", "/usr/local/share"]
            .iter()
            .filter_map(|base| Path::new(base).join("vulkan/icd.d").read_dir().ok())
            .any(|mut entries| entries.next().is_some())
}

fn has_nextest() -> bool {
    let mut probe = cargo();
    probe.args(["nextest", "--version"]);
    probe.stdout(Stdio::null()).stderr(Stdio::null());
    probe.status().is_ok_and(|status| status.success())
}

fn nextest(scope: &[&str], selection: &[&str]) -> Result<Closing> {
    slowest::forget()?;
    let mut command = cargo();
    command.args(["nextest", "run", "--manifest-path"]);
    command.arg(crate::cargo::root().join("Cargo.toml"));
    command.args(scope).args(selection);
    let lines = report(&mut command, Reports::Stderr)?;
    let summary = lines.iter().rposition(|line| line.contains("Summary"));
    Ok(Closing { lines: lines[summary.unwrap_or(lines.len())..].to_vec(), cases: slowest::read()? })
}

fn cargo_test(command: &mut Command) -> Result<Vec<String>> {
    let mut lines = report(command, Reports::Stdout)?;
    lines.retain(|line| line.starts_with("test result:") && !line.contains(" 0 passed; 0 failed"));
    Ok(lines)
}

fn report(command: &mut Command, reports: Reports) -> Result<Vec<String>> {
    let (status, lines) = echo::run(command.env("RUST_BACKTRACE", "1"), reports)?;
    if !status.success() {
        bail!("failed as shown above; `cargo xtask test NAME` runs only the tests named so");
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_narrows_the_device_tests() {
        assert_eq!(device_expression(None), "test(/(^|::)device_/)");
        assert_eq!(device_expression(Some("agree")), "test(/(^|::)device_/) & test(agree)");
    }
}
