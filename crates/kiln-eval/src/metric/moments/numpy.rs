//! Statistics as pytorch-fid saves them: a zip archive of `mu.npy` and `sigma.npy`.
//!
//! The format of the arrays is that of NumPy's `lib.format`, versions 1 to 3: a magic, a version,
//! the length of a header, a Python dictionary of type, order and shape, then the numbers.

use std::io::{Cursor, Read};

use zip::ZipArchive;

use super::Statistics;
use super::file::moments;

/// Numbers in a row at most: what is wider is no feature, and its covariance takes gigabytes.
const WIDEST: usize = 1 << 14;

/// The longest header that we read; NumPy's own are of 128 bytes.
const LONGEST_HEADER: usize = 4096;

/// Whether these are the first bytes of a zip archive.
pub(super) fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// The statistics in an archive with `mu` and `sigma`.
pub(super) fn statistics(bytes: &[u8]) -> Result<Statistics, String> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| error.to_string())?;
    let (mean, covariance) = (array(&mut archive, "mu", 1)?, array(&mut archive, "sigma", 2)?);
    Ok(Statistics { moments: moments(None, mean, &covariance)?, provenance: None })
}

/// The numbers of an array of `axes` axes, as they lie. A covariance is symmetric, so that their
/// order does not matter.
fn array(
    archive: &mut ZipArchive<Cursor<&[u8]>>,
    name: &str,
    axes: usize,
) -> Result<Vec<f64>, String> {
    let wrong = |error: &dyn std::fmt::Display| format!("`{name}`: {error}");
    let mut entry = archive.by_name(&format!("{name}.npy")).map_err(|error| wrong(&error))?;
    let header = header(&mut entry).map_err(|error| wrong(&error))?;
    let shape = shape(&header).ok_or_else(|| wrong(&"its header has no shape"))?;
    if shape.len() != axes || shape.iter().any(|size| *size == 0 || *size > WIDEST) {
        return Err(wrong(&format!("an array of {shape:?}")));
    }
    let count = shape.iter().product::<usize>();
    let kind = Kind::of(&header).ok_or_else(|| wrong(&"its numbers are no floats"))?;
    let mut bytes = Vec::new();
    let length = (count * kind.size()) as u64;
    entry.take(length).read_to_end(&mut bytes).map_err(|error| wrong(&error))?;
    if bytes.len() as u64 != length {
        return Err(wrong(&"it ends too early"));
    }
    Ok(kind.numbers(&bytes))
}

/// The dictionary in front of the numbers.
fn header(entry: &mut impl Read) -> Result<String, String> {
    let mut start = [0; 8];
    entry.read_exact(&mut start).map_err(|error| error.to_string())?;
    if !start.starts_with(b"\x93NUMPY") {
        return Err("it is no array".to_owned());
    }
    // Version 1 has a length of two bytes, later ones of four.
    let mut length = [0; 4];
    let read = if start[6] == 1 { &mut length[..2] } else { &mut length[..] };
    entry.read_exact(read).map_err(|error| error.to_string())?;
    let length = u32::from_le_bytes(length) as usize;
    if length > LONGEST_HEADER {
        return Err(format!("a header of {length} bytes"));
    }
    let mut text = vec![0; length];
    entry.read_exact(&mut text).map_err(|error| error.to_string())?;
    String::from_utf8(text).map_err(|error| error.to_string())
}

/// What follows `'key':` in the dictionary.
fn entry_of<'a>(header: &'a str, key: &str) -> Option<&'a str> {
    let (_, rest) = header.split_once(&format!("'{key}':"))?;
    Some(rest.trim_start())
}

fn shape(header: &str) -> Option<Vec<usize>> {
    let (sizes, _) = entry_of(header, "shape")?.strip_prefix('(')?.split_once(')')?;
    let sizes = sizes.split(',').map(str::trim).filter(|size| !size.is_empty());
    sizes.map(|size| size.parse().ok()).collect()
}

/// How a number lies in the file: little-endian.
#[derive(Clone, Copy)]
enum Kind {
    Single,
    Double,
}

impl Kind {
    fn of(header: &str) -> Option<Self> {
        let kind = entry_of(header, "descr")?;
        let is = |name: &str| kind.starts_with(&format!("'{name}'"));
        if is("<f8") {
            return Some(Self::Double);
        }
        is("<f4").then_some(Self::Single)
    }

    fn size(self) -> usize {
        match self {
            Self::Single => 4,
            Self::Double => 8,
        }
    }

    fn numbers(self, bytes: &[u8]) -> Vec<f64> {
        match self {
            Self::Single => {
                let (numbers, _) = bytes.as_chunks::<4>();
                numbers.iter().map(|bytes| f64::from(f32::from_le_bytes(*bytes))).collect()
            }
            Self::Double => {
                let (numbers, _) = bytes.as_chunks::<8>();
                numbers.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    /// An array as NumPy writes it.
    fn npy(kind: &str, shape: &str, numbers: &[u8]) -> Vec<u8> {
        let header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n");
        let length = (header.len() as u16).to_le_bytes();
        [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), numbers].concat()
    }

    fn archive(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in entries {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn doubles(numbers: &[f64]) -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
    }

    #[test]
    fn mu_and_sigma_are_read_in_either_precision() {
        let mu: Vec<u8> = [0.5_f32, -1.0].iter().flat_map(|n| n.to_le_bytes()).collect();
        let sigma = doubles(&[2.0, 0.25, 0.25, 1.0]);
        let bytes = archive(&[
            ("mu.npy", npy("<f4", "(2,)", &mu)),
            ("sigma.npy", npy("<f8", "(2, 2)", &sigma)),
        ]);
        assert!(is_archive(&bytes));
        let moments = statistics(&bytes).unwrap().moments;
        assert_eq!((moments.count(), moments.mean()), (None, &[0.5, -1.0][..]));
        assert_eq!(moments.covariance(), [2.0, 0.25, 0.25, 1.0]);
    }

    #[test]
    fn arrays_that_cannot_be_statistics_are_refused() {
        let refusal = |mu: Vec<u8>| statistics(&archive(&[("mu.npy", mu)])).unwrap_err();
        let one = doubles(&[1.0]);
        assert!(refusal(npy("<f8", "(2,)", &one)).contains("too early"));
        assert!(refusal(npy("<f8", "(1, 1)", &one)).contains("[1, 1]"));
        assert!(refusal(npy("<f8", "(99999999999,)", &one)).contains("array of"));
        assert!(refusal(npy("<i8", "(1,)", &one)).contains("floats"));
        assert!(refusal(b"\x93NUMPY\x02\x00\xff\xff\xff\xff".to_vec()).contains("header of"));
        assert!(refusal(npy("<f8", "(1,)", &one)).contains("sigma"));
    }
}
