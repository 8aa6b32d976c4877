//! Whether a picture file is whole, where its decoder does not say.
//!
//! The JPEG decoder fills what is missing with grey and reports no error, so a truncated download
//! would be trained on; that of WebP calls it corrupt. The files themselves tell: a JPEG ends with
//! a marker (ITU-T T.81, annex B), a WebP begins with its size (RFC 9649, section 2.3), and so does
//! each tag of a TIFF.

use image::ImageFormat;

use crate::{Reason, tiff};

/// Refuses a file that ends before its format says.
pub(crate) fn check(format: ImageFormat, bytes: &[u8]) -> Result<(), Reason> {
    let detail = match format {
        ImageFormat::Jpeg if !ends_with_marker(bytes) => "no end-of-image marker".into(),
        ImageFormat::WebP => match riff_len(bytes) {
            Some(n_bytes) if n_bytes > bytes.len() as u64 => {
                format!("its header promises {n_bytes} bytes, it has {}", bytes.len())
            }
            _ => return Ok(()),
        },
        ImageFormat::Tiff => match tiff::overlong_tag(bytes) {
            Some((tag, n_bytes)) => {
                format!("tag {tag} promises {n_bytes} bytes, the file has {}", bytes.len())
            }
            None => return Ok(()),
        },
        _ => return Ok(()),
    };
    Err(Reason::Truncated { detail })
}

/// Bytes in a RIFF file by its header; `RIFF`, then the bytes that follow the first 8.
fn riff_len(bytes: &[u8]) -> Option<u64> {
    let size: [u8; 4] = bytes.get(4..8)?.try_into().ok()?;
    Some(8 + u64::from(u32::from_le_bytes(size)))
}

/// Whether the end-of-image marker follows the last scan of a JPEG.
fn ends_with_marker(bytes: &[u8]) -> bool {
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
    pairs.into_iter().position(is_marker).map(|offset| from + offset)
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
    fn a_jpeg_is_whole_only_with_its_last_byte() {
        assert!(ends_with_marker(&WHOLE));
        for end in 0..WHOLE.len() {
            assert!(!ends_with_marker(&WHOLE[..end]), "cut at {end}");
        }
    }

    #[test]
    fn bytes_after_the_end_do_no_harm() {
        assert!(ends_with_marker(&[&WHOLE[..], b"trailer"].concat()));
    }

    #[test]
    fn a_webp_is_whole_if_it_has_what_its_header_promises() {
        let whole = b"RIFF\x04\0\0\0WEBP";
        assert_eq!(check(ImageFormat::WebP, whole), Ok(()));
        assert!(check(ImageFormat::WebP, &whole[..11]).is_err());
    }
}
