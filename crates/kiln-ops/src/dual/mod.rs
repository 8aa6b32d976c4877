//! Forward-mode derivatives: a value that may carry a tangent.
//!
//! A layer maps `(x, dx)` to `(f(x), f'(x) dx)`. The tangent is an ordinary composition of Burn
//! operations on live weights, so one backward pass through it gives the mixed second derivatives
//! that exact gradient penalties need (DESIGN, "Exact penalties").
//!
//! # Adding a rule
//!
//! Most layers are one call of one of four combinators:
//!
//! | The layer is | Rule | Combinator |
//! |---|---|---|
//! | linear in its input | the tangent goes through the same map | [`Dual::linear_map`] |
//! | linear plus a constant | the tangent goes through the map without the constant | [`Dual::affine_map`] |
//! | elementwise | the tangent is multiplied by the slope | [`Dual::elementwise`] |
//! | a product of two values | `d(a b) = da b + a db` | [`Dual::bilinear_map`] |
//!
//! Anything else matches on `tangent` by hand, as [`Dual::normalize_by_batch`] does.

mod affine;
mod border;
mod depth;
mod elementwise;
mod group_norm;
mod minibatch;
mod normalization;
mod pooling;
mod product;
mod resampling;
mod shape;
mod shift;
mod smooth;
mod value;

pub use value::Dual;

#[cfg(test)]
mod tests;
