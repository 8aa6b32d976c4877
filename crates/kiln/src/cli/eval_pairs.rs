//! `kiln eval` of a translator: by what it makes of held-out pairs.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use burn::tensor::Device;
use kiln_core::SamplesSeen;
use kiln_data::{Pictures, Source, Split, open};
use kiln_eval::{ExtractorConfig, ExtractorKind};
use serde::Serialize;

use super::args::EvalArgs;
use super::say;
use crate::evaluate::{TranslationReport, judge_translation};
use crate::snapshot::Snapshot;

/// What was measured of one snapshot.
#[derive(Debug, Serialize)]
struct Point {
    samples: SamplesSeen,
    #[serde(flatten)]
    report: TranslationReport,
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
    let extractor = extractor(args, &first);
    let mut course = Vec::new();
    for file in files {
        let snapshot = Snapshot::read(file)?;
        let samples = snapshot.clock.samples;
        let painter = snapshot.painter(device)?;
        let report = judge_translation(&*painter, &pairs, extractor.clone(), args.seed)?;
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

/// Pairs that were not learned from: the test split, or those that `--against` names.
fn held_out(args: &EvalArgs, snapshot: &Snapshot) -> Result<Arc<Pictures>> {
    if !args.metric.is_empty() || args.save_stats.is_some() {
        bail!("a translator is measured by L1 and frechet on held-out pairs: leave --metric out");
    }
    let data = &snapshot.config.data;
    let options = data.options_like(snapshot.subject.picture);
    let named = args.against.as_ref().map(|path| Source::parse(&path.to_string_lossy()));
    let (source, split) = match named.transpose()? {
        Some(source) => (source, args.split.into()),
        None => (data.source.clone(), Split::Test),
    };
    let pairs = open(&source, split, &options)
        .with_context(|| "give held-out pairs with --against, of the same kind of pairs")?;
    if pairs.input_shape() != snapshot.subject.input {
        bail!(
            "{source} has inputs of {:?}, and the translator takes {:?}",
            pairs.input_shape(),
            snapshot.subject.input
        );
    }
    Ok(Arc::new(pairs))
}

/// The one that is named; else Inception where weights are given, the classifier of digits for the
/// data in the box, and random convolutions for everything else, which need no weights.
fn extractor(args: &EvalArgs, snapshot: &Snapshot) -> ExtractorConfig {
    let fitting = match (&args.weights, &snapshot.config.data.source) {
        (Some(_), _) => ExtractorKind::default(),
        (None, Source::Mnist) => ExtractorKind::Digits,
        (None, _) => ExtractorKind::RandomConv,
    };
    ExtractorConfig { kind: args.extractor.unwrap_or(fitting), weights: args.weights.clone() }
}
