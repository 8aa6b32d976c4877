//! The verb: lists the entries, or measures one.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;

use super::entry::{Entry, Trial, all, find};
use super::measure::Stops;
use super::progress::Progress;
use super::record::{Record, Row};
use crate::cargo::our_crates;
use crate::machine::Machine;
use crate::product::{Backend, build};
use crate::source::Source;

/// What to measure.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Which entry; without a name, all are listed
    name: Option<String>,
    /// Measure again what is already there
    #[arg(long)]
    fresh: bool,
    /// Measure only what has no row yet: rows of earlier sources stay, each with its commit
    #[arg(long, conflicts_with = "fresh")]
    missing: bool,
    /// Write the pages of all entries again, from the rows that there are
    #[arg(long, conflicts_with_all = ["fresh", "missing", "name"])]
    pages: bool,
}

/// Lists the entries, or measures one and writes its rows.
///
/// # Errors
///
/// When the entry is unknown, something that it needs is missing, or kiln fails.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    match options.name.as_deref() {
        None if options.pages => write_pages()?,
        None => list()?,
        Some(name) => measure(named(name)?, Which::of(options))?,
    }
    Ok(ExitCode::SUCCESS)
}

fn write_pages() -> Result<()> {
    for entry in all() {
        let record = Record::load(entry)?;
        if entry.trials().iter().any(|trial| record.row(trial).is_some()) {
            record.save(entry)?;
        }
    }
    Ok(())
}

fn named(name: &str) -> Result<&'static Entry> {
    let names = || all().map(|entry| entry.name).collect::<Vec<_>>();
    find(name)
        .with_context(|| format!("no evidence is called `{name}`: there is {}", names().join(", ")))
}

