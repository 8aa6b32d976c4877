//! The linear layer, with its gradients.
//!
//! On Flex it is three [kernels](kernel) of our own; on every other backend Burn's operations, which
//! other number formats than `f32` take on Flex too.

mod autodiff;
mod call;
#[cfg(feature = "flex")]
mod flex;
#[cfg(feature = "flex")]
mod kernel;
mod operation;

pub use call::linear;

#[cfg(test)]
mod tests;
