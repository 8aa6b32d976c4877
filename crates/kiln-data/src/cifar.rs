//! CIFAR-10, the binary version.
//!
//! Records of 3073 bytes: a label, then 32 x 32 pixels of red, of green, of blue (Krizhevsky,
//! `cs.toronto.edu/~kriz/cifar.html`).

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use kiln_core::Checksum;

use crate::gathered::{Gathered, Labels};
use crate::{BadFile, BadFiles, DataError, Kind, OpenOptions, Reason, Split};

const SHAPE: [usize; 3] = [3, 32, 32];
const PIXELS: usize = 3 * 32 * 32;
const RECORD: usize = 1 + PIXELS;

/// The classes, for a folder without `batches.meta.txt`.
const CLASSES: [&str; 10] =
    ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

/// The files of one split.
#[derive(Debug, Clone)]
pub(crate) struct CifarFiles {
    pub(crate) batches: Vec<PathBuf>,
    classes: Option<PathBuf>,
}

/// Finds CIFAR-10 in `folder`, or in the folder that its archive makes there.
pub(crate) fn locate(folder: &Path, split: Split) -> Result<Option<CifarFiles>, DataError> {
    let inner = folder.join("cifar-10-batches-bin");
    let Some(home) = [folder, &inner].into_iter().find(|home| is_home(home)) else {
        return Ok(None);
    };
    let batches = match split {
        Split::Train => train_batches(home),
        Split::Test => vec![home.join("test_batch.bin")],
    };
    if !batches.iter().any(|batch| batch.is_file()) {
        return Err(DataError::NoSuchSplit {
            path: home.into(),
            split,
            advice: "training data lies in data_batch_1.bin and on, test data in test_batch.bin"
                .into(),
        });
    }
    let classes = Some(home.join("batches.meta.txt")).filter(|path| path.is_file());
    Ok(Some(CifarFiles { batches, classes }))
}

fn is_home(folder: &Path) -> bool {
    (1..=5).any(|n| batch(folder, n).is_file()) || folder.join("test_batch.bin").is_file()
}

fn batch(folder: &Path, n: usize) -> PathBuf {
    folder.join(format!("data_batch_{n}.bin"))
}

/// Batches up to the last that is there: one that is absent among them is missing.
fn train_batches(folder: &Path) -> Vec<PathBuf> {
    let last = (1..=5).rev().find(|n| batch(folder, *n).is_file()).unwrap_or(0);
    (1..=last).map(|n| batch(folder, n)).collect()
}

/// Reads the batches; also returns the files that were skipped.
pub(crate) fn read(
    files: &CifarFiles,
    options: &OpenOptions,
) -> Result<(Gathered, Vec<BadFile>), DataError> {
    let classes = class_names(files.classes.as_deref())?;
    let (labels, bytes, bad) = read_batches(files, classes.len(), options.memory);
    if bytes.is_empty() || (options.bad_files == BadFiles::Stop && !bad.is_empty()) {
        let n_files = files.batches.len();
        return Err(DataError::BadFiles { bad, n_files });
    }
    let summary = format!("cifar-10 {} {}", Checksum::of(&labels), Checksum::of(&bytes));
    let labels = Labels { of: labels.into_iter().map(u32::from).collect(), classes };
    let gathered = Gathered {
        kind: Kind::Cifar10,
        shape: SHAPE,
        bytes,
        labels: Some(labels),
        checksum: Checksum::of(summary.as_bytes()),
    };
    Ok((gathered, bad))
}

/// Labels and pixels of all good batches, and the bad ones.
fn read_batches(
    files: &CifarFiles,
    n_classes: usize,
    memory: u64,
) -> (Vec<u8>, Vec<u8>, Vec<BadFile>) {
    let (mut labels, mut bytes, mut bad) = (Vec::new(), Vec::new(), Vec::new());
    for path in &files.batches {
        let room = memory.saturating_sub(bytes.len() as u64);
        match load(path, room).and_then(|records| parse(&records, n_classes)) {
            Ok((more_labels, more_bytes)) => {
                labels.extend(more_labels);
                bytes.extend(more_bytes);
            }
            Err(reason) => bad.push(BadFile { path: path.clone(), reason }),
        }
    }
    (labels, bytes, bad)
}

