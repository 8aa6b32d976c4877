//! Whether the tags of a TIFF file fit in it.
//!
//! The decoder takes memory for as many values as a tag claims, before it reads them. Only the
//! first directory counts: no other is read (TIFF 6.0, section 2; BigTIFF by its proposal).

/// Widths of the fields of a directory: those of BigTIFF are larger.
struct Layout {
    big_endian: bool,
    /// Where the offset of the first directory stands, and how wide it and each count are.
    first: usize,
    word: usize,
    /// Width of the number of entries, and of an entry.
    n_entries: usize,
    entry: usize,
}

/// The first tag whose values would need more bytes than the file has, with what they need.
pub(crate) fn overlong_tag(bytes: &[u8]) -> Option<(u64, u64)> {
    let layout = Layout::of(bytes)?;
    let directory = usize::try_from(layout.number(bytes, layout.first, layout.word)?).ok()?;
    let n_entries = layout.number(bytes, directory, layout.n_entries)?;
    let first = directory.checked_add(layout.n_entries)?;
    let entries = bytes.get(first..)?.chunks_exact(layout.entry);
    entries
        .take(usize::try_from(n_entries).unwrap_or(usize::MAX))
        .filter_map(|entry| {
            let tag = layout.number(entry, 0, 2)?;
            let width = value_width(layout.number(entry, 2, 2)?);
            let n_bytes = layout.number(entry, 4, layout.word)?.saturating_mul(width);
            Some((tag, n_bytes))
        })
        .find(|(_, n_bytes)| *n_bytes > bytes.len() as u64)
}

impl Layout {
    fn of(bytes: &[u8]) -> Option<Self> {
        let big_endian = match bytes.get(..2)? {
            b"MM" => true,
            b"II" => false,
            _ => return None,
        };
        let classic = Self { big_endian, first: 4, word: 4, n_entries: 2, entry: 12 };
        match classic.number(bytes, 2, 2)? {
            42 => Some(classic),
            43 => Some(Self { first: 8, word: 8, n_entries: 8, entry: 20, ..classic }),
            _ => None,
        }
    }

    /// The number of `width` bytes at `at`.
    fn number(&self, bytes: &[u8], at: usize, width: usize) -> Option<u64> {
        let field = bytes.get(at..at.checked_add(width)?)?;
        let push = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        Some(if self.big_endian {
            field.iter().fold(0, push)
        } else {
            field.iter().rev().fold(0, push)
        })
    }
}

/// Bytes in a value of a type.
fn value_width(kind: u64) -> u64 {
    match kind {
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 | 16..=18 => 8,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory with one tag of `count` short values, in either byte order and either size.
    fn file(big_endian: bool, big: bool, count: u32) -> Vec<u8> {
        let number = |value: u32, width: usize| {
            let mut bytes = u64::from(value).to_le_bytes()[..width].to_vec();
            if big_endian {
                bytes.reverse();
            }
            bytes
        };
        let word = if big { 8 } else { 4 };
        let mark = if big_endian { b"MM" } else { b"II" };
        let fields: &[(u32, usize)] = if big {
            &[(43, 2), (8, 2), (0, 2), (16, 8), (1, 8)]
        } else {
            &[(42, 2), (8, 4), (1, 2)]
        };
        let entry = [(273, 2), (3, 2), (count, word), (0, word)];
        let fields = fields.iter().chain(&entry).flat_map(|(value, width)| number(*value, *width));
        mark.iter().copied().chain(fields).collect()
    }

    #[test]
    fn a_tag_that_claims_more_than_the_file_holds_is_found() {
        for (big_endian, big) in [(false, false), (true, false), (false, true), (true, true)] {
            let check = |count| overlong_tag(&file(big_endian, big, count));
            assert_eq!(check(4), None);
            assert_eq!(check(1_000_000), Some((273, 2_000_000)));
        }
    }

    #[test]
    fn a_directory_outside_the_file_is_left_to_the_decoder() {
        let whole = file(false, false, 9_999);
        for end in 0..whole.len() {
            assert_eq!(overlong_tag(&whole[..end]), None);
        }
    }
}
