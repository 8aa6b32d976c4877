//! `kiln eval`, and the training of the classifier that it uses.

use std::fmt::Display;
use std::process::ExitCode;

use anyhow::Result;
use kiln_core::{Address, Purpose};
use kiln_data::Source;
use serde::Serialize;

use super::args::{DigitsArgs, EvalArgs, Metric};
use super::say;
use crate::evaluate::{DigitsTraining, count_modes, evaluate_samples, train_digits};
use crate::recipe::paint_sheet;
use crate::snapshot::Snapshot;

pub(super) fn eval(args: &EvalArgs) -> Result<ExitCode> {
    let device = args.device.backend.device(args.device.device)?;
    let snapshot = Snapshot::read(&args.from)?;
    let data = snapshot.config.data.source.clone();
    let painter = snapshot.painter(&device)?;
    let latents = painter.latents().draw(args.count, Address::new(args.seed, Purpose::Evaluation));
    let samples = paint_sheet(&*painter, &latents)?;
    let known = matches!(data, Source::Points(_) | Source::StackedMnist);
    match args.metric.unwrap_or(if known { Metric::Modes } else { Metric::Digits }) {
        Metric::Digits => tell(&evaluate_samples(&samples, &device)?, args.json),
        Metric::Modes => tell(&count_modes(&samples, &data, args.seed, &device)?, args.json),
    }
}

fn tell(report: &(impl Serialize + Display), json: bool) -> Result<ExitCode> {
    match json {
        true => say::line(serde_json::to_string(report)?)?,
        false => say::line(report)?,
    }
    Ok(ExitCode::SUCCESS)
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
