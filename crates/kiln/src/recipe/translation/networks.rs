//! The networks of translations, by what a user chooses of them.

use burn::module::Module;
use burn::tensor::Device;
use kiln_models::{
    Norm, Pass, ResnetTranslator, ResnetTranslatorConfig, Srresnet, SrresnetConfig, Unet,
    UnetConfig,
};
use kiln_ops::Dual;
use serde::{Deserialize, Serialize};

use super::critics::TranslationCriticShape;
use crate::recipe::RecipeError;

/// The networks.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct TranslationNetworks {
    /// Makes pictures of pictures.
    pub generator: TranslatorShape,
    /// Judges them.
    pub critic: TranslationCriticShape,
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
    /// SRGAN's: a small picture is made larger. Its data is paired as `shrunk-2` or `shrunk-4`.
    Srresnet {
        /// Channels throughout.
        width: usize,
        /// Residual blocks, at the small size.
        blocks: usize,
        /// How many times larger it becomes: that of the data.
        times: usize,
        /// Side of the kernels at both ends; 9 in the paper.
        #[serde(default = "nine")]
        kernel: usize,
        /// After the inner convolutions.
        #[serde(default)]
        norm: Norm,
    },
}

fn instance() -> Norm {
    Norm::Instance
}

fn nine() -> usize {
    9
}

fn half() -> f64 {
    0.5
}

impl Default for TranslatorShape {
    /// pix2pix', whose batch norm over batches of one is instance norm.
    fn default() -> Self {
        Self::Unet { width: 64, widest: 512, norm: instance(), dropout: half() }
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
            Self::Srresnet { width, blocks, times, kernel, norm } => {
                let config =
                    SrresnetConfig { inputs, outputs, size, times, width, blocks, kernel, norm };
                Translator::Srresnet(config.init(device)?)
            }
        })
    }
}

/// Makes pictures of pictures.
#[derive(Module, Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one of it in a game")]
pub enum Translator {
    /// Isola et al. 2017.
    Unet(Unet),
    /// Zhu et al. 2017.
    Resnet(ResnetTranslator),
    /// Ledig et al. 2017.
    Srresnet(Srresnet),
}

impl Translator {
    /// Shape: `[batch, inputs, size, size]` to `[batch, outputs, size, size]`, in `[-1, 1]`.
    pub fn forward(&self, pictures: Dual<4>, pass: &Pass) -> Dual<4> {
        match self {
            Self::Unet(network) => network.forward(pictures, pass),
            Self::Resnet(network) => network.forward(pictures, pass),
            Self::Srresnet(network) => network.forward(pictures, pass),
        }
    }
}
