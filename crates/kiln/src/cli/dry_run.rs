//! `kiln train --dry-run`: what would be trained, how long it would take, how much memory.
//!
//! Time and memory are measured, not guessed: a few rounds are played, a sheet drawn, the state
//! gathered as for a checkpoint, and nothing is written.

use std::time::{Duration, Instant};

use anyhow::Result;
use kiln_core::{Clock, Medium};
use kiln_models::LayerRow;
use kiln_train::{Batch, Game, Round, Source, State, peak_resident_bytes};

use super::say;
use crate::material::Material;
use crate::recipe::{Family, Images};
use crate::report::numerals;
use crate::session::Session;
use crate::with_family;

/// Rounds before the clock is read: first allocations, and kernels that are compiled.
const WARM_UP: usize = 3;
/// The least time and number of rounds that are measured.
const LEAST_TIME: Duration = Duration::from_secs(5);
const LEAST_ROUNDS: usize = 5;

pub(super) fn show(session: &Session) -> Result<()> {
    let config = session.config();
    say::line(serde_json::to_string_pretty(config)?)?;
    say::line(match session.material() {
        Material::Points(mixture) => format!("\nData: points, drawn from {}", mixture.name()),
        Material::Sounds(sounds) => {
            let (n, length, skipped) = (sounds.len(), sounds.length(), sounds.skipped().len());
            format!("\nData: {n} sounds of {length} samples, {skipped} skipped")
        }
        Material::Pictures(pictures) => {
            let [channels, height, width] = pictures.shape();
            let (n, skipped) = (pictures.len(), pictures.skipped().len());
            let size = match pictures.medium() {
                Medium::Volume => format!("volumes of {width} x {height} x {channels}"),
                _ => format!("pictures of {width} x {height} with {channels} channel(s)"),
            };
            format!("\nData: {n} {size}, {skipped} skipped")
        }
    })?;
    for (name, rows) in config.recipe.layers(session.world())? {
        table(name, &rows)?;
    }
    let measured =
        with_family!(&config.recipe, family => measure(family.start(session.world())?, session)?);
    let until = config.plan.until.as_f64();
    let rounds = until / measured.samples_per_round;
    let seconds = rounds * measured.round.as_secs_f64()
        + until / config.plan.sheet_every.as_f64() * measured.sheet.as_secs_f64()
        + until / config.plan.checkpoint_every.as_f64() * measured.save.as_secs_f64();
    say::line(format!(
        "\nTime: {:.1} ms a round, {} for {} (measured over {} rounds)",
        measured.round.as_secs_f64() * 1e3,
        numerals::duration(seconds),
        config.plan.until,
        measured.rounds,
    ))?;
    match peak_resident_bytes() {
        0 => say::line("Memory: this system does not tell")?,
        bytes => say::line(format!("Memory: {} MiB at the peak", bytes >> 20))?,
    }
    Ok(())
}

fn table(name: &str, rows: &[LayerRow]) -> Result<()> {
    say::line(format!("\n{name}"))?;
    for row in rows {
        let shape: Vec<String> = row.shape.iter().map(ToString::to_string).collect();
        let (path, shape) = (&row.path, shape.join(" x "));
        say::line(format!("  {path:<28} {:<16} {shape:<20} {:>10}", row.kind, row.parameters))?;
    }
    let total: usize = rows.iter().map(|row| row.parameters).sum();
    say::line(format!("  {:<66} {total:>10}", "parameters"))?;
    Ok(())
}

struct Measured {
    rounds: usize,
    round: Duration,
    sheet: Duration,
    save: Duration,
    samples_per_round: f64,
}

fn measure<G: Game<Batch = Images>>(mut game: G, session: &Session) -> Result<Measured> {
    let mut source = session.source()?;
    let device = &session.world().device;
    let mut clock = Clock::default();
    let mut began = Instant::now();
    let mut rounds = 0;
    loop {
        if rounds == WARM_UP {
            device.sync().map_err(|error| anyhow::anyhow!("the device failed: {error}"))?;
            began = Instant::now();
        }
        let measured = rounds.saturating_sub(WARM_UP);
        if measured >= LEAST_ROUNDS && began.elapsed() >= LEAST_TIME {
            break;
        }
        let n = game.batches(&clock);
        let batches = (0..n).map(|_| source.draw()).collect::<Result<Vec<_>, _>>()?;
        let shown: usize = batches.iter().map(Batch::samples).sum();
        let mut round = Round::new(clock, session.config().seed, device);
        game = game.play(batches, &mut round);
        clock = round.clock;
        clock.count_round(shown as u64);
        rounds += 1;
    }
    device.sync().map_err(|error| anyhow::anyhow!("the device failed: {error}"))?;
    let measured = rounds - WARM_UP;
    let round = began.elapsed() / measured as u32;
    let began = Instant::now();
    game.preview()?;
    let sheet = began.elapsed();
    let began = Instant::now();
    let mut state = State::new();
    game.save(&mut state);
    state.read()?;
    drop(state.to_safetensors(&[])?);
    let save = began.elapsed();
    let samples_per_round = clock.samples.as_f64() / rounds as f64;
    Ok(Measured { rounds: measured, round, sheet, save, samples_per_round })
}
