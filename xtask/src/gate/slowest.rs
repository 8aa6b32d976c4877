//! The ten slowest tests, from the JUnit file that `.config/nextest.toml` asks nextest for.

use std::cmp::Ordering;
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use anyhow::{Context, Result};

use super::runner::Closing;
use crate::cargo::root;

/// One test and how long it ran.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TestCase {
    seconds: f64,
    /// The test binary, as nextest names it.
    binary: String,
    name: String,
}

/// Prints the ten slowest tests, or what it takes to know them.
pub(super) fn print(closing: &Closing) {
    if closing.cases.is_empty() {
        println!(
            "The ten slowest tests: nextest knows them (`cargo install --locked cargo-nextest`).\n"
        );
        return;
    }
    println!("The ten slowest tests:");
    for case in slowest(&closing.cases, 10) {
        println!("{:>8.2} s  {} {}", case.seconds, case.binary, case.name);
    }
    println!();
}

/// Drops the file of an earlier run, so that it cannot pass for this one's.
///
/// # Errors
///
/// When the file is there and cannot be removed.
pub(super) fn forget() -> Result<()> {
    let path = junit_path();
    match fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", path.display()))
        }
        _ => Ok(()),
    }
}

/// Reads the run that just ended.
///
/// # Errors
///
/// When nextest wrote no file.
pub(super) fn read() -> Result<Vec<TestCase>> {
    let path = junit_path();
    let junit = fs::read_to_string(&path).with_context(|| {
        format!("nextest left no {}: does .config/nextest.toml still ask for it?", path.display())
    })?;
    Ok(cases(&junit))
}

/// Nextest's store lies in the clone, wherever cargo's target folder is.
fn junit_path() -> PathBuf {
    root().join("target/nextest/default/junit.xml")
}

fn slowest(cases: &[TestCase], n_cases: usize) -> Vec<TestCase> {
    let mut sorted = cases.to_vec();
    sorted.sort_by(|a, b| b.seconds.partial_cmp(&a.seconds).unwrap_or(Ordering::Equal));
    sorted.truncate(n_cases);
    sorted
}

/// Reads the attributes of each `testcase`. Names of Rust tests need no XML escapes.
fn cases(junit: &str) -> Vec<TestCase> {
    let elements = junit.split("<testcase ").skip(1);
    let case = |element: &str| {
        let attributes = format!(" {}", element.split_once('>')?.0);
        Some(TestCase {
            seconds: attribute(&attributes, "time")?.parse().ok()?,
            binary: attribute(&attributes, "classname")?.to_owned(),
            name: attribute(&attributes, "name")?.to_owned(),
        })
    };
    elements.filter_map(case).collect()
}

fn attribute<'a>(attributes: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = attributes.split_once(&format!(" {name}=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The shape that cargo-nextest 0.9.143 writes.
    const JUNIT: &str = r#"<testsuites name="nextest-run" tests="3" time="3.1">
    <testsuite name="xtask::bin/xtask" tests="3">
        <testcase name="quick" classname="xtask::bin/xtask" timestamp="2026-08-04T00:00:00Z" time="0.004"/>
        <testcase name="slow" classname="kiln-tests::resume" time="2.500">
            <system-out>time="9" is only text</system-out>
        </testcase>
        <testcase name="middling" classname="kiln" time="1.000"/>
    </testsuite>
</testsuites>"#;

    #[test]
    fn the_slowest_come_first_and_no_more_than_asked_for() {
        let names: Vec<_> = slowest(&cases(JUNIT), 2)
            .into_iter()
            .map(|case| (case.binary, case.name, case.seconds))
            .collect();
        assert_eq!(
            names,
            [
                ("kiln-tests::resume".into(), "slow".into(), 2.5),
                ("kiln".into(), "middling".into(), 1.0)
            ]
        );
    }
}