/// One name a line; only the first 64 KiB of the file are read.
fn class_names(path: Option<&Path>) -> Result<Vec<String>, DataError> {
    let Some(path) = path else {
        return Ok(CLASSES.map(String::from).into());
    };
    let mut text = Vec::new();
    File::open(path)
        .and_then(|file| file.take(1 << 16).read_to_end(&mut text))
        .map_err(|error| DataError::file(path, Reason::from_io(&error)))?;
    let text = String::from_utf8_lossy(&text);
    let names = text.lines().map(str::trim).filter(|line| !line.is_empty());
    Ok(names.map(String::from).collect())
}

/// The bytes of a batch file that may take `room` bytes.
fn load(path: &Path, room: u64) -> Result<Vec<u8>, Reason> {
    let opened = File::open(path).and_then(|file| Ok((file.metadata()?.len(), file)));
    let (n_bytes, file) = opened.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Reason::Missing,
        _ => Reason::from_io(&error),
    })?;
    if n_bytes > room {
        let detail = format!("{n_bytes} bytes, {room} are allowed");
        return Err(Reason::Bomb { detail });
    }
    let mut bytes = Vec::with_capacity(n_bytes as usize);
    match file.take(n_bytes).read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(error) => Err(Reason::from_io(&error)),
    }
}

/// Labels and pixels of the records.
pub(crate) fn parse(records: &[u8], n_classes: usize) -> Result<(Vec<u8>, Vec<u8>), Reason> {
    if records.is_empty() {
        return Err(Reason::Empty);
    }
    if !records.len().is_multiple_of(RECORD) {
        let detail = format!("{} bytes are not a multiple of {RECORD}", records.len());
        return Err(Reason::Truncated { detail });
    }
    let n_records = records.len() / RECORD;
    let mut labels = Vec::with_capacity(n_records);
    let mut pixels = Vec::with_capacity(n_records * PIXELS);
    for (idx, record) in records.chunks_exact(RECORD).enumerate() {
        if usize::from(record[0]) >= n_classes {
            let detail = format!("record {idx} has label {}, of {n_classes} classes", record[0]);
            return Err(Reason::Damaged { detail });
        }
        labels.push(record[0]);
        pixels.extend_from_slice(&record[1..]);
    }
    Ok((labels, pixels))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `n` records; record `i` has label `i` and pixels of value `10 i`.
    fn records(n: usize) -> Vec<u8> {
        (0..n).flat_map(|i| [vec![i as u8], vec![10 * i as u8; PIXELS]].concat()).collect()
    }

    #[test]
    fn labels_and_pixels_are_told_apart() {
        let (labels, pixels) = parse(&records(3), 10).unwrap();
        assert_eq!(labels, [0, 1, 2]);
        assert_eq!((pixels.len(), pixels[PIXELS - 1], pixels[PIXELS]), (3 * PIXELS, 0, 10));
    }

    #[test]
    fn a_size_that_does_not_divide_is_truncated() {
        let told = parse(&records(2)[1..], 10).unwrap_err();
        assert!(matches!(told, Reason::Truncated { .. }));
    }

    #[test]
    fn a_label_beyond_the_classes_is_damage() {
        assert!(matches!(parse(&records(3), 2), Err(Reason::Damaged { .. })));
    }

    #[test]
    fn a_gap_in_the_batches_is_a_missing_file_and_can_be_skipped() {
        let folder = tempfile::tempdir().unwrap();
        for n in [1, 3] {
            std::fs::write(batch(folder.path(), n), records(2)).unwrap();
        }
        let files = locate(folder.path(), Split::Train).unwrap().unwrap();
        let mut options = OpenOptions::default();
        let told = read(&files, &options).unwrap_err().to_string();
        assert!(told.contains("data_batch_2.bin: missing"), "{told}");
        options.bad_files = BadFiles::Skip;
        let (gathered, skipped) = read(&files, &options).unwrap();
        assert_eq!((gathered.len(), skipped.len()), (4, 1));
    }

    #[test]
    fn a_split_that_is_not_there_is_said_to_be_so() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(batch(folder.path(), 1), records(1)).unwrap();
        let told = locate(folder.path(), Split::Test);
        assert!(matches!(told, Err(DataError::NoSuchSplit { .. })));
    }

    proptest! {
        #[test]
        fn random_bytes_never_panic(bytes: Vec<u8>, n_classes in 0_usize..300) {
            drop(parse(&bytes, n_classes));
        }
    }
}
