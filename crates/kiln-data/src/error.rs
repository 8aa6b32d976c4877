//! What can be wrong with data, with the file at fault, the reason, and what to do about it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use thiserror::Error;

use crate::Split;

/// Why a file is of no use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Error)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Reason {
    /// The file holds nothing.
    #[error("the file is empty")]
    Empty,
    /// The file ends too early.
    #[error("truncated: {detail}")]
    Truncated {
        /// What is missing.
        detail: String,
    },
    /// The file goes on after its content.
    #[error("holds more than its header says: {detail}")]
    Surplus {
        /// What was promised and found.
        detail: String,
    },
    /// The first bytes are not those of the format.
    #[error("wrong magic: {detail}")]
    WrongMagic {
        /// What was found and expected.
        detail: String,
    },
    /// The bytes are no picture in a format that is read here.
    #[error("not an image: {detail}")]
    NotAnImage {
        /// What the decoder said.
        detail: String,
    },
    /// A picture without pixels, or a file that declares no pictures.
    #[error("zero size: {detail}")]
    ZeroSize {
        /// What is zero.
        detail: String,
    },
    /// Neither grey nor RGB, with or without alpha.
    #[error("wrong channel count: {detail}")]
    Channels {
        /// What was found.
        detail: String,
    },
    /// The picture, or the file, would take more memory than is allowed.
    #[error("too large: {detail}")]
    Bomb {
        /// What it declares and what is allowed.
        detail: String,
    },
    /// The content contradicts itself.
    #[error("damaged: {detail}")]
    Damaged {
        /// What the decoder said.
        detail: String,
    },
    /// A part of the data that is not there.
    #[error("missing")]
    Missing,
    /// A picture that should be two side by side, and cannot be cut in two.
    #[error("no two pictures side by side: {detail}")]
    Uneven {
        /// Its size.
        detail: String,
    },
    /// The system would not read it.
    #[error("cannot be read: {detail}")]
    Unreadable {
        /// What the system said.
        detail: String,
    },
    /// A sound of a form that is not read.
    #[error("not read: {detail}")]
    Unsupported {
        /// What form it is of.
        detail: String,
    },
    /// The decoder panicked; the panic was caught.
    #[error("the decoder failed on it: {detail}")]
    Panicked {
        /// The message of the panic.
        detail: String,
    },
}

impl Reason {
    /// What a user can do about it, as a clause that begins with a verb.
    pub fn advice(&self) -> &'static str {
        match self {
            Self::Empty | Self::Truncated { .. } | Self::Missing => "fetch the file again",
            Self::Surplus { .. } | Self::WrongMagic { .. } | Self::Damaged { .. } => {
                "fetch the file again, or check that it is what its name says"
            }
            Self::NotAnImage { .. } => "remove the file, or save it anew as PNG",
            Self::ZeroSize { .. } | Self::Panicked { .. } => "remove the file, or save it anew",
            Self::Unsupported { .. } => {
                "save it as WAV of whole numbers, 1000 to 192000 samples a second"
            }
            Self::Channels { .. } => "save the picture as grey or RGB",
            Self::Bomb { .. } => "make it smaller",
            Self::Uneven { .. } => "make its width twice that of one picture",
            Self::Unreadable { .. } => "check the permissions and the disk",
        }
    }

    /// From an error of the file system.
    pub(crate) fn from_io(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Truncated { detail: error.to_string() },
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
                Self::Damaged { detail: error.to_string() }
            }
            _ => Self::Unreadable { detail: error.to_string() },
        }
    }
}

/// A file that is of no use, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BadFile {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub reason: Reason,
}

impl fmt::Display for BadFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path.display(), self.reason)
    }
}

/// What to do where there is nothing at `path`: the repository's own command fills `target/data`.
fn remedy(path: &Path) -> String {
    let fetched = path.strip_prefix("target/data").ok().and_then(|rest| rest.iter().next());
    match fetched.and_then(|name| name.to_str()) {
        Some(name) => {
            format!("`cargo xtask fetch {name}` puts it there, or name yours with --data")
        }
        None => "check the spelling, or write `mnist` for the data in the box".to_owned(),
    }
}

