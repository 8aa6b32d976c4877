//! Networks: plain configurations in which the resolution is a field, and the modules they make.

mod auto_encoder;
mod conv_block;
mod dcgan;
mod digits;
mod head;
mod inception;
mod maxout_critic;
mod patch_critic;
mod perceptron;
#[cfg(test)]
mod pinned;
mod plain_resnet;
mod resnet;
mod resnet_translator;
mod srgan_critic;
mod srresnet;
mod stages;
mod stylegan2;
mod unet;
mod vgg;
mod volume;
mod wave;

pub use auto_encoder::{AutoEncoder, AutoEncoderConfig, Decoder, DecoderConfig, PixelError};
pub use conv_block::{ConvBlock, ConvBlockConfig};
pub use dcgan::{DcganCritic, DcganCriticConfig, DcganGenerator, DcganGeneratorConfig};
pub use digits::{DigitsClassifier, DigitsClassifierConfig};
pub use head::{CriticHead, CriticHeadConfig};
pub use inception::{
    Grid8, Grid8Pool, Grid17, Grid35, Inception, InceptionConfig, InceptionLayer, InceptionUnit,
    Reduction17, Reduction35,
};
pub use maxout_critic::{MaxoutCritic, MaxoutCriticConfig};
pub use patch_critic::{PatchCritic, PatchCriticConfig};
pub use perceptron::{Perceptron, PerceptronConfig};
#[cfg(test)]
pub(crate) use pinned::{check_tangent, reached, table};
pub use plain_resnet::{
    Basis, Bottleneck, PlainResidual, PlainResnetCritic, PlainResnetCriticConfig,
    PlainResnetGenerator, PlainResnetGeneratorConfig, PlainStage,
};
pub use resnet::{
    DownResidual, ResnetCritic, ResnetCriticConfig, ResnetGenerator, ResnetGeneratorConfig,
    UpResidual,
};
pub use resnet_translator::{
    Bordered, ResnetTranslator, ResnetTranslatorConfig, TranslatorResidual, TranslatorUp,
};
pub use srgan_critic::{SrganCritic, SrganCriticConfig};
pub use srresnet::{Srresnet, SrresnetBlock, SrresnetConfig, SrresnetUp};
pub use stylegan2::{
    Mapping, StyleBlock, StyleLayer, Stylegan2Critic, Stylegan2CriticConfig, Stylegan2Down,
    Stylegan2Generator, Stylegan2GeneratorConfig, ToPicture,
};
pub use unet::{Unet, UnetConfig, UnetUp};
pub use vgg::{Vgg, VggConfig, VggUnit};
pub use volume::{
    VolumeCritic, VolumeCriticConfig, VolumeDown, VolumeGenerator, VolumeGeneratorConfig, VolumeUp,
};
pub use wave::{WaveCritic, WaveCriticConfig, WaveDown, WaveGenerator, WaveGeneratorConfig};
