//! Files of volumes: `.binvox` (Patrick Min's format: a header of text, then runs) and NumPy's `.npy`.
//!
//! Volumes are cubes. Read with fewer voxels a side than they have, each new voxel is the mean of those
//! that it covers; the side must be a multiple then.

use std::str;

use crate::Reason;
use crate::decode::Header;

const BINVOX: &[u8] = b"#binvox";
const NUMPY: &[u8] = b"\x93NUMPY";
/// The longest header that we read; either format's own are of some 100 bytes.
const LONGEST_HEADER: usize = 4096;

/// A file whose header was read.
struct File<'a> {
    side: usize,
    content: Content<'a>,
}

enum Content<'a> {
    /// Pairs of a value and how often it comes.
    Runs(&'a [u8]),
    /// Numbers of this kind.
    Numbers(Number, &'a [u8]),
}

/// How a number lies in the file: little-endian.
#[derive(Clone, Copy)]
enum Number {
    Byte,
    Single,
    Double,
}

/// Reads the header only: a volume passes for a grey picture of its front.
pub(crate) fn header(bytes: &[u8], max_voxels: u64) -> Result<Header, Reason> {
    let File { side, .. } = File::open(bytes, max_voxels)?;
    Ok(Header { size: [side; 2], grey: true })
}

/// The voxels `[depth, height, width]` with `side` of them along each axis: 255 is solid, 0 empty.
pub(crate) fn voxels(bytes: &[u8], side: usize, max_voxels: u64) -> Result<Vec<u8>, Reason> {
    let file = File::open(bytes, max_voxels)?;
    let voxels = match file.content {
        Content::Runs(runs) => upright(&unrolled(runs, file.side.pow(3))?, file.side),
        Content::Numbers(number, bytes) => number.voxels(bytes)?,
    };
    shrunk(voxels, file.side, side)
}

impl<'a> File<'a> {
    fn open(bytes: &'a [u8], max_voxels: u64) -> Result<Self, Reason> {
        if bytes.starts_with(BINVOX) {
            return Self::binvox(bytes, max_voxels);
        }
        if bytes.starts_with(NUMPY) {
            return Self::numpy(bytes, max_voxels);
        }
        Err(damaged("it begins neither as a binvox file nor as an array of NumPy".into()))
    }

    fn binvox(bytes: &'a [u8], max_voxels: u64) -> Result<Self, Reason> {
        let start = &bytes[..bytes.len().min(LONGEST_HEADER)];
        let end = start.windows(6).position(|window| window == b"\ndata\n");
        let end = end.ok_or_else(|| truncated("its header has no `data`".into()))?;
        let text = str::from_utf8(&bytes[..end]).map_err(|error| damaged(error.to_string()))?;
        let sizes = text.lines().find_map(|line| line.strip_prefix("dim "));
        let sizes = sizes.ok_or_else(|| damaged("its header has no `dim`".into()))?;
        let side = cube(sizes.split_whitespace(), max_voxels)?;
        Ok(Self { side, content: Content::Runs(&bytes[end + 6..]) })
    }

    fn numpy(bytes: &'a [u8], max_voxels: u64) -> Result<Self, Reason> {
        // Version 1 has a length of two bytes, later ones of four.
        let wide = bytes.get(6) != Some(&1);
        let from = if wide { 12 } else { 10 };
        let length = bytes.get(8..from).unwrap_or_default().iter().rev();
        let length = length.fold(0, |sum, byte| sum << 8 | usize::from(*byte));
        if length > LONGEST_HEADER {
            return Err(damaged(format!(
                "a header of {length} bytes, where NumPy writes some 118"
            )));
        }
        let text = bytes.get(from..).and_then(|rest| rest.get(..length));
        let text = text.ok_or_else(|| truncated("it ends within its header".into()))?;
        let text = str::from_utf8(text).map_err(|error| damaged(error.to_string()))?;
        let after = |key: &str| text.split_once(key).map(|(_, rest)| rest.trim_start());
        if after("'fortran_order':").is_none_or(|order| order.starts_with("True")) {
            return Err(damaged(
                "its numbers are in the order of Fortran: save np.ascontiguousarray of it".into(),
            ));
        }
        let number = after("'descr':").and_then(Number::of).ok_or_else(|| {
            damaged("its numbers are no booleans, bytes or little-endian floats: save .astype('float32') of it"
                    .into())
        })?;
        let sizes = after("'shape':").and_then(|rest| rest.strip_prefix('(')?.split_once(')'));
        let (sizes, _) = sizes.ok_or_else(|| damaged("its header has no shape".into()))?;
        let sizes = sizes.split(',').map(str::trim).filter(|size| !size.is_empty());
        let side = cube(sizes, max_voxels)?;
        let numbers = &bytes[from + length..];
        let wanted = side.pow(3) * number.size();
        if numbers.len() < wanted {
            return Err(truncated(format!("{wanted} bytes of numbers, it has {}", numbers.len())));
        }
        Ok(Self { side, content: Content::Numbers(number, &numbers[..wanted]) })
    }
}

impl Number {
    fn of(text: &str) -> Option<Self> {
        let named = |names: &[&str]| names.iter().any(|name| text[1..].starts_with(name));
        if text.is_empty() || !text.is_char_boundary(1) {
            return None;
        }
        match () {
            () if named(&["|b1", "|u1"]) => Some(Self::Byte),
            () if named(&["<f4"]) => Some(Self::Single),
            () if named(&["<f8"]) => Some(Self::Double),
            () => None,
        }
    }

    fn size(self) -> usize {
        match self {
            Self::Byte => 1,
            Self::Single => 4,
            Self::Double => 8,
        }
    }

    /// Numbers from 0 to 1 as bytes.
    fn voxels(self, bytes: &[u8]) -> Result<Vec<u8>, Reason> {
        let byte = |number: f64| match number {
            0.0..=1.0 => Ok((number * 255.0).round() as u8),
            _ => Err(damaged(format!("a voxel is {number}: give 0 (empty) to 1 (solid)"))),
        };
        match self {
            Self::Byte => bytes.iter().map(|number| byte(f64::from(*number))).collect(),
            Self::Single => {
                let numbers = bytes.as_chunks().0.iter();
                numbers.map(|number| byte(f64::from(f32::from_le_bytes(*number)))).collect()
            }
            Self::Double => {
                let numbers = bytes.as_chunks().0.iter();
                numbers.map(|number| byte(f64::from_le_bytes(*number))).collect()
            }
        }
    }
}

/// The side of a cube of at most `max_voxels`.
fn cube<'a>(sizes: impl Iterator<Item = &'a str>, max_voxels: u64) -> Result<usize, Reason> {
    let sizes: Vec<&str> = sizes.collect();
    let parsed: Option<Vec<usize>> = sizes.iter().map(|size| size.parse().ok()).collect();
    let Some(&[depth, height, width]) = parsed.as_deref() else {
        return Err(damaged(format!("its sizes are {sizes:?}: a volume has three")));
    };
    if depth != height || height != width {
        return Err(damaged(format!("{depth} x {height} x {width} voxels are no cube")));
    }
    if depth == 0 {
        return Err(Reason::ZeroSize { detail: "no voxel".into() });
    }
    let count = (depth as u64).saturating_pow(3);
    if count > max_voxels {
        let detail = format!("{count} voxels, {max_voxels} are allowed");
        return Err(Reason::Bomb { detail });
    }
    Ok(depth)
}

