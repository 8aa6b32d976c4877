//! Runs every check and prints what they found.

use std::process::ExitCode;

use anyhow::{Result, bail};

use super::finding::{Finding, Severity};
use super::tree::Tree;
use super::{code, edges, footprint, layout, links, outward};

/// `cargo xtask tidy`.
///
/// # Errors
///
/// When a check fails, or cannot be run.
pub(crate) fn run() -> Result<ExitCode> {
    check().map(|()| ExitCode::SUCCESS)
}

/// All checks on the files that git knows, and on new ones that it does not ignore.
///
/// # Errors
///
/// When a check fails, or cannot be run.
pub(crate) fn check() -> Result<()> {
    let tree = Tree::read()?;
    let mut findings = layout::check(&tree);
    findings.extend(edges::check()?);
    findings.extend(footprint::check()?);
    findings.extend(code::check(&tree));
    findings.extend(links::check(&tree));
    findings.extend(outward::check(&tree));
    conclude(&findings, tree.n_files())
}

fn conclude(findings: &[Finding], n_files: usize) -> Result<()> {
    let count = |severity| findings.iter().filter(|f| f.severity == severity).count();
    for severity in [Severity::Warning, Severity::Failure] {
        for finding in findings.iter().filter(|f| f.severity == severity) {
            println!("{finding}");
        }
    }
    let (n_failures, n_warnings) = (count(Severity::Failure), count(Severity::Warning));
    let tally = format!("{n_failures} failures and {n_warnings} warnings in {n_files} files");
    if n_failures > 0 {
        bail!("tidy found {tally}");
    }
    println!("tidy: {tally}");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_pass_and_failures_do_not() {
        let failure = Finding::failure("a", "b", "c");
        conclude(&[failure.clone().warning()], 1).unwrap();
        let error = conclude(&[failure], 1).unwrap_err().to_string();
        assert!(error.contains("1 failures and 0 warnings in 1 files"));
    }
}
