//! `kiln data`: looks at data, and prepares it.

use std::process::ExitCode;

use anyhow::Result;
use kiln_data::{OpenOptions, Pairing, Source, Split, check};

use super::args::{DataArgs, DataCommand};
use super::{augment, cut, say};

#[derive(Debug, clap::Args)]
pub(super) struct CheckArgs {
    /// `mnist`, or a folder
    #[arg(value_name = "SOURCE")]
    source: String,
    /// Side of the pictures in pixels, or samples of a sound
    #[arg(long, value_name = "PX")]
    size: Option<usize>,
    /// Samples a second of sounds
    #[arg(long, value_name = "HZ")]
    rate: Option<u32>,
    /// Look at the data in pairs, too: edges, grey, shrunk-2, shrunk-4, side-by-side, folders,
    /// unpaired, inverted, coloured
    #[arg(long, value_name = "NAME", value_parser = pairing)]
    pairs: Option<Pairing>,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn data(args: &DataArgs) -> Result<ExitCode> {
    match &args.command {
        DataCommand::Augment(args) => augment::augment(args),
        DataCommand::Cut(args) => cut::cut(args),
        DataCommand::Check(args) => checked(args),
    }
}

fn checked(args: &CheckArgs) -> Result<ExitCode> {
    let &CheckArgs { size, rate, pairs, json, .. } = args;
    let source = Source::parse(&args.source)?;
    if let Source::Points(mixture) = source {
        say::line(format!("{} is drawn, not read: there is nothing to check", mixture.name()))?;
        return Ok(ExitCode::SUCCESS);
    }
    let options = OpenOptions { size, rate, pairs, ..OpenOptions::default() };
    let report = check(&source, Split::Train, &options);
    if json {
        say::line(serde_json::to_string_pretty(&report)?)?;
    } else {
        say::line(&report)?;
    }
    Ok(if report.fit() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// How pictures are paired, by the name that `data.pairs` takes.
fn pairing(name: &str) -> Result<Pairing, serde_json::Error> {
    serde_json::from_value(name.into())
}
