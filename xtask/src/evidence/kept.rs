//! Files of a run folder that are committed.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::entry::{Entry, Keep, Trial};
use crate::cargo::root;

/// Where a file is committed.
fn destination(to: &str) -> PathBuf {
    root().join("assets").join(to)
}

impl Keep {
    /// Whether the file that is made of a trial is there, or none is.
    pub(super) fn is_there(&self, entry: &Entry, trial: &Trial<'_>) -> bool {
        self.of(entry, trial).is_none_or(|to| destination(&to).is_file())
    }

    /// Copies the file that is made of a trial, if one is, out of its run folder.
    ///
    /// # Errors
    ///
    /// When the run left no such file, or `assets` cannot be written.
    pub(super) fn take(&self, entry: &Entry, trial: &Trial<'_>, run: &Path) -> Result<()> {
        let Some(to) = self.of(entry, trial) else { return Ok(()) };
        let (from, to) = (last_match(run, self.from)?, destination(&to));
        let copied = to.parent().map_or(Ok(()), fs::create_dir_all);
        copied
            .and_then(|()| fs::copy(&from, &to).map(drop))
            .with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))
    }
}

/// The file at `pattern` in `run`; of several that match its `*`, the last in order of names.
fn last_match(run: &Path, pattern: &str) -> Result<PathBuf> {
    let (folder, name) = pattern.rsplit_once('/').unwrap_or(("", pattern));
    let folder = run.join(folder);
    let listing =
        fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut last: Option<String> = None;
    for entry in listing {
        let found = entry?.file_name().to_string_lossy().into_owned();
        if fits(&found, name) {
            last = last.max(Some(found));
        }
    }
    last.map(|name| folder.join(name))
        .with_context(|| format!("the run left no {pattern} in {}", run.display()))
}

/// Whether a file's name is `pattern`, in which one `*` stands for anything.
fn fits(name: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        Some((start, end)) => name.starts_with(start) && name.ends_with(end),
        None => name == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_sheet_is_taken_and_no_other_file() {
        let run = tempfile::tempdir().unwrap();
        let sheets = run.path().join("sheets");
        fs::create_dir(&sheets).unwrap();
        for name in ["fakes-000000640.png", "fakes-000000000.png", "reals.png", "fakes-9.tmp"] {
            fs::write(sheets.join(name), name).unwrap();
        }
        let found = last_match(run.path(), "sheets/fakes-*.png").unwrap();
        assert!(found.ends_with("fakes-000000640.png"));
        assert!(last_match(run.path(), "sheets/reals.png").is_ok());
        let error = last_match(run.path(), "curves.svg").unwrap_err().to_string();
        assert!(error.contains("the run left no curves.svg"));
    }
}
