//! `kiln inspect`.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Result, bail};
use kiln_core::Medium;
use kiln_data::{DataError, Labels, OpenOptions, Source, Split, open, open_sounds};
use kiln_train::{Checkpoints, Event, Retention};

use super::say;
use crate::cli::args::InspectArgs;
use crate::recipe::Conditions;
use crate::recipe::conditions::told;
use crate::report::log::Narrator;
use crate::report::stats;
use crate::run_folder::read_config;
use crate::snapshot::Snapshot;

pub(super) fn inspect(args: &InspectArgs) -> Result<ExitCode> {
    let path = Path::new(&args.what);
    if args.json {
        run_json(path)?;
    } else if path.is_file() && path.extension().is_some_and(|extension| extension == "safetensors")
    {
        snapshot(path)?;
    } else if read_config(path)?.is_some() {
        run(path)?;
    } else {
        data(&args.what)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn snapshot(path: &Path) -> Result<()> {
    let snapshot = Snapshot::read(path)?;
    let what = match snapshot.subject.picture {
        [_, _, length] if let Medium::Sound { rate } = snapshot.subject.medium => {
            format!("sounds of {length} samples, {rate} a second")
        }
        [coordinates, 1, 1] => format!("points with {coordinates} coordinates"),
        [channels, height, width] => {
            format!("pictures of {width} x {height} with {channels} channel(s)")
        }
    };
    let (name, samples) = (snapshot.config.recipe.name(), snapshot.clock.samples);
    say::line(format!("A snapshot of {name} after {samples}: {what}"))?;
    match snapshot.config.recipe.conditions(&snapshot.subject)? {
        Conditions::None => {}
        Conditions::Classes(classes) => {
            say::line(format!("It may be asked for a class: {}", classes.names.join(", ")))?;
        }
        Conditions::Codes(codes) => say::line(format!("It may be asked for codes: {codes}"))?,
        Conditions::Input(shape) => {
            say::line(format!("It makes them of pictures of {}", told(shape)))?;
        }
    }
    for (name, shape) in snapshot.shapes() {
        say::line(format!("  {name:<40} {shape:?}"))?;
    }
    Ok(())
}

fn run(path: &Path) -> Result<()> {
    let Some(config) = read_config(path)? else {
        return Ok(());
    };
    let data = &config.data.source;
    say::line(format!("A run of {} on {data}, seed {}", config.recipe.name(), config.seed))?;
    let folder = path.join("checkpoints");
    let times = if folder.is_dir() {
        Checkpoints::inspect(&folder, Retention::default()).list()?
    } else {
        Vec::new()
    };
    let until = config.plan.until;
    match times.last() {
        None => say::line("It has no checkpoint yet.")?,
        Some(newest) if *newest >= until => say::line(format!("Complete: {newest} shown."))?,
        Some(newest) => say::line(format!("Unfinished: {newest} of {until} shown."))?,
    }
    let names: Vec<String> = times.iter().map(|time| time.0.to_string()).collect();
    say::line(format!("Checkpoints: {}", names.join(", ")))?;
    let mut narrator = Narrator::default();
    let events = stats::read(&path.join("stats.jsonl"))?;
    let is_caution = |e: &&Event| matches!(e, Event::Warning { .. } | Event::RolledBack { .. });
    for event in events.iter().filter(is_caution) {
        say::line(narrator.line(event))?;
    }
    if let Some(tick) = events.iter().rev().find(|event| matches!(event, Event::Tick(_))) {
        say::line(format!("Last report: {}", narrator.line(tick).trim()))?;
    }
    Ok(())
}

/// How a run stands, as one object: its last report, its warnings and roll-backs.
fn run_json(path: &Path) -> Result<()> {
    let Some(config) = read_config(path)? else {
        bail!("{} is no run: --json tells of a run", path.display());
    };
    let events = stats::read(&path.join("stats.jsonl"))?;
    let count = |wanted: fn(&Event) -> bool| events.iter().filter(|event| wanted(event)).count();
    let last = events.iter().rev().find_map(|event| match event {
        Event::Tick(tick) => Some(tick),
        _ => None,
    });
    let spread = events.iter().rev().find_map(|event| match event {
        Event::Sheet { spread, .. } => Some(*spread),
        _ => None,
    });
    say::line(serde_json::json!({
        "recipe": config.recipe.name(),
        "samples": last.map(|tick| tick.clock.samples),
        "until": config.plan.until,
        "complete": last.is_some_and(|tick| tick.clock.samples >= config.plan.until),
        "roll-backs": count(|event| matches!(event, Event::RolledBack { .. })),
        "warnings": count(|event| matches!(event, Event::Warning { .. })),
        "spread": spread,
        "means": last.map(|tick| &tick.means),
    }))?;
    Ok(())
}

fn data(text: &str) -> Result<()> {
    let source = Source::parse(text)?;
    if let Source::Points(mixture) = source {
        let (n, deviation) = (mixture.centres().len(), mixture.deviation());
        return Ok(say::line(format!(
            "{text}: points in the plane, drawn without end from {n} Gaussians of deviation \
             {deviation}"
        ))?);
    }
    let pictures = match open(&source, Split::Train, &OpenOptions::default()) {
        Err(DataError::Sounds { .. }) => return sounds(&source),
        opened => opened?,
    };
    let [channels, height, width] = pictures.shape();
    say::line(format!(
        "{} pictures of {width} x {height} with {channels} channel(s), kind {:?}, checksum {}",
        pictures.len(),
        pictures.kind(),
        pictures.checksum()
    ))?;
    pictures.labels().map_or(Ok(()), classes)
}

fn sounds(source: &Source) -> Result<()> {
    let sounds = open_sounds(source, Split::Train, &OpenOptions::default())?;
    say::line(format!("{} sounds, checksum {}", sounds.len(), sounds.checksum()))?;
    sounds.labels().map_or(Ok(()), classes)
}

fn classes(labels: &Labels) -> Result<()> {
    for (class, count) in labels.classes.iter().zip(labels.counts()) {
        say::line(format!("  {class:<24} {count:>8}"))?;
    }
    Ok(())
}
