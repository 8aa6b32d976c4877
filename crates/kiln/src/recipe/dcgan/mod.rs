//! DCGAN: Radford, Metz and Chintala 2016, "Unsupervised Representation Learning with Deep
//! Convolutional Generative Adversarial Networks", section 4 and the authors' code.
//!
//! Departs from the paper: normal latents (as the authors' Torch port) and samples from averaged
//! weights. The default width is sized for the CPU; the paper's is 128 at 64 x 64.

mod config;
mod game;
mod painter;

pub use config::{DcganConfig, ExtraLayers};
pub use game::Dcgan;
