//! `kiln eval`, and the training of the classifier of digits that it uses.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use burn::tensor::Device;
use indicatif::{ProgressBar, ProgressStyle};
use kiln_core::{Address, Medium, Purpose, SamplesSeen};
use kiln_data::{ClassNames, OpenOptions, Pictures, Source, Split, open};
use serde::Serialize;

use super::args::{DigitsArgs, EvalArgs};
use super::eval_critic::eval_critic;
use super::eval_pairs::eval_pairs;
use super::say;
use crate::config::DataConfig;
use crate::evaluate::{
    Against, DigitsTraining, Drawn, Examiner, Held, Judge, Judged, Measured, Metric, PictureSet,
    Reference, Request, evaluate_samples, fitting_extractor, of_volumes, sheet, train_digits,
};
use crate::recipe::Truncated;
use crate::report::picture::{self, Window};
use crate::snapshot::{Snapshot, snapshots};

pub(super) fn eval(args: &EvalArgs) -> Result<ExitCode> {
    let device = args.device.backend.device(args.device.device)?;
    if args.each && args.truncate.len() > 1 {
        bail!("--each measures every snapshot: give it one --truncate, or leave --each out");
    }
    let asked = subject(args)?;
    if let Asked::Snapshots(files) = &asked
        && let Some(code) = eval_pairs(args, files, &device)?
    {
        return Ok(code);
    }
    let course = match asked {
        Asked::Snapshots(files) => generators(args, &files, &device)?,
        Asked::Pictures(source) => vec![pictures(args, &source, &device)?],
    };
    for point in course.iter().filter(|_| !args.json) {
        if let Some(samples) = point.samples.filter(|_| args.each) {
            say::line(format!("{} samples seen", samples.0))?;
        }
        if let Some(most) = point.truncation.filter(|_| args.truncate.len() > 1) {
            say::line(format!("truncated at {most}"))?;
        }
        say::line(&point.judged)?;
    }
    if let Some(last) = course.last().filter(|_| args.json) {
        let mut told = serde_json::to_value(last)?;
        if args.each || args.truncate.len() > 1 {
            told["course"] = serde_json::to_value(&course)?;
        }
        say::line(told)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What is to be measured.
enum Asked {
    Snapshots(Vec<PathBuf>),
    Pictures(Source),
}

/// A run folder, a snapshot file, or pictures.
fn subject(args: &EvalArgs) -> Result<Asked> {
    let path = &args.from;
    let is_snapshot = path.extension().is_some_and(|extension| extension == "safetensors");
    let is_run = path.join("config.json").is_file();
    Ok(match (is_snapshot, is_run) {
        (false, false) => {
            if args.each {
                bail!("--each measures the snapshots of a run, and {} is none", path.display());
            }
            Asked::Pictures(Source::parse(&path.to_string_lossy())?)
        }
        (_, true) if args.each => Asked::Snapshots(snapshots(path)?),
        _ => Asked::Snapshots(vec![path.clone()]),
    })
}

/// What was measured of one set of samples.
#[derive(Debug, Serialize)]
struct Point {
    /// Seen until then, by a generator.
    #[serde(skip_serializing_if = "Option::is_none")]
    samples: Option<SamplesSeen>,
    /// As `kiln sample --truncate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    truncation: Option<f32>,
    #[serde(flatten)]
    judged: Judged,
}

/// Samples of a generator, unless the user says how many.
fn count(args: &EvalArgs, metrics: &[Metric]) -> Result<usize> {
    match args.count {
        Some(0) => bail!("--count is 0; ask for at least 1 sample"),
        Some(count) => Ok(count),
        None if metrics.iter().any(|metric| metric.wants_many()) => Ok(10_000),
        None => Ok(1000),
    }
}

/// What is measured of a generator when the user asks for nothing; a classifier may be given.
fn fitting(of: &Snapshot, given: bool, device: &Device) -> Result<Vec<Metric>> {
    let data = &of.config.data;
    if of.subject.medium == Medium::Volume {
        return Ok(of_volumes(&of.subject, given, device)?);
    }
    if matches!(of.subject.medium, Medium::Sound { .. }) {
        return Ok(vec![Metric::Classes]);
    }
    let painter = of.config.recipe.painter(&of.subject, device)?;
    let quick = painter.encoder().filter(|encoder| encoder.is_quick());
    let again = quick.map(|_| Metric::Reconstruction);
    let left_out = again.filter(|_| !data.without.is_empty()).map(|_| Metric::Auroc);
    let otherwise = [Some(Metric::Digits), again, left_out].into_iter().flatten();
    Ok(Metric::fitting(&data.source, &otherwise.collect::<Vec<_>>()))
}

/// Measures snapshots of one run, the real pictures being looked at once.
fn generators(args: &EvalArgs, files: &[PathBuf], device: &Device) -> Result<Vec<Point>> {
    let Some(first) = files.first() else { return Ok(Vec::new()) };
    let first = Snapshot::read(first)?;
    let data = &first.config.data;
    let metrics = match &args.metric[..] {
        [] => fitting(&first, args.classifier.is_some(), device)?,
        asked => asked.to_vec(),
    };
    let (picture, count) = (first.subject.picture, count(args, &metrics)?);
    let reference = of_a_run(args, data, picture, &metrics)?;
    let examination = Examination {
        metrics: &metrics,
        count,
        reference: &reference,
        picture,
        data: Some(&data.source),
    };
    let judge = Judge {
        examiner: examination.open(args, device)?,
        metrics,
        count,
        seed: args.seed,
        data: data.clone(),
        picture,
        device: device.clone().without_autodiff(),
        against: reference.name,
        classifier: args.classifier.clone(),
    };
    let critic = eval_critic(args, &judge.metrics, count)?;
    let each = files.iter().flat_map(|file| truncations(args).map(move |most| (file, most)));
    let points = each.map(|(file, most)| generator(file, most, &judge));
    let mut points = points.collect::<Result<Vec<_>>>()?;
    if let Some(last) = points.pop() {
        // The newest checkpoint's, beside the newest snapshot's.
        let judged = last.judged.with_critic(critic);
        points.push(Point { judged, ..last });
    }
    if let (Some(path), Some(last)) = (&args.neighbours, files.last()) {
        let most = truncations(args).last().flatten();
        let painter = Truncated::at(most, Snapshot::read(last)?.painter(device)?)?;
        let address = Address::new(args.seed, Purpose::Evaluation);
        let drawn = Drawn::new(&*painter, count, address);
        neighbours(path, judge.examiner.as_ref(), &drawn)?;
    }
    Ok(points)
}

/// Every truncation that is asked for, or none once.
fn truncations(args: &EvalArgs) -> impl Iterator<Item = Option<f32>> {
    let none = args.truncate.is_empty().then_some(None);
    args.truncate.iter().copied().map(Some).chain(none)
}

fn generator(file: &Path, truncation: Option<f32>, judge: &Judge) -> Result<Point> {
    let snapshot = Snapshot::read(file)?;
    let samples = Some(snapshot.clock.samples);
    let painter = Truncated::at(truncation, snapshot.painter(&judge.device)?)?;
    let bar = Bar::new("samples")?;
    let judged = judge.judge(&*painter, &mut |seen, of| bar.tell(seen, of))?;
    Ok(Point { samples, truncation, judged })
}

/// Measures pictures that are there already.
fn pictures(args: &EvalArgs, source: &Source, device: &Device) -> Result<Point> {
    if let Some(metric) = args.metric.iter().find(|metric| metric.needs_generator()) {
        bail!("`{metric}` asks a generator, and {source} is neither a run nor a snapshot");
    }
    let held = open(source, args.part.into(), &OpenOptions::default()).with_context(|| {
        format!("{source} is no run and no snapshot, and as pictures it cannot be read")
    })?;
    if args.metric.is_empty() {
        bail!("of pictures, say what to measure: --metric digits, frechet, similarity, ...");
    }
    let reference = for_pictures(args, &held)?;
    let count = args.count.unwrap_or(held.len()).min(held.len());
    let against =
        args.against.as_deref().and_then(|path| Source::parse(&path.to_string_lossy()).ok());
    let examination = Examination {
        metrics: &args.metric,
        count,
        reference: &reference,
        picture: held.shape(),
        data: against.as_ref().or(Some(source)),
    };
    let examiner = examination.open(args, device)?;
    let subject = Held::new(&held, Some(count), Address::new(args.seed, Purpose::Evaluation));
    let digits = args.metric.contains(&Metric::Digits).then(|| -> Result<_> {
        Ok(evaluate_samples(&sheet(&subject.portion(0..count)?, None), device)?)
    });
    if let Some(path) = &args.neighbours {
        neighbours(path, examiner.as_ref(), &subject)?;
    }
    let measured = examiner.map(|examiner| -> Result<_> {
        let bar = Bar::new("samples")?;
        let values = examiner.examine(&subject, &mut |seen, of| bar.tell(seen, of))?;
        let (provenance, against) = (examiner.provenance().cloned(), reference.name.clone());
        Ok(Measured { values, provenance, against, seed: args.seed })
    });
    let judged = Judged::of_pictures(digits.transpose()?, measured.transpose()?);
    Ok(Point { samples: None, truncation: None, judged })
}

/// Pairs in a sheet of neighbours.
const NEIGHBOURS: usize = 32;

/// Draws samples, each beside the training picture that is most like it.
fn neighbours(path: &Path, examiner: Option<&Examiner>, of: &dyn PictureSet) -> Result<()> {
    let sheet = examiner.map(|examiner| examiner.neighbours(of, NEIGHBOURS)).transpose()?.flatten();
    let Some(sheet) = sheet else {
        bail!("--neighbours draws what --metric memorisation finds: ask for that, too");
    };
    picture::write_grid(path, &sheet, Window::around(&sheet))?;
    say::note(format!("{}: each sample beside its nearest training picture", path.display()))?;
    Ok(())
}

/// The real pictures for a run's samples: its own, or those that are named, at its size.
fn of_a_run(
    args: &EvalArgs,
    data: &DataConfig,
    picture: [usize; 3],
    metrics: &[Metric],
) -> Result<Reference> {
    let options = data.options_like(picture);
    match &args.against {
        _ if !metrics.iter().any(|metric| metric.compares()) => Ok(Reference::nothing()),
        None => of_source(&data.source, args, &options, metrics),
        // What was left out of the run's own data has no name elsewhere.
        Some(path) => {
            let all = OpenOptions { without: ClassNames::default(), ..options };
            against(path, args, &all, metrics)
        }
    }
}

fn for_pictures(args: &EvalArgs, held: &Pictures) -> Result<Reference> {
    let [channels, side, _] = held.shape();
    let options =
        OpenOptions { size: Some(side), channels: Some(channels), ..OpenOptions::default() };
    let compares = |metric: &Metric| metric.compares() && *metric != Metric::Similarity;
    match &args.against {
        Some(path) => against(path, args, &options, &args.metric),
        None if args.metric.iter().any(compares) => {
            bail!("give real pictures to compare with: --against mnist, a folder, or statistics")
        }
        None => Ok(Reference::nothing()),
    }
}

/// Statistics by their file's ending; anything else is pictures.
fn against(
    path: &Path,
    args: &EvalArgs,
    options: &OpenOptions,
    metrics: &[Metric],
) -> Result<Reference> {
    let is_statistics =
        ["safetensors", "npz"].map(Some).contains(&path.extension().and_then(|e| e.to_str()));
    if is_statistics {
        return Ok(Reference::statistics(path)?);
    }
    of_source(&Source::parse(&path.to_string_lossy())?, args, options, metrics)
}

/// A part of some pictures, or both where a metric looks at what was held out.
fn of_source(
    source: &Source,
    args: &EvalArgs,
    options: &OpenOptions,
    metrics: &[Metric],
) -> Result<Reference> {
    let split = Split::from(args.split);
    let both = metrics.iter().find(|metric| metric.needs_held_out());
    if let Some(metric) = both.filter(|_| split != Split::Train) {
        bail!("`{metric}` looks at both parts of the data: leave out --split");
    }
    let pictures = Arc::new(open(source, split, options)?);
    if split == Split::Train {
        return Ok(Reference::of_training(pictures, source, options, metrics)?);
    }
    let name = format!("{source}, {split}");
    Ok(Reference { against: Against::Pictures(pictures), name })
}

/// What an examiner is to look for, and in what.
struct Examination<'a> {
    metrics: &'a [Metric],
    count: usize,
    reference: &'a Reference,
    picture: [usize; 3],
    data: Option<&'a Source>,
}

impl Examination<'_> {
    /// The examiner, having looked at the real pictures; none where no metric needs one.
    fn open(&self, args: &EvalArgs, device: &Device) -> Result<Option<Examiner>> {
        if !self.metrics.iter().any(|metric| metric.is_examined()) {
            return Ok(None);
        }
        let named = args.extractor.or(self.reference.against.extractor());
        let extractor = fitting_extractor(named, args.weights.clone(), self.data);
        let metrics = self.metrics.to_vec();
        let request = Request { metrics, extractor, rows: self.count, seed: args.seed };
        let bar = Bar::new("reals")?;
        let device = device.clone().without_autodiff();
        let mut tell = |seen, of| bar.tell(seen, of);
        let against = &self.reference.against;
        let examiner = Examiner::open(request, against, self.picture, &device, &mut tell)?;
        if let Some(path) = &args.save_stats {
            match examiner.statistics() {
                Some(statistics) => statistics.write(path)?,
                None => bail!("there are no statistics to save: --metric frechet makes them"),
            }
        }
        Ok(Some(examiner))
    }
}

/// A progress bar on a terminal, gone when the work is done.
struct Bar(ProgressBar);

impl Bar {
    fn new(what: &'static str) -> Result<Self> {
        let style =
            ProgressStyle::with_template("{prefix:>8} {bar:30} {pos} of {len}  {eta} left")?;
        Ok(Self(ProgressBar::new(0).with_style(style).with_prefix(what)))
    }

    fn tell(&self, seen: usize, of: usize) {
        self.0.set_length(of as u64);
        self.0.set_position(seen as u64);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

pub(super) fn train_digits_command(args: &DigitsArgs) -> Result<ExitCode> {
    let device = args.device.backend.device(args.device.device)?;
    let training = DigitsTraining { seed: args.seed, ..DigitsTraining::default() };
    let training = DigitsTraining { epochs: args.epochs.unwrap_or(training.epochs), ..training };
    let mut told = Ok(());
    let trained = train_digits(&training, &args.data, &device, |progress| {
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
