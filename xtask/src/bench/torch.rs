//! PyTorch, in a scratch environment that this command makes.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::cargo::{our_crates, root};

/// An interpreter that has PyTorch.
#[derive(Debug)]
pub(super) struct Torch {
    python: PathBuf,
    /// Its version.
    pub(super) version: String,
}

impl Torch {
    /// The interpreter `given`, or one in a scratch environment, into which PyTorch is installed if
    /// it is not there (some gigabytes on Linux, from the registry that pip is set to).
    ///
    /// # Errors
    ///
    /// When there is no Python, no network, or no PyTorch in what was given.
    pub(super) fn find(given: Option<&Path>) -> Result<Self> {
        let python = match given {
            Some(python) => python.to_owned(),
            None => scratch()?,
        };
        let version = run(Command::new(&python).args(["-c", VERSION]))?;
        Ok(Self { python, version: version.trim().to_owned() })
    }

    /// The program that plays what `kiln rounds` staged.
    pub(super) fn rounds(&self, stage: &Path, channels_last: bool, threads: usize) -> Command {
        let mut command = self.script("rounds.py", threads);
        command.arg(stage);
        if channels_last {
            command.arg("--channels-last");
        }
        command
    }

    /// The program that times single operations.
    pub(super) fn operations(&self, threads: usize) -> Command {
        self.script("operations.py", threads)
    }

    fn script(&self, name: &str, threads: usize) -> Command {
        let mut command = Command::new(&self.python);
        command.arg(root().join("xtask/bench").join(name));
        command.arg("--threads").arg(threads.to_string());
        command
    }
}

const VERSION: &str = "import torch, numpy; print(torch.__version__)";

fn scratch() -> Result<PathBuf> {
    let folder = our_crates()?.target_directory.into_std_path_buf().join("bench/python");
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    if run(Command::new(&python).args(["-c", VERSION])).is_err() {
        eprintln!("installing PyTorch into {} (minutes, once)", folder.display());
        run(Command::new("python3").args(["-m", "venv"]).arg(&folder))?;
        run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "torch", "numpy"]))?;
    }
    Ok(python)
}

fn run(command: &mut Command) -> Result<String> {
    let name = command.get_program().display().to_string();
    let output = command.output().with_context(|| format!("cannot start {name}"))?;
    if !output.status.success() {
        bail!("{name} failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
