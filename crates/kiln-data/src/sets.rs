//! Two sets of pictures that are not paired: what is to be translated, and what it is to look like.
//!
//! Either lie in two folders, or one is half of a data set and the other is drawn from the other half
//! of it, so that no picture stands in both. Both have one shape; each has its own number and order.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use kiln_core::{Address, Checksum, Purpose, Stream};

use crate::folder::{self, Listing, Surveyed};
use crate::open::{folder_shape, open_plain, open_surveyed};
use crate::pairs::{Inputs, drawn_from_pictures, two_folders};
use crate::pictures::{Held, Store};
use crate::{BadFile, DataError, Labels, OpenOptions, Pairing, Pictures, Source, Split};

/// What the pictures of a data set come with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrangement {
    /// Nothing.
    Alone,
    /// Each with the one that it is made from.
    Pairs,
    /// A second set, of which no picture belongs to one of theirs.
    Sets,
}

impl Pictures {
    /// What the pictures come with.
    pub fn arrangement(&self) -> Arrangement {
        match &self.inputs {
            None => Arrangement::Alone,
            Some(Inputs::Made(_) | Inputs::Beside(_)) => Arrangement::Pairs,
            Some(Inputs::Apart(_)) => Arrangement::Sets,
        }
    }

    /// The second set, which is translated to look like this one, if there is one.
    pub fn other_set(&self) -> Option<&Arc<Self>> {
        match &self.inputs {
            Some(Inputs::Apart(other)) => Some(other),
            _ => None,
        }
    }

    /// The same pictures, with the `others` as the set that is to be translated to look like them.
    ///
    /// # Errors
    ///
    /// [`DataError::BadOption`] when the shapes of both differ.
    pub fn apart_from(self, others: Self) -> Result<Self, DataError> {
        if self.shape != others.shape {
            let message = format!(
                "two sets must be of one shape, and these are {:?} and {:?}: say which size and \
                 channels they shall have, such as --size 64 --set data.channels=3",
                others.shape, self.shape
            );
            return Err(DataError::BadOption(message));
        }
        let checksum = format!("sets {} {}", others.checksum, self.checksum);
        let checksum = Checksum::of(checksum.as_bytes());
        Ok(Self { checksum, inputs: Some(Inputs::Apart(Arc::new(others))), ..self })
    }
}

/// Opens a source as two sets.
pub(crate) fn open(
    pairing: Pairing,
    source: &Source,
    split: Split,
    options: &OpenOptions,
) -> Result<Pictures, DataError> {
    match (pairing, source) {
        (Pairing::Unpaired, Source::Path(path)) => {
            let [others, own] = two_folders(path, split)?;
            let sides = if options.swap { [own, others] } else { [others, own] };
            open_folders(source, sides, options)
        }
        (Pairing::Unpaired, other) => {
            let message = format!(
                "{other} is no folder with `A` and `B`: give --data with one, or --set \
                 data.pairs=inverted, which draws the second set"
            );
            Err(DataError::BadOption(message))
        }
        _ => {
            drawn_from_pictures(options)?;
            // Colours are given to grey pictures.
            let channels = if pairing == Pairing::Coloured { Some(1) } else { options.channels };
            let plain = OpenOptions { channels, pairs: None, ..options.clone() };
            let [others, own] = halves(&open_plain(source, split, &plain)?, pairing)?;
            own.apart_from(others)
        }
    }
}

/// Both folders, brought to one shape.
fn open_folders(
    source: &Source,
    sides: [Listing; 2],
    options: &OpenOptions,
) -> Result<Pictures, DataError> {
    type Looked = (Vec<Surveyed>, Vec<BadFile>);
    let looked = sides.each_ref().map(|listing| folder::survey(listing, options.max_pixels));
    let shape = |(listing, looked): (&Listing, &Looked)| folder_shape(listing, &looked.0, options);
    let shapes = sides.iter().zip(&looked).map(shape).collect::<Result<Vec<_>, _>>()?;
    // In colour if either is.
    let channels = shapes.iter().map(|shape| shape[0]).max();
    let options = OpenOptions { channels, ..options.clone() };
    let [others, own] = &sides;
    let [of_others, of_own] = looked;
    let others = open_surveyed(source, others, of_others, &options)?;
    let own = open_surveyed(source, own, of_own, &options)?;
    let skipped = [others.skipped(), own.skipped()].concat();
    Ok(Pictures { skipped: skipped.into(), ..own.apart_from(others)? })
}

