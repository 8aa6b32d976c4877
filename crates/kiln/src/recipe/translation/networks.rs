//! The networks of translations, by what a user chooses of them.

use burn::module::Module;
use burn::tensor::Device;
use kiln_models::{
    Norm, Pass, PatchCritic, PatchCriticConfig, ResnetTranslator, ResnetTranslatorConfig, Unet,
    UnetConfig,
};
use kiln_ops::Dual;
use serde::{Deserialize, Serialize};

use crate::recipe::RecipeError;

/// The networks.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct TranslationNetworks {
    /// Makes pictures of pictures.
    pub generator: TranslatorShape,
    /// Judges patches.
    pub critic: PatchShape,
}

/// What is chosen of a [`Translator`]; the rest follows from the pictures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
#[serde(deny_unknown_fields)]
pub enum TranslatorShape {
    /// pix2pix': what is made sees each place of the input at each resolution.
    Unet {
        /// Channels at half the resolution.
        width: usize,
        /// The most channels.
        widest: usize,
        /// After each inner convolution.
        #[serde(default = "instance")]
        norm: Norm,
        /// The probability to drop a unit of the inner doublings while it learns; a half in the
        /// paper.
        #[serde(default = "half")]
        dropout: f64,
    },
    /// CycleGAN's: the input is changed by residual blocks at a quarter of its resolution.
    Resnet {
        /// Channels at the full resolution.
        width: usize,
        /// Residual blocks.
        blocks: usize,
        /// After each convolution but the last.
        #[serde(default = "instance")]
        norm: Norm,
    },
}

fn instance() -> Norm {
    Norm::Instance
}

fn half() -> f64 {
    0.5
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

impl Default for TranslatorShape {
    /// pix2pix', whose batch norm over batches of one is instance norm.
    fn default() -> Self {
        Self::Unet { width: 64, widest: 512, norm: instance(), dropout: half() }
    }
}

impl Default for PatchShape {
    /// pix2pix' and CycleGAN's; the former's batch norm over batches of one is instance norm.
    fn default() -> Self {
        Self { width: 64, widest: 512, field: 70, norm: Norm::Instance }
    }
}

impl TranslatorShape {
    /// The network that makes pictures `[channels, height, width]` of those of so many `inputs`.
    ///
    /// # Errors
    ///
    /// When there is none.
    pub(in crate::recipe) fn init(
        &self,
        inputs: usize,
        [outputs, size, across]: [usize; 3],
        device: &Device,
    ) -> Result<Translator, RecipeError> {
        if size != across {
            let message = format!("a translator makes squares, not {across} x {size} pixels");
            return Err(RecipeError::Picture(message));
        }
        Ok(match *self {
            Self::Unet { width, widest, norm, dropout } => {
                let config = UnetConfig { inputs, outputs, size, width, widest, norm, dropout };
                Translator::Unet(config.init(device)?)
            }
            Self::Resnet { width, blocks, norm } => {
                let config = ResnetTranslatorConfig { inputs, outputs, size, width, blocks, norm };
                Translator::Resnet(config.init(device)?)
            }
        })
    }
}

impl PatchShape {
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
    ) -> Result<PatchCritic, RecipeError> {
        let Self { width, widest, field, norm } = *self;
        let config = PatchCriticConfig { channels, width, widest, size, field, norm };
        Ok(config.init(device)?)
    }
}

/// Makes pictures of pictures.
#[derive(Module, Debug)]
pub enum Translator {
    /// Isola et al. 2017.
    Unet(Unet),
    /// Zhu et al. 2017.
    Resnet(ResnetTranslator),
}

impl Translator {
    /// Shape: `[batch, inputs, size, size]` to `[batch, outputs, size, size]`, in `[-1, 1]`.
    pub fn forward(&self, pictures: Dual<4>, pass: &Pass) -> Dual<4> {
        match self {
            Self::Unet(network) => network.forward(pictures, pass),
            Self::Resnet(network) => network.forward(pictures, pass),
        }
    }
}
