//! IDX files, gzip or raw.
//!
//! Two zero bytes, a byte for the type of element (8: unsigned byte), a byte for the number of
//! axes, each axis as a big-endian 32-bit number, then the elements (LeCun,
//! `yann.lecun.com/exdb/mnist`).

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::PathBuf;

use flate2::read::MultiGzDecoder;
use kiln_core::Checksum;

use crate::gathered::{Gathered, Labels};
use crate::{DataError, Kind, Reason};

/// Deflate cannot shrink data by more than this factor (Deutsch 1996: a match of 258 bytes takes
/// at least two bits).
const MAX_DEFLATE_RATIO: u64 = 1032;

/// A file, or its content as part of the program.
#[derive(Debug, Clone)]
pub(crate) struct Blob {
    pub(crate) path: PathBuf,
    pub(crate) embedded: Option<&'static [u8]>,
}

impl Blob {
    pub(crate) fn file(path: PathBuf) -> Self {
        Self { path, embedded: None }
    }

    fn read(&self, memory: u64) -> Result<Array, DataError> {
        let parsed = match self.embedded {
            Some(bytes) => parse(bytes, bytes.len() as u64, memory),
            None => File::open(&self.path)
                .and_then(|file| Ok((file.metadata()?.len(), file)))
                .map_err(|error| Reason::from_io(&error))
                .and_then(|(stored, file)| parse(io::BufReader::new(file), stored, memory)),
        };
        parsed.map_err(|reason| DataError::file(&self.path, reason))
    }
}

/// The files of one split.
#[derive(Debug, Clone)]
pub(crate) struct IdxFiles {
    pub(crate) images: Blob,
    pub(crate) labels: Option<Blob>,
}

/// An array of bytes with its axes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Array {
    pub(crate) axes: Vec<usize>,
    pub(crate) bytes: Vec<u8>,
}

impl Array {
    fn checksum(&self) -> Checksum {
        Checksum::of(&self.bytes)
    }
}

/// Reads the pictures of a split and their labels, if there are any.
pub(crate) fn read(files: &IdxFiles, memory: u64) -> Result<Gathered, DataError> {
    let images = files.images.read(memory)?;
    let shape = picture_shape(&images.axes)
        .map_err(|reason| DataError::file(&files.images.path, reason))?;
    let labels = match &files.labels {
        Some(blob) => {
            let array = blob.read(memory)?;
            check_labels(&array, images.axes[0])
                .map_err(|reason| DataError::file(&blob.path, reason))?;
            Some(array)
        }
        None => None,
    };
    let label_sum = labels.as_ref().map(Array::checksum);
    let summary = format!("idx {:?} {} {label_sum:?}", images.axes, images.checksum());
    Ok(Gathered {
        kind: Kind::Idx,
        shape,
        bytes: images.bytes,
        labels: labels.map(|array| Labels::numbered(array.bytes)),
        checksum: Checksum::of(summary.as_bytes()),
    })
}

/// `[channels, height, width]` from the axes `[n, height, width]` or
/// `[n, channels, height, width]`.
fn picture_shape(axes: &[usize]) -> Result<[usize; 3], Reason> {
    let shape = match *axes {
        [_, height, width] => [1, height, width],
        [_, channels, height, width] => [channels, height, width],
        _ => {
            let detail = format!("{} axes, where images have 3 or 4", axes.len());
            return Err(Reason::WrongMagic { detail });
        }
    };
    if axes.contains(&0) {
        let detail = format!("the header declares {axes:?}");
        return Err(Reason::ZeroSize { detail });
    }
    if shape[0] != 1 && shape[0] != 3 {
        let detail = format!("{} channels, where 1 or 3 are read", shape[0]);
        return Err(Reason::Channels { detail });
    }
    Ok(shape)
}

fn check_labels(labels: &Array, n_pictures: usize) -> Result<(), Reason> {
    match *labels.axes {
        [n] if n == n_pictures => Ok(()),
        [n] => Err(Reason::Damaged { detail: format!("{n} labels for {n_pictures} pictures") }),
        _ => Err(Reason::WrongMagic {
            detail: format!("{} axes, where labels have 1", labels.axes.len()),
        }),
    }
}

