//! `kiln sample`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use kiln_core::{Address, Purpose, Sheet};

use super::args::SampleArgs;
use super::say;
use crate::recipe::{LatentSpace, Painter, paint_sheet};
use crate::report::picture::{self, Window};
use crate::snapshot::Snapshot;

pub(super) fn sample(args: &SampleArgs) -> Result<ExitCode> {
    let count = args.count.unwrap_or(if args.interpolate.is_some() { STOPS } else { 64 });
    if count == 0 {
        bail!("--count is 0; ask for at least 1 sample");
    }
    let device = args.device.backend.device(args.device.device)?;
    let painter = Snapshot::read(&args.from)?.painter(&device)?;
    let latents = painter.latents();
    let drawn = latents.draw(count, Address::new(args.seed, Purpose::Sample));
    match args.interpolate {
        None => {
            let out = args.out.clone().unwrap_or_else(|| PathBuf::from("samples.png"));
            let sheet = paint_sheet(&*painter, &drawn)?;
            write(&out, &sheet)?;
            say::line(format!("{} samples are in {}", sheet.len(), out.display()))?;
        }
        Some(0) => bail!("--interpolate is 0; give the frames from one latent to the next"),
        Some(steps) => {
            let out = args.out.clone().unwrap_or_else(|| PathBuf::from("interpolation.gif"));
            let frames = walk(&*painter, &latents, &drawn, steps)?;
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

/// Latents that a walk passes through, unless the user says how many.
const STOPS: usize = 8;

/// From each latent to the next and back to the first.
fn walk(painter: &dyn Painter, space: &LatentSpace, drawn: &[f32], steps: usize) -> Result<Sheet> {
    let stops: Vec<&[f32]> = drawn.chunks_exact(space.width).collect();
    let next = stops.iter().cycle().skip(1);
    let between = |(from, to): (&&[f32], &&[f32])| -> Vec<f32> {
        let shares = (0..steps).map(|step| step as f32 / steps as f32);
        shares.flat_map(|share| space.between(from, to, share)).collect()
    };
    let path: Vec<f32> = stops.iter().zip(next).flat_map(between).collect();
    Ok(paint_sheet(painter, &path)?)
}

/// A grid as PNG, or single pictures into a folder.
fn write(out: &Path, sheet: &Sheet) -> Result<()> {
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

fn has_extension(path: &Path, wanted: &str) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(wanted))
}
