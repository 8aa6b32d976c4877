//! Builds kiln with the features that a command line needs, and becomes it.

use std::ffi::OsString;
use std::fmt;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::str::FromStr;

use anyhow::{Context, Result, bail};
use cargo_metadata::Message;

use crate::cargo::cargo_here;

/// Runs one of kiln's verbs: returns only if kiln cannot be built or started.
///
/// # Errors
///
/// When the backend is unknown, the build fails or the binary does not start.
pub(crate) fn run(arguments: &[OsString]) -> Result<ExitCode> {
    let binary = build(Backend::of(arguments)?)?;
    let mut kiln = Command::new(&binary);
    kiln.args(arguments);
    hand_over(kiln).with_context(|| format!("cannot start {}", binary.display()))
}

/// A backend by the name that `--backend` takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backend {
    Cpu,
    Ndarray,
    Wgpu,
    Vulkan,
    Metal,
    Cuda,
    Rocm,
}

impl Backend {
    /// The backend that kiln's arguments ask for; the CPU when they name none.
    fn of(arguments: &[OsString]) -> Result<Self> {
        let mut arguments = arguments.iter().map(|argument| argument.to_string_lossy());
        let mut named = None;
        while let Some(argument) = arguments.next() {
            if argument == "--" {
                break;
            } else if argument == "--backend" {
                named = arguments.next().or(named);
            } else if let Some(name) = argument.strip_prefix("--backend=") {
                named = Some(name.to_owned().into());
            }
        }
        named.map_or(Ok(Self::Cpu), |name| name.parse())
    }

    /// The feature of the `kiln` package that builds it in; the CPU needs none.
    fn feature(self) -> Option<&'static str> {
        match self {
            Self::Cpu => None,
            Self::Ndarray => Some("ndarray"),
            Self::Wgpu => Some("wgpu"),
            Self::Vulkan => Some("vulkan"),
            Self::Metal => Some("metal"),
            Self::Cuda => Some("cuda"),
            Self::Rocm => Some("rocm"),
        }
    }

    /// What the build may lack, for the moment when it fails.
    fn advice(self) -> &'static str {
        match self {
            Self::Cuda => "; this backend needs NVIDIA's CUDA toolkit, `--backend wgpu` does not",
            Self::Rocm => "; this backend needs AMD's ROCm, `--backend wgpu` does not",
            Self::Metal => "; this backend exists on macOS only, `--backend wgpu` everywhere",
            _ => "",
        }
    }
}

impl fmt::Display for Backend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.feature().unwrap_or("cpu"))
    }
}

impl FromStr for Backend {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> Result<Self> {
        Ok(match name {
            "cpu" | "flex" => Self::Cpu,
            "ndarray" => Self::Ndarray,
            "wgpu" => Self::Wgpu,
            "vulkan" => Self::Vulkan,
            "metal" => Self::Metal,
            "cuda" => Self::Cuda,
            "rocm" => Self::Rocm,
            _ => bail!(
                "there is no backend `{name}`: choose cpu, ndarray, wgpu, vulkan, metal, cuda or rocm"
            ),
        })
    }
}

/// Builds the release binary and returns where it lies.
///
/// # Errors
///
/// When the build fails; cargo has then said why.
pub(crate) fn build(backend: Backend) -> Result<PathBuf> {
    eprintln!("building kiln for {backend} in release mode (the first time takes minutes)");
    make(build_command(backend), backend)
}

/// The same for the CPU without kernels of our own: Burn's Flex as it is. It takes the place of the
/// binary that [`build`] made.
///
/// # Errors
///
/// As [`build`].
pub(crate) fn build_composed() -> Result<PathBuf> {
    eprintln!("building kiln without its own kernels, to compare with");
    let mut cargo = build_command(Backend::Cpu);
    cargo.args(["--features", "composed"]);
    make(cargo, Backend::Cpu)
}

