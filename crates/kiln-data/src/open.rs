//! From a source to pictures.

use kiln_core::Medium;
use rayon::prelude::*;

use crate::folder::{self, Listing, Part, Surveyed};
use crate::frame::Frame;
use crate::gathered::{Gathered, Labels};
use crate::locate::{Located, locate};
use crate::pictures::{Held, Store};
use crate::solids::solids;
use crate::stacked::stacked;
use crate::{
    BadFile, BadFiles, DataError, Kind, OpenOptions, Pictures, Source, Split, cifar, idx, pairs,
};

/// Opens one split of a source: finds out what it is, validates it, and brings its pictures to
/// one shape.
///
/// # Errors
///
/// When there is nothing that can be read, or files are bad and the options say to stop; the
/// error names each file and the reason.
pub fn open(source: &Source, split: Split, options: &OpenOptions) -> Result<Pictures, DataError> {
    if let Err(error) = options.check() {
        // Sounds have options and bounds of their own.
        if let Source::Path(_) = source
            && let Located::Folder(listing) = locate(source, split)?
        {
            listing.seen()?;
        }
        return Err(error);
    }
    let pictures = match options.pairs {
        None => open_plain(source, split, options)?,
        Some(pairing) => pairs::open(pairing, source, split, options)?,
    };
    pictures.without(&options.without)
}

/// Without pairs.
pub(crate) fn open_plain(
    source: &Source,
    split: Split,
    options: &OpenOptions,
) -> Result<Pictures, DataError> {
    if *source == Source::StackedMnist {
        let grey = OpenOptions { channels: None, ..options.clone() };
        return stacked(open_plain(&Source::Mnist, split, &grey)?, source.name());
    }
    if *source == Source::Solids {
        return solids(source.name(), split, options);
    }
    let (gathered, skipped) = match locate(source, split)? {
        Located::Idx(files) => (idx::read(&files, options.memory)?, Vec::new()),
        Located::Cifar(files) => cifar::read(&files, options)?,
        Located::Folder(listing) => return open_folder(source, &listing.seen()?, options),
    };
    conform(source, gathered, skipped, options)
}

/// Brings pictures in memory to the shape that is asked for.
pub(crate) fn conform(
    source: &Source,
    gathered: Gathered,
    skipped: Vec<BadFile>,
    options: &OpenOptions,
) -> Result<Pictures, DataError> {
    let (from, len) = (gathered.shape, gathered.len());
    let shape = [
        options.channels.unwrap_or(from[0]),
        options.size.unwrap_or(from[1]),
        options.size.unwrap_or(from[2]),
    ];
    let [from_len, to_len] = [from, shape].map(|shape| shape.iter().product::<usize>());
    let held = if shape == from {
        Held::ready(gathered.bytes, from_len)
    } else {
        let frame = match gathered.kind {
            Kind::Idx => Frame::of_idx(from, shape),
            _ => Frame::of_pictures(from, shape),
        };
        if to_len > from_len {
            Held { bytes: gathered.bytes, len: from_len, frame: Some(frame) }
        } else {
            Held::ready(reframe_all(&gathered.bytes, from_len, to_len, &frame), to_len)
        }
    };
    Ok(Pictures {
        name: source.name(),
        kind: gathered.kind,
        medium: Medium::Image,
        shape,
        len,
        labels: gathered.labels,
        checksum: gathered.checksum,
        store: Store::Memory(held),
        skipped: skipped.into(),
        inputs: None,
    })
}

fn reframe_all(bytes: &[u8], from_len: usize, to_len: usize, frame: &Frame) -> Vec<u8> {
    let mut reframed = vec![0; bytes.len() / from_len.max(1) * to_len];
    reframed
        .par_chunks_exact_mut(to_len.max(1))
        .zip(bytes.par_chunks_exact(from_len.max(1)))
        .for_each(|(into, pixels)| into.copy_from_slice(&frame.apply(pixels)));
    reframed
}

fn n_bytes(len: usize, shape: [usize; 3]) -> u64 {
    shape.iter().fold(len as u64, |product, axis| product.saturating_mul(*axis as u64))
}

fn open_folder(
    source: &Source,
    listing: &Listing,
    options: &OpenOptions,
) -> Result<Pictures, DataError> {
    let (files, bad) = folder::survey(listing, options.max_pixels);
    open_surveyed(source, listing, (files, bad), options)
}