/// Runs as single values, which must be `count`.
fn unrolled(runs: &[u8], count: usize) -> Result<Vec<u8>, Reason> {
    let (pairs, _) = runs.as_chunks::<2>();
    let found: usize = pairs.iter().map(|[_, times]| usize::from(*times)).sum();
    if found < count {
        return Err(truncated(format!("{count} voxels, its runs have {found}")));
    }
    if found > count {
        return Err(Reason::Surplus { detail: format!("{count} voxels, its runs have {found}") });
    }
    let value = |[value, times]: &[u8; 2]| {
        std::iter::repeat_n(if *value == 0 { 0 } else { 255 }, usize::from(*times))
    };
    Ok(pairs.iter().flat_map(value).collect())
}

/// From the order of binvox, where y runs fastest, then z, then x, and y points up and z to the viewer.
fn upright(voxels: &[u8], side: usize) -> Vec<u8> {
    let at = |x: usize, y: usize, z: usize| voxels[(x * side + z) * side + y];
    let rows = (0..side).rev().flat_map(|z| (0..side).rev().map(move |y| (z, y)));
    rows.flat_map(|(z, y)| (0..side).map(move |x| at(x, y, z))).collect()
}

/// Means over blocks.
fn shrunk(voxels: Vec<u8>, from: usize, to: usize) -> Result<Vec<u8>, Reason> {
    if from == to {
        return Ok(voxels);
    }
    if !from.is_multiple_of(to) {
        return Err(damaged(format!("{from} voxels a side, which is no multiple of {to}")));
    }
    let block = from / to;
    let mut sums = vec![0_u64; to.pow(3)];
    for (at, value) in voxels.iter().enumerate() {
        let [z, y, x] = [at / (from * from), at / from % from, at % from].map(|i| i / block);
        sums[(z * to + y) * to + x] += u64::from(*value);
    }
    let n = block.pow(3) as u64;
    Ok(sums.into_iter().map(|sum| ((sum + n / 2) / n) as u8).collect())
}

fn damaged(detail: String) -> Reason {
    Reason::Damaged { detail }
}

fn truncated(detail: String) -> Reason {
    Reason::Truncated { detail }
}
