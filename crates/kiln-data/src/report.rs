//! What a check of the data found, as data.

use std::fmt;

use kiln_core::Checksum;
use serde::Serialize;
use thiserror::Error;

use crate::{BadFile, BadFiles, Kind, Pairing, Split};

/// How many of the members of a list are written out before they are only counted.
const NAMED: usize = 10;

/// What a check of the data found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The source, as a user writes it.
    pub source: String,
    /// The split that was checked.
    pub split: Split,
    /// What to do about bad files, which decides whether the data is fit with them.
    pub policy: BadFiles,
    /// Why nothing could be read; none if something could.
    pub failure: Option<String>,
    /// What can be used; none if nothing can.
    pub usable: Option<Usable>,
    /// What the data are as pairs, if they were asked for; none if they cannot be paired.
    pub pairs: Option<Paired>,
    /// Files that cannot be used.
    pub bad: Vec<BadFile>,
    /// What is odd, but stops nothing.
    pub warnings: Vec<Warning>,
}

/// The part of the data that can be used.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Usable {
    /// The form that the data has on disk.
    pub kind: Kind,
    /// How many pictures there are, or sounds or volumes.
    pub n_pictures: usize,
    /// `[channels, height, width]` after resizing; of sounds `[1, 1, samples]`.
    pub shape: [usize; 3],
    /// SHA-256 of the content.
    pub checksum: Checksum,
    /// The classes with the number of pictures in each; empty without labels.
    pub classes: Vec<ClassCount>,
}

/// Data as pairs of pictures, or as two sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Paired {
    /// How.
    pub pairing: Pairing,
    /// Pictures that are to be made: of unpaired sets, those of the second.
    pub n_pictures: usize,
    /// `[channels, height, width]` of their inputs: of unpaired sets, of the first.
    pub input_shape: [usize; 3],
}

/// A class and its size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ClassCount {
    /// Its name.
    pub name: String,
    /// Pictures in it.
    pub n_pictures: usize,
}

/// What is odd about data, but stops nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Error)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Warning {
    /// Fewer pictures than a generator learns well from.
    #[error(
        "only {n_pictures} samples: with fewer than {advised} the critic may learn them by heart"
    )]
    FewPictures {
        /// How many there are.
        n_pictures: usize,
        /// How many are advised at least.
        advised: usize,
    },
    /// Every label is the same, so labels say nothing.
    #[error("every sample is labelled {class}: the labels say nothing")]
    OneLabel {
        /// The class.
        class: String,
    },
    /// Classes with fewer pictures than are advised.
    #[error("classes with fewer than {advised} samples: {}", list(classes))]
    SmallClasses {
        /// The classes.
        classes: Vec<ClassCount>,
        /// How many pictures are advised at least.
        advised: usize,
    },
    /// Pictures that occur more than once.
    #[error("{n_surplus} samples are exact copies of others: {}", groups(examples))]
    Duplicates {
        /// Pictures beyond the first of their group.
        n_surplus: usize,
        /// The first groups, by file name or index.
        examples: Vec<Vec<String>>,
    },
    /// Grey pictures among coloured ones.
    #[error(
        "{n_grey} of {n_pictures} pictures are grey among coloured ones: the generator learns both"
    )]
    MixedColour {
        /// Grey pictures.
        n_grey: usize,
        /// All pictures.
        n_pictures: usize,
    },
    /// Pictures that are enlarged, and so will look soft.
    #[error(
        "{n_pictures} pictures are enlarged to {size} pixels, the smallest from {smallest}: they will look soft"
    )]
    Enlarged {
        /// How many.
        n_pictures: usize,
        /// The shorter side of the smallest, in pixels.
        smallest: usize,
        /// The side that was asked for, in pixels.
        size: usize,
    },
    /// Files that no reader looked at.
    #[error("{n_files} files are of another kind and are ignored")]
    Ignored {
        /// How many.
        n_files: usize,
    },
}

