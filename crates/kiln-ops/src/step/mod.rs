//! Steps of optimisers and averages: one pass over each parameter instead of one for every term.
//!
//! Off Flex they are compositions, which Burn's fusion merges on a GPU. The order of operations is
//! the same everywhere.

mod call;
#[cfg(feature = "flex")]
mod flex;
mod operation;

pub use call::{AdamStep, RmsPropStep, adam, approach, rms_prop, scale, square_sum};

#[cfg(test)]
mod tests;
