//! Pairs of pictures: one to start from, one to make of it. What is not paired is in `sets`.
//!
//! A pair is opened as the picture that is to be made ([`Pictures`]), with its input beside it. Once
//! read it is one picture of the channels of both, the input's first, so that whatever cuts, mirrors
//! or orders pictures does the same to both.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kiln_core::Checksum;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::drawing::drawing;
use crate::folder::{self, Listing, Part, Surveyed};
use crate::frame::Frame;
use crate::open::{open_plain, open_surveyed};
use crate::shrinking::shrunk;
use crate::{BadFile, BadFiles, DataError, OpenOptions, Pictures, Source, Split, sets};

/// How pictures are paired: where the input of each comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pairing {
    /// A drawing of the picture: black lines on white, by its slopes (Sobel).
    Edges,
    /// The picture in grey.
    Grey,
    /// The picture with half as many pixels along each side, in blocks of 2 x 2.
    #[serde(rename = "shrunk-2")]
    Shrunk2,
    /// The picture with a quarter as many pixels along each side, in blocks of 4 x 4.
    #[serde(rename = "shrunk-4")]
    Shrunk4,
    /// The left half of a file, and the picture is the right one: the layout of pix2pix' data sets.
    SideBySide,
    /// The file in the folder `A` of the same name as the picture in the folder `B`.
    Folders,
    /// No pairs, but two sets: all of the folder `A`, and all of the folder `B`.
    Unpaired,
    /// Two sets: half of the pictures, and the other half with dark and light exchanged.
    Inverted,
    /// Two sets: half of the pictures in grey, and the other half with dark left dark and light in a
    /// colour of each picture's own.
    Coloured,
}

impl fmt::Display for Pairing {
    /// The name that a configuration gives it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

impl Pairing {
    /// The input of a picture `[channels, height, width]`, where it is made of it.
    pub(crate) fn make(self, pixels: &[u8], shape: [usize; 3]) -> Option<Vec<u8>> {
        let [_, height, width] = shape;
        match self {
            Self::Edges => Some(drawing(pixels, shape)),
            Self::Grey => Some(Frame::of_pictures(shape, [1, height, width]).apply(pixels)),
            _ => self.times().map(|times| shrunk(pixels, shape, times)),
        }
    }

    /// How many times smaller the input is than the picture, of pairs of a small one and a large one.
    pub fn times(self) -> Option<usize> {
        match self {
            Self::Shrunk2 => Some(2),
            Self::Shrunk4 => Some(4),
            _ => None,
        }
    }

    /// Whether the input is made of the picture.
    fn makes(self) -> bool {
        matches!(self, Self::Edges | Self::Grey) || self.times().is_some()
    }
}

/// What the pictures of a data set are made from.
#[derive(Debug)]
pub(crate) enum Inputs {
    /// What [`Pairing::make`] makes of them.
    Made(Pairing),
    /// As many other pictures, of the same size.
    Beside(Box<Pictures>),
    /// Others, in an order of their own.
    Apart(Arc<Pictures>),
}

impl Pictures {
    /// The same pictures, each with an input that is made of it.
    ///
    /// # Errors
    ///
    /// [`DataError::BadOption`] when inputs are not made of pictures in this way, or grey ones are
    /// to be made grey.
    pub fn paired(self, pairing: Pairing) -> Result<Self, DataError> {
        if !pairing.makes() {
            let message =
                "these pictures lie alone: pair them as `edges`, `grey`, `shrunk-2` or `shrunk-4`";
            return Err(DataError::BadOption(message.into()));
        }
        if let Some(times) = pairing.times() {
            let [_, height, width] = self.shape;
            if [height, width].iter().any(|side| !side.is_multiple_of(times)) {
                let message = format!(
                    "{width} x {height} pixels cannot be made {times} times smaller: give a multiple \
                     of {times} with --size"
                );
                return Err(DataError::BadOption(message));
            }
        }
        if pairing == Pairing::Grey && self.shape[0] == 1 {
            let message = format!(
                "{} is grey already, and `grey` pairs are a colour picture with its grey one: give \
                 pictures in colour, or `data.pairs = \"edges\"`",
                self.name
            );
            return Err(DataError::BadOption(message));
        }
        Ok(Self { inputs: Some(Inputs::Made(pairing)), ..self })
    }

    /// `[channels, height, width]` of the input of every picture, if they are paired, or of the pictures
    /// of the other set.
    pub fn input_shape(&self) -> Option<[usize; 3]> {
        let [_, height, width] = self.shape;
        self.inputs.as_ref().map(|inputs| match inputs {
            Inputs::Made(pairing) if pairing.times().is_some() => self.shape,
            Inputs::Made(_) => [1, height, width],
            Inputs::Beside(inputs) => inputs.shape,
            Inputs::Apart(others) => others.shape,
        })
    }

