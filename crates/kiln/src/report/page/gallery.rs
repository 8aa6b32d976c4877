//! The pictures in a run's `sheets` folder, by their names.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use super::super::At;

/// Longest name of a picture, in bytes.
const LONGEST_NAME: usize = 100;
/// Most pictures other than sheets.
const MOST_OTHERS: usize = 24;

/// What a picture shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Picture {
    /// Samples after so many were shown.
    Fakes(u64),
    /// Real samples.
    Reals,
    /// A walk through the latents.
    Interpolation,
    /// Samples beside the reals that are nearest to them.
    Neighbours,
}

impl Picture {
    /// What the file `name` in the sheets folder shows; nothing for a name that a run's pictures do
    /// not have. A name that passes holds letters, digits, `-`, `_` and one dot.
    pub(crate) fn of(name: &str) -> Option<Self> {
        let (stem, extension) = name.split_once('.')?;
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if name.len() > LONGEST_NAME || !stem.chars().all(plain) {
            return None;
        }
        match (stem, extension) {
            ("reals", "png") => Some(Self::Reals),
            (stem, "png") if stem.starts_with("fakes-") => {
                let digits = &stem["fakes-".len()..];
                let number = digits.bytes().all(|byte| byte.is_ascii_digit());
                digits.parse().ok().filter(|_| number).map(Self::Fakes)
            }
            (stem, "png" | "gif") => Self::other(stem),
            _ => None,
        }
    }

    fn other(stem: &str) -> Option<Self> {
        let starts = |with: &[&str]| with.iter().any(|start| stem.starts_with(start));
        match () {
            () if starts(&["interpolation"]) => Some(Self::Interpolation),
            () if starts(&["neighbours", "neighbors", "nearest"]) => Some(Self::Neighbours),
            () => None,
        }
    }

    /// What stands under a picture that is no sheet.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Fakes(_) => "Samples",
            Self::Reals => "Real samples",
            Self::Interpolation => "A walk through the latents",
            Self::Neighbours => "Samples and their nearest neighbours",
        }
    }
}

/// The pictures of a run.
#[derive(Debug, Default, Clone, PartialEq)]
pub(crate) struct Gallery {
    /// By samples shown: the file, and the revision at which it was drawn.
    pub(super) sheets: BTreeMap<u64, (String, u64)>,
    pub(super) reals: Option<String>,
    /// All others, by name.
    pub(super) others: Vec<(String, Picture)>,
}

impl Gallery {
    /// What is in a folder; nothing if it is not there.
    ///
    /// # Errors
    ///
    /// When it cannot be listed; the message has the path.
    pub(super) fn list(folder: &Path) -> io::Result<Self> {
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            entries => entries.at(folder)?,
        };
        let mut gallery = Self::default();
        for entry in entries {
            let entry = entry.at(folder)?;
            // A link might lead out of the run.
            let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
            if let (true, Ok(name)) = (is_file, entry.file_name().into_string()) {
                gallery.add(name);
            }
        }
        gallery.others.sort_by(|(one, _), (other, _)| one.cmp(other));
        gallery.others.truncate(MOST_OTHERS);
        Ok(gallery)
    }

    fn add(&mut self, name: String) {
        match Picture::of(&name) {
            Some(Picture::Fakes(samples)) => drop(self.sheets.insert(samples, (name, 0))),
            Some(Picture::Reals) => self.reals = Some(name),
            Some(other) => self.others.push((name, other)),
            None => {}
        }
    }

    /// Takes note of a sheet that was just drawn.
    pub(super) fn draw(&mut self, samples: u64, revision: u64) {
        self.sheets.insert(samples, (format!("fakes-{samples:09}.png"), revision));
    }

    /// Leaves out the sheets after `samples`: they are of what the run went back on.
    pub(super) fn go_back(&mut self, samples: u64) {
        self.sheets.retain(|drawn, _| *drawn <= samples);
    }
}
