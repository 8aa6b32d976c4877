//! The sources that a number was measured on, by commit.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::cargo::{git, root};

/// What can change a result. Docs, tests and committed results cannot.
const SOURCES: [&str; 6] =
    ["Cargo.lock", "Cargo.toml", "assets/mnist", "assets/presets", "crates", ":(exclude)*.md"];

/// A state of the sources.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub(crate) struct Source {
    /// Hash of the commit, in full.
    pub(crate) commit: String,
    /// Whether the sources had changes that were not committed.
    pub(crate) dirty: bool,
}

impl Source {
    /// What lies in the working tree.
    ///
    /// # Errors
    ///
    /// When this is not a clone.
    pub(crate) fn here() -> Result<Self> {
        let commit = git(&["rev-parse", "HEAD"])?.trim().to_owned();
        let mut status = vec!["status", "--porcelain", "--"];
        status.extend(SOURCES);
        let dirty = !git(&status)?.trim().is_empty();
        Ok(Self { commit, dirty })
    }

    /// Whether the working tree still has these sources. Those of a dirty tree are not known.
    ///
    /// # Errors
    ///
    /// When git cannot be started. A commit that is gone counts as changed.
    pub(crate) fn is_current(&self) -> Result<bool> {
        let untracked = git(&["ls-files", "--others", "--exclude-standard", "--", "crates"])?;
        let mut diff = std::process::Command::new("git");
        diff.current_dir(root());
        diff.args(["diff", "--quiet", &self.commit, "--"]).args(SOURCES);
        diff.stderr(std::process::Stdio::null());
        let unchanged = diff.status().context("cannot start git")?.success();
        Ok(!self.dirty && unchanged && untracked.trim().is_empty())
    }

    /// The name of a commit that a person can type.
    pub(crate) fn short(&self) -> String {
        let hash = self.commit.get(..10).unwrap_or(&self.commit);
        format!("{hash}{}", if self.dirty { "-dirty" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_name_tells_a_dirty_tree() {
        let commit = "0123456789abcdef".to_owned();
        let clean = Source { commit, dirty: false };
        assert_eq!(clean.short(), "0123456789");
        let dirty = Source { dirty: true, ..clean };
        assert_eq!(dirty.short(), "0123456789-dirty");
    }

    #[test]
    fn a_dirty_or_unknown_commit_is_never_current() {
        let gone = Source { commit: "0".repeat(40), dirty: false };
        assert!(!gone.is_current().unwrap());
        let dirty = Source { commit: "HEAD".into(), dirty: true };
        assert!(!dirty.is_current().unwrap());
    }
}
