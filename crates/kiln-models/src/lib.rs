//! Networks only: a config in, a module out.
//!
//! ```
//! use burn::tensor::{Device, Tensor};
//! use kiln_core::{Address, Purpose};
//! use kiln_models::{DcganGeneratorConfig, Initial, Pass, initialise, layers};
//!
//! # fn main() -> Result<(), kiln_models::ConfigError> {
//! let config = DcganGeneratorConfig { width: 8, ..DcganGeneratorConfig::default() };
//! let weights = Address::new(7, Purpose::Weights);
//! let generator = initialise(config.init(&Device::flex())?, &Initial::dcgan(), weights);
//!
//! let latents = Tensor::<2>::zeros([2, config.latents], &Device::flex());
//! let images = generator.forward(latents.into(), &Pass::eval()).value;
//! assert_eq!(images.dims(), [2, 1, 32, 32]); // [batch, channels, height, width]
//! assert_eq!(layers(&generator)[0].kind, "Linear");
//! # Ok(())
//! # }
//! ```
//!
//! Every layer maps a [`Dual`](kiln_ops::Dual) to a [`Dual`](kiln_ops::Dual), so that a critic is
//! written once and serves exact gradient penalties too. How a forward pass treats statistics and
//! dropout is said by a [`Pass`], never guessed. Layers never draw random numbers: first weights
//! come from [`initialise`], masks from the pass, both from addressed streams on the host.

mod config;
mod initial;
mod layer;
mod net;
mod orthonormal;
mod pass;
mod running;
mod table;

pub use config::ConfigError;
pub use initial::{Factor, Initial, WeightRule, initialise};
pub use layer::{
    Activation, BatchNorm, BatchNormConfig, ConditionPlane, ConditionPlaneConfig,
    ConditionalBatchNorm, ConditionalBatchNormConfig, Conv1d, Conv1dConfig, Conv2d, Conv2dConfig,
    Conv3d, Conv3dConfig, ConvTranspose1d, ConvTranspose2d, ConvTranspose2dConfig, ConvTranspose3d,
    ConvTranspose3dConfig, Dropout, DropoutConfig, Embedding, EmbeddingConfig, EqualConv2d,
    EqualLinear, GroupNorm, GroupNormConfig, Linear, LinearConfig, Maxout, MaxoutConfig,
    MinibatchDiscrimination, MinibatchDiscriminationConfig, ModulatedConv2d, ModulatedConv2dConfig,
    Norm, NormLayer, ParametricRelu, ProjectedBatchNorm, ProjectedBatchNormConfig, SelfAttention,
    SelfAttentionConfig, Spectral,
};
pub use net::{
    AutoEncoder, AutoEncoderConfig, Basis, Bordered, Bottleneck, ConvBlock, ConvBlockConfig,
    CriticHead, CriticHeadConfig, DcganCritic, DcganCriticConfig, DcganGenerator,
    DcganGeneratorConfig, Decoder, DecoderConfig, DigitsClassifier, DigitsClassifierConfig,
    DownResidual, Grid8, Grid8Pool, Grid17, Grid35, Inception, InceptionConfig, InceptionLayer,
    InceptionUnit, Mapping, MaxoutCritic, MaxoutCriticConfig, PatchCritic, PatchCriticConfig,
    Perceptron, PerceptronConfig, PixelError, PlainResidual, PlainResnetCritic,
    PlainResnetCriticConfig, PlainResnetGenerator, PlainResnetGeneratorConfig, PlainStage,
    Reduction17, Reduction35, ResnetCritic, ResnetCriticConfig, ResnetGenerator,
    ResnetGeneratorConfig, ResnetTranslator, ResnetTranslatorConfig, SrganCritic,
    SrganCriticConfig, Srresnet, SrresnetBlock, SrresnetConfig, SrresnetUp, StyleBlock, StyleLayer,
    Stylegan2Critic, Stylegan2CriticConfig, Stylegan2Down, Stylegan2Generator,
    Stylegan2GeneratorConfig, ToPicture, TranslatorResidual, TranslatorUp, Unet, UnetConfig,
    UnetUp, UpResidual, Vgg, VggConfig, VggUnit, VolumeCritic, VolumeCriticConfig, VolumeDown,
    VolumeGenerator, VolumeGeneratorConfig, VolumeUp, WaveCritic, WaveCriticConfig, WaveDown,
    WaveGenerator, WaveGeneratorConfig,
};
pub use pass::Pass;
pub use running::Running;
pub use table::{LayerRow, layers, parameter_count};