/// A folder whose files were looked at.
pub(crate) fn open_surveyed(
    source: &Source,
    listing: &Listing,
    (files, mut bad): (Vec<Surveyed>, Vec<BadFile>),
    options: &OpenOptions,
) -> Result<Pictures, DataError> {
    let n_files = listing.files.len();
    stop_if_bad(&files, &bad, n_files, options)?;
    let checksum = folder::checksum(&files);
    let shape = folder_shape(listing, &files, options)?;
    let (files, store, more_bad) = folder_store(listing, files, shape, options);
    bad.extend(more_bad);
    stop_if_bad(&files, &bad, n_files, options)?;
    Ok(Pictures {
        name: source.name(),
        kind: listing.kind(),
        medium: listing.part.medium(),
        shape,
        len: files.len(),
        labels: folder_labels(listing, &files),
        checksum,
        store,
        skipped: bad.into(),
        inputs: None,
    })
}

/// The pixels themselves if they fit in memory, else the files; and the files left out.
fn folder_store(
    listing: &Listing,
    files: Vec<Surveyed>,
    shape: [usize; 3],
    options: &OpenOptions,
) -> (Vec<Surveyed>, Store, Vec<BadFile>) {
    if n_bytes(files.len(), shape) <= options.memory {
        let (good, bytes, bad) = decode_all(listing, files, shape, options.max_pixels);
        return (good, Store::Memory(Held::ready(bytes, shape.iter().product())), bad);
    }
    let full = |file: &Surveyed| listing.root.join(&file.path);
    let store = Store::Files {
        paths: files.iter().map(full).collect(),
        part: listing.part,
        max_pixels: options.max_pixels,
        bad_files: options.bad_files,
    };
    (files, store, Vec::new())
}

/// The classes of the files, if all lie in class subfolders.
pub(crate) fn folder_labels(listing: &Listing, files: &[Surveyed]) -> Option<Labels> {
    (!listing.classes.is_empty()).then(|| Labels {
        of: folder::labels(files.iter().map(|file| &file.path), &listing.classes),
        classes: listing.classes.clone(),
    })
}

fn stop_if_bad(
    good: &[Surveyed],
    bad: &[BadFile],
    n_files: usize,
    options: &OpenOptions,
) -> Result<(), DataError> {
    if good.is_empty() || (options.bad_files == BadFiles::Stop && !bad.is_empty()) {
        let bad = bad.to_vec();
        return Err(DataError::BadFiles { bad, n_files });
    }
    Ok(())
}

/// The shape that the pictures of a folder are brought to: squares, or cubes of volumes.
pub(crate) fn folder_shape(
    listing: &Listing,
    files: &[Surveyed],
    options: &OpenOptions,
) -> Result<[usize; 3], DataError> {
    let sides = || files.iter().map(|file| file.header.side());
    let (smallest, largest) = (sides().min().unwrap_or(0), sides().max().unwrap_or(0));
    let size = match options.size {
        Some(size) => size,
        None if smallest == largest => smallest,
        None => {
            let path = listing.root.clone();
            return Err(DataError::MixedSizes { path, smallest, largest });
        }
    };
    if listing.part == Part::Voxels {
        options.check_volumes()?;
        return Ok([size; 3]);
    }
    let grey = files.iter().all(|file| file.header.grey);
    let channels = options.channels.unwrap_or(if grey { 1 } else { 3 });
    Ok([channels, size, size])
}

/// Decodes all files into one block of bytes; those that cannot be decoded are left out.
fn decode_all(
    listing: &Listing,
    files: Vec<Surveyed>,
    shape: [usize; 3],
    max_pixels: u64,
) -> (Vec<Surveyed>, Vec<u8>, Vec<BadFile>) {
    let picture_len = shape.iter().product::<usize>().max(1);
    let mut bytes = vec![0; files.len() * picture_len];
    let outcomes: Vec<Option<BadFile>> = bytes
        .par_chunks_exact_mut(picture_len)
        .zip(&files)
        .map(|(into, file)| {
            let path = listing.root.join(&file.path);
            match folder::picture(&path, listing.part, shape, max_pixels) {
                Ok(pixels) => {
                    into.copy_from_slice(&pixels);
                    None
                }
                Err(reason) => Some(BadFile { path, reason }),
            }
        })
        .collect();
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for (idx, (file, outcome)) in files.into_iter().zip(outcomes).enumerate() {
        match outcome {
            None => {
                // Close the gaps that bad files left.
                bytes.copy_within(
                    idx * picture_len..(idx + 1) * picture_len,
                    good.len() * picture_len,
                );
                good.push(file);
            }
            Some(file) => bad.push(file),
        }
    }
    bytes.truncate(good.len() * picture_len);
    (good, bytes, bad)
}
