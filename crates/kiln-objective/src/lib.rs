//! Losses, penalties and regularisers: pure functions of what the critic returns.
//!
//! ```
//! use burn::tensor::{Device, Tensor};
//! use kiln_objective::{Adversarial, Smoothing, Verdict, critic_loss, generator_loss};
//!
//! let logits = |logit: f32| Tensor::<2>::from_floats([[logit]], &Device::flex());
//! let verdict = Verdict { real: logits(2.0), fake: logits(-2.0) };
//! let critic = critic_loss(Adversarial::Hinge, verdict, Smoothing::NONE);
//! let generator = generator_loss(Adversarial::Hinge, logits(-2.0));
//! assert_eq!(critic.into_scalar::<f32>(), 0.0); // both sides clear the margin
//! assert_eq!(generator.into_scalar::<f32>(), 2.0);
//! ```
//!
//! Everywhere, a higher logit means "more real", logits have the shape `[batch, 1]`, and a loss is
//! a mean of shape `[1]` to be made small.

mod adversarial;
pub mod penalty;
mod r1;
mod verdict;

pub use adversarial::{Adversarial, Smoothing, SmoothingError, critic_loss, generator_loss};
pub use r1::{R1, R1Error};
pub use verdict::{Meters, Verdict, accuracy};
