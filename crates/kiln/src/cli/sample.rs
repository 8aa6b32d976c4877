//! `kiln sample`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use burn::tensor::Device;
use kiln_core::{Address, Purpose, Sheet};
use kiln_data::{Handed, Pairing};

use super::args::SampleArgs;
use super::export::export;
use super::given::Given;
use super::say;
use crate::recipe::{AskError, Origins, Painter, Truncated, paint_sheet};
use crate::report::picture::{self, Window};
use crate::snapshot::Snapshot;

pub(super) fn sample(args: &SampleArgs) -> Result<ExitCode> {
    for (flag, n) in [("--count", args.count), ("--per-class", args.per_class)] {
        if n == Some(0) {
            bail!("{flag} is 0; ask for at least 1 sample");
        }
    }
    let device = args.device.backend.device(args.device.device)?;
    let snapshot = Snapshot::read(&args.from)?;
    if let Some(input) = &args.input {
        return given(args, snapshot, input, &device);
    }
    let painter = snapshot.painter(&device)?;
    painter.conditions().drawable()?;
    let painter = Truncated::at(args.truncate, painter)?;
    let out = |name: &str| args.out.clone().unwrap_or_else(|| PathBuf::from(name));
    match (args.per_class, args.interpolate) {
        (Some(n), _) => export(&*painter, n, args.seed, &out("samples"))?,
        (None, None) => {
            let out = out("samples.png");
            let sheet = paint_sheet(&*painter, &origins(args, &*painter)?)?;
            write(&out, &sheet)?;
            say::line(format!("{} samples are in {}", sheet.len(), out.display()))?;
        }
        (None, Some(0)) => bail!("--interpolate is 0; give the frames from one latent to the next"),
        (None, Some(steps)) => {
            let out = out("interpolation.gif");
            let frames = walk(&*painter, &origins(args, &*painter)?, steps)?;
            let n_frames = frames.len();
            if has_extension(&out, "gif") {
                let window = Window::around(&frames);
                picture::write_animation(&out, &frames, window)?;
            } else {
                write(&out, &frames)?;
            }
            say::line(format!("{n_frames} frames are in {}", out.display()))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The user's pictures, translated the way that was asked for, or made again.
fn given(args: &SampleArgs, snapshot: Snapshot, input: &Path, device: &Device) -> Result<ExitCode> {
    let picture = snapshot.subject.picture;
    let pairing = snapshot.config.data.pairs;
    let handed = match (pairing, pairing.and_then(Pairing::times)) {
        (Some(pairing), _) if args.as_target => Handed::Targets { pairing, channels: picture[0] },
        (_, Some(times)) => Handed::Small { times },
        _ => Handed::Inputs,
    };
    let painter = snapshot.painter(device)?;
    let painter = match args.backward {
        true => painter.back().ok_or(AskError::NoWayBack)?,
        false => painter,
    };
    let pictures = Given::read(&*painter, picture, input, handed)?;
    pictures.draw(&*painter, input.is_dir(), args.out.as_deref())
}

/// Latents that a walk passes through, unless the user says how many.
const STOPS: usize = 8;
/// Samples, unless the user says how many.
const SAMPLES: usize = 64;
/// Samples of each class, unless the user says how many.
const COLUMNS: usize = 8;

/// What the samples are made from: of the class that was asked for, or of all in their order.
fn origins(args: &SampleArgs, painter: &dyn Painter) -> Result<Origins> {
    let (conditions, space) = (painter.conditions(), painter.latents());
    let address = Address::new(args.seed, Purpose::Sample);
    let default = if args.interpolate.is_some() { STOPS } else { SAMPLES };
    let count = args.count.unwrap_or(default);
    if let Some(name) = &args.class {
        let classes = vec![conditions.class(name)?; count];
        return Ok(conditions.of_choices(&classes, &space, address));
    }
    if !args.code.is_empty() {
        let codes = conditions.codes()?;
        let wishes =
            args.code.iter().map(|wish| codes.wish(wish)).collect::<Result<Vec<_>, _>>()?;
        return Ok(conditions.wished(&wishes, count, &space, address)?);
    }
    Ok(match (conditions.choices(), args.count, args.interpolate) {
        (choices @ 1.., None, None) => conditions.sheet(COLUMNS * choices, &space, address),
        _ => conditions.evenly(count, &space, address),
    })
}

/// From each latent to the next and back to the first, and from what is asked of one to the next.
pub(super) fn walk(painter: &dyn Painter, stops: &Origins, steps: usize) -> Result<Sheet> {
    let (space, width) = (painter.latents(), painter.conditions().width());
    let shares: Vec<f32> = (0..steps).map(|step| step as f32 / steps as f32).collect();
    let latents = path(&stops.latents, space.width, &shares, |from, to, share| {
        space.between(from, to, share)
    });
    let conditions = path(&stops.conditions, width.max(1), &shares, |from, to, share| {
        from.iter().zip(to).map(|(from, to)| (1.0 - share) * from + share * to).collect()
    });
    Ok(paint_sheet(painter, &Origins { latents, conditions, columns: None })?)
}

/// The rows of `stops`, each of `width` numbers, and at `shares` of the way to the next.
fn path(
    stops: &[f32],
    width: usize,
    shares: &[f32],
    between: impl Fn(&[f32], &[f32], f32) -> Vec<f32>,
) -> Vec<f32> {
    let stops: Vec<&[f32]> = stops.chunks_exact(width).collect();
    let next = stops.iter().cycle().skip(1);
    let legs = stops.iter().zip(next);
    legs.flat_map(|(from, to)| shares.iter().flat_map(|share| between(from, to, *share))).collect()
}

/// A grid as PNG, or single pictures into a folder.
pub(super) fn write(out: &Path, sheet: &Sheet) -> Result<()> {
    let failed = || format!("cannot write {}", out.display());
    if has_extension(out, "png") {
        return Ok(picture::write_grid(out, sheet, Window::around(sheet))?);
    }
    if let Some(extension) = out.extension().filter(|_| !out.is_dir()) {
        let extension = extension.to_string_lossy();
        bail!("a grid is written as .png, not .{extension}; without extension it is a folder");
    }
    std::fs::create_dir_all(out).with_context(failed)?;
    Ok(picture::write_singles(out, sheet, 0)?)
}

pub(super) fn has_extension(path: &Path, wanted: &str) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(wanted))
}
