//! `kiln data`: looks at data, and prepares it.

use std::process::ExitCode;

use anyhow::Result;
use kiln_data::{OpenOptions, Pairing, Source, Split, check};

use super::args::{DataArgs, DataCommand};
use super::{augment, cut, say};

pub(super) fn data(args: &DataArgs) -> Result<ExitCode> {
    let (source, size, pairs, json) = match &args.command {
        DataCommand::Augment(args) => return augment::augment(args),
        DataCommand::Cut(args) => return cut::cut(args),
        DataCommand::Check { source, size, pairs, json } => (source, size, pairs, json),
    };
    let source = Source::parse(source)?;
    if let Source::Points(mixture) = source {
        say::line(format!("{} is drawn, not read: there is nothing to check", mixture.name()))?;
        return Ok(ExitCode::SUCCESS);
    }
    let options = OpenOptions { size: *size, pairs: *pairs, ..OpenOptions::default() };
    let report = check(&source, Split::Train, &options);
    if *json {
        say::line(serde_json::to_string_pretty(&report)?)?;
    } else {
        say::line(&report)?;
    }
    Ok(if report.fit() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// How pictures are paired, by the name that `data.pairs` takes.
pub(super) fn pairing(name: &str) -> Result<Pairing, serde_json::Error> {
    serde_json::from_value(name.into())
}
