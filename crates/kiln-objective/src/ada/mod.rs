//! Adaptive augmentation of what the critic sees, real and fake alike (Karras et al. 2020,
//! "Training Generative Adversarial Networks with Limited Data", section 2 and appendix B): the
//! authors' set "bgc", pixel blits, geometry and colour.
//!
//! Each of these happens to a sample with probability `p`, in this order, with `u` uniform in
//! `[0, 1)` and `n` standard normal:
//!
//! | transform | what it does |
//! |---|---|
//! | flip | left and right change places, for `u < 1/2` |
//! | quarter turns | `floor(4 u)` of them |
//! | whole shift | by `round((2 u - 1) / 8 side)` pixels a side |
//! | scale | both sides by `2^(n / 5)` |
//! | turn | by `(2 u - 1) pi`, before the stretch, with probability `1 - sqrt(1 - p)` |
//! | stretch | width by `2^(n / 5)`, height by the inverse |
//! | turn | the same once more, after the stretch |
//! | shift | by `n / 8` of each side |
//! | brightness | `+ n / 5` |
//! | contrast | `x 2^(n / 2)` |
//! | luma flip | the mean of the channels changes sign, for `u < 1/2` |
//! | hue | the channels turn about their mean by `(2 u - 1) pi` |
//! | saturation | the distance to their mean `x 2^n` |
//!
//! One channel has no hue and no saturation; hue takes three. Pixels are in `[-1, 1]`.
//!
//! A recipe configures an [`Ada`]; how `p` follows the critic is in [`AdaController`].

mod colour;
mod config;
mod controller;
mod draws;
mod geometry;
mod resample;
mod transforms;

pub use config::Ada;
pub use controller::{AdaController, AdaStrength, AdaStrengthError, real_signs};
pub use draws::AdaDraws;
pub use transforms::AdaTransforms;

#[cfg(test)]
mod tests;