/// Every second picture as it is, and the others changed.
fn halves(all: &Pictures, pairing: Pairing) -> Result<[Pictures; 2], DataError> {
    let Some(bytes) = all.bytes() else {
        let message = "the second set is drawn from pictures that fit in memory: give two folders, \
                       `A` and `B`, and --set data.pairs=unpaired";
        return Err(DataError::BadOption(message.into()));
    };
    if all.len < 2 {
        let message = format!("{} holds one picture, and two sets need two", all.name);
        return Err(DataError::BadOption(message));
    }
    Ok([0, 1].map(|part| {
        let every_second = |idx: &usize| idx % 2 == part;
        let mut half = Vec::with_capacity(bytes.len() / 2);
        for idx in (0..all.len).filter(every_second) {
            let picture = &bytes[idx * all.picture_len()..][..all.picture_len()];
            half.extend(pairing.half(part == 1, idx, picture));
        }
        let labels = all.labels.as_ref().map(|labels| Labels {
            of: labels.of.iter().copied().skip(part).step_by(2).collect(),
            classes: labels.classes.clone(),
        });
        let channels = if pairing == Pairing::Coloured { 3 } else { all.shape[0] };
        let shape = [channels, all.shape[1], all.shape[2]];
        let checksum = format!("half {part} {pairing:?} {}", all.checksum);
        let picture_len = shape.iter().product();
        Pictures {
            name: all.name.clone(),
            kind: all.kind,
            medium: all.medium,
            shape,
            len: half.len() / picture_len,
            labels,
            checksum: Checksum::of(checksum.as_bytes()),
            store: Store::Memory(Held::ready(half, picture_len)),
            skipped: all.skipped().into(),
            inputs: None,
        }
    }))
}

impl Pairing {
    /// Whether it makes two sets, and no pairs.
    pub fn is_unpaired(self) -> bool {
        matches!(self, Self::Unpaired | Self::Inverted | Self::Coloured)
    }

    /// The picture with this number in its half: changed or not.
    fn half(self, changed: bool, number: usize, pixels: &[u8]) -> Vec<u8> {
        match self {
            Self::Inverted if changed => pixels.iter().map(|value| 255 - value).collect(),
            Self::Coloured => {
                let colour = if changed { colour(number) } else { [1.0; 3] };
                let plane = |share: f32| {
                    pixels.iter().map(move |value| (f32::from(*value) * share).round() as u8)
                };
                colour.into_iter().flat_map(plane).collect()
            }
            _ => pixels.to_vec(),
        }
    }

    /// A picture `[channels, height, width]` of either set as it was before it was changed, in one
    /// channel; nothing where no set is drawn.
    pub fn undone(self, changed: bool, pixels: &[u8], channels: usize) -> Option<Vec<u8>> {
        let plane = pixels.len() / channels.max(1);
        // A colour has one channel in full, and grey has all alike.
        let most = |at: usize| pixels.iter().skip(at).step_by(plane).max().copied();
        let undo = |value| if self == Self::Inverted && changed { 255 - value } else { value };
        match self {
            Self::Inverted | Self::Coloured => (0..plane).map(|at| most(at).map(undo)).collect(),
            _ => None,
        }
    }
}

/// A full colour, by its number alone: shares of red, green and blue, the greatest 1 and the least 0.
fn colour(number: usize) -> [f32; 3] {
    let address = Address::new(0, Purpose::Data).lane(number as u64).named("colour");
    let hue = 6.0 * Stream::new(address).uniform();
    [0.0, 4.0, 2.0].map(|shift| (((hue + shift) % 6.0 - 3.0).abs() - 1.0).clamp(0.0, 1.0))
}

/// The two folders of a split where they are called `trainA`, `trainB`, `testA` and `testB`, as the
/// authors of CycleGAN have it.
pub(crate) fn roots(folder: &Path, split: Split) -> Result<Option<[PathBuf; 2]>, DataError> {
    let here = |name: &str| folder.join(name).is_dir();
    if !here("trainA") && !here("trainB") {
        return Ok(None);
    }
    let roots = ["A", "B"].map(|side| folder.join(format!("{split}{side}")));
    if split == Split::Test && !roots.iter().any(|root| root.is_dir()) {
        let advice = "put held-out pictures into `testA` and `testB`".into();
        return Err(DataError::NoSuchSplit { path: folder.into(), split, advice });
    }
    Ok(Some(roots))
}
