//! `kiln eval`, and the training of the classifier that it uses.

use std::fmt::{self, Display, Formatter};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Result;
use burn::tensor::Device;
use kiln_core::{Address, Purpose, SamplesSeen};
use kiln_data::Source;
use serde::Serialize;

use super::args::{DigitsArgs, EvalArgs, Metric};
use super::say;
use crate::evaluate::{
    DigitsReport, DigitsTraining, ModesReport, count_modes, evaluate_samples, train_digits,
};
use crate::recipe::paint_sheet;
use crate::snapshot::{Snapshot, snapshots};

pub(super) fn eval(args: &EvalArgs) -> Result<ExitCode> {
    let device = args.device.backend.device(args.device.device)?;
    let newest = || vec![args.from.clone()];
    let files = if args.each { snapshots(&args.from)? } else { newest() };
    let mut course = Vec::new();
    for file in &files {
        let measured = measure(file, args, &device)?;
        if !args.json {
            if args.each {
                say::line(format!("{} samples seen", measured.samples.0))?;
            }
            say::line(&measured.report)?;
        }
        course.push(measured);
    }
    if let Some(last) = course.last().filter(|_| args.json) {
        let mut told = serde_json::to_value(&last.report)?;
        if args.each {
            told["course"] = serde_json::to_value(&course)?;
        }
        say::line(told)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What was measured of a snapshot.
#[derive(Debug, Serialize)]
struct Point {
    /// Seen until then.
    samples: SamplesSeen,
    #[serde(flatten)]
    report: Report,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Report {
    Digits(DigitsReport),
    Modes(ModesReport),
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Digits(report) => report.fmt(f),
            Self::Modes(report) => report.fmt(f),
        }
    }
}

fn measure(file: &Path, args: &EvalArgs, device: &Device) -> Result<Point> {
    let snapshot = Snapshot::read(file)?;
    let (data, clock) = (snapshot.config.data.source.clone(), snapshot.clock);
    let painter = snapshot.painter(device)?;
    let latents = painter.latents().draw(args.count, Address::new(args.seed, Purpose::Evaluation));
    let fakes = paint_sheet(&*painter, &latents)?;
    let known = matches!(data, Source::Points(_) | Source::StackedMnist);
    let report = match args.metric.unwrap_or(if known { Metric::Modes } else { Metric::Digits }) {
        Metric::Digits => Report::Digits(evaluate_samples(&fakes, device)?),
        Metric::Modes => Report::Modes(count_modes(&fakes, &data, args.seed, device)?),
    };
    Ok(Point { samples: clock.samples, report })
}

pub(super) fn train_digits_command(args: &DigitsArgs) -> Result<ExitCode> {
    let device = args.device.backend.device(args.device.device)?;
    let training = DigitsTraining { seed: args.seed, ..DigitsTraining::default() };
    let training = DigitsTraining { epochs: args.epochs.unwrap_or(training.epochs), ..training };
    let mut told = Ok(());
    let trained = train_digits(&training, &device, |progress| {
        if told.is_ok() {
            told = say::note(format!(
                "  {} of {}  loss {:.4}  {:.0} s",
                progress.samples.0, progress.of, progress.loss, progress.seconds
            ));
        }
    })?;
    told?;
    trained.save(&args.out)?;
    if args.json {
        let result = serde_json::json!({
            "accuracy": trained.test.share(),
            "right": trained.test.right,
            "of": trained.test.of,
            "epochs": trained.training.epochs,
            "seconds": trained.seconds,
        });
        say::line(result)?;
        return Ok(ExitCode::SUCCESS);
    }
    let share = trained.test.share() * 100.0;
    say::line(format!(
        "{share:.2} % of the test pictures are right, after {:.0} s; the weights are in {}",
        trained.seconds,
        args.out.display()
    ))?;
    Ok(ExitCode::SUCCESS)
}
