//! Training batch norm and leaky ReLU as one differentiable operation, and single activations.
//!
//! Burn composes batch norm from some ten passes over memory forward and fifteen backward, and the
//! activation adds two each way. Here: two forward (one of them for the statistics), two backward,
//! nothing kept for the backward pass but the input.
//!
//! With `u = (x - mean) r`, `r = 1 / sqrt(variance + epsilon)`, `z = gain u + shift`:
//!
//! - forward: `y = z` where `z > 0`, else `slope z`;
//! - backward: `h = dy` where `z > 0`, else `slope dy`; `d shift = sum h`; `d gain = sum h u`;
//!   `dx = gain r (h - mean(h) - u mean(h u))` (Ioffe and Szegedy 2015, section 3).
//!
//! Sums and means run over every axis but the second. The slope at `z = 0` is `slope`, as in
//! PyTorch, here and in [`leaky_relu`] alike.

#[cfg(feature = "flex")]
mod activation;
mod autodiff;
mod call;
mod composed;
#[cfg(feature = "flex")]
mod flex;
#[cfg(feature = "flex")]
mod kernel;
mod operation;

pub(crate) use call::leaky_relu_along;
pub use call::{Normalization, channel_moments, elu, leaky_relu, normalize, tanh};

#[cfg(test)]
mod tests;
