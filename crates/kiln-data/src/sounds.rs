//! Folders of sounds: WAV and FLAC of any rate, depth and number of channels, brought to one rate, one
//! channel and one length.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use kiln_core::{Checksum, Medium};
use rayon::prelude::*;

use crate::folder::{self, Listing};
use crate::recording::{RATES, Recording};
use crate::resample::Rates;
use crate::{BadFile, BadFiles, DataError, Labels, OpenOptions, Reason, Source, Split};

/// How sounds are brought to one shape.
#[derive(Debug, Clone, Copy)]
struct Shape {
    /// Samples a second.
    rate: u32,
    /// Samples of a sound.
    length: usize,
}

/// Sounds in memory, of one rate and one channel; each is cut or filled up to one length as it is read.
#[derive(Debug)]
pub struct Sounds {
    name: String,
    shape: Shape,
    files: Vec<PathBuf>,
    clips: Vec<Vec<f32>>,
    labels: Option<Labels>,
    checksum: Checksum,
    checksums: Vec<Checksum>,
    skipped: Vec<BadFile>,
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
        self.shape.length
    }

    /// What a sample is: a sound of this rate.
    pub fn medium(&self) -> Medium {
        Medium::Sound { rate: self.shape.rate }
    }

    /// The class of each sound, if the data has labels.
    pub fn labels(&self) -> Option<&Labels> {
        self.labels.as_ref()
    }

    /// SHA-256 of the files, whatever rate and length were asked for.
    pub fn checksum(&self) -> &Checksum {
        &self.checksum
    }

    /// The files, in the order of their sounds, from where their folder begins.
    pub(crate) fn files(&self) -> &[PathBuf] {
        &self.files
    }

    /// SHA-256 of each file.
    pub(crate) fn checksums(&self) -> &[Checksum] {
        &self.checksums
    }

    /// The bad files that were left out.
    pub fn skipped(&self) -> &[BadFile] {
        &self.skipped
    }

    /// Appends one sound from its beginning, in `[-1, 1]`, with silence where it is too short; gives its
    /// class. The index is taken modulo the number of sounds.
    pub fn append(&self, index: usize, samples: &mut Vec<f32>) -> Option<u32> {
        let index = index % self.clips.len();
        let (clip, end) = (&self.clips[index], samples.len() + self.shape.length);
        samples.extend(clip.iter().take(self.shape.length));
        samples.resize(end, 0.0);
        self.labels.as_ref().and_then(|labels| labels.of.get(index).copied())
    }
}

/// Opens one split of a folder of sounds. First-level subfolders are classes, as of pictures.
///
/// # Errors
///
/// When there is none, rate or length cannot be had, an option is of pictures alone, or files are bad and
/// the options say to stop.
pub fn open_sounds(
    source: &Source,
    split: Split,
    options: &OpenOptions,
) -> Result<Sounds, DataError> {
    let shape = Shape::of(options)?;
    let Source::Path(path) = source else {
        return Err(DataError::BadOption(format!("{source} is no folder of sounds")));
    };
    let listing = folder::list(path, split)?;
    let read = Clips::all(&listing, shape, options.memory)?;
    let Clips { files, clips, checksums, bad } = read;
    if clips.is_empty() || (options.bad_files == BadFiles::Stop && !bad.is_empty()) {
        return Err(DataError::BadFiles { bad, n_files: listing.files.len() });
    }
    let line = |(file, checksum): (&PathBuf, _)| format!("{checksum} {}\n", file.display());
    let lines: String = files.iter().zip(&checksums).map(line).collect();
    Ok(Sounds {
        name: source.name(),
        shape,
        labels: labels(&listing, &files),
        files,
        clips,
        checksum: Checksum::of(lines.as_bytes()),
        checksums,
        skipped: bad,
    })
}

/// Files that were read, each with what is kept of it, and those that could not be.
#[derive(Default)]
struct Clips {
    files: Vec<PathBuf>,
    clips: Vec<Vec<f32>>,
    checksums: Vec<Checksum>,
    bad: Vec<BadFile>,
}

/// Files between two looks at how much memory they take.
const AT_ONCE: usize = 256;

impl Clips {
    fn all(listing: &Listing, shape: Shape, memory: u64) -> Result<Self, DataError> {
        let (mut all, mut bytes) = (Self::default(), 0);
        for files in listing.files.chunks(AT_ONCE) {
            let read: Vec<_> =
                files.par_iter().map(|file| shape.read(&listing.root.join(file))).collect();
            for (file, read) in files.iter().zip(read) {
                match read {
                    Ok((clip, checksum)) => {
                        bytes += size_of_val(&clip[..]) as u64;
                        all.files.push(file.clone());
                        all.clips.push(clip);
                        all.checksums.push(checksum);
                    }
                    Err(reason) => {
                        all.bad.push(BadFile { path: listing.root.join(file), reason });
                    }
                }
            }
            if bytes > memory {
                let path = listing.root.clone();
                return Err(DataError::TooLarge { path, bytes, limit: memory });
            }
        }
        Ok(all)
    }
}

fn labels(listing: &Listing, files: &[PathBuf]) -> Option<Labels> {
    (!listing.classes.is_empty()).then(|| Labels {
        of: folder::labels(files.iter(), &listing.classes),
        classes: listing.classes.clone(),
    })
}

/// Samples that a sound may be asked to have.
const MOST_LENGTH: usize = 1 << 20;
/// Bytes that a file may have.
const MOST_BYTES: u64 = 1 << 28;

impl Shape {
    /// By default that of WaveGAN's paper: a second.
    fn of(options: &OpenOptions) -> Result<Self, DataError> {
        let bad = |message: String| Err(DataError::BadOption(message));
        let [pairs, channels] =
            [options.pairs.is_some() || options.swap, options.channels.is_some()];
        if pairs || channels || !options.without.is_empty() {
            return bad(
                "`pairs`, `swap`, `channels` and `without` are of pictures: leave them out".into(),
            );
        }
        let shape =
            Self { rate: options.rate.unwrap_or(16_000), length: options.size.unwrap_or(16_384) };
        if !(1..=MOST_LENGTH).contains(&shape.length) {
            return bad(format!(
                "{} samples of a sound are not from 1 to {MOST_LENGTH}",
                shape.length
            ));
        }
        match RATES.contains(&shape.rate) {
            true => Ok(shape),
            false => bad(format!("{} samples a second are not from 1000 to 192000", shape.rate)),
        }
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
        let rates = |from| Rates { from, to: self.rate };
        let enough = |rate| rates(rate).reach(self.length);
        let Recording { rate, samples } = Recording::decode(&bytes, enough)?;
        let mut clip = rates(rate).change(&samples, self.length);
        // A louder file, or what the kernel makes of a steep one.
        clip.iter_mut().for_each(|sample| *sample = sample.clamp(-1.0, 1.0));
        Ok((clip, Checksum::of(&bytes)))
    }
}
