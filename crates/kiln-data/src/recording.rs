//! WAV and FLAC files of any rate, depth and number of channels, as one channel of numbers.

use flac_codec::decode::{FlacSampleReader, Metadata};
use hound::{SampleFormat, WavReader};

use crate::Reason;
use crate::decode::guarded;

/// Samples a second of a file, and of what is made of it.
pub(crate) const RATES: std::ops::RangeInclusive<u32> = 1000..=192_000;
/// Samples of a channel that are decoded: 256 MB of them.
const MOST_SAMPLES: u64 = 1 << 26;

/// Numbers may go a little beyond 1; beyond this they are on another scale.
const LOUDEST: f32 = 4.0;

/// A file as it was decoded.
pub(crate) struct Recording {
    /// Samples a second.
    pub(crate) rate: u32,
    /// The mean of its channels, at least one sample. Full scale is 1, which numbers with a point may
    /// exceed.
    pub(crate) samples: Vec<f32>,
}

/// What the first bytes of a file say.
struct Header {
    rate: u32,
    channels: usize,
    /// Samples of each channel; a FLAC file may leave it open.
    samples: Option<u64>,
}

impl Recording {
    /// Decodes a file from its beginning; given its rate, `enough` says how many samples are wanted, and
    /// nothing is looked at that comes after.
    pub(crate) fn decode(bytes: &[u8], enough: impl Fn(u32) -> u64) -> Result<Self, Reason> {
        guarded(|| match bytes {
            [] => Err(Reason::Empty),
            _ if bytes.starts_with(b"RIFF") => wav(bytes, enough),
            _ if bytes.starts_with(b"fLaC") => flac(bytes, enough),
            _ => Err(Reason::WrongMagic { detail: "neither `RIFF` (WAV) nor `fLaC`".into() }),
        })
    }
}

fn wav(bytes: &[u8], enough: impl Fn(u32) -> u64) -> Result<Recording, Reason> {
    let broken = |error| match error {
        // Memory is all read without fault, but for its end.
        hound::Error::IoError(error) => Reason::Truncated { detail: error.to_string() },
        hound::Error::Unsupported => Reason::Unsupported { detail: "a WAV of this form".into() },
        other => Reason::Damaged { detail: other.to_string() },
    };
    let reader = WavReader::new(bytes).map_err(broken)?;
    let (spec, samples) = (reader.spec(), Some(u64::from(reader.duration())));
    let header = Header { rate: spec.sample_rate, channels: spec.channels.into(), samples };
    match spec.sample_format {
        SampleFormat::Float => {
            header.mix(reader.into_samples::<f32>().map(|value| value.map_err(broken)), enough)
        }
        SampleFormat::Int => {
            let scale = full_scale(spec.bits_per_sample.into());
            let values = reader.into_samples::<i32>();
            header.mix(values.map(|value| Ok(value.map_err(broken)? as f32 * scale)), enough)
        }
    }
}

fn flac(bytes: &[u8], enough: impl Fn(u32) -> u64) -> Result<Recording, Reason> {
    let broken = |error| match error {
        flac_codec::Error::Io(error) => Reason::Truncated { detail: error.to_string() },
        other => Reason::Damaged { detail: other.to_string() },
    };
    let reader = FlacSampleReader::new(bytes).map_err(broken)?;
    let samples = reader.total_samples();
    let header =
        Header { rate: reader.sample_rate(), channels: reader.channel_count().into(), samples };
    let scale = full_scale(reader.bits_per_sample());
    let values = reader.into_iter();
    header.mix(values.map(|value| Ok(value.map_err(broken)? as f32 * scale)), enough)
}

/// What a whole number of so many bits is multiplied by.
fn full_scale(bits: u32) -> f32 {
    (0.5_f64).powi(bits as i32 - 1) as f32
}

impl Header {
    /// The mean of the channels, whose values take turns.
    fn mix(
        self,
        mut values: impl Iterator<Item = Result<f32, Reason>>,
        enough: impl Fn(u32) -> u64,
    ) -> Result<Recording, Reason> {
        let Self { rate, channels, samples: promised } = self;
        if !RATES.contains(&rate) || channels == 0 {
            let detail = format!("{rate} samples a second, of {channels} channels");
            return Err(Reason::Unsupported { detail });
        }
        let wanted = promised.unwrap_or(u64::MAX).min(enough(rate));
        let mut samples = Vec::new();
        while (samples.len() as u64) < wanted {
            if samples.len() as u64 == MOST_SAMPLES {
                return Err(Reason::Bomb { detail: format!("more than {MOST_SAMPLES} samples") });
            }
            let Some(sample) = mean(values.by_ref().take(channels), channels)? else { break };
            samples.push(sample);
        }
        if samples.is_empty() {
            return Err(Reason::ZeroSize { detail: "no sample".into() });
        }
        let loudest = samples.iter().fold(0.0, |most: f32, sample| most.max(sample.abs()));
        if loudest > LOUDEST {
            let detail = format!("its numbers reach {loudest}, and 1 is as loud as sounds are");
            return Err(Reason::Unsupported { detail });
        }
        match promised {
            Some(_) if (samples.len() as u64) < wanted => {
                Err(Reason::Truncated { detail: format!("{} of {wanted} samples", samples.len()) })
            }
            _ => Ok(Recording { rate, samples }),
        }
    }
}

/// The mean of one value a channel; none at the end.
fn mean(
    values: impl Iterator<Item = Result<f32, Reason>>,
    channels: usize,
) -> Result<Option<f32>, Reason> {
    let (mut sum, mut n) = (0.0, 0);
    for value in values {
        sum += value?;
        n += 1;
    }
    match sum.is_finite() {
        _ if n < channels => Ok(None),
        true => Ok(Some(sum / channels as f32)),
        false => Err(Reason::Damaged { detail: "a sample is no finite number".into() }),
    }
}