/// The same for the CPU, in a target folder of its own, with names of functions that tell the types
/// that they are generic over.
///
/// # Errors
///
/// As [`build`].
pub(crate) fn build_with_long_names(target: &Path) -> Result<PathBuf> {
    eprintln!("building kiln with long names, once more from nothing");
    let mut cargo = build_command(Backend::Cpu);
    cargo.arg("--target-dir").arg(target).env("RUSTFLAGS", "-Csymbol-mangling-version=v0");
    make(cargo, Backend::Cpu)
}

fn make(mut cargo: Command, backend: Backend) -> Result<PathBuf> {
    let mut child = cargo.stdout(Stdio::piped()).spawn().context("cannot start cargo")?;
    let stdout = child.stdout.take().context("cargo has no output")?;
    let mut binary = None;
    for message in Message::parse_stream(BufReader::new(stdout)) {
        match message.context("cannot read from cargo")? {
            Message::CompilerArtifact(made) if made.target.is_bin() => binary = made.executable,
            _ => {}
        }
    }
    match (child.wait()?.success(), binary) {
        (true, Some(binary)) => Ok(binary.into()),
        (true, None) => bail!("cargo built no binary: does crates/kiln still have its `kiln`?"),
        (false, _) => bail!("kiln was not built, as cargo says above{}", backend.advice()),
    }
}

fn build_command(backend: Backend) -> Command {
    let mut cargo = cargo_here("build");
    cargo.args(["--release", "--package", "kiln", "--bin", "kiln"]);
    cargo.arg("--message-format=json-render-diagnostics");
    if let Some(feature) = backend.feature() {
        cargo.args(["--features", feature]);
    }
    cargo
}

/// Becomes the command: its signals and its exit code are then its own.
#[cfg(unix)]
fn hand_over(mut command: Command) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt;
    Err(command.exec().into())
}

/// Runs the command and passes its exit code on.
#[cfg(not(unix))]
fn hand_over(mut command: Command) -> Result<ExitCode> {
    let code = command.status()?.code().unwrap_or(1);
    Ok(u8::try_from(code).map_or(ExitCode::FAILURE, ExitCode::from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: Backend) {
        let arguments: Vec<OsString> = line.split(' ').map(Into::into).collect();
        assert_eq!(Backend::of(&arguments).unwrap(), expected, "{line}");
    }

    #[test]
    fn the_backend_is_read_from_either_spelling() {
        check("train", Backend::Cpu);
        check("train --backend cpu", Backend::Cpu);
        check("train --backend flex", Backend::Cpu);
        check("train --seed 1 --backend wgpu --quiet", Backend::Wgpu);
        check("sample runs/x --backend=cuda", Backend::Cuda);
    }

    #[test]
    fn the_last_backend_wins_and_nothing_counts_after_two_dashes() {
        check("train --backend cpu --backend=rocm", Backend::Rocm);
        check("train --backend metal -- --backend wgpu", Backend::Metal);
    }

    #[test]
    fn a_backend_without_a_name_is_left_for_kiln_to_refuse() {
        check("train --backend", Backend::Cpu);
    }

    #[test]
    fn an_unknown_backend_is_refused_before_minutes_of_building() {
        let refusal = "tpu".parse::<Backend>().unwrap_err().to_string();
        assert!(refusal.contains("`tpu`") && refusal.contains("choose cpu"));
    }

    #[test]
    fn a_backend_feature_comes_on_top_of_the_default_ones() {
        let arguments = |backend| {
            let command = build_command(backend);
            let arguments = command.get_args().map(|a| a.to_string_lossy().into_owned());
            arguments.collect::<Vec<_>>()
        };
        assert!(arguments(Backend::Wgpu).ends_with(&["--features".into(), "wgpu".into()]));
        assert!(!arguments(Backend::Wgpu).contains(&"--no-default-features".into()));
        assert!(!arguments(Backend::Cpu).contains(&"--features".into()));
    }
}