/// Data that cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DataError {
    /// There is nothing at this path.
    #[error("{path} does not exist: {}", remedy(path))]
    NotFound {
        /// The path.
        path: PathBuf,
    },
    /// There is something, but nothing that is read here.
    #[error("{path} holds no data that Kiln reads. Looked for: {}", looked_for.join("; "))]
    Unrecognised {
        /// The path.
        path: PathBuf,
        /// Each kind of data, and how it would have been recognised.
        looked_for: Vec<String>,
    },
    /// The data has no such split.
    #[error("{path} has no {split} split: {advice}")]
    NoSuchSplit {
        /// The path.
        path: PathBuf,
        /// The split.
        split: Split,
        /// Where it would have to be.
        advice: String,
    },
    /// Several data sets lie in one folder.
    #[error(
        "{path} holds several data sets ({}): name the file with the images instead of the folder",
        candidates.join(", ")
    )]
    Ambiguous {
        /// The folder.
        path: PathBuf,
        /// Names of the files that fit.
        candidates: Vec<String>,
    },
    /// Files are bad, and the options say to stop.
    #[error("{}", tell(bad, *n_files))]
    BadFiles {
        /// The bad files; never empty.
        bad: Vec<BadFile>,
        /// How many files were looked at.
        n_files: usize,
    },
    /// Pictures of several sizes, and no size was asked for.
    #[error(
        "{path} holds pictures of several sizes (shorter side {smallest} to {largest} pixels): \
         say which size they shall have, such as --size 64"
    )]
    MixedSizes {
        /// The folder.
        path: PathBuf,
        /// The least shorter side, in pixels.
        smallest: usize,
        /// The greatest shorter side, in pixels.
        largest: usize,
    },
    /// The pictures would not fit in the memory that the options allow.
    #[error(
        "{path} needs {bytes} bytes of memory, and {limit} are allowed: \
         use a smaller size, or raise the limit"
    )]
    TooLarge {
        /// The data.
        path: PathBuf,
        /// Bytes that its pictures take.
        bytes: u64,
        /// Bytes that they may take.
        limit: u64,
    },
    /// Pairs in two folders, of which one is not there.
    #[error(
        "{path} holds no folder `{missing}`: pairs of `folders` lie in `A` and `B` under equal names, \
         and what is `unpaired` in `A` and `B`, in the folder itself or in its `train` and `test`"
    )]
    NoPairFolder {
        /// The folder.
        path: PathBuf,
        /// Which of its two is missing.
        missing: &'static str,
    },
    /// Pictures without the other half of the pair.
    #[error("{}", tell_alone(alone))]
    Alone {
        /// The pictures, and where their partners would have to be; never empty.
        alone: Vec<(PathBuf, PathBuf)>,
    },
    /// Two pictures of a pair that are not of one size.
    #[error(
        "{input} has {} x {} pixels and {target} has {} x {}: the two pictures of a pair must be of \
         one size, since each pixel becomes the one at its place",
        sizes[0][1], sizes[0][0], sizes[1][1], sizes[1][0]
    )]
    UnequalPair {
        /// The first picture.
        input: PathBuf,
        /// The second.
        target: PathBuf,
        /// Height and width of each.
        sizes: [[usize; 2]; 2],
    },
    /// Sounds where pictures were looked for.
    #[error("{path} holds sounds (wav, flac), and pictures or volumes are wanted here")]
    Sounds {
        /// The folder.
        path: PathBuf,
    },
    /// An argument that cannot be followed.
    #[error("{0}")]
    BadOption(String),
    /// A folder that cannot be listed.
    #[error("cannot read {path}: {cause}")]
    Unreadable {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// A worker of the loader failed in a way that no file explains.
    #[error("a data worker failed at sample {position}: {detail}; this is a bug in Kiln")]
    Worker {
        /// Position of the first sample of its batch.
        position: u64,
        /// What happened.
        detail: String,
    },
}

impl DataError {
    /// One bad file among one.
    pub(crate) fn file(path: impl Into<PathBuf>, reason: Reason) -> Self {
        let path = path.into();
        Self::BadFiles { bad: vec![BadFile { path, reason }], n_files: 1 }
    }
}

/// Bad files that a message names before it only counts.
const NAMED: usize = 5;

fn tell_alone(alone: &[(PathBuf, PathBuf)]) -> String {
    let named = alone.iter().take(NAMED).map(|(one, other)| {
        format!("{} has no partner {}", one.display(), other.with_extension("*").display())
    });
    let more = alone.len().saturating_sub(NAMED);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    let named: Vec<_> = named.collect();
    format!("{}{more}; add the missing pictures, or remove those without", named.join("; "))
}

fn tell(bad: &[BadFile], n_files: usize) -> String {
    if let [only] = bad {
        let advice = only.reason.advice();
        return match n_files {
            1 => format!("{only}; {advice}"),
            _ => format!("{only}; {advice}, or go on without it (--set data.bad-files=skip)"),
        };
    }
    let named: Vec<String> = bad.iter().take(NAMED).map(BadFile::to_string).collect();
    let more = bad.len().saturating_sub(NAMED);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    format!(
        "{} of {n_files} files are bad: {}{more}; repair or remove them, or go on \
         without them (--set data.bad-files=skip)",
        bad.len(),
        named.join("; ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bad(n: usize) -> DataError {
        let file =
            |idx| BadFile { path: PathBuf::from(format!("{idx}.png")), reason: Reason::Empty };
        DataError::BadFiles { bad: (0..n).map(file).collect(), n_files: 9 }
    }

    #[test]
    fn one_bad_file_is_named_with_its_reason_and_advice() {
        assert_eq!(
            bad(1).to_string(),
            "0.png: the file is empty; fetch the file again, or go on without it (--set \
             data.bad-files=skip)"
        );
        let alone = DataError::file(Path::new("0.png"), Reason::Empty);
        assert_eq!(alone.to_string(), "0.png: the file is empty; fetch the file again");
    }

    #[test]
    fn many_bad_files_are_named_up_to_five_and_then_counted() {
        let message = bad(7).to_string();
        assert!(message.starts_with("7 of 9 files are bad: 0.png: "));
        assert!(message.contains("4.png") && !message.contains("5.png"));
        assert!(message.contains("and 2 more"));
    }
}
