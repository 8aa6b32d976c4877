//! `kiln sample --per-class`: samples as labelled data, a folder a class, as `--data` reads them.

use std::fs;
use std::path::{Component, Path};

use anyhow::{Context, Result, bail};
use kiln_core::{Address, Purpose};

use super::say;
use crate::recipe::{Origins, Painter, paint_sheet};
use crate::report::picture;

/// Samples that are painted before they are written, so that memory does not grow with their number.
const CHUNK: usize = 500;

/// Writes `n` samples of each class as `out/CLASS/000001.png` and on.
pub(super) fn export(painter: &dyn Painter, n: usize, seed: u64, out: &Path) -> Result<()> {
    let conditions = painter.conditions();
    let names = &conditions.classes()?.names;
    if let Some(name) = names.iter().find(|name| !is_folder_name(name)) {
        bail!("the class `{name}` has no name for a folder: draw it with --class");
    }
    if fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_some()) {
        bail!("{} is not empty: choose another --out (nothing there was touched)", out.display());
    }
    let space = painter.latents();
    let address = Address::new(seed, Purpose::Sample);
    for (class, name) in names.iter().enumerate() {
        let drawn = space.draw(n, address.lane(class as u64));
        let folder = out.join(name);
        let mut first = 1;
        for latents in drawn.chunks(CHUNK * space.width) {
            let n_now = latents.len() / space.width;
            let (latents, conditions) =
                (latents.to_vec(), conditions.of(&vec![class; n_now], address));
            let sheet = paint_sheet(painter, &Origins { latents, conditions, columns: None })?;
            picture::write_singles(&folder, &sheet, first)
                .with_context(|| format!("cannot write the samples of `{name}`"))?;
            first += n_now;
        }
    }
    let n_classes = names.len();
    say::line(format!("{n} samples of each of {n_classes} classes are in {}", out.display()))?;
    Ok(())
}

/// Whether it names something in a folder and nothing else; a snapshot may be anybody's.
fn is_folder_name(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    let plain = matches!(parts.next(), Some(Component::Normal(part)) if part == name);
    plain && parts.next().is_none() && !name.contains(['/', '\\', ':'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_stay_within_the_folder_are_folders() {
        for name in ["3", "my cat", "cat.v2", "Ärger"] {
            assert!(is_folder_name(name), "{name}");
        }
        for name in ["", ".", "..", "a/b", "../a", "/a", "a/", "c:\\a", "a\\b"] {
            assert!(!is_folder_name(name), "{name}");
        }
    }
}
