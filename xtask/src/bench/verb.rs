//! The verb.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;

use super::duel::Table;
use super::game::{GAMES, Game, find};
use super::launches::launches;
use super::profile::profile;
use super::report::Report;
use super::torch::Torch;
use crate::cargo::{our_crates, root};
use crate::machine::Machine;
use crate::product::{Backend, build, build_composed};
use crate::source::Source;

/// What to time.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Games to play; unless named all of them, and single operations
    games: Vec<String>,
    /// Samples in a batch; several make a row each
    #[arg(long, value_name = "N", value_delimiter = ',', default_value = "64")]
    batch_size: Vec<usize>,
    /// Pairs of blocks
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(2..))]
    pairs: u32,
    /// Threads of each player [default: as many as there are processors]
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
    /// A Python that has PyTorch and NumPy, instead of one that is set up in target/bench
    #[arg(long, value_name = "FILE")]
    python: Option<PathBuf>,
    /// Time Kiln without its own kernels too, which is built first
    #[arg(long)]
    plain: bool,
    /// An earlier result, to stand beside this one
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    /// Tell where the time goes instead, by Linux' perf; goes to assets/results/profile.md when all
    /// games are played, else to --out
    #[arg(long, conflicts_with_all = ["plain", "against", "python", "pairs"])]
    profile: bool,
    /// Count the kernels that a GPU is given instead, on wgpu; goes to assets/results/launches.md when
    /// all games are played, else to --out
    #[arg(long, conflicts_with_all = ["plain", "against", "python", "pairs", "profile", "threads"])]
    launches: bool,
    /// A kiln with wgpu that is there already, instead of one that is built
    #[arg(long, value_name = "FILE", requires = "launches")]
    kiln: Option<PathBuf>,
    /// Where the result goes; the table goes beside it as .md [default: assets/results/bench.json
    /// when everything is timed, else nowhere]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Times the games and writes the result.
///
/// # Errors
///
/// When a game is unknown, Kiln cannot be built, or a player fails.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let games = games(&options.games)?;
    if options.profile {
        return profile_games(options, &games);
    }
    if options.launches {
        return count_launches(options, &games);
    }
    let before = options.against.as_deref().map(Report::read).transpose()?;
    let source = Source::here()?;
    let torch = match Torch::find(options.python.as_deref()) {
        Ok(torch) => Some(torch),
        Err(error) if options.python.is_none() => {
            eprintln!("PyTorch does not play, so there are no ratios: {error:#}");
            None
        }
        Err(error) => return Err(error),
    };
    let scratch = scratch()?;
    let plain = options.plain.then(|| build_plain(&scratch)).transpose()?;
    let kiln = build(Backend::Cpu)?;
    let machine = Machine::here();
    let threads = options.threads.unwrap_or(machine.cores);
    let pairs = options.pairs as usize;
    let table = Table {
        kiln: &kiln,
        plain: plain.as_deref(),
        torch: torch.as_ref(),
        scratch: &scratch,
        threads,
        pairs,
    };
    let mut rows = Vec::new();
    for game in games {
        for batch in &options.batch_size {
            let row = table.play(game, *batch).context(game.name)?;
            println!("{}", row.line());
            rows.push(row);
        }
    }
    let mut operations = Vec::new();
    if options.games.is_empty() {
        for batch in &options.batch_size {
            operations.extend(table.operations(*batch)?);
        }
    }
    let torch = torch.map(|torch| torch.version);
    let report = Report { source, machine, threads, pairs, torch, rows, operations };
    print!("\n{}", report.table(before.as_ref()));
    if let Some(path) = out(options, &report) {
        let json = serde_json::to_string_pretty(&report)? + "\n";
        fs::write(&path, json).with_context(|| format!("cannot write {}", path.display()))?;
        let page = path.with_extension("md");
        fs::write(&page, report.page(before.as_ref()))
            .with_context(|| format!("cannot write {}", page.display()))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn profile_games(options: &Options, games: &[&Game]) -> Result<ExitCode> {
    let scratch = scratch()?;
    let path = page(options, &scratch, "profile.md");
    let threads = options.threads.unwrap_or(Machine::here().cores);
    profile(games, (one_size(options)?, threads), &scratch, &path)?;
    println!("{}", path.display());
    Ok(ExitCode::SUCCESS)
}

fn count_launches(options: &Options, games: &[&Game]) -> Result<ExitCode> {
    let (scratch, batch) = (scratch()?, one_size(options)?);
    let path = page(options, &scratch, "launches.md");
    let kiln = match &options.kiln {
        // It is started in a folder of its own.
        Some(kiln) => kiln.canonicalize().with_context(|| format!("{}", kiln.display()))?,
        None => build(Backend::Wgpu)?,
    };
    launches(&kiln, games, batch, &scratch, &path)?;
    println!("{}", path.display());
    Ok(ExitCode::SUCCESS)
}

/// Where a page about the games goes: a part of them does not replace the whole.
fn page(options: &Options, scratch: &Path, name: &str) -> PathBuf {
    let usual = options.games.is_empty().then(|| root().join("assets/results").join(name));
    options.out.clone().or(usual).unwrap_or_else(|| scratch.join(name))
}

fn one_size(options: &Options) -> Result<usize> {
    match options.batch_size[..] {
        [batch] => Ok(batch),
        _ => bail!("batches of one size are looked at: give --batch-size one number"),
    }
}

/// Where programs and first rounds lie while it lasts.
fn scratch() -> Result<PathBuf> {
    let scratch = our_crates()?.target_directory.into_std_path_buf().join("bench");
    fs::create_dir_all(&scratch).with_context(|| format!("cannot make {}", scratch.display()))?;
    Ok(scratch)
}

/// Kiln without its own kernels, out of the way of the build that follows.
fn build_plain(scratch: &Path) -> Result<PathBuf> {
    let plain = scratch.join("kiln-plain");
    fs::copy(build_composed()?, &plain).context("cannot keep the binary")?;
    Ok(plain)
}

fn games(names: &[String]) -> Result<Vec<&'static Game>> {
    if names.is_empty() {
        return Ok(GAMES.iter().collect());
    }
    let known = || GAMES.iter().map(|game| game.name).collect::<Vec<_>>().join(", ");
    let named = |name: &String| match find(name) {
        Some(game) => Ok(game),
        None => bail!("no game is called `{name}`: there is {}", known()),
    };
    names.iter().map(named).collect()
}

/// A part of the benchmark, or one without PyTorch, does not replace the whole.
fn out(options: &Options, report: &Report) -> Option<PathBuf> {
    let whole = options.games.is_empty() && report.torch.is_some();
    let usual = whole.then(|| root().join("assets/results/bench.json"));
    options.out.clone().or(usual)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn games_are_found_by_name_or_all_are_played() {
        assert_eq!(games(&[]).unwrap().len(), GAMES.len());
        assert_eq!(games(&["wgan-gp".into()]).unwrap()[0].name, "wgan-gp");
        let error = games(&["gan".into()]).unwrap_err().to_string();
        assert!(error.contains("`gan`") && error.contains("dcgan-32"), "{error}");
    }
}
