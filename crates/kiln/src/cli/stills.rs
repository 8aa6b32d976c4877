//! What a report shows beside the sheets: a walk through the latents, and samples beside the training
//! pictures that are most like them. Both are drawn from the newest snapshot into the run's sheets.

use std::path::Path;

use anyhow::Result;
use burn::tensor::Device;
use kiln_core::{Address, Medium, Purpose};
use kiln_data::{Source, Split, open};

use super::sample::walk;
use crate::evaluate::nearest_pictures;
use crate::report::picture::{self, Window};
use crate::snapshot::{Snapshot, SnapshotError, snapshots};

/// Latents that the walk passes, a row each, and the steps from one to the next.
const WALK: usize = 8;
/// Samples whose nearest training pictures are sought.
const SAMPLES: usize = 16;

/// Draws both, where there is a snapshot of what makes pictures of latents.
pub(super) fn draw_stills(run: &Path, device: &Device) -> Result<()> {
    let newest = match snapshots(run) {
        Err(SnapshotError::None(_)) => None,
        found => found?.pop(),
    };
    let Some(newest) = newest else { return Ok(()) };
    let snapshot = Snapshot::read(&newest)?;
    let (config, shape) = (snapshot.config.clone(), snapshot.subject.picture);
    let medium = snapshot.subject.medium;
    if matches!(config.data.source, Source::Points(_)) {
        return Ok(());
    }
    let painter = snapshot.painter(device)?;
    if painter.conditions().drawable().is_err() {
        return Ok(());
    }
    let address = Address::new(config.seed, Purpose::Sample);
    let stops = painter.conditions().evenly(WALK, &painter.latents(), address);
    let mut frames = walk(&*painter, &stops, WALK)?;
    frames.columns = Some(WALK);
    let to = |name| run.join("sheets").join(name);
    picture::write_grid(&to("interpolation.png"), &frames, Window::around(&frames))?;
    if medium != Medium::Image {
        return Ok(()); // nearness is of pictures
    }
    let training = open(&config.data.source, Split::Train, &config.data.options_like(shape))?;
    let sheet = nearest_pictures(&*painter, &training, SAMPLES, config.seed)?;
    picture::write_grid(&to("neighbours.png"), &sheet, Window::around(&sheet))?;
    Ok(())
}
