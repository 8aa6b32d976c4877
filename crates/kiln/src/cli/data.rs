//! `kiln data check`.

use std::process::ExitCode;

use anyhow::Result;
use kiln_data::{OpenOptions, Source, Split, check};

use super::args::{DataArgs, DataCommand};
use super::{augment, say};

pub(super) fn data(args: &DataArgs) -> Result<ExitCode> {
    let (source, size, rate, json) = match &args.command {
        DataCommand::Augment(args) => return augment::augment(args),
        DataCommand::Check { source, size, rate, json } => (source, size, rate, json),
    };
    let source = Source::parse(source)?;
    if let Source::Points(mixture) = source {
        say::line(format!("{} is drawn, not read: there is nothing to check", mixture.name()))?;
        return Ok(ExitCode::SUCCESS);
    }
    let options = OpenOptions { size: *size, rate: *rate, ..OpenOptions::default() };
    let report = check(&source, Split::Train, &options);
    if *json {
        say::line(serde_json::to_string_pretty(&report)?)?;
    } else {
        say::line(&report)?;
    }
    Ok(if report.fit() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
