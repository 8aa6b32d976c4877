//! Folders of sounds: WAV and FLAC of any rate, depth and number of channels, brought to one rate, one
//! channel and one length.

use std::fs::File;
use std::io::{Cursor, Read};
use std::path::{Path, PathBuf};

use kiln_core::{Checksum, Medium};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::folder::{self, Listing};
use crate::{BadFile, BadFiles, DataError, Labels, OpenOptions, Reason, Source, Split};

/// How sounds are brought to one shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct SoundOptions {
    /// Samples a second.
    pub rate: u32,
    /// Samples of a sound. A shorter one ends in silence.
    pub length: usize,
}

impl Default for SoundOptions {
    /// Those of WaveGAN's paper: a second.
    fn default() -> Self {
        Self { rate: 16_000, length: 16_384 }
    }
}

/// Sounds in memory, of one rate and one channel; each is cut or filled up to one length as it is read.
#[derive(Debug)]
pub struct Sounds {
    name: String,
    options: SoundOptions,
    clips: Vec<Vec<f32>>,
    labels: Option<Labels>,
    checksum: Checksum,
    skipped: Vec<BadFile>,
}

/// A file as it was decoded.
struct Decoded {
    /// Samples a second.
    rate: u32,
    /// One channel, in `[-1, 1]`.
    samples: Vec<f32>,
}

impl Sounds {
    /// How many there are: at least one.
    #[expect(clippy::len_without_is_empty, reason = "opened data is never empty")]
    pub fn len(&self) -> usize {
        self.clips.len()
    }

    /// A short name, fit for a folder.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Samples of each.
    pub fn length(&self) -> usize {
        self.options.length
    }

    /// What a sample is: a sound of this rate.
    pub fn medium(&self) -> Medium {
        Medium::Sound { rate: self.options.rate }
    }

    /// The class of each sound, if the data has labels.
    pub fn labels(&self) -> Option<&Labels> {
        self.labels.as_ref()
    }

    /// SHA-256 of the files, whatever rate and length were asked for.
    pub fn checksum(&self) -> &Checksum {
        &self.checksum
    }

    /// The bad files that were left out.
    pub fn skipped(&self) -> &[BadFile] {
        &self.skipped
    }

    /// Appends one sound from its beginning, in `[-1, 1]`, with silence where it is too short; gives its
    /// class. The index is taken modulo the number of sounds.
    pub fn append(&self, index: usize, samples: &mut Vec<f32>) -> Option<u32> {
        let index = index % self.clips.len();
        let (clip, end) = (&self.clips[index], samples.len() + self.options.length);
        samples.extend(clip.iter().take(self.options.length));
        samples.resize(end, 0.0);
        self.labels.as_ref().and_then(|labels| labels.of.get(index).copied())
    }
}

/// Opens one split of a folder of sounds. First-level subfolders are classes, as of pictures.
///
/// # Errors
///
/// When there is none, rate or length cannot be had, or files are bad and the options say to stop.
pub fn open_sounds(
    source: &Source,
    split: Split,
    sound: SoundOptions,
    options: &OpenOptions,
) -> Result<Sounds, DataError> {
    sound.check()?;
    let Source::Path(path) = source else {
        return Err(DataError::BadOption(format!("{source} is no folder of sounds")));
    };
    let listing = folder::list(path, split)?;
    let n_files = listing.files.len();
    let read = |file: &PathBuf| {
        let full = listing.root.join(file);
        sound.read(&full).map_err(|reason| BadFile { path: full, reason })
    };
    let read: Vec<_> = listing.files.par_iter().map(read).collect();
    let (mut clips, mut kept, mut lines, mut bad) = (Vec::new(), Vec::new(), String::new(), vec![]);
    for (file, clip) in listing.files.iter().zip(read) {
        match clip {
            Ok((clip, checksum)) => {
                lines += &format!("{checksum} {}\n", file.display());
                clips.push(clip);
                kept.push(file.clone());
            }
            Err(file) => bad.push(file),
        }
    }
    if clips.is_empty() || (options.bad_files == BadFiles::Stop && !bad.is_empty()) {
        return Err(DataError::BadFiles { bad, n_files });
    }
    Ok(Sounds {
        name: source.name(),
        options: sound,
        labels: labels(&listing, &kept),
        clips,
        checksum: Checksum::of(lines.as_bytes()),
        skipped: bad,
    })
}

fn labels(listing: &Listing, files: &[PathBuf]) -> Option<Labels> {
    (!listing.classes.is_empty()).then(|| Labels {
        of: folder::labels(files.iter(), &listing.classes),
        classes: listing.classes.clone(),
    })
}

/// Bytes that a file may have.
const MOST_BYTES: u64 = 1 << 28;
/// Samples a second of a file, and of what is made of it.
const RATES: std::ops::RangeInclusive<u32> = 1000..=192_000;

impl SoundOptions {
    fn check(self) -> Result<(), DataError> {
        if !RATES.contains(&self.rate) {
            let message = format!("{} samples a second are not from 1000 to 192000", self.rate);
            return Err(DataError::BadOption(message));
        }
        if !(1..=1 << 22).contains(&self.length) {
            let message = format!("a sound of {} samples is not of 1 to 4194304", self.length);
            return Err(DataError::BadOption(message));
        }
        Ok(())
    }