/// Parses an IDX array that takes `stored` bytes on disk and may take `memory` bytes decoded.
///
/// Allocates in proportion to what the input really holds, whatever its header says.
pub(crate) fn parse(mut input: impl Read, stored: u64, memory: u64) -> Result<Array, Reason> {
    if stored == 0 {
        return Err(Reason::Empty);
    }
    let mut first = Vec::with_capacity(2);
    read_some(&mut input, 2, &mut first)?;
    let gzip = first == [0x1f, 0x8b];
    let input = Cursor::new(first).chain(input);
    if gzip {
        let most = stored.saturating_mul(MAX_DEFLATE_RATIO);
        parse_raw(MultiGzDecoder::new(input), Bounds { stored, most, memory })
    } else {
        parse_raw(input, Bounds { stored, most: stored, memory })
    }
}

/// How many bytes an array can and may have.
struct Bounds {
    /// Bytes on disk.
    stored: u64,
    /// The most that they can hold.
    most: u64,
    /// The most that is allowed.
    memory: u64,
}

/// What a compressed file holds, as a multiple of its size, without surprising anybody: space
/// for that much is taken at once, for more only as the content comes.
const USUAL_RATIO: u64 = 8;

/// Parses an uncompressed array.
fn parse_raw(mut input: impl Read, bounds: Bounds) -> Result<Array, Reason> {
    let Bounds { stored, most, memory } = bounds;
    let axes = parse_header(&mut input)?;
    let expected = axes
        .iter()
        .try_fold(1_u64, |product, axis| product.checked_mul(*axis as u64))
        .unwrap_or(u64::MAX);
    if expected > most {
        let detail = format!("the header promises {expected} bytes, the file can hold {most}");
        return Err(Reason::Truncated { detail });
    }
    if expected > memory {
        let detail = format!("the header promises {expected} bytes, {memory} are allowed");
        return Err(Reason::Bomb { detail });
    }
    // One byte more than promised, to find out whether the file ends where it should.
    let wanted = expected.saturating_add(1);
    let mut bytes = Vec::with_capacity(wanted.min(stored.saturating_mul(USUAL_RATIO)) as usize);
    read_some(&mut input, wanted, &mut bytes)?;
    match (bytes.len() as u64).cmp(&expected) {
        std::cmp::Ordering::Equal => Ok(Array { axes, bytes }),
        std::cmp::Ordering::Less => Err(Reason::Truncated {
            detail: format!("the header promises {expected} bytes, {} follow", bytes.len()),
        }),
        std::cmp::Ordering::Greater => Err(Reason::Surplus {
            detail: format!("the header promises {expected} bytes, more follow"),
        }),
    }
}

/// The axes that a header declares.
fn parse_header(input: &mut impl Read) -> Result<Vec<usize>, Reason> {
    let mut head = Vec::with_capacity(4);
    read_some(input, 4, &mut head)?;
    let n_axes = match head[..] {
        [0, 0, 8, n_axes] => n_axes,
        [0, 0, element, _] => {
            let detail = format!("elements of type {element:#04x}, where 0x08 (byte) is read");
            return Err(Reason::WrongMagic { detail });
        }
        _ => {
            let detail = format!("{head:02x?}, where an IDX file begins with [00, 00, 08]");
            return Err(Reason::WrongMagic { detail });
        }
    };
    let mut axes = Vec::new();
    read_some(input, 4 * u64::from(n_axes), &mut axes)?;
    if axes.len() < 4 * usize::from(n_axes) {
        let detail = format!("{n_axes} axes are promised, the file ends within them");
        return Err(Reason::Truncated { detail });
    }
    let axis = |four: &[u8]| four.iter().fold(0, |axis, byte| axis << 8 | usize::from(*byte));
    Ok(axes.chunks_exact(4).map(axis).collect())
}

