//! `kiln eval` of a translator: by what it makes of held-out pairs, or of two held-out sets.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use burn::tensor::Device;
use kiln_core::SamplesSeen;
use kiln_data::{Pictures, Source, Split, open};
use serde::Serialize;

use super::args::EvalArgs;
use super::say;
use crate::evaluate::{
    EvaluateError, Examination, TranslatorReport, drawn_digits, judge_translator,
    translators_extractor,
};
use crate::snapshot::Snapshot;

/// What was measured of one snapshot.
#[derive(Debug, Serialize)]
struct Point {
    samples: SamplesSeen,
    #[serde(flatten)]
    report: TranslatorReport,
}

/// Measures snapshots of a translator; nothing where they are of another recipe.
pub(super) fn eval_pairs(
    args: &EvalArgs,
    files: &[PathBuf],
    device: &Device,
) -> Result<Option<ExitCode>> {
    let Some(first) = files.first() else { return Ok(None) };
    let first = Snapshot::read(first)?;
    if first.subject.input.is_none() {
        return Ok(None);
    }
    let pairs = held_out(args, &first)?;
    let data = &first.config.data;
    let how = Examination {
        extractor: translators_extractor(args.extractor, args.weights.clone(), &data.source),
        count: args.count,
        seed: args.seed,
        digits: drawn_digits(data),
    };
    let mut course = Vec::new();
    for file in files {
        let snapshot = Snapshot::read(file)?;
        let samples = snapshot.clock.samples;
        let painter = snapshot.painter(device)?;
        let report = judge_translator(&*painter, &pairs, &how)?;
        if !args.json {
            say::line(format!("{} samples seen\n{report}", samples.0))?;
        }
        course.push(Point { samples, report });
    }
    if let Some(last) = course.last().filter(|_| args.json) {
        let mut told = serde_json::to_value(last)?;
        if args.each {
            told["course"] = serde_json::to_value(&course)?;
        }
        say::line(told)?;
    }
    Ok(Some(ExitCode::SUCCESS))
}

/// Pairs or sets that were not learned from: the test split, or those that `--against` names.
fn held_out(args: &EvalArgs, snapshot: &Snapshot) -> Result<Arc<Pictures>> {
    if let Some(metric) = args.metric.first() {
        return Err(EvaluateError::OfGenerators { metric: *metric }.into());
    }
    if args.save_stats.is_some() {
        bail!("the statistics of --save-stats are of real pictures, not of pairs: leave it out");
    }
    if args.count == Some(0) {
        bail!("--count is 0; ask for at least 1 picture");
    }
    let data = &snapshot.config.data;
    let options = data.options_like(snapshot.subject.picture);
    let named = args.against.as_ref().map(|path| Source::parse(&path.to_string_lossy()));
    let (source, split) = match named.transpose()? {
        Some(source) => (source, args.split.into()),
        None => (data.source.clone(), Split::Test),
    };
    let pairs = open(&source, split, &options).with_context(
        || "give held-out pictures with --against, paired or apart like those learned from",
    )?;
    if pairs.input_shape() != snapshot.subject.input {
        bail!(
            "{source} has inputs of {:?}, and the translator takes {:?}",
            pairs.input_shape(),
            snapshot.subject.input
        );
    }
    Ok(Arc::new(pairs))
}
