//! Penalties on the slope of a network, with exact gradients on first-order autodiff.
//!
//! [`PenaltyKind`] names what the field uses, and a [`GradientPenalty`] is how a recipe configures
//! one; [`PathLength`] is its like for generators. Their gradients come by forward over reverse.
//!
//! For a critic D with weights w and points `x_i`, the penalty is
//!
//! `P(w) = mean_i phi(|g_i|)`, `g = grad_x sum D(x)`.
//!
//! The gradient of P needs mixed second derivatives, which Burn does not give. But
//! `grad_w P = grad_w sum_i <g_i, v_i>` with `v_i = phi'(|g_i|) g_i / (|g_i| n)` held constant,
//! and `sum_i <g_i, v_i>` is the derivative of `sum D` along `v`: the tangent of the critic, which a
//! [`Dual`](kiln_ops::Dual) carries forward, and one backward pass differentiates. So:
//!
//! 1. reverse: `g`, by an ordinary backward pass whose graph is thrown away;
//! 2. `v`, a constant;
//! 3. forward: the tangent of the critic at `x` along `v`, with live weights: the
//!    [`surrogate`](Penalty::surrogate);
//! 4. reverse: the caller's backward through it gives `grad_w P`, exact to rounding.
//!
//! # What it costs
//!
//! One forward and backward of the critic, then one forward and backward of about twice the size:
//! counted in operations, about three plain critic passes on the same points. Batch norm leaves its
//! fused kernel in the second, so there it costs more than that.
//!
//! # When it is wrong
//!
//! - The closure must be the same function each time it is called: dropout masks must repeat and
//!   running statistics stand still. Give each call its own `pass.again()` (of `kiln_models::Pass`).
//! - The surrogate's *value* is not the penalty (for R1 it is twice that); report
//!   [`value`](Penalty::value), train on the surrogate.
//! - With batch norm by batch statistics, `g_i` holds the influence of a sample on its whole batch,
//!   and the penalty is no longer one of the critic as a function of single samples. The gradient is
//!   still exact; that WGAN-GP's authors advise against it (section 4) is a matter of meaning.
//! - Gradients with respect to the points are not given: the points are constants.
//!
//! A critic that has no tangents, a closure on plain tensors, takes [`penalty_by_differences`].

mod differences;
mod exact;
mod kind;
mod path_length;
mod phi;

pub use differences::penalty_by_differences;
pub use exact::{Penalty, gradient_penalty, input_gradient, interpolate, penalty_along};
pub use kind::{GradientPenalty, PenaltyError, PenaltyKind};
pub use path_length::{Measured, PathLength, PathLengthError, Paths};
pub use phi::Phi;
