//! Samples of a trained generator.

use burn::tensor::{Device, Tensor};
use kiln_models::{DcganGenerator, Pass};
use kiln_train::{State, StateError};

use crate::recipe::painter::{LatentSpace, Painter, Prior};

pub(super) struct DcganPainter {
    pub(super) generator: DcganGenerator,
    pub(super) latents: usize,
    pub(super) device: Device,
}

impl Painter for DcganPainter {
    fn latents(&self) -> LatentSpace {
        LatentSpace { width: self.latents, prior: Prior::Normal }
    }

    fn paint(&self, latents: Tensor<2>) -> Tensor<4> {
        self.generator.forward(latents.into(), &Pass::eval()).value
    }

    fn load(&mut self, state: &mut State) -> Result<(), StateError> {
        self.generator = state.take_module("generator", self.generator.clone(), &self.device)?;
        Ok(())
    }

    fn device(&self) -> Device {
        self.device.clone()
    }
}
