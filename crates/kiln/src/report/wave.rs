//! Sounds as WAV files: 16 bits a sample.

use std::io::{self, Cursor};

use hound::{SampleFormat, WavSpec, WavWriter};

/// The file of a sound `[channels, 1, time]` with values in `[-1, 1]`; what lies beyond is the nearer of
/// both, and what is no number silence.
///
/// # Errors
///
/// When the sound is longer than a file of this form can be.
pub(super) fn wav(values: &[f32], channels: usize, rate: u32) -> io::Result<Vec<u8>> {
    let time = values.len() / channels.max(1);
    let spec = WavSpec {
        channels: channels as u16,
        sample_rate: rate,
        bits_per_sample: 16,
        sample_format: SampleFormat::Int,
    };
    let mut file = Vec::new();
    let mut writer = WavWriter::new(Cursor::new(&mut file), spec).map_err(io::Error::other)?;
    for at in 0..time {
        for channel in 0..channels {
            // The cast saturates, and makes 0 of NaN.
            let sample = (values[channel * time + at] * 32_767.0).round() as i16;
            writer.write_sample(sample).map_err(io::Error::other)?;
        }
    }
    writer.finalize().map_err(io::Error::other)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_whole_numbers_after_a_header_that_tells_their_bytes() {
        let file = wav(&[0.0, 1.0, -1.0, 7.0, f32::NAN], 1, 8000).unwrap();
        assert_eq!((file.len(), &file[..4], &file[8..16]), (54, &b"RIFF"[..], &b"WAVEfmt "[..]));
        let number =
            |at: usize| u32::from_le_bytes([file[at], file[at + 1], file[at + 2], file[at + 3]]);
        assert_eq!([number(4), number(24), number(28), number(40)], [46, 8000, 16_000, 10]);
        let samples = file[44..].as_chunks().0.iter().map(|bytes| i16::from_le_bytes(*bytes));
        assert_eq!(samples.collect::<Vec<_>>(), [0, 32_767, -32_767, 32_767, 0]);
    }

    #[test]
    fn channels_take_turns() {
        let file = wav(&[0.0, 0.0, 1.0, 1.0], 2, 8000).unwrap();
        assert_eq!(file[44..], [0, 0, 255, 127, 0, 0, 255, 127]);
    }
}
