//! Pictures as a reader leaves them: all of one shape, as bytes, before any resizing.

use kiln_core::Checksum;
use serde::Serialize;

use crate::{DataError, Kind};

/// The class of each picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Labels {
    /// Index into `classes`, for each picture.
    pub of: Vec<u32>,
    /// Names of the classes.
    pub classes: Vec<String>,
}

impl Labels {
    /// Classes named by their numbers, `0` up to the highest that occurs.
    pub fn numbered(of: Vec<u8>) -> Self {
        let n_classes = of.iter().max().map_or(0, |max| usize::from(*max) + 1);
        Self {
            of: of.into_iter().map(u32::from).collect(),
            classes: (0..n_classes).map(|class| class.to_string()).collect(),
        }
    }

    /// How many pictures each class has.
    pub fn counts(&self) -> Vec<usize> {
        let mut counts = vec![0; self.classes.len()];
        for label in &self.of {
            if let Some(count) = counts.get_mut(*label as usize) {
                *count += 1;
            }
        }
        counts
    }

    /// Checks that there is a label for each of `n_pictures` and a name for each label.
    ///
    /// # Errors
    ///
    /// [`DataError::BadOption`] when there is not.
    pub(crate) fn check(&self, n_pictures: usize) -> Result<(), DataError> {
        if self.of.len() != n_pictures {
            let message = format!("{} labels for {n_pictures} pictures", self.of.len());
            return Err(DataError::BadOption(message));
        }
        match self.of.iter().find(|label| **label as usize >= self.classes.len()) {
            None => Ok(()),
            Some(label) => {
                let message = format!("label {label}, but {} classes", self.classes.len());
                Err(DataError::BadOption(message))
            }
        }
    }
}

/// Pictures as a reader leaves them.
#[derive(Debug, Clone)]
pub(crate) struct Gathered {
    pub(crate) kind: Kind,
    /// `[channels, height, width]` of one picture.
    pub(crate) shape: [usize; 3],
    /// `[n, channels, height, width]`
    pub(crate) bytes: Vec<u8>,
    pub(crate) labels: Option<Labels>,
    /// Of the content, whatever the compression of the files.
    pub(crate) checksum: Checksum,
}

impl Gathered {
    pub(crate) fn len(&self) -> usize {
        self.bytes.len() / self.shape.iter().product::<usize>().max(1)
    }
}
