//! `kiln sample --input`: pictures of the user's own, translated, or made again from their latents.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use kiln_core::Sheet;
use kiln_data::{Handed, InputPicture, PictureBatch, Source, held_out_inputs, read_inputs};

use super::sample::{has_extension, write};
use super::say;
use crate::recipe::conditions::told;
use crate::recipe::{Apart, AskError, Conditions, Examples, Painter, Remade, paint_sheet, remake};
use crate::report::picture;

/// Pictures that a user gave.
pub(super) struct Given {
    pictures: Vec<InputPicture>,
    /// `[channels, height, width]`
    shape: [usize; 3],
}

/// Pictures of a data set that are taken.
const FROM_DATA: usize = 32;

impl Given {
    /// Reads a file, every picture below a folder, or the first held-out ones of the data in the box, in
    /// the shape that `painter`, which makes pictures of the shape `picture`, takes.
    pub(super) fn read(
        painter: &dyn Painter,
        picture: [usize; 3],
        input: &Path,
        handed: Handed,
    ) -> Result<Self> {
        let shape = match (painter.conditions(), painter.encoder()) {
            (Conditions::Input(shape), _) => shape,
            (_, Some(_)) => picture,
            _ => return Err(AskError::NoInput.into()),
        };
        let pictures = match Source::parse(&input.to_string_lossy())? {
            source @ (Source::Mnist | Source::StackedMnist) => {
                held_out_inputs(&source, FROM_DATA, shape, handed)?
            }
            _ => read_inputs(input, shape, handed)?,
        };
        Ok(Self { pictures, shape })
    }

    /// Writes what is made of them: beside them into a PNG, or alone into a folder, which is the default
    /// for a folder. Of pictures that were made again it shows where they differ, too, and writes how
    /// much.
    pub(super) fn draw(
        self,
        painter: &dyn Painter,
        many: bool,
        out: Option<&Path>,
    ) -> Result<ExitCode> {
        let inputs = self.examples();
        let remade = painter
            .encoder()
            .map(|encoder| remake(painter, encoder, &inputs.inputs()))
            .transpose()?;
        let done = if remade.is_some() { "remade" } else { "translated" };
        let default = if many { done.to_owned() } else { format!("{done}.png") };
        let out = out.unwrap_or(Path::new(&default));
        let scores = match remade {
            Some(Remade { sheet, apart }) => {
                self.write(out, &inputs.against(&sheet), &sheet)?;
                let scores = beside(out);
                let text = table(&self.pictures, &apart);
                std::fs::write(&scores, text).with_context(|| failed(&scores))?;
                format!("; how far each is from its picture is in {}", scores.display())
            }
            None => {
                self.write(out, &inputs, &paint_sheet(painter, &inputs.origins())?)?;
                String::new()
            }
        };
        let (n, shape) = (self.pictures.len(), told(self.shape));
        let out = out.display();
        say::line(format!("{out}: {n} {done}, each as its centre square at {shape}{scores}"))?;
        Ok(ExitCode::SUCCESS)
    }

    fn write(&self, out: &Path, inputs: &Examples, outputs: &Sheet) -> Result<()> {
        if has_extension(out, "png") {
            return write(out, &inputs.beside(outputs));
        }
        let names = self.pictures.iter().map(|one| one.path.with_extension("png"));
        picture::write_named(out, outputs, distinct(names)).with_context(|| failed(out))
    }

    /// They as inputs without targets.
    fn examples(&self) -> Examples {
        let [channels, height, width] = self.shape;
        let bytes = self.pictures.iter().flat_map(|picture| &picture.pixels).copied().collect();
        let shape = [self.pictures.len(), channels, height, width];
        Examples::of(&PictureBatch { bytes, shape, labels: None }, channels)
    }
}

fn failed(out: &Path) -> String {
    format!("cannot write {}", out.display())
}

/// Where the scores go: `scores.csv` in a folder, or a file of the same name.
fn beside(out: &Path) -> PathBuf {
    if has_extension(out, "png") { out.with_extension("csv") } else { out.join("scores.csv") }
}

/// A line a picture: its file, its score, and what that is made of. A name with a comma or a quote is
/// quoted as RFC 4180 has it.
fn table(pictures: &[InputPicture], apart: &[Apart]) -> String {
    let quoted = |path: &Path| {
        let name = path.display().to_string();
        let plain = !name.contains([',', '"', '\n', '\r']);
        if plain { name } else { format!("\"{}\"", name.replace('"', "\"\"")) }
    };
    let line = |(one, apart): (&InputPicture, &Apart)| {
        let features = apart.features.map(|(difference, _)| difference.to_string());
        let features = features.unwrap_or_default();
        let (score, relative, residual) = (apart.score(), apart.relative(), apart.residual);
        format!("{},{score},{relative},{residual},{features}\n", quoted(&one.path))
    };
    let lines = pictures.iter().zip(apart).map(line);
    std::iter::once("file,score,relative,pixels,features\n".to_owned()).chain(lines).collect()
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
    fn scores_are_a_table() {
        let of = |name: &str| InputPicture { path: name.into(), pixels: Vec::new() };
        let pictures = [of("a.png"), of("b,\"c\".png")];
        let apart = [Some((2.0, 0.5)), None].map(|features| Apart {
            residual: 0.25,
            features,
            contrast: 0.5,
        });
        let expected = "file,score,relative,pixels,features\na.png,1.25,2.5,0.25,2\n\
             \"b,\"\"c\"\".png\",0.25,0.5,0.25,\n";
        assert_eq!(table(&pictures, &apart), expected);
    }

    #[test]
    fn no_picture_is_written_over_another() {
        let names = ["a/cat.png", "a/cat.png", "cat.png", "a/cat.png"].map(PathBuf::from);
        let found: Vec<_> = distinct(names.into_iter()).collect();
        let expected = ["a/cat.png", "a/cat-2.png", "cat.png", "a/cat-3.png"].map(PathBuf::from);
        assert_eq!(found, expected);
    }
}
