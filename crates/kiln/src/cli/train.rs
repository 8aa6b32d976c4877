//! `kiln train`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use kiln_core::SamplesSeen;
use kiln_train::{Finish, Stop, StopWhen};

use super::args::TrainArgs;
use super::audience::Audience;
use super::signals::Signals;
use super::{dry_run, say};
use crate::config::Layers;
use crate::live::{Address, Server};
use crate::recipe::RecipeConfig;
use crate::report::terminal::{Talk, Terminal};
use crate::session::{Session, Trained};

pub(super) fn train(args: &TrainArgs) -> Result<ExitCode> {
    // Before the data is opened: a port that is taken should not cost the user that wait.
    let listener = args.serve.as_ref().map(Address::listen).transpose()?;
    let mut session = Session::open(layers(args)?.resolve()?)?;
    if let Some(epochs) = args.epochs {
        let Some(samples) = session.material().len() else {
            bail!("{} is drawn without end: give --samples", session.material().name());
        };
        session.set_budget(SamplesSeen(epochs.max(1) * samples as u64));
    }
    if args.dry_run {
        dry_run::show(&session)?;
        return Ok(ExitCode::SUCCESS);
    }
    let folder = folder(args, &session);
    let stop = Stop::default();
    let signals = Signals::raise(&stop).context("cannot listen for Ctrl-C")?;
    let terminal = Terminal::new(talk(args))?;
    let trained = match listener {
        None => session.train(&folder, args.fresh, &mut { terminal }, stop)?,
        Some(listener) => {
            let mut audience = Audience::new(terminal, &folder);
            let server = Server::start(listener, audience.feed())?;
            say::note(announcement(&server))?;
            let trained = session.train(&folder, args.fresh, &mut audience, stop)?;
            server.say_farewell();
            trained
        }
    };
    tell(args, &session, &trained)?;
    Ok(match trained.finish {
        Some(Finish::Interrupted) => ExitCode::from(signals.exit_code()),
        _ => ExitCode::SUCCESS,
    })
}

/// Where the live page is.
fn announcement(server: &Server) -> String {
    let url = server.url();
    let warning = if server.is_open() { ", for everybody who reaches this machine" } else { "" };
    format!("The run's page is at {url} while it trains{warning}")
}

/// Preset or file, then flags.
pub(super) fn layers(args: &TrainArgs) -> Result<Layers> {
    let mut layers = match &args.config {
        None => Layers::preset(args.recipe.as_deref().unwrap_or("dcgan"))?,
        Some(path) => read(path)?,
    };
    let set = |layers: &mut Layers, key: &str, value: Option<String>| match value {
        Some(value) => layers.set(key, &value),
        None => Ok(()),
    };
    let text = |text: &str| serde_json::Value::from(text).to_string();
    set(&mut layers, "data.source", args.data.as_deref().map(text))?;
    set(&mut layers, "backend", args.backend.map(|backend| text(backend.name())))?;
    set(&mut layers, "device", args.device.map(|n| n.to_string()))?;
    set(&mut layers, "plan.until", args.samples.map(|n| n.to_string()))?;
    set(&mut layers, "batch-size", args.batch_size.map(|n| n.to_string()))?;
    set(&mut layers, "data.size", args.size.map(|n| n.to_string()))?;
    set(&mut layers, "data.rate", args.rate.map(|n| n.to_string()))?;
    set(&mut layers, "seed", args.seed.map(|n| n.to_string()))?;
    set(&mut layers, "plan.evaluate-every", args.eval_every.map(|n| n.to_string()))?;
    let metrics: Vec<_> = args.metric.iter().map(|metric| text(metric.name())).collect();
    let metrics = (!metrics.is_empty()).then(|| format!("[{}]", metrics.join(", ")));
    set(&mut layers, "evaluation.metrics", metrics)?;
    if let Some(goal) = args.stop_when {
        let goal = match goal.into() {
            StopWhen::Equilibrium => "equilibrium",
            StopWhen::Plateau => "plateau",
        };
        layers.set("plan.stop-when", goal)?;
    }
    if let Some(rate) = args.lr {
        let sides = ["recipe.critic", "recipe.generator"];
        for side in sides.into_iter().filter(|side| layers.has(side)).collect::<Vec<_>>() {
            layers.set(&format!("{side}.rate"), &format!("{rate:?}"))?;
        }
    }
    args.set.iter().try_for_each(|assignment| layers.assign(assignment))?;
    Ok(layers)
}

fn read(path: &Path) -> Result<Layers> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {name}"))?;
    let json = path.extension().is_some_and(|extension| extension == "json");
    Ok(Layers::file(&text, &name, json)?)
}

/// Where the run lives.
fn folder(args: &TrainArgs, session: &Session) -> PathBuf {
    let config = session.config();
    args.run_dir.clone().unwrap_or_else(|| {
        let name = format!("{}-{}", RecipeConfig::name(&config.recipe), config.data.source.name());
        Path::new("runs").join(name)
    })
}

fn talk(args: &TrainArgs) -> Talk {
    match (args.quiet, args.json) {
        (true, _) => Talk::Quiet,
        (_, true) => Talk::Json,
        _ => Talk::Text,
    }
}

/// What the user can do now.
fn tell(args: &TrainArgs, session: &Session, trained: &Trained) -> Result<()> {
    if args.quiet || args.json {
        return Ok(());
    }
    let folder = trained.folder.display();
    let until = session.config().plan.until;
    match trained.finish {
        None => say::line(format!(
            "{folder} is complete: {} were shown. Show more with --samples, or start anew with \
             --fresh.",
            trained.samples
        ))?,
        Some(Finish::Interrupted) => say::line(format!(
            "Stopped at {} of {until}. The same command goes on from here.",
            trained.samples.0
        ))?,
        Some(_) => say::line(format!(
            "Sheets are in {folder}/sheets, curves in {folder}/curves.svg.\nDraw more with \
             `kiln sample {folder}`."
        ))?,
    }
    Ok(())
}
