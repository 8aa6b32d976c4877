//! `kiln eval` of a translator: by what it makes of held-out pairs, or of two held-out sets.

use std::fmt;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use burn::tensor::Device;
use kiln_core::SamplesSeen;
use kiln_data::{Arrangement, Pictures, Source, Split, open};
use kiln_eval::{ExtractorConfig, ExtractorKind};
use serde::Serialize;

use super::args::EvalArgs;
use super::say;
use crate::evaluate::{
    CyclesReport, Examination, TranslationReport, judge_cycles, judge_translation,
};
use crate::recipe::Painter;
use crate::snapshot::Snapshot;

/// What was measured of one snapshot.
#[derive(Debug, Serialize)]
struct Point {
    samples: SamplesSeen,
    #[serde(flatten)]
    report: Report,
}

/// What was measured, by what there was to learn from.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Report {
    Pairs(TranslationReport),
    Sets(CyclesReport),
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pairs(report) => report.fmt(f),
            Self::Sets(report) => report.fmt(f),
        }
    }
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
    let how = Examination {
        extractor: extractor(args, &first),
        count: args.count,
        seed: args.seed,
        digits: first.config.data.pairs.filter(|_| first.config.data.source == Source::Mnist),
    };
    let mut course = Vec::new();
    for file in files {
        let snapshot = Snapshot::read(file)?;
        let samples = snapshot.clock.samples;
        let painter = snapshot.painter(device)?;
        let report = report(&*painter, &pairs, &how)?;
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

fn report(painter: &dyn Painter, held_out: &Arc<Pictures>, how: &Examination) -> Result<Report> {
    Ok(match held_out.arrangement() {
        Arrangement::Sets => Report::Sets(judge_cycles(painter, held_out, how)?),
        Arrangement::Pairs | Arrangement::Alone => {
            let (extractor, seed) = (how.extractor.clone(), how.seed);
            Report::Pairs(judge_translation(painter, held_out, extractor, seed)?)
        }
    })
}

/// Pairs or sets that were not learned from: the test split, or those that `--against` names.
fn held_out(args: &EvalArgs, snapshot: &Snapshot) -> Result<Arc<Pictures>> {
    if !args.metric.is_empty() || args.save_stats.is_some() {
        bail!(
            "a translator is measured by L1, PSNR, perceptual and frechet distance on held-out pictures: \
             leave --metric out"
        );
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
