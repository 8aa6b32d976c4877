//! `kiln sample --input`: pictures of the user's own, translated.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use kiln_data::{InputPicture, Pairing, PictureBatch, read_inputs};

use super::sample::{has_extension, write};
use super::say;
use crate::recipe::conditions::told;
use crate::recipe::{AskError, Conditions, Examples, Painter, paint_sheet};
use crate::report::picture;

/// Translates a file, or every picture below a folder; with `made` the inputs are made of pictures of
/// so many channels, as for training.
pub(super) fn translate(
    painter: &dyn Painter,
    input: &Path,
    made: Option<(Pairing, usize)>,
    out: Option<&Path>,
) -> Result<ExitCode> {
    let Conditions::Input(shape) = painter.conditions() else {
        return Err(AskError::NoInput.into());
    };
    let pictures = read_inputs(input, shape, made)?;
    let inputs = examples(&pictures, shape);
    let outputs = paint_sheet(painter, &inputs.origins())?;
    let default = if input.is_dir() { "translated" } else { "translated.png" };
    let out = out.unwrap_or(Path::new(default));
    if has_extension(out, "png") {
        write(out, &inputs.beside(&outputs))?;
    } else {
        let names = pictures.into_iter().map(|picture| picture.path.with_extension("png"));
        let failed = || format!("cannot write into {}", out.display());
        picture::write_named(out, &outputs, distinct(names)).with_context(failed)?;
    }
    say::line(format!(
        "{}: {} translated, each as its centre square at {}",
        out.display(),
        outputs.len(),
        told(shape)
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// The inputs, without targets.
fn examples(pictures: &[InputPicture], shape: [usize; 3]) -> Examples {
    let [channels, height, width] = shape;
    let bytes = pictures.iter().flat_map(|picture| &picture.pixels).copied().collect();
    let shape = [pictures.len(), channels, height, width];
    Examples::of(&PictureBatch { bytes, shape, labels: None }, channels)
}

/// The same names, of which a second one counts: `cat.png` and `cat.jpg` both become `cat.png`.
fn distinct(names: impl Iterator<Item = PathBuf>) -> impl Iterator<Item = PathBuf> {
    let mut taken = std::collections::BTreeSet::new();
    names.map(move |name| {
        let stem = name.with_extension("").display().to_string();
        let mut free = name;
        let mut number = 2;
        while !taken.insert(free.clone()) {
            free = PathBuf::from(format!("{stem}-{number}.png"));
            number += 1;
        }
        free
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_picture_is_written_over_another() {
        let names = ["a/cat.png", "a/cat.png", "cat.png", "a/cat.png"].map(PathBuf::from);
        let found: Vec<_> = distinct(names.into_iter()).collect();
        let expected = ["a/cat.png", "a/cat-2.png", "cat.png", "a/cat-3.png"].map(PathBuf::from);
        assert_eq!(found, expected);
    }
}
