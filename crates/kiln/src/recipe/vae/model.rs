//! Encoder and decoder, which learn as one network.

use burn::module::Module;
use burn::tensor::Tensor;
use kiln_models::Pass;
use kiln_objective::Posterior;

use crate::recipe::{CriticBody, GeneratorBody};

/// From pictures to latents and back.
#[derive(Module, Debug)]
pub struct VaeModel {
    /// Says where the latents of a picture may be: means, then logarithms of variances.
    pub encoder: CriticBody,
    /// Makes pictures of latents.
    pub decoder: GeneratorBody,
}

impl VaeModel {
    /// Where the latents of pictures `[batch, channels, height, width]` may be.
    pub fn encode(&self, pictures: Tensor<4>, pass: &Pass) -> Posterior {
        Posterior::of(self.encoder.forward(pictures.into(), pass).value)
    }

    /// Shape: `[batch, latents]` to `[batch, channels, height, width]`, in `[-1, 1]`.
    pub fn decode(&self, latents: Tensor<2>, pass: &Pass) -> Tensor<4> {
        self.decoder.moving(latents.into(), pass).value
    }
}
