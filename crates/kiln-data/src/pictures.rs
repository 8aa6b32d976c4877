//! A data set, opened: pictures of one shape, as bytes.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use burn_dataset::{Dataset, DatasetError};
use kiln_core::{Checksum, Medium};

use crate::folder::Part;
use crate::frame::Frame;
use crate::pairs::Inputs;
use crate::solids::Solids;
use crate::{BadFile, BadFiles, DataError, Kind, Labels, Reason, folder, stacked};

/// One picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Values `0..=255`, `[channels, height, width]`, row-major.
    pub pixels: Vec<u8>,
    /// `[channels, height, width]`
    pub shape: [usize; 3],
    /// Index of its class, if the data has labels.
    pub label: Option<u32>,
}

/// A data set, opened: one or more pictures of one shape, as bytes. Volumes are pictures here, too, whose
/// channels are slices: their [`medium`](Self::medium) says so.
///
/// IDX, CIFAR-10 and folders that fit in the allowed memory are held decoded; a larger folder is
/// decoded picture by picture.
#[derive(Debug)]
pub struct Pictures {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// What a sample is.
    pub(crate) medium: Medium,
    /// `[channels, height, width]`
    pub(crate) shape: [usize; 3],
    pub(crate) len: usize,
    pub(crate) labels: Option<Labels>,
    pub(crate) checksum: Checksum,
    pub(crate) store: Store,
    pub(crate) skipped: Mutex<Vec<BadFile>>,
    /// What each picture is made from, in pairs.
    pub(crate) inputs: Option<Inputs>,
}

/// Where the pixels are.
#[derive(Debug)]
pub(crate) enum Store {
    Memory(Held),
    /// Grey pictures, of which three make a picture.
    Stacked(Held),
    /// Drawn by their numbers.
    Solids(Solids),
    Files {
        paths: Vec<PathBuf>,
        part: Part,
        max_pixels: u64,
        bad_files: BadFiles,
    },
}

/// Pictures in memory, as they are or as they were before they are brought to their shape: whichever
/// takes less.
#[derive(Debug)]
pub(crate) struct Held {
    /// `[n, channels, height, width]`
    pub(crate) bytes: Vec<u8>,
    /// Bytes of one.
    pub(crate) len: usize,
    /// What brings one to its shape when it is read.
    pub(crate) frame: Option<Frame>,
}

impl Held {
    /// Pictures of `len` bytes in their shape.
    pub(crate) fn ready(bytes: Vec<u8>, len: usize) -> Self {
        Self { bytes, len, frame: None }
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.bytes.len() / self.len
    }

    /// Appends one picture in its shape.
    pub(crate) fn append(&self, index: usize, pixels: &mut Vec<u8>) {
        let picture = &self.bytes[index * self.len..][..self.len];
        match &self.frame {
            None => pixels.extend_from_slice(picture),
            Some(frame) => pixels.extend_from_slice(&frame.apply(picture)),
        }
    }

    /// Whether a picture costs no more than a copy or two.
    fn is_quick(&self) -> bool {
        self.frame.as_ref().is_none_or(|frame| !frame.filters())
    }

    /// All pictures in their shape.
    fn all(&self) -> Cow<'_, [u8]> {
        if self.frame.is_none() {
            return Cow::Borrowed(&self.bytes);
        }
        let mut all = Vec::new();
        (0..self.count()).for_each(|index| self.append(index, &mut all));
        Cow::Owned(all)
    }
}

impl Pictures {
    /// Pictures made by the program: `bytes` is `[n, channels, height, width]`.
    ///
    /// # Errors
    ///
    /// [`DataError::BadOption`] when the bytes are not one or more whole pictures of 1 or 3
    /// channels, or the labels do not fit them.
    pub fn new(
        name: &str,
        shape: [usize; 3],
        bytes: Vec<u8>,
        labels: Option<Labels>,
    ) -> Result<Self, DataError> {
        if shape[0] != 1 && shape[0] != 3 {
            let message = format!("pictures have 1 channel or 3, and shape {shape:?} is none");
            return Err(DataError::BadOption(message));
        }
        Self::in_memory((name, Medium::Image), shape, bytes, labels)
    }

