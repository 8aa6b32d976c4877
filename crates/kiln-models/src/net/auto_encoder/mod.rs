//! BEGAN's networks: a critic that is an auto-encoder, and a generator that is its decoder with
//! weights of its own. Berthelot et al. 2017, "BEGAN: Boundary Equilibrium Generative Adversarial
//! Networks", section 3.5.
//!
//! 3 x 3 convolutions with ELU, two at each resolution, the last of them halving by its stride in the
//! encoder; doubling is nearest in the decoder. The encoder's width grows by `width` with each
//! halving, the decoder's stays. Linear maps without activation lead to the codes and back, from and
//! to pictures of 8 x 8, or 7 x 7 for sides of 28 and 56. No tanh and no normalisation anywhere.
//!
//! They start from [`Initial::kaiming(1.0)`](crate::Initial::kaiming); the paper names no start.
//!
//! Departs from the paper: no skip connections from the codes and no vanishing residuals, which it
//! reports as refinements.

mod critic;
mod decoder;
mod sides;

pub use critic::{AutoEncoder, AutoEncoderConfig, PixelError};
pub use decoder::{Decoder, DecoderConfig};
