//! Folders of pictures: listed, surveyed, then decoded.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use kiln_core::{Checksum, Medium};
use rayon::prelude::*;

use crate::decode::{self, Header};
use crate::frame::Frame;
use crate::{BadFile, DataError, Kind, Reason, Split, voxels};

const EXTENSIONS: &[&str] = &[
    "png",
    "jpg",
    "jpeg",
    "webp",
    "gif",
    "bmp",
    "tif",
    "tiff",
    #[cfg(feature = "dicom")]
    "dcm",
];
const VOLUMES: &[&str] = &["binvox", "npy"];
const SOUNDS: &[&str] = &["wav", "flac"];
const TEST_NAMES: [&str; 4] = ["test", "val", "valid", "validation"];

/// The files of one split, by name, in a fixed order: of pictures, volumes or sounds.
#[derive(Debug, Clone)]
pub(crate) struct Listing {
    pub(crate) root: PathBuf,
    /// Relative to `root`, sorted.
    pub(crate) files: Vec<PathBuf>,
    /// Names of the first-level subfolders, sorted; empty unless every file lies in one.
    pub(crate) classes: Vec<String>,
    /// Files that are no pictures by their name.
    pub(crate) n_ignored: usize,
    /// What of each file is taken.
    pub(crate) part: Part,
}

impl Listing {
    /// The same, unless it is of sounds.
    pub(crate) fn seen(self) -> Result<Self, DataError> {
        match self.part {
            Part::Sound => Err(DataError::Sounds { path: self.root }),
            _ => Ok(self),
        }
    }

    /// The form of the data.
    pub(crate) fn kind(&self) -> Kind {
        match self.part {
            Part::Voxels => Kind::VolumeFolder,
            Part::Sound => Kind::SoundFolder,
            _ => Kind::ImageFolder,
        }
    }
}

/// What of a picture file is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// All of it.
    Whole,
    /// The left one of two pictures side by side.
    Left,
    /// The right one.
    Right,
    /// All of a volume.
    Voxels,
    /// All of a sound, which is no picture in any sense.
    Sound,
}

impl Part {
    /// What the samples are that it is a part of.
    pub(crate) fn medium(self) -> Medium {
        if self == Self::Voxels { Medium::Volume } else { Medium::Image }
    }

    /// Reads the header of the part.
    fn header(self, bytes: &[u8], max_pixels: u64) -> Result<Header, Reason> {
        if self == Self::Voxels {
            return voxels::header(bytes, max_pixels);
        }
        let header = decode::header(bytes, max_pixels)?;
        let [height, width] = header.size;
        if matches!(self, Self::Whole | Self::Sound) {
            return Ok(header);
        }
        if !width.is_multiple_of(2) {
            let detail = format!("{width} x {height} pixels, an odd width");
            return Err(Reason::Uneven { detail });
        }
        Ok(Header { size: [height, width / 2], ..header })
    }

    /// The pixels of the part, and their shape `[channels, height, width]`.
    fn cut(self, pixels: Vec<u8>, [channels, height, width]: [usize; 3]) -> (Vec<u8>, [usize; 3]) {
        let half = width / 2;
        let start = match self {
            Self::Whole | Self::Voxels | Self::Sound => return (pixels, [channels, height, width]),
            Self::Left => 0,
            Self::Right => half,
        };
        let rows = pixels.chunks_exact(width.max(1));
        let cut = rows.flat_map(|row| &row[start..start + half]).copied().collect();
        (cut, [channels, height, half])
    }
}

/// Lists the pictures below `folder`, the volumes or the sounds: of what there are most.
///
/// First-level subfolders are classes; pictures deeper down belong to theirs. If all first-level
/// subfolders are splits (`train`, `test`, `val`, ...), the listing begins in that split.
pub(crate) fn list(folder: &Path, split: Split) -> Result<Listing, DataError> {
    let root = split_root(folder, split)?;
    let mut walk = Walk::default();
    walk.enter(&root, Path::new(""))?;
    let Walk { pictures, volumes, sounds, n_ignored, .. } = walk;
    let n_all = n_ignored + pictures.len() + volumes.len() + sounds.len();
    let found = [(pictures, Part::Whole), (volumes, Part::Voxels), (sounds, Part::Sound)];
    // Of equal numbers the last: `kiln sample` draws a picture beside each volume or sound.
    let found = found.into_iter().filter(|(files, _)| !files.is_empty());
    let found = found.max_by_key(|(files, _)| files.len());
    let (mut files, part) = found.unwrap_or((Vec::new(), Part::Whole));
    let n_ignored = n_all - files.len();
    files.sort();
    let classes = classes(&files);
    Ok(Listing { root, files, classes, n_ignored, part })
}

/// The pictures below `folder`, whatever parts and classes it has, by name.
pub(crate) fn pictures(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let mut walk = Walk::default();
    walk.enter(folder, Path::new(""))?;
    walk.pictures.sort();
    Ok(walk.pictures)
}

/// Where a split begins: in its subfolder, if all first-level subfolders are splits.
pub(crate) fn split_root(folder: &Path, split: Split) -> Result<PathBuf, DataError> {
    let names = crate::locate::names(folder)?;
    let folders: Vec<&String> =
        names.iter().filter(|name| !name.starts_with('.') && folder.join(name).is_dir()).collect();
    let is_test = |name: &str| TEST_NAMES.contains(&name);
    let splits =
        !folders.is_empty() && folders.iter().all(|name| *name == "train" || is_test(name));
    match (splits, split) {
        (false, Split::Train) => Ok(folder.into()),
        (true, Split::Train) if folders.iter().any(|name| *name == "train") => {
            Ok(folder.join("train"))
        }
        (true, Split::Test) if folders.iter().any(|name| is_test(name)) => {
            let first = TEST_NAMES.into_iter().find(|test| folders.iter().any(|name| name == test));
            Ok(folder.join(first.unwrap_or_default()))
        }
        _ => Err(DataError::NoSuchSplit {
            path: folder.into(),
            split,
            advice: "a folder of pictures has splits if it holds subfolders `train` and `test`"
                .into(),
        }),
    }
}