impl Report {
    /// Whether the data can be trained on under its policy for bad files.
    pub fn fit(&self) -> bool {
        self.failure.is_none()
            && self.usable.is_some()
            && (self.bad.is_empty() || self.policy == BadFiles::Skip)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.fit() { "fit" } else { "unfit" };
        writeln!(f, "{} ({} split): {verdict}", self.source, self.split)?;
        if let Some(failure) = &self.failure {
            writeln!(f, "  failure    {failure}")?;
        }
        if let Some(usable) = &self.usable {
            write!(f, "{usable}")?;
        }
        if let Some(Paired { pairing, n_pictures, input_shape: [channels, height, width] }) =
            self.pairs
        {
            let colour = if channels == 1 { "grey" } else { "RGB" };
            writeln!(
                f,
                "  pairs      {pairing}: {n_pictures}, made of {width} x {height}, {colour}"
            )?;
        }
        for bad in self.bad.iter().take(NAMED) {
            writeln!(f, "  bad file   {bad}; {}", bad.reason.advice())?;
        }
        if self.bad.len() > NAMED {
            writeln!(f, "  bad file   and {} more", self.bad.len() - NAMED)?;
        }
        for warning in &self.warnings {
            writeln!(f, "  warning    {warning}")?;
        }
        if self.bad.is_empty() && self.warnings.is_empty() && self.failure.is_none() {
            writeln!(f, "  nothing to complain about")?;
        }
        Ok(())
    }
}

impl fmt::Display for Usable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [channels, height, width] = self.shape;
        let kind = match self.kind {
            Kind::Idx => "IDX files",
            Kind::Cifar10 => "CIFAR-10 binary batches",
            Kind::ImageFolder => "folder of pictures",
            Kind::VolumeFolder => "folder of volumes",
            Kind::SoundFolder => "folder of sounds",
            Kind::Drawn => "drawn",
            Kind::Memory => "made by the program",
        };
        let colour = if channels == 1 { "grey" } else { "RGB" };
        writeln!(f, "  kind       {kind}")?;
        match self.kind {
            Kind::VolumeFolder | Kind::Drawn => {
                writeln!(f, "  volumes    {}, {width} x {height} x {channels}", self.n_pictures)?;
            }
            Kind::SoundFolder => {
                writeln!(f, "  sounds     {}, of up to {width} samples", self.n_pictures)?;
            }
            _ => writeln!(f, "  pictures   {}, {width} x {height}, {colour}", self.n_pictures)?,
        }
        if !self.classes.is_empty() {
            writeln!(f, "  classes    {}: {}", self.classes.len(), list(&self.classes))?;
        }
        writeln!(f, "  checksum   {}", self.checksum)
    }
}

impl fmt::Display for ClassCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.n_pictures)
    }
}

/// Groups of equal pictures.
fn groups(examples: &[Vec<String>]) -> String {
    let groups: Vec<String> = examples.iter().map(|group| group.join(" = ")).collect();
    list(&groups)
}

/// The first members of a list, and how many more there are.
fn list<T: fmt::Display>(members: &[T]) -> String {
    let named: Vec<String> = members.iter().take(NAMED).map(T::to_string).collect();
    let named = named.join(", ");
    match members.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Reason;

    fn report(policy: BadFiles) -> Report {
        let classes = vec![ClassCount { name: "cat".into(), n_pictures: 3 }];
        Report {
            source: "pets".into(),
            split: Split::Train,
            policy,
            failure: None,
            usable: Some(Usable {
                kind: Kind::ImageFolder,
                n_pictures: 3,
                shape: [3, 32, 32],
                checksum: Checksum::of(b"pets"),
                classes,
            }),
            pairs: None,
            bad: vec![BadFile { path: "pets/a.png".into(), reason: Reason::Empty }],
            warnings: vec![Warning::OneLabel { class: "cat".into() }],
        }
    }

    #[test]
    fn bad_files_make_data_unfit_unless_they_are_skipped() {
        assert!(!report(BadFiles::Stop).fit());
        assert!(report(BadFiles::Skip).fit());
    }

    #[test]
    fn the_text_names_the_verdict_the_facts_and_the_faults() {
        let text = report(BadFiles::Stop).to_string();
        for part in [
            "pets (train split): unfit",
            "pictures   3, 32 x 32, RGB",
            "classes    1: cat (3)",
            "bad file   pets/a.png: the file is empty; fetch the file again",
            "warning    every sample is labelled cat",
        ] {
            assert!(text.contains(part), "{part:?} is not in {text}");
        }
    }

    #[test]
    fn other_programs_read_kinds_and_reasons_by_name() {
        let json = serde_json::to_value(report(BadFiles::Stop)).unwrap();
        assert_eq!(json["bad"][0]["reason"]["kind"], "empty");
        assert_eq!(json["warnings"][0]["kind"], "one-label");
        assert_eq!(json["usable"]["kind"], "image-folder");
    }

    #[test]
    fn a_long_list_is_cut_and_counted() {
        assert_eq!(list(&(0..12).collect::<Vec<_>>()), "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more");
    }
}
