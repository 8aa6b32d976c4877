//! Variational auto-encoder (Kingma and Welling 2014, "Auto-Encoding Variational Bayes"): the rival of
//! every introduction to GANs.
//!
//! There is no game: an encoder says where the latents of a picture may be, a decoder makes the picture
//! again, and both learn as one. The decoder is any generator and the encoder any critic's body, so
//! that what is compared with a GAN is the objective and nothing else.

mod config;
mod game;
mod model;
mod painter;
#[cfg(test)]
mod tests;

pub use config::{VaeConfig, VaeNetworks};
pub use game::Vae;
pub use model::VaeModel;
