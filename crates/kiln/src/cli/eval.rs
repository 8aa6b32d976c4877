//! `kiln eval`, and the training of the classifier that it uses.

use std::fmt::{self, Display, Formatter};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use burn::tensor::Device;
use indicatif::{ProgressBar, ProgressStyle};
use kiln_core::{Address, Purpose, SamplesSeen};
use kiln_data::{OpenOptions, Pictures, Source, open};
use serde::Serialize;

use super::args::{DigitsArgs, EvalArgs};
use super::eval_pairs::eval_pairs;
use super::say;
use crate::config::DataConfig;
use crate::evaluate::{
    DigitsReport, DigitsTraining, Drawn, Examiner, Held, LabelsReport, Measured, Metric,
    ModesReport, PictureSet, Reference, Request, check_labels, count_modes, evaluate_samples,
    fitting_extractor, train_digits,
};
use crate::recipe::{draw_origins, paint_sheet};
use crate::snapshot::{Snapshot, snapshots};

pub(super) fn eval(args: &EvalArgs) -> Result<ExitCode> {
    let device = args.device.backend.device(args.device.device)?;
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
        say::line(point)?;
    }
    if let Some(last) = course.last().filter(|_| args.json) {
        let mut told = serde_json::to_value(last)?;
        if args.each {
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
#[derive(Debug, Default, Serialize)]
struct Point {
    /// Seen until then, by a generator.
    #[serde(skip_serializing_if = "Option::is_none")]
    samples: Option<SamplesSeen>,
    #[serde(flatten)]
    digits: Option<DigitsReport>,
    #[serde(flatten)]
    modes: Option<ModesReport>,
    #[serde(flatten)]
    labels: Option<LabelsReport>,
    #[serde(flatten)]
    measured: Option<Measured>,
}

impl Display for Point {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let parts = [
            self.digits.as_ref().map(ToString::to_string),
            self.modes.as_ref().map(ToString::to_string),
            self.labels.as_ref().map(ToString::to_string),
            self.measured.as_ref().map(ToString::to_string),
        ];
        f.write_str(&parts.into_iter().flatten().collect::<Vec<_>>().join("\n"))
    }
}

/// Samples of a generator, unless the user says how many.
fn count(args: &EvalArgs, metrics: &[Metric]) -> Result<usize> {
    let of_features = metrics.iter().any(|metric| metric.needs_extractor());
    match args.count {
        Some(0) => bail!("--count is 0; ask for at least 1 sample"),
        Some(count) => Ok(count),
        None => Ok(if of_features { 10_000 } else { 1000 }),
    }
}

/// Measures snapshots of one run, the real pictures being looked at once.
fn generators(args: &EvalArgs, files: &[PathBuf], device: &Device) -> Result<Vec<Point>> {
    let Some(first) = files.first() else { return Ok(Vec::new()) };
    let first = Snapshot::read(first)?;
    let data = &first.config.data;
    let known = matches!(data.source, Source::Points(_) | Source::StackedMnist);
    let fallback = if known { Metric::Modes } else { Metric::Digits };
    let metrics = if args.metric.is_empty() { vec![fallback] } else { args.metric.clone() };
    let count = count(args, &metrics)?;
    let examiner = features(&metrics).then(|| -> Result<_> {
        let reference = of_a_run(args, data, first.subject.picture, &metrics)?;
        let examiner = examine_with(
            args,
            &reference,
            (&metrics, count),
            first.subject.picture,
            Some(&data.source),
            device,
        )?;
        Ok((examiner, reference.name))
    });
    let examiner = examiner.transpose()?;
    let examiner = examiner.as_ref().map(|(examiner, name)| (examiner, name.as_str()));
    files.iter().map(|file| generator(args, file, (&metrics, count), examiner, device)).collect()
}

fn features(metrics: &[Metric]) -> bool {
    metrics.iter().any(|metric| metric.needs_extractor())
}

fn generator(
    args: &EvalArgs,
    file: &Path,
    (metrics, count): (&[Metric], usize),
    examiner: Option<(&Examiner, &str)>,
    device: &Device,
) -> Result<Point> {
    let snapshot = Snapshot::read(file)?;
    let (data, clock) = (snapshot.config.data.source.clone(), snapshot.clock);
    let painter = snapshot.painter(device)?;
    let address = Address::new(args.seed, Purpose::Evaluation);
    let mut point = Point { samples: Some(clock.samples), ..Point::default() };
    let fakes = || paint_sheet(&*painter, &draw_origins(&*painter, count, address));
    if metrics.contains(&Metric::Digits) {
        point.digits = Some(evaluate_samples(&fakes()?, device)?);
    }
    if metrics.contains(&Metric::Modes) {
        point.modes = Some(count_modes(&fakes()?, &data, args.seed, device)?);
    }
    if metrics.contains(&Metric::Labels) {
        point.labels = Some(check_labels(&*painter, count, address, device)?);
    }
    if let Some((examiner, against)) = examiner {
        let drawn = Drawn::new(&*painter, count, address);
        point.measured = Some(examine(args, examiner, &drawn, against)?);
    }
    Ok(point)
}

/// Measures pictures that are there already.
fn pictures(args: &EvalArgs, source: &Source, device: &Device) -> Result<Point> {
    let held = open(source, args.split.into(), &OpenOptions::default())
        .with_context(|| format!("{source} is neither a run, a snapshot nor pictures"))?;
    if args.metric.is_empty() || !args.metric.iter().all(|metric| metric.needs_extractor()) {
        bail!("of pictures, give metrics of features: --metric frechet, kernel, precision-recall");
    }
    let reference = for_pictures(args, &held)?;
    let count = args.count.unwrap_or(held.len()).min(held.len());
    let against =
        args.against.as_deref().and_then(|path| Source::parse(&path.to_string_lossy()).ok());
    let data = against.as_ref().or(Some(source));
    let examiner =
        examine_with(args, &reference, (&args.metric, count), held.shape(), data, device)?;
    let subject = Held::new(&held, Some(count), Address::new(args.seed, Purpose::Evaluation));
    let measured = Some(examine(args, &examiner, &subject, &reference.name)?);
    Ok(Point { measured, ..Point::default() })
}

/// The real pictures for a run's samples: its own, or those that are named, at its size.
fn of_a_run(
    args: &EvalArgs,
    data: &DataConfig,
    [channels, side, _]: [usize; 3],
    metrics: &[Metric],
) -> Result<Reference> {
    if !metrics.iter().any(|metric| metric.compares()) {
        return Ok(Reference::nothing());
    }
    let options = OpenOptions { size: Some(side), channels: Some(channels), ..data.options() };
    match &args.against {
        None => Ok(Reference::pictures(&data.source, args.split.into(), &options)?),
        Some(path) => against(path, args, &options),
    }
}

fn for_pictures(args: &EvalArgs, held: &Pictures) -> Result<Reference> {
    let [channels, side, _] = held.shape();
    let options =
        OpenOptions { size: Some(side), channels: Some(channels), ..OpenOptions::default() };
    match &args.against {
        Some(path) => against(path, args, &options),
        None if args.metric.iter().any(|metric| metric.compares()) => {
            bail!("give real pictures to compare with: --against mnist, a folder, or statistics")
        }
        None => Ok(Reference::nothing()),
    }
}

/// Statistics by their file's ending; anything else is pictures.
fn against(path: &Path, args: &EvalArgs, options: &OpenOptions) -> Result<Reference> {
    let is_statistics =
        ["safetensors", "npz"].map(Some).contains(&path.extension().and_then(|e| e.to_str()));
    if is_statistics {
        return Ok(Reference::statistics(path)?);
    }
    Ok(Reference::pictures(&Source::parse(&path.to_string_lossy())?, args.split.into(), options)?)
}

/// The examiner, having looked at the real pictures.
fn examine_with(
    args: &EvalArgs,
    reference: &Reference,
    (metrics, rows): (&[Metric], usize),
    picture: [usize; 3],
    data: Option<&Source>,
    device: &Device,
) -> Result<Examiner> {
    let extractor = fitting_extractor(args.extractor, args.weights.clone(), data);
    let request = Request { metrics: metrics.to_vec(), extractor, rows, seed: args.seed };
    let bar = Bar::new("reals")?;
    let device = device.clone().without_autodiff();
    let mut tell = |seen, of| bar.tell(seen, of);
    let examiner = Examiner::open(request, &reference.against, picture, &device, &mut tell)?;
    if let Some(path) = &args.save_stats {
        match examiner.statistics() {
            Some(statistics) => statistics.write(path)?,
            None => bail!("there are no statistics to save: --metric frechet makes them"),
        }
    }
    Ok(examiner)
}

fn examine(
    args: &EvalArgs,
    examiner: &Examiner,
    subject: &dyn PictureSet,
    against: &str,
) -> Result<Measured> {
    let bar = Bar::new("samples")?;
    let values = examiner.examine(subject, &mut |seen, of| bar.tell(seen, of))?;
    let (provenance, against) = (examiner.provenance().clone(), against.to_owned());
    Ok(Measured { values, provenance, against, seed: args.seed })
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
