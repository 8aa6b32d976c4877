//! A trained translator: pictures in, pictures out.

use burn::tensor::{Device, Tensor};
use kiln_models::Pass;
use kiln_train::{State, StateError};

use super::networks::Translator;
use crate::recipe::Conditions;
use crate::recipe::painter::{LatentSpace, Painter, Prior};

/// A translator for use. Departs from the paper: nothing is dropped, so a picture is translated the
/// same each time, since the paper found little of the noise left in what is made (section 3.1).
pub(super) struct TranslationPainter {
    pub(super) generator: Translator,
    /// `[channels, height, width]`
    pub(super) input: [usize; 3],
    pub(super) device: Device,
}

impl Painter for TranslationPainter {
    /// Its values one after another are what stands in the latent's place.
    fn latents(&self) -> LatentSpace {
        LatentSpace::new(self.input.iter().product(), Prior::Uniform)
    }

    fn conditions(&self) -> Conditions {
        Conditions::Input(self.input)
    }

    fn paint(&self, inputs: Tensor<2>, _condition: Option<Tensor<2>>) -> Tensor<4> {
        let [channels, height, width] = self.input;
        let pictures = inputs.reshape([-1, channels as i64, height as i64, width as i64]);
        self.generator.forward(pictures.into(), &Pass::eval()).value
    }

    fn load(&mut self, state: &mut State) -> Result<(), StateError> {
        self.generator = state.take_module("generator", self.generator.clone(), &self.device)?;
        Ok(())
    }

    fn device(&self) -> Device {
        self.device.clone()
    }
}