    /// How many times smaller the inputs are, of pairs of a small and a large picture.
    pub fn times(&self) -> Option<usize> {
        match self.inputs {
            Some(Inputs::Made(pairing)) => pairing.times(),
            _ => None,
        }
    }

    /// `[channels, height, width]` of what is read at a time: the channels of the input, if there is
    /// one, and those of the picture.
    pub fn pair_shape(&self) -> [usize; 3] {
        let [channels, height, width] = self.shape;
        [self.input_shape().map_or(0, |input| input[0]) + channels, height, width]
    }

    /// Appends the pixels of one picture after those of its input, or of the picture `other` of the other
    /// set, and returns its label.
    pub(crate) fn append_pair(
        &self,
        index: usize,
        other: usize,
        pixels: &mut Vec<u8>,
    ) -> Result<Option<u32>, DataError> {
        match &self.inputs {
            None => self.append(index, pixels),
            Some(Inputs::Made(pairing)) => {
                let mut picture = Vec::with_capacity(self.picture_len());
                let label = self.append(index, &mut picture)?;
                pixels.extend(pairing.make(&picture, self.shape).unwrap_or_default());
                pixels.extend(picture);
                Ok(label)
            }
            Some(Inputs::Beside(inputs)) => {
                inputs.append(index, pixels)?;
                self.append(index, pixels)
            }
            Some(Inputs::Apart(others)) => {
                others.append(other, pixels)?;
                self.append(index, pixels)
            }
        }
    }
}

/// Opens a source in pairs.
pub(crate) fn open(
    pairing: Pairing,
    source: &Source,
    split: Split,
    options: &OpenOptions,
) -> Result<Pictures, DataError> {
    let (path, lie) = match (pairing, source) {
        (Pairing::Unpaired | Pairing::Inverted | Pairing::Coloured, _) => {
            return sets::open(pairing, source, split, options);
        }
        (made, _) if made.makes() => {
            drawn_from_pictures(options)?;
            return open_plain(source, split, options)?.paired(pairing);
        }
        (Pairing::SideBySide, Source::Path(path)) => (path, side_by_side(path, split)?),
        (Pairing::Folders, Source::Path(path)) => (path, partners(two_folders(path, split)?)?),
        (_, other) => {
            let message = format!(
                "{other} is no folder of pairs: give --data with one, or pair it as `edges`"
            );
            return Err(DataError::BadOption(message));
        }
    };
    let [input, target] = lie;
    if target.files.is_empty() {
        let looked_for = vec!["pairs of pictures (png, jpg, webp, gif, bmp, tiff)".into()];
        return Err(DataError::Unrecognised { path: path.clone(), looked_for });
    }
    let sides = if options.swap { [target, input] } else { [input, target] };
    open_beside(source, sides, options)
}

/// Checks what is asked for where one of two pictures is made of the data.
pub(crate) fn drawn_from_pictures(options: &OpenOptions) -> Result<(), DataError> {
    if !options.swap {
        return Ok(());
    }
    let message = "`data.swap` is for pictures that lie in two folders or side by side: here one of \
                   two is drawn";
    Err(DataError::BadOption(message.into()))
}

/// The two halves of each file.
fn side_by_side(folder: &Path, split: Split) -> Result<[Listing; 2], DataError> {
    let listing = folder::list(folder, split)?.seen()?;
    Ok([Part::Left, Part::Right].map(|part| Listing { part, ..listing.clone() }))
}

/// The pictures in the folders `A` and `B`.
pub(crate) fn two_folders(folder: &Path, split: Split) -> Result<[Listing; 2], DataError> {
    if let Some([a, b]) = sets::roots(folder, split)? {
        return Ok([
            folder::list(&a, Split::Train)?.seen()?,
            folder::list(&b, Split::Train)?.seen()?,
        ]);
    }
    let here = |name: &str| folder.join(name).is_dir();
    let (root, split) = match here("A") || here("B") {
        true => (folder.to_owned(), split),
        false => (folder::split_root(folder, split)?, Split::Train),
    };
    let list = |name: &'static str| match root.join(name).is_dir() {
        true => folder::list(&root.join(name), split)?.seen(),
        false => Err(DataError::NoPairFolder { path: root.clone(), missing: name }),
    };
    Ok([list("A")?, list("B")?])
}

