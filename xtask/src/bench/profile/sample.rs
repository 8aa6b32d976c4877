//! A game that plays while `perf` looks where it stands.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use rustc_demangle::demangle;
use serde_json::Value;

use super::kind::Kind;
use crate::bench::game::Game;

/// Where the time of a game's rounds went.
#[derive(Debug)]
pub(super) struct Profile {
    pub(super) milliseconds_a_round: f64,
    /// Share of each kind of work, in `[0, 1]`.
    pub(super) shares: BTreeMap<Kind, f64>,
    /// The functions that took most, with their shares.
    pub(super) functions: Vec<(String, f64)>,
}

/// Rounds that are timed before it is known how many make [`SECONDS`].
const FIRST: usize = 5;
/// How long is looked, so that the start of the program weighs little.
const SECONDS: f64 = 20.0;
/// Functions that are named.
const NAMED: usize = 12;

/// Plays `game` with batches of a size and on so many threads, which `how` says.
///
/// # Errors
///
/// When there is no `perf`, it may not look, or the game fails.
pub(super) fn profile(
    kiln: &Path,
    game: &Game,
    how: (usize, usize),
    scratch: &Path,
) -> Result<Profile> {
    let seconds = play(Command::new(kiln), game, how, FIRST)?;
    let rounds = ((SECONDS / seconds) as usize).max(2);
    let data = scratch.join(format!("{}.perf", game.name));
    let mut perf = Command::new("perf");
    perf.args(["record", "--quiet", "-F", "997", "-o"]).arg(&data).arg("--").arg(kiln);
    let seconds =
        play(perf, game, how, rounds).context("`perf` is needed: apt-get install -y linux-perf")?;
    let mut report = Command::new("perf");
    report.args(["report", "--stdio", "--no-demangle", "--percent-limit", "0"]);
    report.args(["-F", "overhead,sym", "-t", ";", "-i"]).arg(&data);
    let output = report.output().context("cannot start perf")?;
    if !output.status.success() {
        bail!("perf report failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let functions = functions(&String::from_utf8_lossy(&output.stdout));
    let mut shares = BTreeMap::new();
    for (function, share) in &functions {
        *shares.entry(Kind::of(function)).or_insert(0.0) += share;
    }
    let functions = functions.into_iter().take(NAMED).collect();
    Ok(Profile { milliseconds_a_round: 1000.0 * seconds, shares, functions })
}

/// Seconds of a round, of so many.
fn play(mut command: Command, game: &Game, how: (usize, usize), rounds: usize) -> Result<f64> {
    game.tell(&mut command, how, 1);
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().context("it does not start")?;
    if let Some(mut orders) = child.stdin.take() {
        writeln!(orders, "{rounds}")?;
    }
    let output = child.wait_with_output()?;
    let told = String::from_utf8_lossy(&output.stdout);
    let answers = told.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let seconds = answers.filter_map(|answer| answer.get("seconds")?.as_f64()).next();
    match seconds {
        Some(seconds) if output.status.success() => Ok(seconds / rounds as f64),
        _ => bail!("{} was not played: what was said is above", game.name),
    }
}

/// The functions of a report, the most costly first: `share;[.] name`.
fn functions(report: &str) -> Vec<(String, f64)> {
    let line = |line: &str| {
        let (share, symbol) = line.split_once(';')?;
        let share: f64 = share.trim().strip_suffix('%')?.parse().ok()?;
        let name = symbol.trim().trim_start_matches("[.]").trim_start_matches("[k]").trim();
        // What the linker adds after the name is no part of it.
        let name = name.split(".llvm.").next().unwrap_or(name);
        Some((format!("{:#}", demangle(name)), share / 100.0))
    };
    let mut together: BTreeMap<String, f64> = BTreeMap::new();
    for (name, share) in report.lines().filter_map(line) {
        *together.entry(name).or_insert(0.0) += share;
    }
    let mut functions: Vec<_> = together.into_iter().collect();
    functions.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    functions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_named_and_those_of_one_name_added() {
        let report = "\
# Overhead;Symbol
    20.50%;[.] _RNvC6_123foo3bar
     4.50%;[.] _RNvC6_123foo3bar.llvm.123
    30.00%;[k] clear_page_erms
";
        let found = functions(report);
        assert_eq!(found[0], ("clear_page_erms".to_owned(), 0.3));
        assert_eq!(found[1], ("123foo::bar".to_owned(), 0.25));
    }
}
