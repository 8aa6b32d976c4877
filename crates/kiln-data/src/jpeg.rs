//! Whether a JPEG file is whole.
//!
//! The decoder fills what is missing with grey and reports no error, so a truncated download
//! would be trained on. The markers tell (ITU-T T.81, annex B).

/// Whether the end-of-image marker follows the last scan.
pub(crate) fn is_whole(bytes: &[u8]) -> bool {
    let mut at = 2; // after the start-of-image marker
    loop {
        let Some(marker) = next_marker(bytes, at) else {
            return false;
        };
        at = marker + 2;
        match bytes[marker + 1] {
            0xd9 => return true,
            0x01 | 0xd0..=0xd8 => {} // markers that stand alone
            _ => match bytes.get(at..at + 2) {
                Some(length) => at += usize::from(length[0]) << 8 | usize::from(length[1]),
                None => return false,
            },
        }
    }
}

/// Position of the next marker at or after `from`: 0xff and a byte that is neither the zero
/// stuffed into coded data nor another fill byte.
fn next_marker(bytes: &[u8], from: usize) -> Option<usize> {
    let pairs = bytes.get(from..)?.windows(2);
    let is_marker = |pair: &[u8]| pair[0] == 0xff && pair[1] != 0 && pair[1] != 0xff;
    pairs
        .into_iter()
        .position(is_marker)
        .map(|offset| from + offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Start, a segment of 4 bytes that happens to hold an end marker, a scan with a stuffed
    /// zero and a restart marker, end.
    const WHOLE: [u8; 19] = [
        0xff, 0xd8, 0xff, 0xe1, 0, 4, 0xff, 0xd9, 0xff, 0xda, 0, 2, 5, 0xff, 0, 0xff, 0xd0, 0xff,
        0xd9,
    ];

    #[test]
    fn a_file_is_whole_only_with_its_last_byte() {
        assert!(is_whole(&WHOLE));
        for end in 0..WHOLE.len() {
            assert!(!is_whole(&WHOLE[..end]), "cut at {end}");
        }
    }

    #[test]
    fn bytes_after_the_end_do_no_harm() {
        assert!(is_whole(&[&WHOLE[..], b"trailer"].concat()));
    }
}