#[derive(Default)]
struct Walk {
    pictures: Vec<PathBuf>,
    volumes: Vec<PathBuf>,
    sounds: Vec<PathBuf>,
    n_ignored: usize,
    /// Folders entered, by their real paths: links may run in circles.
    seen: BTreeSet<PathBuf>,
}

impl Walk {
    fn enter(&mut self, root: &Path, inner: &Path) -> Result<(), DataError> {
        let here = root.join(inner);
        let unreadable = |cause| DataError::Unreadable { path: here.clone(), cause };
        if !self.seen.insert(here.canonicalize().map_err(unreadable)?) {
            return Ok(());
        }
        for entry in fs::read_dir(&here).map_err(unreadable)? {
            let name = entry.map_err(unreadable)?.file_name();
            if name.to_string_lossy().starts_with('.') {
                continue;
            }
            let path = inner.join(name);
            let full = root.join(&path);
            if full.is_dir() {
                self.enter(root, &path)?;
            } else if is_special(&full) {
                self.n_ignored += 1;
            } else if ends_in(&path, EXTENSIONS) {
                self.pictures.push(path);
            } else if ends_in(&path, VOLUMES) {
                self.volumes.push(path);
            } else if ends_in(&path, SOUNDS) {
                self.sounds.push(path);
            } else {
                self.n_ignored += 1;
            }
        }
        Ok(())
    }
}

fn ends_in(path: &Path, extensions: &[&str]) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| {
        extensions.iter().any(|known| extension.eq_ignore_ascii_case(known))
    })
}

/// Pipes, sockets and devices, from which a read may never return.
fn is_special(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|meta| !meta.is_file())
}

/// The first-level subfolder of a file.
fn class_of(file: &Path) -> Option<String> {
    let mut parts = file.components();
    let first = parts.next()?;
    // The last component is the file itself.
    parts.next()?;
    Some(first.as_os_str().to_string_lossy().into_owned())
}

fn classes(files: &[PathBuf]) -> Vec<String> {
    let classes: Option<BTreeSet<String>> = files.iter().map(|file| class_of(file)).collect();
    classes.unwrap_or_default().into_iter().collect()
}

/// A file whose header was read.
#[derive(Debug, Clone)]
pub(crate) struct Surveyed {
    /// Relative to the root of the listing.
    pub(crate) path: PathBuf,
    pub(crate) header: Header,
    pub(crate) checksum: Checksum,
}

/// Reads every file once, for its header and its checksum; in the order of the listing.
pub(crate) fn survey(listing: &Listing, max_pixels: u64) -> (Vec<Surveyed>, Vec<BadFile>) {
    sort_out(look(listing, max_pixels))
}

/// The same, the good files and the bad ones in one order.
pub(crate) fn look(listing: &Listing, max_pixels: u64) -> Vec<Result<Surveyed, BadFile>> {
    listing
        .files
        .par_iter()
        .map(|path| {
            let full = listing.root.join(path);
            let found = decode::load(&full, max_pixels).and_then(|bytes| {
                let header = listing.part.header(&bytes, max_pixels)?;
                Ok((header, Checksum::of(&bytes)))
            });
            match found {
                Ok((header, checksum)) => Ok(Surveyed { path: path.clone(), header, checksum }),
                Err(reason) => Err(BadFile { path: full, reason }),
            }
        })
        .collect()
}

/// The good files and the bad ones, each in their order.
pub(crate) fn sort_out(looked: Vec<Result<Surveyed, BadFile>>) -> (Vec<Surveyed>, Vec<BadFile>) {
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for one in looked {
        match one {
            Ok(file) => good.push(file),
            Err(file) => bad.push(file),
        }
    }
    (good, bad)
}

/// Checksum of a folder: names and contents of its files that could be read.
pub(crate) fn checksum(files: &[Surveyed]) -> Checksum {
    let lines: String =
        files.iter().map(|file| format!("{} {}\n", file.checksum, file.path.display())).collect();
    Checksum::of(lines.as_bytes())
}

/// Index of the class of each file.
pub(crate) fn labels<'a>(files: impl Iterator<Item = &'a PathBuf>, classes: &[String]) -> Vec<u32> {
    files
        .filter_map(|file| class_of(file))
        .map(|class| classes.partition_point(|other| *other < class) as u32)
        .collect()
}

/// Reads, decodes and reframes a part of one file.
pub(crate) fn picture(
    path: &Path,
    part: Part,
    shape: [usize; 3],
    max_pixels: u64,
) -> Result<Vec<u8>, Reason> {
    let bytes = decode::load(path, max_pixels)?;
    if part == Part::Voxels {
        return voxels::voxels(&bytes, shape[0], max_pixels);
    }
    let (pixels, from) = decode::pixels(&bytes, max_pixels)?;
    let (pixels, from) = part.cut(pixels, from);
    Ok(Frame::of_pictures(from, shape).apply(&pixels))
}

/// Decodes one file and throws the pixels away.
pub(crate) fn verify(path: &Path, part: Part, max_pixels: u64) -> Result<(), Reason> {
    let bytes = decode::load(path, max_pixels)?;
    if part == Part::Voxels {
        let [side, _] = part.header(&bytes, max_pixels)?.size;
        return voxels::voxels(&bytes, side, max_pixels).map(drop);
    }
    decode::pixels(&bytes, max_pixels).map(drop)
}
