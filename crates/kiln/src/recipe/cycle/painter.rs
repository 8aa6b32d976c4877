//! Trained translators: pictures of one set in, pictures like those of the other out.

use burn::tensor::{Device, Tensor};
use kiln_models::Pass;
use kiln_train::{State, StateError};

use super::ways::{BothWays, Way};
use crate::recipe::painter::{LatentSpace, Painter, Prior};
use crate::recipe::{Conditions, Translator};

/// Both translators for use, of which one is asked.
#[derive(Clone)]
pub(super) struct CyclePainter {
    pub(super) translators: BothWays<Translator>,
    pub(super) way: Way,
    /// `[channels, height, width]`
    pub(super) shape: [usize; 3],
    pub(super) device: Device,
}

impl Painter for CyclePainter {
    /// Its values one after another are what stands in the latent's place.
    fn latents(&self) -> LatentSpace {
        LatentSpace::new(self.shape.iter().product(), Prior::Uniform)
    }

    fn conditions(&self) -> Conditions {
        Conditions::Input(self.shape)
    }

    fn paint(&self, inputs: Tensor<2>, _condition: Option<Tensor<2>>) -> Tensor<4> {
        let [channels, height, width] = self.shape;
        let pictures = inputs.reshape([-1, channels as i64, height as i64, width as i64]);
        self.translators.of(self.way).forward(pictures.into(), &Pass::eval()).value
    }

    fn back(&self) -> Option<Box<dyn Painter>> {
        Some(Box::new(Self { way: self.way.other(), ..self.clone() }))
    }

    fn load(&mut self, state: &mut State) -> Result<(), StateError> {
        self.translators =
            state.take_module("generator", self.translators.clone(), &self.device)?;
        Ok(())
    }

    fn device(&self) -> Device {
        self.device.clone()
    }
}
