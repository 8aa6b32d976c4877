//! The residual networks of SNGAN: Miyato et al. 2018, "Spectral Normalization for Generative
//! Adversarial Networks", appendix B.4, after Gulrajani et al. 2017 (WGAN-GP).
//!
//! Each block is `x -> shortcut(x) + residual(x)`. Resampling is nearest doubling in the generator
//! and the mean of 2 x 2 in the critic, folded into the kernel of the convolution beside it. The
//! generator's shortcut is convolved before it is doubled, which is the same map. Widths double
//! each time the resolution halves, from `width` at the full side up to `widest`: the paper's 32 x
//! 32 networks have one width throughout, and those for 64 x 64 and more 64 to 1024.
//!
//! BigGAN (Brock, Donahue and Simonyan 2019, appendix B) adds a self-attention in both networks, spectral
//! normalisation of the generator, slices of the latent a block (hierarchical latents) and an embedding
//! of the class that all blocks share.
//!
//! They start from [`Initial::sngan`](crate::Initial::sngan).

mod critic;
mod generator;

pub use critic::{DownResidual, ResnetCritic, ResnetCriticConfig};
pub use generator::{ResnetGenerator, ResnetGeneratorConfig, UpResidual};
