//! How data is to be opened.

use serde::{Deserialize, Serialize};

use crate::{ClassNames, DataError, Pairing};

/// What to do about a file that cannot be used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BadFiles {
    /// Refuse the data and name every bad file.
    #[default]
    Stop,
    /// Go on without them.
    Skip,
}

/// How data is to be opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OpenOptions {
    /// Side of the pictures in pixels; none keeps the size they have. Of sounds the number of samples,
    /// 16,384 unless given; a shorter one ends in silence.
    pub size: Option<usize>,
    /// Samples a second that sounds are brought to, 1,000 to 192,000; 16,000 unless given.
    pub rate: Option<u32>,
    /// 1 for grey or 3 for RGB; none keeps what they have, RGB if any picture is in colour.
    pub channels: Option<usize>,
    /// What to do about files that cannot be used.
    pub bad_files: BadFiles,
    /// How pictures are paired with others, if they are.
    pub pairs: Option<Pairing>,
    /// Whether the two pictures of a pair change places: what was made from is made.
    pub swap: bool,
    /// Classes whose pictures are left out.
    pub without: ClassNames,
    /// A picture file that declares more pixels is refused before it is decoded.
    pub max_pixels: u64,
    /// Bytes that decoded pictures may take. A folder that fits is decoded once and kept; a
    /// larger one is decoded as it is needed; IDX and CIFAR files that do not fit are refused.
    pub memory: u64,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self {
            size: None,
            rate: None,
            channels: None,
            bad_files: BadFiles::Stop,
            pairs: None,
            swap: false,
            without: ClassNames::default(),
            max_pixels: 1 << 26,
            memory: 1 << 30,
        }
    }
}

/// The largest side that can be asked for, in pixels.
const MAX_SIZE: usize = 1 << 14;

impl OpenOptions {
    /// Checks that the options can be followed.
    ///
    /// # Errors
    ///
    /// [`DataError::BadOption`] for a size outside 1 to 16384, channels other than 1 and 3, or a rate,
    /// which sounds have.
    pub fn check(&self) -> Result<(), DataError> {
        if self.rate.is_some() {
            let message = "`data.rate` is of sounds, and these are none: leave it out, or give a folder \
                           of WAV or FLAC";
            return Err(DataError::BadOption(message.into()));
        }
        if let Some(size) = self.size
            && !(1..=MAX_SIZE).contains(&size)
        {
            let message = format!("a picture size of {size} is not between 1 and {MAX_SIZE}");
            return Err(DataError::BadOption(message));
        }
        if let Some(channels) = self.channels
            && channels != 1
            && channels != 3
        {
            let message = format!("pictures have 1 channel (grey) or 3 (RGB), not {channels}");
            return Err(DataError::BadOption(message));
        }
        Ok(())
    }

    /// Checks that no colours are asked of volumes, which have one value a voxel.
    pub(crate) fn check_volumes(&self) -> Result<(), DataError> {
        match self.channels {
            None => Ok(()),
            Some(_) => Err(DataError::BadOption(
                "volumes have one value a voxel: leave `data.channels` out".into(),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_channels_and_size_zero_are_refused() {
        let two = OpenOptions { channels: Some(2), ..OpenOptions::default() };
        let none = OpenOptions { size: Some(0), ..OpenOptions::default() };
        assert!(two.check().is_err() && none.check().is_err());
        assert!(OpenOptions::default().check().is_ok());
    }
}