    /// Volumes made by the program: `bytes` is `[n, side, side, side]`, 255 solid and 0 empty.
    ///
    /// # Errors
    ///
    /// [`DataError::BadOption`] when the bytes are not one or more whole volumes, or the labels do not
    /// fit them.
    pub fn volumes(
        name: &str,
        side: usize,
        bytes: Vec<u8>,
        labels: Option<Labels>,
    ) -> Result<Self, DataError> {
        Self::in_memory((name, Medium::Volume), [side; 3], bytes, labels)
    }

    fn in_memory(
        (name, medium): (&str, Medium),
        shape: [usize; 3],
        bytes: Vec<u8>,
        labels: Option<Labels>,
    ) -> Result<Self, DataError> {
        let picture_len: usize = shape.iter().product();
        let whole = picture_len > 0 && bytes.len().is_multiple_of(picture_len);
        if bytes.is_empty() || !whole {
            let message = format!("{} bytes are no samples of shape {shape:?}", bytes.len());
            return Err(DataError::BadOption(message));
        }
        let len = bytes.len() / picture_len;
        if let Some(labels) = &labels {
            labels.check(len)?;
        }
        let label_sum = labels.as_ref().map(|labels| format!("{:?}", labels.of));
        let summary = format!("memory {shape:?} {} {label_sum:?}", Checksum::of(&bytes));
        Ok(Self {
            name: name.into(),
            kind: Kind::Memory,
            medium,
            shape,
            len,
            labels,
            checksum: Checksum::of(summary.as_bytes()),
            store: Store::Memory(Held::ready(bytes, picture_len)),
            skipped: Mutex::default(),
            inputs: None,
        })
    }

    /// A short name, fit for a folder.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The form that the data has on disk.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What a sample is: a picture, or a volume.
    pub fn medium(&self) -> Medium {
        self.medium
    }

    /// `[channels, height, width]` of every picture; of a volume, its slices are the channels.
    pub fn shape(&self) -> [usize; 3] {
        self.shape
    }

    /// How many pictures there are: at least one.
    #[expect(clippy::len_without_is_empty, reason = "opened data is never empty")]
    pub fn len(&self) -> usize {
        self.len
    }

    /// The class of each picture and the names of the classes, if the data has labels.
    pub fn labels(&self) -> Option<&Labels> {
        self.labels.as_ref()
    }

    /// SHA-256 of the content: the same for the same data, whatever its path, the compression of
    /// IDX files, or the size that was asked for.
    pub fn checksum(&self) -> &Checksum {
        &self.checksum
    }

