//! The two networks of a translation, by what a user chooses of them.

use burn::tensor::Device;
use kiln_models::{Norm, PatchCritic, PatchCriticConfig, Unet, UnetConfig};
use serde::{Deserialize, Serialize};

use super::config::input_of;
use crate::recipe::{RecipeError, Subject};

/// The networks.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct TranslationNetworks {
    /// Makes pictures of pictures.
    pub generator: UnetShape,
    /// Judges patches of pairs.
    pub critic: PatchShape,
}

/// What is chosen of a [`Unet`]; the rest follows from the pictures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct UnetShape {
    /// Channels at half the resolution.
    pub width: usize,
    /// The most channels.
    pub widest: usize,
    /// After each inner convolution.
    pub norm: Norm,
    /// The probability to drop a unit of the inner doublings while it learns.
    pub dropout: f64,
}

/// What is chosen of a [`PatchCritic`]; the rest follows from the pictures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct PatchShape {
    /// Channels at half the resolution.
    pub width: usize,
    /// The most channels.
    pub widest: usize,
    /// Pixels that a logit sees, along a side: 16, 34 or 70.
    pub field: usize,
    /// After each convolution but the first and the last, or of all weights.
    pub norm: Norm,
}

impl Default for UnetShape {
    /// The paper's, whose batch norm over batches of one is instance norm.
    fn default() -> Self {
        Self { width: 64, widest: 512, norm: Norm::Instance, dropout: 0.5 }
    }
}

impl Default for PatchShape {
    /// The paper's, whose batch norm over batches of one is instance norm.
    fn default() -> Self {
        Self { width: 64, widest: 512, field: 70, norm: Norm::Instance }
    }
}

impl TranslationNetworks {
    /// The generator, on `device`.
    pub(super) fn generator(
        &self,
        subject: &Subject,
        device: &Device,
    ) -> Result<Unet, RecipeError> {
        let UnetShape { width, widest, norm, dropout } = self.generator;
        let ([inputs, ..], [outputs, height, across]) = (input_of(subject)?, subject.picture);
        if height != across {
            let message = format!("a U-Net makes squares, not {across} x {height} pixels");
            return Err(RecipeError::Picture(message));
        }
        let config = UnetConfig { inputs, outputs, size: height, width, widest, norm, dropout };
        Ok(config.init(device)?)
    }

    /// The critic, on `device`.
    pub(super) fn critic(
        &self,
        subject: &Subject,
        device: &Device,
    ) -> Result<PatchCritic, RecipeError> {
        let PatchShape { width, widest, field, norm } = self.critic;
        let ([inputs, ..], [outputs, size, _]) = (input_of(subject)?, subject.picture);
        let channels = inputs + outputs;
        let config = PatchCriticConfig { channels, width, widest, size, field, norm };
        Ok(config.init(device)?)
    }
}
