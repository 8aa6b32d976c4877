//! Weights that others trained: named tensors in a file, as PyTorch or safetensors write them, and
//! how they get into a network.

mod error;
mod file;
mod filling;
mod number;
mod pytorch;
mod safetensors;

pub use error::{Misfit, Misshaped, TensorFileError};
pub(crate) use file::TensorFile;
pub(crate) use filling::{Naming, fill};

#[cfg(test)]
mod tests;
