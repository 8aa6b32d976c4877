//! Two-dimensional convolution and its transpose, with their gradients.
//!
//! On Flex they are three [kernels](kernel) of our own; on every other backend Burn's operations,
//! which other number formats than `f32` take on Flex too.

mod autodiff;
mod call;
#[cfg(feature = "flex")]
mod flex;
#[cfg(feature = "flex")]
mod groups;
#[cfg(feature = "flex")]
mod kernel;
mod operation;

pub use call::{conv_transpose2d, conv2d};

#[cfg(test)]
mod tests;
