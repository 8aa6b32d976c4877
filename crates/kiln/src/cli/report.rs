//! `kiln report` and `kiln plot`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use kiln_core::atomic;

use super::args::{PlotArgs, ReportArgs};
use super::say;
use super::stills::draw_stills;
use crate::report::curves::{self, History};
use crate::report::page::{Account, Document, Pictures};

/// Bytes of picture files in a page, of all runs together; written in letters they take a third
/// more.
const PICTURE_BYTES: u64 = 7_000_000;

pub(super) fn report(args: &ReportArgs) -> Result<ExitCode> {
    let device = args.device.backend.device(args.device.device)?;
    for run in args.runs.iter().filter(|run| run.join("config.json").is_file()) {
        if let Err(error) = draw_stills(run, &device) {
            say::note(format!(
                "{}: a walk or neighbours could not be drawn: {error:#}",
                run.display()
            ))?;
        }
    }
    let accounts = read(&args.runs)?;
    let budget = PICTURE_BYTES / accounts.len() as u64;
    let runs = accounts.iter().map(|account| {
        let folder = account.folder().join("sheets");
        account.data(None, &Pictures::Within { folder, budget })
    });
    let runs = runs.collect::<std::io::Result<Vec<_>>>().context("cannot read a sheet")?;
    let page = Document::of(title(&accounts), runs).render()?;
    let out = args.out.clone().unwrap_or_else(|| match &args.runs[..] {
        [run] => run.join("report.html"),
        _ => PathBuf::from("report.html"),
    });
    write(&out, page.as_bytes())?;
    let megabytes = page.len() as f64 / 1e6;
    say::line(format!("Wrote {} ({megabytes:.1} MB): open it in a browser", out.display()))?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn plot(args: &PlotArgs) -> Result<ExitCode> {
    let accounts = read(&args.runs)?;
    let mut history = History::default();
    // A run is told from the others by a letter: names would not fit beside their curves.
    let letters = (b'A'..=b'Z').map(char::from);
    let mut titles = Vec::new();
    for (account, letter) in accounts.iter().zip(letters) {
        let alone = accounts.len() == 1;
        let prefix = if alone { String::new() } else { format!("{letter} ") };
        history.add_run(account.chronicle(), &prefix);
        titles.push(if alone { title(&accounts) } else { format!("{prefix}{}", account.name) });
    }
    let drawing = curves::svg(&titles.join("   "), &history)?;
    write(&args.out, drawing.as_bytes())?;
    say::line(format!("Wrote {}", args.out.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// The runs, each under a name of its own.
fn read(runs: &[PathBuf]) -> Result<Vec<Account>> {
    let mut accounts = Vec::new();
    for run in runs {
        accounts.push(Account::read(run, 0)?.not_empty()?);
    }
    let names: Vec<String> = accounts.iter().map(|account| account.name.clone()).collect();
    for (account, run) in accounts.iter_mut().zip(runs) {
        if names.iter().filter(|name| **name == account.name).count() > 1 {
            account.name = run.display().to_string();
        }
    }
    Ok(accounts)
}

fn title(accounts: &[Account]) -> String {
    match accounts {
        [account] => format!("{}, {}", account.title(), account.name),
        _ => {
            let names: Vec<&str> = accounts.iter().map(|account| account.name.as_str()).collect();
            names.join(", ")
        }
    }
}

/// Writes a file, in a folder that is made if it is not there.
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let cannot = || format!("cannot write {}: choose another place with --out", path.display());
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(cannot)?;
    }
    atomic::write(path, bytes).with_context(cannot)
}
