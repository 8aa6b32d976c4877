//! The critics of translations, by what a user chooses of them.

use burn::module::Module;
use burn::tensor::Device;
use kiln_models::{Norm, Pass, PatchCritic, PatchCriticConfig, SrganCritic, SrganCriticConfig};
use kiln_ops::Dual;
use serde::{Deserialize, Serialize};

use crate::recipe::RecipeError;

/// What is chosen of a [`TranslationCritic`]; the rest follows from the pictures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
#[serde(deny_unknown_fields)]
pub enum TranslationCriticShape {
    /// pix2pix' and CycleGAN's: a logit for each patch.
    Patch {
        /// Channels at half the resolution.
        width: usize,
        /// The most channels.
        widest: usize,
        /// Pixels that a logit sees, along a side: 16, 34 or 70.
        field: usize,
        /// After each convolution but the first and the last, or of all weights.
        #[serde(default = "instance")]
        norm: Norm,
    },
    /// SRGAN's: a logit for the picture.
    Srgan {
        /// Channels at the full resolution.
        width: usize,
        /// After each convolution but the first, or of all weights.
        #[serde(default)]
        norm: Norm,
    },
}

fn instance() -> Norm {
    Norm::Instance
}

impl Default for TranslationCriticShape {
    /// pix2pix' and CycleGAN's; the former's batch norm over batches of one is instance norm.
    fn default() -> Self {
        Self::Patch { width: 64, widest: 512, field: 70, norm: Norm::Instance }
    }
}

impl TranslationCriticShape {
    /// The critic of pictures of so many `channels`, or of joined pairs of them, and of this side.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub(in crate::recipe) fn init(
        &self,
        channels: usize,
        size: usize,
        device: &Device,
    ) -> Result<TranslationCritic, RecipeError> {
        Ok(match *self {
            Self::Patch { width, widest, field, norm } => {
                let config = PatchCriticConfig { channels, width, widest, size, field, norm };
                TranslationCritic::Patch(config.init(device)?)
            }
            Self::Srgan { width, norm } => {
                let config = SrganCriticConfig { channels, size, width, norm };
                TranslationCritic::Srgan(config.init(device)?)
            }
        })
    }
}

/// Judges pictures: a higher logit means "more real".
#[derive(Module, Debug)]
pub enum TranslationCritic {
    /// Isola et al. 2017.
    Patch(PatchCritic),
    /// Ledig et al. 2017.
    Srgan(SrganCritic),
}

impl TranslationCritic {
    /// All logits of each picture, for the objective. Shape: `[batch, channels, size, size]` to
    /// `[batch logits, 1]`.
    pub fn forward(&self, pictures: Dual<4>, pass: &Pass) -> Dual<2> {
        match self {
            Self::Patch(network) => network.forward(pictures, pass),
            Self::Srgan(network) => network.forward(pictures, pass),
        }
    }

    /// One logit a picture, for penalties. Shape: `[batch, channels, size, size]` to `[batch, 1]`.
    pub fn opinion(&self, pictures: Dual<4>, pass: &Pass) -> Dual<2> {
        match self {
            Self::Patch(network) => network.opinion(pictures, pass),
            Self::Srgan(network) => network.forward(pictures, pass),
        }
    }
}