    /// All pixels `[n, channels, height, width]`, if they are held decoded.
    pub fn bytes(&self) -> Option<Cow<'_, [u8]>> {
        match &self.store {
            Store::Memory(held) => Some(held.all()),
            Store::Stacked(_) | Store::Solids(_) | Store::Files { .. } => None,
        }
    }

    /// Whether reading a picture is a copy or two: no file, no filter.
    pub(crate) fn is_quick(&self) -> bool {
        match &self.store {
            Store::Memory(held) | Store::Stacked(held) => held.is_quick(),
            Store::Solids(_) | Store::Files { .. } => false,
        }
    }

    /// The bad files that were left out so far, under [`BadFiles::Skip`].
    pub fn skipped(&self) -> Vec<BadFile> {
        self.skipped.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads one picture. If its file turns out to be bad, and bad files are to be skipped, the
    /// next good one stands in: which one depends on the data alone.
    ///
    /// # Errors
    ///
    /// When the index is out of range, or no file can be decoded.
    pub fn picture(&self, index: usize) -> Result<Picture, DataError> {
        let mut pixels = Vec::with_capacity(self.picture_len());
        let label = self.append(index, &mut pixels)?;
        Ok(Picture { pixels, shape: self.shape, label })
    }

    /// Bytes in one picture.
    pub(crate) fn picture_len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Appends the pixels of one picture and returns its label.
    pub(crate) fn append(
        &self,
        index: usize,
        pixels: &mut Vec<u8>,
    ) -> Result<Option<u32>, DataError> {
        if index >= self.len {
            let message = format!("picture {index} is asked for, and there are {}", self.len);
            return Err(DataError::BadOption(message));
        }
        let used = match &self.store {
            Store::Memory(held) => {
                held.append(index, pixels);
                index
            }
            Store::Stacked(held) => {
                for member in stacked::members(index, held.count()) {
                    held.append(member, pixels);
                }
                index
            }
            Store::Solids(solids) => {
                solids.append(index, self.shape[0], pixels);
                index
            }
            Store::Files { paths, part, max_pixels, bad_files } => {
                self.append_file(index, paths, (*part, *max_pixels, *bad_files), pixels)?
            }
        };
        Ok(self.labels.as_ref().and_then(|labels| labels.of.get(used).copied()))
    }

    /// Appends the first good file at or after `index`; returns which one it is.
    fn append_file(
        &self,
        index: usize,
        paths: &[PathBuf],
        (part, max_pixels, bad_files): (Part, u64, BadFiles),
        pixels: &mut Vec<u8>,
    ) -> Result<usize, DataError> {
        let mut last = None;
        for step in 0..paths.len() {
            let used = (index + step) % paths.len();
            match folder::picture(&paths[used], part, self.shape, max_pixels) {
                Ok(decoded) => {
                    pixels.extend(decoded);
                    return Ok(used);
                }
                // A disk that fails is no property of the data: going on would not replay.
                Err(reason) if bad_files == BadFiles::Stop || is_passing(&reason) => {
                    return Err(DataError::file(&paths[used], reason));
                }
                Err(reason) => last = Some(self.skip(&paths[used], reason)),
            }
        }
        let bad: Vec<BadFile> = last.into_iter().collect();
        let n_files = paths.len();
        Err(DataError::BadFiles { bad, n_files })
    }

    fn skip(&self, path: &Path, reason: Reason) -> BadFile {
        let mut skipped = self.skipped.lock().unwrap_or_else(PoisonError::into_inner);
        let bad = BadFile { path: path.into(), reason };
        if !skipped.contains(&bad) {
            skipped.push(bad.clone());
        }
        bad
    }
}

/// Whether the fault may be gone the next time.
fn is_passing(reason: &Reason) -> bool {
    matches!(reason, Reason::Unreadable { .. })
}

impl Dataset<Picture> for Pictures {
    fn get(&self, index: usize) -> Result<Picture, DatasetError> {
        self.picture(index).map_err(DatasetError::new)
    }

    fn len(&self) -> usize {
        self.len
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn burns_trait_hands_out_the_same_pictures() {
        let labels = Labels::numbered(vec![1, 0]);
        let pictures = Pictures::new("two", [1, 1, 2], vec![1, 2, 3, 4], Some(labels)).unwrap();
        let all: Vec<Picture> = pictures.iter().map(Result::unwrap).collect();
        assert_eq!(all[1], pictures.picture(1).unwrap());
        assert_eq!((all[1].pixels.clone(), all[1].label), (vec![3, 4], Some(0)));
        assert!(Dataset::get(&pictures, 2).is_err());
    }

    #[test]
    fn bytes_that_are_no_whole_pictures_are_refused() {
        assert!(Pictures::new("x", [1, 1, 2], vec![1, 2, 3], None).is_err());
        assert!(Pictures::new("x", [1, 1, 2], vec![], None).is_err());
        assert!(Pictures::new("x", [2, 1, 1], vec![1, 2], None).is_err());
        let labels = Labels::numbered(vec![0, 1, 2]);
        assert!(Pictures::new("x", [1, 1, 2], vec![1, 2], Some(labels)).is_err());
    }
}