    /// Reads one file and brings it to the rate; what lies beyond the length is left out.
    fn read(self, path: &Path) -> Result<(Vec<f32>, Checksum), Reason> {
        let file = File::open(path).map_err(|error| Reason::from_io(&error))?;
        let mut bytes = Vec::new();
        let read = file.take(MOST_BYTES + 1).read_to_end(&mut bytes);
        read.map_err(|error| Reason::from_io(&error))?;
        if bytes.len() as u64 > MOST_BYTES {
            let detail = format!("more than {MOST_BYTES} bytes");
            return Err(Reason::Bomb { detail });
        }
        let Decoded { rate, samples } = decode(&bytes)?;
        if !RATES.contains(&rate) {
            let detail = format!("{rate} samples a second");
            return Err(Reason::Damaged { detail });
        }
        Ok((resampled(&samples, rate, self), Checksum::of(&bytes)))
    }
}

/// By the first bytes.
fn decode(bytes: &[u8]) -> Result<Decoded, Reason> {
    match bytes {
        [] => Err(Reason::Empty),
        _ if bytes.starts_with(b"RIFF") => wav(bytes),
        _ if bytes.starts_with(b"fLaC") => flac(bytes),
        _ => Err(Reason::WrongMagic { detail: "neither `RIFF` (WAV) nor `fLaC`".into() }),
    }
}

fn wav(bytes: &[u8]) -> Result<Decoded, Reason> {
    let damaged = |error: hound::Error| match error {
        hound::Error::IoError(error) => Reason::from_io(&error),
        other => Reason::Damaged { detail: other.to_string() },
    };
    let reader = hound::WavReader::new(Cursor::new(bytes)).map_err(damaged)?;
    let spec = reader.spec();
    let samples: Result<Vec<f32>, hound::Error> = match spec.sample_format {
        hound::SampleFormat::Float => reader.into_samples::<f32>().collect(),
        hound::SampleFormat::Int => {
            let scale = full_scale(spec.bits_per_sample.into());
            reader.into_samples::<i32>().map(|value| Ok(value? as f32 * scale)).collect()
        }
    };
    mixed(samples.map_err(damaged)?, spec.channels.into(), spec.sample_rate)
}

fn flac(bytes: &[u8]) -> Result<Decoded, Reason> {
    let damaged = |error: claxon::Error| match error {
        claxon::Error::IoError(error) => Reason::from_io(&error),
        other => Reason::Damaged { detail: other.to_string() },
    };
    let mut reader = claxon::FlacReader::new(Cursor::new(bytes)).map_err(damaged)?;
    let info = reader.streaminfo();
    let scale = full_scale(info.bits_per_sample);
    let samples: Result<Vec<f32>, claxon::Error> =
        reader.samples().map(|value| Ok(value? as f32 * scale)).collect();
    mixed(samples.map_err(damaged)?, info.channels, info.sample_rate)
}

/// What a whole number of so many bits is multiplied by.
fn full_scale(bits: u32) -> f32 {
    (0.5_f64).powi(bits as i32 - 1) as f32
}

/// The mean of the channels.
fn mixed(samples: Vec<f32>, channels: u32, rate: u32) -> Result<Decoded, Reason> {
    let channels = channels.max(1) as usize;
    if samples.len() < channels {
        return Err(Reason::ZeroSize { detail: "no sample".into() });
    }
    let frames = samples.chunks_exact(channels);
    let samples: Vec<f32> =
        frames.map(|frame| frame.iter().sum::<f32>() / channels as f32).collect();
    match samples.iter().all(|sample| sample.is_finite()) {
        true => Ok(Decoded { rate, samples }),
        false => Err(Reason::Damaged { detail: "a sample is no finite number".into() }),
    }
}

/// Zero crossings of the kernel on either side of its middle.
const CROSSINGS: f64 = 16.0;

/// Up to `length` samples at another rate: by a sinc under Hann's window, cut off at the lower of both
/// rates' Nyquist frequencies, so that nothing is folded back.
fn resampled(
    samples: &[f32],
    from: u32,
    SoundOptions { rate: to, length }: SoundOptions,
) -> Vec<f32> {
    let ratio = f64::from(to) / f64::from(from);
    let count = ((samples.len() as f64 * ratio).round() as usize).clamp(1, length);
    if from == to {
        return samples[..count.min(samples.len())].to_vec();
    }
    let cutoff = ratio.min(1.0);
    let reach = CROSSINGS / cutoff;
    let at = |idx: usize| {
        let centre = idx as f64 / ratio;
        let first = (centre - reach).ceil().max(0.0) as usize;
        let last = ((centre + reach).floor() as usize).min(samples.len() - 1);
        let sum = (first..=last).map(|j| {
            let distance = j as f64 - centre;
            let phase = std::f64::consts::PI * distance;
            let sinc = if phase == 0.0 { 1.0 } else { (phase * cutoff).sin() / (phase * cutoff) };
            let window = 0.5 + 0.5 * (phase / reach).cos();
            f64::from(samples[j]) * cutoff * sinc * window
        });
        sum.sum::<f64>() as f32
    };
    (0..count).map(at).collect()
}