/// The same listings, if each file has a partner of its name up to the extension, in one order.
fn partners([a, b]: [Listing; 2]) -> Result<[Listing; 2], DataError> {
    let stems = |listing: &Listing| -> BTreeMap<PathBuf, PathBuf> {
        listing.files.iter().map(|file| (file.with_extension(""), file.clone())).collect()
    };
    let of = [stems(&a), stems(&b)];
    for (listing, stems) in [&a, &b].into_iter().zip(&of) {
        let twice = |file: &&PathBuf| stems.get(&file.with_extension("")) != Some(*file);
        if let Some(file) = listing.files.iter().find(twice) {
            return Err(DataError::BadOption(format!(
                "{} and {} in {} are one name but for the extension: pairs are found by names, so \
                 remove one of them",
                file.display(),
                stems[&file.with_extension("")].display(),
                listing.root.display()
            )));
        }
    }
    let without = |one: usize, here: &Listing, there: &Listing| {
        let alone = of[one].iter().filter(|(stem, _)| !of[1 - one].contains_key(*stem));
        alone.map(|(_, file)| (here.root.join(file), there.root.join(file))).collect::<Vec<_>>()
    };
    let alone = [without(0, &a, &b), without(1, &b, &a)].concat();
    if !alone.is_empty() {
        return Err(DataError::Alone { alone });
    }
    // Sorted by the name without extension, so both are in one order.
    let [of_a, of_b] = of.map(|stems| stems.into_values().collect());
    Ok([Listing { files: of_a, ..a }, Listing { files: of_b, ..b }])
}

/// Pictures with others beside them.
fn open_beside(
    source: &Source,
    sides: [Listing; 2],
    options: &OpenOptions,
) -> Result<Pictures, DataError> {
    let [input, target] = &sides;
    let ([inputs, targets], bad) = survey(&sides, options)?;
    for (one, other) in inputs.iter().zip(&targets) {
        let sizes = [one.header.size, other.header.size];
        if sizes[0] != sizes[1] {
            let path = |listing: &Listing, file: &Surveyed| listing.root.join(&file.path);
            let (input, target) = (path(input, one), path(target, other));
            return Err(DataError::UnequalPair { input, target, sizes });
        }
    }
    // A pair is left out as a whole or not at all: from here on no half may go alone.
    let options = OpenOptions { bad_files: BadFiles::Stop, ..options.clone() };
    let pictures = open_surveyed(source, target, (targets, Vec::new()), &options)?;
    let of_inputs = OpenOptions { size: Some(pictures.shape[1]), channels: None, ..options };
    let inputs = open_surveyed(source, input, (inputs, Vec::new()), &of_inputs)?;
    let checksum = format!("pairs {} {}", inputs.checksum, pictures.checksum);
    Ok(Pictures {
        checksum: Checksum::of(checksum.as_bytes()),
        inputs: Some(Inputs::Beside(Box::new(inputs))),
        skipped: bad.into(),
        ..pictures
    })
}

/// The files of each side, of which every one is good together with its partner, and the bad ones.
fn survey(
    sides: &[Listing; 2],
    options: &OpenOptions,
) -> Result<([Vec<Surveyed>; 2], Vec<BadFile>), DataError> {
    let skip = options.bad_files == BadFiles::Skip;
    let looked = sides.each_ref().map(|listing| {
        let looked = folder::look(listing, options.max_pixels);
        if skip { verified(listing, looked, options.max_pixels) } else { looked }
    });
    let (mut good, mut bad) = ([Vec::new(), Vec::new()], Vec::new());
    let [inputs, targets] = looked;
    let n_files = inputs.len();
    for pair in inputs.into_iter().zip(targets) {
        match pair {
            (Ok(input), Ok(target)) => {
                good[0].push(input);
                good[1].push(target);
            }
            (one, other) => bad.extend([one, other].into_iter().filter_map(Result::err)),
        }
    }
    if good[0].is_empty() || (!skip && !bad.is_empty()) {
        return Err(DataError::BadFiles { bad, n_files });
    }
    Ok((good, bad))
}

/// The same, but a file that cannot be decoded is bad, which its header does not tell.
fn verified(
    listing: &Listing,
    looked: Vec<Result<Surveyed, BadFile>>,
    max_pixels: u64,
) -> Vec<Result<Surveyed, BadFile>> {
    let verify = |file: Surveyed| {
        let path = listing.root.join(&file.path);
        match folder::verify(&path, listing.part, max_pixels) {
            Ok(()) => Ok(file),
            Err(reason) => Err(BadFile { path, reason }),
        }
    };
    looked.into_par_iter().map(|file| file.and_then(verify)).collect()
}
