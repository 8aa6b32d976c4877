//! `kiln data augment`: reals as the critic sees them.

use std::process::ExitCode;

use anyhow::{Result, bail};
use burn::tensor::{Tensor, TensorData};
use kiln_core::{Clock, Medium, Sheet};
use kiln_train::{Round, read_tensors};

use super::args::AugmentArgs;
use super::say;
use crate::backend::Backend;
use crate::config::Layers;
use crate::material::Material;
use crate::recipe::{Augment, Playable};
use crate::report::picture::{self, Window};

/// Columns of the sheet: a sample and what becomes of it.
const COLUMNS: usize = 4;
/// ADA's probability where it adapts, unless the user gives one.
const PROBABILITY: f64 = 0.6;

pub(super) fn augment(args: &AugmentArgs) -> Result<ExitCode> {
    let mut layers = Layers::preset(&args.recipe)?;
    layers.set("data.source", &serde_json::Value::from(args.source.as_str()).to_string())?;
    layers.set("sheet", &args.count.to_string())?;
    layers.set("seed", &args.seed.to_string())?;
    args.set.iter().try_for_each(|assignment| layers.assign(assignment))?;
    let config = layers.resolve()?;
    let Playable::Gan(gan) = config.recipe.family() else {
        bail!("`{}` augments nothing: give --recipe dcgan, or another of its kind", args.recipe);
    };
    if matches!(gan.augment, Augment::None) {
        bail!(
            "`{}` augments nothing yet: give --set recipe.augment='{{kind=\"ada\"}}' or \
             '{{kind=\"diff\", colour=true, translation=true, cutout=true}}'",
            args.recipe
        );
    }
    gan.augment.validate()?;
    let probability = match args.probability {
        Some(p) if !(0.0..=1.0).contains(&p) => bail!("--probability is {p}; give 0 to 1"),
        Some(p) => p,
        None if gan.augment.is_adaptive() => PROBABILITY,
        None => gan.augment.start(),
    };
    let reals = Material::open(&config.data)?.reals(&config)?;
    let sheet = augmented(&reals, &gan.augment, probability, args.seed)?;
    picture::write_grid(&args.out, &sheet, Window::around(&reals))?;
    let (n, changes) = (reals.len(), COLUMNS - 1);
    say::line(format!("{n} samples, each with {changes} changes, are in {}", args.out.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// Each sample, then what becomes of it.
fn augmented(reals: &Sheet, augment: &Augment, p: f64, seed: u64) -> Result<Sheet> {
    let (Medium::Image, &[channels, height, width]) = (reals.medium, &reals.shape[..]) else {
        bail!("pictures are augmented, and these are {}", reals.medium.plural());
    };
    let device = Backend::Cpu.device(0)?;
    let shape = [reals.len(), channels, height, width];
    let plain = Tensor::<4>::from_data(TensorData::new(reals.values.clone(), shape), &device);
    let round = Round::new(Clock::default(), seed, &device);
    let mut columns = vec![reals.values.clone()];
    for lane in 1..COLUMNS as u64 {
        let changed = augment.apply(plain.clone(), p, lane, &round);
        columns.extend(read_tensors(vec![changed.reshape([reals.values.len()])])?);
    }
    let len = reals.sample_len();
    let rows = (0..reals.len()).flat_map(|idx| columns.iter().map(move |c| &c[idx * len..][..len]));
    Ok(Sheet { values: rows.flatten().copied().collect(), ..reals.clone() })
}
