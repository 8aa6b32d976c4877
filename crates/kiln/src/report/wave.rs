//! Sounds as WAV files: 16 bits a sample, little-endian.

/// The file of a sound `[channels, 1, time]` with values in `[-1, 1]`; what lies beyond is the nearer of
/// both, and what is no number silence.
pub(super) fn wav(values: &[f32], channels: usize, rate: u32) -> Vec<u8> {
    let (channels, time) = (channels.max(1), values.len() / channels.max(1));
    let n_bytes = (2 * channels * time) as u32;
    let mut file = Vec::with_capacity(44 + n_bytes as usize);
    file.extend(b"RIFF");
    file.extend((36 + n_bytes).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    file.extend(1_u16.to_le_bytes()); // whole numbers
    file.extend((channels as u16).to_le_bytes());
    file.extend(rate.to_le_bytes());
    file.extend((rate * 2 * channels as u32).to_le_bytes());
    file.extend((2 * channels as u16).to_le_bytes());
    file.extend(16_u16.to_le_bytes());
    file.extend(b"data");
    file.extend(n_bytes.to_le_bytes());
    for at in 0..time {
        for channel in 0..channels {
            // The cast saturates, and makes 0 of NaN.
            let sample = (values[channel * time + at] * 32_767.0).round() as i16;
            file.extend(sample.to_le_bytes());
        }
    }
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_whole_numbers_after_a_header_that_tells_their_bytes() {
        let file = wav(&[0.0, 1.0, -1.0, 7.0, f32::NAN], 1, 8000);
        assert_eq!((file.len(), &file[..4], &file[8..16]), (54, &b"RIFF"[..], &b"WAVEfmt "[..]));
        let number =
            |at: usize| u32::from_le_bytes([file[at], file[at + 1], file[at + 2], file[at + 3]]);
        assert_eq!([number(4), number(24), number(28), number(40)], [46, 8000, 16_000, 10]);
        let samples = file[44..].as_chunks().0.iter().map(|bytes| i16::from_le_bytes(*bytes));
        assert_eq!(samples.collect::<Vec<_>>(), [0, 32_767, -32_767, 32_767, 0]);
    }

    #[test]
    fn channels_take_turns() {
        let file = wav(&[0.0, 0.0, 1.0, 1.0], 2, 8000);
        assert_eq!(file[44..], [0, 0, 255, 127, 0, 0, 255, 127]);
    }
}