/// Reads up to `n` bytes; `bytes` grows with what comes.
fn read_some(input: &mut impl Read, n: u64, bytes: &mut Vec<u8>) -> Result<(), Reason> {
    match input.take(n).read_to_end(bytes) {
        Ok(_) => Ok(()),
        Err(error) => Err(Reason::from_io(&error)),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;

    use super::*;

    const MEMORY: u64 = 1 << 20;

    fn file(axes: &[u32], n_bytes: usize) -> Vec<u8> {
        let mut bytes = vec![0, 0, 8, axes.len() as u8];
        bytes.extend(axes.iter().flat_map(|axis| axis.to_be_bytes()));
        bytes.extend((0..n_bytes).map(|idx| idx as u8));
        bytes
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn check(bytes: &[u8], expected: &str) {
        let told = match parse(bytes, bytes.len() as u64, MEMORY) {
            Ok(array) => format!("{:?}", array.axes),
            Err(reason) => reason.to_string(),
        };
        assert!(told.starts_with(expected), "{told:?} is not {expected:?}");
    }

    #[test]
    fn raw_and_gzip_read_the_same() {
        let raw = file(&[2, 3, 4], 24);
        let packed = gzip(&raw);
        let array = parse(&packed[..], packed.len() as u64, MEMORY).unwrap();
        assert_eq!(array, parse(&raw[..], raw.len() as u64, MEMORY).unwrap());
        assert_eq!((array.axes, array.bytes[23]), (vec![2, 3, 4], 23));
    }

    #[test]
    fn every_fault_has_its_name() {
        check(b"", "the file is empty");
        check(b"\x89PNG\r\n", "wrong magic");
        check(&[0, 0, 13, 1, 0, 0, 0, 1], "wrong magic: elements of type 0x0d");
        check(&[0, 0, 8, 3, 0, 0], "truncated: 3 axes");
        check(&file(&[2, 3, 4], 23), "truncated: the header promises 24");
        check(&file(&[2, 3, 4], 25), "holds more");
        check(&gzip(&file(&[2, 3, 4], 24))[..30], "truncated");
        check(&gzip(&file(&[2, 3, 4], 25)), "holds more");
    }

    #[test]
    fn a_huge_count_is_refused_before_memory_is_taken_for_it() {
        check(&file(&[u32::MAX, u32::MAX, u32::MAX], 24), "truncated");
        check(&gzip(&file(&[u32::MAX, 28, 28], 24)), "truncated");
    }

    #[test]
    fn a_gzip_bomb_stops_at_what_its_header_declares_and_memory_allows() {
        check(&gzip(&file(&[10], 1 << 22)), "holds more");
        check(&gzip(&file(&[1 << 22], 1 << 22)), "too large");
    }

    #[test]
    fn a_flipped_bit_in_a_gzip_file_is_noticed() {
        let mut packed = gzip(&file(&[64], 64));
        let end = packed.len();
        packed[end - 6] ^= 1; // in the CRC
        check(&packed, "damaged");
    }

    #[test]
    fn only_grey_and_rgb_arrays_are_pictures() {
        assert_eq!(picture_shape(&[9, 5, 6]).unwrap(), [1, 5, 6]);
        assert_eq!(picture_shape(&[9, 3, 5, 6]).unwrap(), [3, 5, 6]);
        assert!(matches!(picture_shape(&[9, 4, 5, 6]), Err(Reason::Channels { .. })));
        assert!(matches!(picture_shape(&[9, 0, 6]), Err(Reason::ZeroSize { .. })));
        assert!(matches!(picture_shape(&[9]), Err(Reason::WrongMagic { .. })));
    }

    proptest! {
        #[test]
        fn random_bytes_are_refused_or_read_and_never_panic(bytes: Vec<u8>) {
            drop(parse(&bytes[..], bytes.len() as u64, MEMORY));
        }

        #[test]
        fn mutated_files_are_refused_or_read_and_never_panic(
            at in 0_usize..60, value: u8, cut in 0_usize..60, packed: bool,
        ) {
            let mut bytes = file(&[2, 4, 4], 32);
            if packed { bytes = gzip(&bytes); }
            let at = at % bytes.len();
            bytes[at] = value;
            bytes.truncate(cut.max(1));
            if let Ok(array) = parse(&bytes[..], bytes.len() as u64, MEMORY) {
                prop_assert_eq!(array.axes.iter().product::<usize>(), array.bytes.len());
            }
        }
    }
}
