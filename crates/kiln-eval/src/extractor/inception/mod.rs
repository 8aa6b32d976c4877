//! `inception-tf` and `inception-pt`: Inception v3 with published weights, each looking at pictures
//! the way its reference implementation does.

mod eye;
mod manner;
mod names;
mod published;

pub(super) use eye::InceptionEye;
pub(super) use manner::Manner;
pub use published::{INCEPTION_SHA256, INCEPTION_URLS};

#[cfg(test)]
mod tests;
