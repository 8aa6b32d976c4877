//! A trained auto-encoder: its decoder makes pictures, its encoder finds their latents.

use burn::tensor::{Device, Tensor};
use kiln_core::Medium;
use kiln_models::Pass;
use kiln_train::{State, StateError};

use super::model::VaeModel;
use crate::recipe::painter::{Encoder, LatentSpace, Painter};

pub(super) struct VaePainter {
    pub(super) model: VaeModel,
    pub(super) medium: Medium,
    pub(super) space: LatentSpace,
    pub(super) device: Device,
}

impl Painter for VaePainter {
    fn latents(&self) -> LatentSpace {
        self.space
    }

    fn medium(&self) -> Medium {
        self.medium
    }

    fn paint(&self, latents: Tensor<2>, _condition: Option<Tensor<2>>) -> Tensor<4> {
        self.model.decode(latents, &Pass::eval())
    }

    fn encoder(&self) -> Option<&dyn Encoder> {
        Some(self)
    }

    fn load(&mut self, state: &mut State) -> Result<(), StateError> {
        self.model = state.take_module("generator", self.model.clone(), &self.device)?;
        Ok(())
    }

    fn device(&self) -> Device {
        self.device.clone()
    }
}

impl Encoder for VaePainter {
    /// The means: what the encoder holds for likeliest.
    fn encode(&self, pictures: Tensor<4>) -> Tensor<2> {
        self.model.encode(pictures, &Pass::eval()).mean
    }
}
