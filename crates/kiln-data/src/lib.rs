//! Bytes on disk to batches on a device: readers, validation, the seekable sampler.
//!
//! A [`Source`] names the data, [`open`] reads and validates it into [`Pictures`], a [`Sampler`]
//! fixes the order, and a [`Loader`] hands out batches, read ahead where that pays. [`check`]
//! validates data without training on it, and [reports](Report) each bad file and why.
//!
//! ```
//! use std::sync::Arc;
//!
//! use burn::tensor::Device;
//! use kiln_data::{Loader, OpenOptions, Sampler, Source, Split, open};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let options = OpenOptions { size: Some(32), ..OpenOptions::default() };
//! let digits = Arc::new(open(&Source::parse("mnist")?, Split::Test, &options)?);
//! assert_eq!((digits.len(), digits.shape()), (10_000, [1, 32, 32]));
//!
//! // Seed 7, batches of 64, 2 workers, from the first sample on.
//! let sampler = Sampler::new(7, digits.len())?;
//! let mut loader = Loader::new(digits, sampler, 64, 2, 0)?;
//! let batch = loader.next_batch()?;
//! assert_eq!(loader.position(), 64);
//!
//! // [batch, channels, height, width], in [-1, 1]
//! let pixels = batch.to_tensor(&Device::flex());
//! assert_eq!(pixels.dims(), [64, 1, 32, 32]);
//! # Ok(())
//! # }
//! ```
//!
//! # What is read
//!
//! | Data | Recognised by |
//! |---|---|
//! | MNIST in the box | the word `mnist` |
//! | three of its digits as one colour picture | the word `stacked-mnist` |
//! | solids of six kinds as voxels, which are drawn | the word `solids` |
//! | points in the plane, which are drawn ([`Mixture`]) | the words `ring8`, `grid25` |
//! | IDX folder, gzip or raw | `*train*images*idx*`, `*t10k*images*idx*` |
//! | CIFAR-10 binary folder | `data_batch_N.bin`, `test_batch.bin` |
//! | folder of pictures | `png jpg jpeg webp gif bmp tif tiff`, and `dcm` with the feature `dicom`; class subfolders become labels |
//! | folder of volumes | `binvox npy`, where there are as many as pictures; likewise |
//! | folder of sounds ([`Sounds`]) | `wav flac`, where there are as many as of either; likewise |
//!
//! With [`OpenOptions::pairs`] each picture has an input that it is made from ([`Pairing`]): made of
//! itself, the left half of its file, or the file of the same name in another folder; or there are two
//! sets that are not paired, each in an order of its own.
//!
//! # Policies
//!
//! - Pictures are cut to their centre square and resized with an antialiased Lanczos-3 filter.
//!   28 x 28 IDX pictures asked for at 32 are padded with zeros instead, as is customary.
//! - Transparency is blended over white, 16 bits become 8, the first frame of an animation counts,
//!   EXIF orientation is applied.
//! - Nothing that a file claims is believed before it is compared with what the file can hold.

mod batch;
mod check;
mod cifar;
mod crew;
mod decode;
#[cfg(feature = "dicom")]
mod dicom;
mod drawing;
mod error;
mod folder;
mod frame;
mod gathered;
mod idx;
mod loader;
mod locate;
mod mixture;
mod mnist;
mod open;
mod options;
mod pairs;
mod pictures;
mod recording;
mod report;
mod request;
mod resample;
mod resize;
mod sampler;
mod sets;
mod shrinking;
mod solids;
mod sounds;
mod source;
mod stacked;
mod tiff;
mod unframed;
mod voxels;
mod whole;
mod without;

pub use batch::{PictureBatch, PixelRange};
pub use check::check;
pub use error::{BadFile, DataError, Reason};
pub use gathered::Labels;
pub use loader::Loader;
pub use locate::Kind;
pub use mixture::Mixture;
pub use open::open;
pub use options::{BadFiles, OpenOptions};
pub use pairs::Pairing;
pub use pictures::{Picture, Pictures};
pub use report::{ClassCount, Paired, Report, Usable, Warning};
pub use request::{Handed, InputPicture, held_out_inputs, read_inputs};
pub use sampler::Sampler;
pub use sets::Arrangement;
pub use sounds::{Sounds, open_sounds};
pub use source::{Source, Split};
pub use unframed::{picture_files, read_picture};
pub use without::ClassNames;
