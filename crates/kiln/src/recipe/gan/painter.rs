//! Samples of a trained generator.

use burn::tensor::{Device, Tensor};
use kiln_models::Pass;
use kiln_train::{State, StateError};

use super::networks::Generator;
use crate::recipe::Conditions;
use crate::recipe::painter::{LatentSpace, Painter};

pub(super) struct GanPainter {
    pub(super) generator: Generator,
    pub(super) space: LatentSpace,
    pub(super) conditions: Conditions,
    pub(super) device: Device,
}

impl Painter for GanPainter {
    fn latents(&self) -> LatentSpace {
        self.space
    }

    fn conditions(&self) -> Conditions {
        self.conditions.clone()
    }

    fn paint(&self, latents: Tensor<2>, condition: Option<Tensor<2>>) -> Tensor<4> {
        self.generator.forward(latents, &Pass::eval().of(condition))
    }

    fn load(&mut self, state: &mut State) -> Result<(), StateError> {
        self.generator = state.take_module("generator", self.generator.clone(), &self.device)?;
        Ok(())
    }

    fn device(&self) -> Device {
        self.device.clone()
    }
}