fn list() -> Result<()> {
    let mut text = String::new();
    for entry in all() {
        text.push_str(&format!("{}: {}\n    {}\n\n", entry.name, standing(entry)?, entry.what));
    }
    text.push_str(
        "`cargo xtask evidence NAME` measures one, and goes on with one that was stopped.\n",
    );
    match io::stdout().write_all(text.as_bytes()) {
        // Whoever reads has read enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}

/// How much of an entry is there, and whether it is up to date.
fn standing(entry: &Entry) -> Result<String> {
    let (record, trials) = (Record::load(entry)?, entry.trials());
    let rows: Vec<_> = trials.iter().filter_map(|trial| record.row(trial)).collect();
    let Some(last) = rows.last() else {
        return Ok("not run".into());
    };
    let changed = if last.source.is_current()? { "" } else { "; the sources have changed since" };
    let (n_rows, n_trials) = (rows.len(), trials.len());
    Ok(format!("{n_rows} of {n_trials} rows, at {}{changed}", last.source.short()))
}

/// Which rows are measured.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Which {
    All,
    /// Those that these sources and commands have not measured.
    Outdated,
    Missing,
}

impl Which {
    fn of(options: &Options) -> Self {
        match (options.fresh, options.missing) {
            (true, _) => Self::All,
            (_, true) => Self::Missing,
            _ => Self::Outdated,
        }
    }

    /// Why a row stays as it is; none where it is to be measured.
    fn spares(self, record: &Record, trial: &Trial<'_>, entry: &Entry) -> Result<Option<String>> {
        let Some(row) = record.row(trial) else { return Ok(None) };
        Ok(match self {
            Self::All => None,
            Self::Missing => Some(format!("kept, of {}", row.source.short())),
            Self::Outdated => is_current(row, trial, entry)?
                .then(|| "kept, the sources have not changed since".to_owned()),
        })
    }
}

fn measure(entry: &Entry, which: Which) -> Result<()> {
    if let Some(need) = entry.needs.iter().find(|need| !Path::new(need.folder).is_dir()) {
        bail!("{} is not there: {}", need.folder, need.advice);
    }
    let bench = Bench::prepare(entry, which == Which::All)?;
    let mut record = Record::load(entry)?;
    for trial in entry.trials() {
        let name = trial.name();
        if let Some(why) = which.spares(&record, &trial, entry)? {
            println!("{name}: {why}");
            continue;
        }
        record.put(bench.row(entry, &trial)?);
        record.save(entry)?;
        if bench.stops.any() {
            bail!("stopped after {name}; `cargo xtask evidence {}` goes on", entry.name);
        }
    }
    println!("{} is complete: commit assets/", entry.name);
    Ok(())
}

/// What every seed is measured with.
#[derive(Debug)]
struct Bench {
    kiln: PathBuf,
    stops: Stops,
    source: Source,
    scratch: PathBuf,
}

impl Bench {
    /// Builds kiln and makes room: what a dirty tree left cannot be told from what it would make.
    fn prepare(entry: &Entry, fresh: bool) -> Result<Self> {
        let source = Source::here()?;
        let scratch = scratch(entry, &source)?;
        if source.dirty {
            eprintln!("There are uncommitted changes, and the rows will say so: commit first.");
        }
        if (fresh || source.dirty) && scratch.exists() {
            fs::remove_dir_all(&scratch)
                .with_context(|| format!("cannot remove {}", scratch.display()))?;
        }
        let kiln = build(Backend::Cpu)?;
        let stops = Stops::listen()?;
        Ok(Self { kiln, stops, source, scratch })
    }

    /// Measures one trial; the first one's files are kept.
    fn row(&self, entry: &Entry, trial: &Trial<'_>) -> Result<Row> {
        let Trial { case, seed, .. } = *trial;
        let progress = Progress::open(self.scratch.join(format!("{case}seed-{seed}")))?;
        let run = progress.run_folder();
        let (commands, result) = progress.finish(&self.kiln, &lines(entry, trial), &self.stops)?;
        entry.keeps.iter().try_for_each(|keep| keep.take(entry, trial, &run))?;
        let (source, machine) = (self.source.clone(), Machine::here());
        Ok(Row { case: case.to_owned(), seed, source, machine, commands, result })
    }
}

/// Whether a row need not be measured again: same sources, same commands, files in place.
fn is_current(row: &Row, trial: &Trial<'_>, entry: &Entry) -> Result<bool> {
    let commands = row.commands.iter().map(|measured| measured.command.as_str());
    let lines = lines(entry, trial);
    let same_commands = commands.eq(lines.iter().map(|line| format!("kiln {line}")));
    let files = entry.keeps.iter().all(|keep| keep.is_there(entry, trial));
    Ok(same_commands && files && row.source.is_current()?)
}

/// The command lines of a trial; the run folder still has its stand-in.
fn lines(entry: &Entry, trial: &Trial<'_>) -> Vec<String> {
    let words = |line: &&str| {
        let word = |word| match word {
            "SEED" => trial.seed.to_string(),
            "CASE" => trial.words.to_owned(),
            word => word.to_owned(),
        };
        line.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
    };
    entry.commands.iter().map(words).collect()
}

/// Runs lie beside cargo's output, which git ignores, and apart by commit: no run may go on with
/// the sources of another.
fn scratch(entry: &Entry, source: &Source) -> Result<PathBuf> {
    let target = our_crates()?.target_directory;
    Ok(target.join("evidence").join(entry.name).join(source.short()).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trial_takes_its_place_in_the_commands() {
        let of = |name: &str, idx: usize| {
            let entry = find(name).unwrap();
            lines(entry, &entry.trials()[idx]).swap_remove(0)
        };
        assert_eq!(of("default", 1), "train --backend cpu --seed 2 --run-dir RUN");
        assert!(of("objectives", 2).contains("--set recipe.objective=hinge --set"));
    }

    #[test]
    fn an_unknown_name_is_answered_with_the_known_ones() {
        let error = named("defalt").unwrap_err().to_string();
        assert!(error.contains("`defalt`") && error.contains("default, vanilla"));
    }
}
