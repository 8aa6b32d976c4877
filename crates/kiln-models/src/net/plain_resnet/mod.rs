//! Residual networks without any normalisation: Huang et al. 2024, "The GAN is dead; long live the
//! GAN! A Modern Baseline GAN" (R3GAN), section 3 and the authors' `Networks.py`.
//!
//! Generator and critic mirror each other: at each resolution residual blocks `x + c(b(a(x)))` of a
//! 1 x 1, a 3 x 3 and a 1 x 1 convolution with leaky ReLUs 0.2 between them, and between two
//! resolutions bilinear resampling with a 1 x 1 convolution where the width changes. At the smallest
//! resolution learned pictures stand in ([`Basis`]). The picture comes from a last 1 x 1 convolution
//! and is not limited by a tanh.
//!
//! They start "fixed up" ([`Initial::fix_up`](crate::Initial::fix_up)): the last convolution of each
//! block at zero, the others smaller by `L^(-1/4)` for `L` blocks.
//!
//! The 3 x 3 convolution joins all channels and is as wide as its block, or is wider and in groups
//! ([`Bottleneck`]): the paper's configurations D and E.
//!
//! Departs from the paper: bilinear resampling is between the centres of pixels, with weights 1/4 and
//! 3/4 upwards and the mean of 2 x 2 downwards; the authors' filter is `[1, 2, 1]`.

mod basis;
mod block;
mod critic;
mod generator;

pub use basis::Basis;
pub use block::{Bottleneck, PlainResidual, PlainStage};
pub use critic::{PlainResnetCritic, PlainResnetCriticConfig};
pub use generator::{PlainResnetGenerator, PlainResnetGeneratorConfig};
