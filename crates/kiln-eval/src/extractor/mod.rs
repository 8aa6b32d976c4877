//! Extractors: what sees features in pictures, and how one is opened by its name.

mod chunk;
mod config;
mod contract;
mod digits;
mod error;
mod inception;
mod kind;
mod random_conv;
mod raw_pixels;
mod resize;

pub use config::ExtractorConfig;
pub use contract::{Extractor, Pixels, Provenance, Sight};
pub use error::ExtractorError;
pub use inception::{INCEPTION_SHA256, INCEPTION_URLS};
pub use kind::ExtractorKind;

#[cfg(test)]
mod tests;
