//! The networks of StyleGAN2 (Karras et al. 2020, "Analyzing and Improving the Image Quality of
//! StyleGAN"), with the learning rates of all weights equalised.
//!
//! A mapping network makes a style of the latent; the synthesis network grows a learned constant by
//! convolutions that the style modulates, with noise in each, and adds up pictures of every resolution
//! (or, residual, paints the last). The critic is residual and ends with the spread of small groups of
//! samples. Resolutions change by the kernel [1, 3, 3, 1], in the order resample, convolve when going up,
//! which is the authors' transposed convolution and filter but for the border.
//!
//! Widths double each time the resolution halves, from `width` up to `widest`: configuration F has 16384 /
//! side with 512 at most at half its width, as the authors' code takes for 64 x 64.
//!
//! They start from [`Initial::stylegan2`](crate::Initial::stylegan2).

mod block;
mod critic;
mod generator;
mod mapping;

pub use block::{StyleBlock, StyleLayer, ToPicture};
pub use critic::{Stylegan2Critic, Stylegan2CriticConfig, Stylegan2Down};
pub use generator::{Stylegan2Generator, Stylegan2GeneratorConfig};
pub use mapping::Mapping;
