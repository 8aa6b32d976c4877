//! Cargo and the repository, as the other modules see them.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use cargo_metadata::{Metadata, MetadataCommand};

/// The cargo that started us, or the one on the path.
pub(crate) fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// Cargo on this workspace, wherever the user stands: the working folder stays as it is.
pub(crate) fn cargo_here(verb: &str) -> Command {
    let mut command = cargo();
    command.arg(verb).arg("--manifest-path").arg(root().join("Cargo.toml"));
    command
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    manifest.parent().map_or(manifest.clone(), Path::to_owned)
}

/// What cargo knows of our own crates. Reads no registry.
///
/// # Errors
///
/// When a manifest is broken or `Cargo.lock` lags behind the manifests.
pub(crate) fn our_crates() -> Result<Metadata> {
    let mut command = MetadataCommand::new();
    command.manifest_path(root().join("Cargo.toml")).no_deps();
    command.exec().context("cargo cannot read the workspace: mend the manifest that it names")
}

/// Runs git in the repository and returns what it printed.
///
/// # Errors
///
/// When git is absent or this is not a clone.
pub(crate) fn git(arguments: &[&str]) -> Result<String> {
    let output = Command::new("git")
        .current_dir(root())
        .args(arguments)
        .output()
        .context("cannot start git: install it, and work in a clone of the repository")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("git {} failed: {}", arguments.join(" "), said.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_holds_the_workspace() {
        assert!(root().join("xtask/Cargo.toml").is_file());
    }
}
