//! Samples of a trained generator.

use burn::tensor::{Device, Tensor};
use kiln_core::Medium;
use kiln_models::Pass;
use kiln_train::{State, StateError};

use super::encoding::GanEncoder;
use super::networks::{Critic, Generator};
use crate::recipe::Conditions;
use crate::recipe::painter::{Encoder, LatentSpace, Painter, Seen};

pub(super) struct GanPainter {
    pub(super) generator: Generator,
    pub(super) medium: Medium,
    pub(super) space: LatentSpace,
    pub(super) conditions: Conditions,
    /// Where an encoder is taught.
    pub(super) tellers: Option<Tellers>,
    /// How near to the mean style it paints, where it has styles.
    pub(super) truncation: Option<f64>,
    pub(super) device: Device,
}

/// What tells pictures from what is made of them.
pub(super) struct Tellers {
    pub(super) encoder: GanEncoder,
    pub(super) critic: Critic,
    pub(super) kappa: f64,
}

impl Painter for GanPainter {
    fn latents(&self) -> LatentSpace {
        self.space
    }

    fn conditions(&self) -> Conditions {
        self.conditions.clone()
    }

    fn medium(&self) -> Medium {
        self.medium
    }

    fn paint(&self, latents: Tensor<2>, condition: Option<Tensor<2>>) -> Tensor<4> {
        let pass = Pass::eval().of(condition);
        match self.generator.stylist().zip(self.truncation) {
            Some((network, share)) => {
                let styles = network.styles(latents.into(), &pass).value;
                network.paint(network.truncated(styles, share).into(), &pass).value
            }
            None => self.generator.forward(latents, &pass),
        }
    }

    fn truncate(&mut self, share: f32) -> bool {
        self.truncation = self.generator.stylist().map(|_| f64::from(share));
        self.truncation.is_some()
    }

    fn encoder(&self) -> Option<&dyn Encoder> {
        let taught = self.tellers.as_ref().map(|tellers| tellers as &dyn Encoder);
        taught.or_else(|| self.generator.stylist().map(|network| network as &dyn Encoder))
    }

    fn load(&mut self, state: &mut State) -> Result<(), StateError> {
        self.generator = state.take_module("generator", self.generator.clone(), &self.device)?;
        if let Some(tellers) = &mut self.tellers {
            let device = &self.device;
            tellers.encoder = state.take_module("encoder", tellers.encoder.clone(), device)?;
            tellers.critic = state.take_module("critic", tellers.critic.clone(), device)?;
        }
        Ok(())
    }

    fn device(&self) -> Device {
        self.device.clone()
    }
}

impl Encoder for Tellers {
    fn encode(&self, pictures: Tensor<4>) -> Tensor<2> {
        self.encoder.forward(pictures, &Pass::eval())
    }

    fn see(&self, pictures: Tensor<4>) -> Option<Seen> {
        let features = self.critic.features(pictures.into(), &Pass::eval()).value;
        Some(Seen { features, weight: self.kappa })
    }
}
