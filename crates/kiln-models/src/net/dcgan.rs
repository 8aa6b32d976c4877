//! DCGAN: Radford, Metz and Chintala 2016, "Unsupervised Representation Learning with Deep
//! Convolutional Generative Adversarial Networks".
//!
//! 4 x 4 kernels with stride 2, as in the authors' Torch port, and offsets where no batch norm
//! follows: without one at the output the generator can lose the background, which is most of a
//! digit, and stay grey (seen once on MNIST, with smoothed labels); batch norm
//! everywhere but at the generator's output and the critic's input; ReLU in the generator, leaky
//! ReLU 0.2 in the critic, tanh at the end of the generator.
//!
//! Every picture grows from 4 x 4: one of side 28 by way of 7 x 7, with a 3 x 3 kernel. Growing it
//! from 7 x 7, as is often done, leaves the critic with features that see 10 x 10 pixels, and digits
//! whose strokes do not belong together. Widths double each time the resolution halves, from `width`
//! at half the side.
//!
//! Extra layers, as the code of Arjovsky et al. 2017 (WGAN) has them, see more of the picture at no
//! other resolution: with one, digits hold together.

use burn::module::Module;
use burn::tensor::Device;
use kiln_ops::Dual;
use serde::{Deserialize, Serialize};

use super::conv_block::{ConvBlock, ConvBlockConfig};
use super::head::{CriticHead, CriticHeadConfig};
use crate::config::{at_least_one, one};
use crate::{
    Activation, ConfigError, Conv2d, Conv2dConfig, ConvTranspose2d, ConvTranspose2dConfig, Linear,
    LinearConfig, Norm, NormLayer, Pass,
};

const LEAKY: Activation = Activation::LeakyRelu { slope: 0.2 };

/// Configuration of a [`DcganGenerator`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DcganGeneratorConfig {
    /// Width of a latent vector.
    pub latents: usize,
    /// Channels of a picture: 1 for grey, 3 for colour.
    pub channels: usize,
    /// Channels at half the resolution.
    pub width: usize,
    /// Side of a picture: 28, 32, 64, or any other 4 or 7 times a power of two, from 8 on.
    pub size: usize,
    /// 3 x 3 convolutions with batch norm after each doubling but the last; the paper has none.
    pub extra_layers: usize,
    /// Width of the conditions that its batch norms follow, such as the number of classes; 0 for
    /// none.
    #[serde(default)]
    pub classes: usize,
}

impl Default for DcganGeneratorConfig {
    fn default() -> Self {
        Self { latents: 100, channels: 1, width: 64, size: 32, extra_layers: 0, classes: 0 }
    }
}

impl DcganGeneratorConfig {
    /// Checks that there is such a network.
    ///
    /// # Errors
    ///
    /// When a width is zero or the size does not halve down to 4 or 7.
    pub fn validate(&self) -> Result<(), ConfigError> {
        at_least_one("latents", self.latents)?;
        Pyramid::new(self.size, self.channels, self.width).map(drop)
    }

    /// The network, on `device`; weights wait for [`initialise`](crate::initialise).
    ///
    /// # Errors
    ///
    /// As [`validate`](Self::validate).
    pub fn init(&self, device: &Device) -> Result<DcganGenerator, ConfigError> {
        self.validate()?;
        let pyramid = Pyramid::new(self.size, self.channels, self.width)?;
        let (top, kernels) = (pyramid.widths[0], pyramid.kernels());
        let norm = |width| NormLayer::batch_norm(width, self.classes, Activation::Relu, device);
        let same =
            |width| ConvBlockConfig::same(width, Activation::Relu).with_classes(self.classes);
        let blocks = pyramid.widths.windows(2).zip(kernels).map(|(pair, kernel)| UpBlock {
            conv: up(pair[0], pair[1], kernel).init(device),
            norm: norm(pair[1]),
            extra: keep(self.extra_layers, &same(pair[1]), device),
        });
        Ok(DcganGenerator {
            project: LinearConfig::new(self.latents, top * START * START)
                .with_bias(false)
                .init(device),
            norm: norm(top),
            blocks: blocks.collect(),
            paint: up(self.width, self.channels, 4).with_bias(true).init(device),
        })
    }
}

/// Makes pictures in `[-1, 1]` from latent vectors.
#[derive(Module, Debug)]
pub struct DcganGenerator {
    /// From a latent to the smallest picture. The papers' transposed convolution from 1 x 1 is the
    /// same map.
    pub project: Linear,
    /// After it, with its ReLU.
    pub norm: NormLayer,
    /// Each doubles the resolution.
    pub blocks: Vec<UpBlock>,
    /// The last doubling, to the picture.
    pub paint: ConvTranspose2d,
}

/// Transposed convolution, batch norm, ReLU; then the extra layers.
#[derive(Module, Debug)]
pub struct UpBlock {
    /// Doubles the resolution.
    pub conv: ConvTranspose2d,
    /// With its ReLU.
    pub norm: NormLayer,
    /// These keep it.
    pub extra: Vec<ConvBlock>,
}

impl UpBlock {
    fn forward(&self, x: Dual<4>, pass: &Pass) -> Dual<4> {
        let x = self.norm.forward(self.conv.forward(x, pass), pass); // resolution times 2
        self.extra.iter().fold(x, |x, layer| layer.forward(x, pass))
    }
}

impl DcganGenerator {
    /// Shape: `[batch, latents]` to `[batch, channels, size, size]`, in `[-1, 1]`.
    pub fn forward(&self, latents: Dual<2>, pass: &Pass) -> Dual<4> {
        let [batch, _] = latents.dims();
        let x = self.project.forward(latents, pass);
        let width = x.dims()[1] / (START * START);
        let x = x.reshape([batch, width, START, START]);
        let x = self.norm.forward(x, pass);
        let x = self.blocks.iter().fold(x, |x, block| block.forward(x, pass)); // 4 x 4, 8 x 8, ...
        self.paint.forward(x, pass).tanh() // the last doubling
    }
}

/// Configuration of a [`DcganCritic`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DcganCriticConfig {
    /// Channels of a picture.
    pub channels: usize,
    /// Channels at half the resolution.
    pub width: usize,
    /// Side of a picture: 28, 32, 64, or any other 4 or 7 times a power of two, from 8 on.
    pub size: usize,
    /// 3 x 3 convolutions after each halving but the first; the paper has none.
    pub extra_layers: usize,
    /// After each convolution but the first, or of all weights; the paper has batch norm.
    #[serde(default)]
    pub norm: Norm,
    /// What is done with the last features; nothing in the paper.
    #[serde(default)]
    pub head: CriticHeadConfig,
    /// Numbers that it makes of a picture: one logit, unless it is an encoder.
    #[serde(default = "one")]
    pub outputs: usize,
}

impl Default for DcganCriticConfig {
    fn default() -> Self {
        let (norm, head) = (Norm::Batch, CriticHeadConfig::default());
        Self { channels: 1, width: 64, size: 32, extra_layers: 0, norm, head, outputs: 1 }
    }
}

impl DcganCriticConfig {
    /// Checks that there is such a network.
    ///
    /// # Errors
    ///
    /// When a width is zero, the size does not halve down to 4 or 7, or a probability is out of range.
    pub fn validate(&self) -> Result<(), ConfigError> {
        at_least_one("outputs", self.outputs)?;
        self.head.validate()?;
        Pyramid::new(self.size, self.channels, self.width).map(drop)
    }

    /// The network, on `device`; weights wait for [`initialise`](crate::initialise).
    ///
    /// # Errors
    ///
    /// As [`validate`](Self::validate).
    pub fn init(&self, device: &Device) -> Result<DcganCritic, ConfigError> {
        self.validate()?;
        let pyramid = Pyramid::new(self.size, self.channels, self.width)?;
        let pairs = pyramid.widths.windows(2).zip(pyramid.kernels());
        let blocks = pairs.rev().map(|(pair, kernel)| {
            let (inputs, outputs, norm) = (pair[1], pair[0], self.norm);
            let (stride, activation) = (2, LEAKY);
            let classes = 0;
            let down =
                ConvBlockConfig { inputs, outputs, kernel, stride, norm, activation, classes };
            let same = ConvBlockConfig::same(outputs, LEAKY).with_norm(norm);
            DownBlock { down: down.init(device), extra: keep(self.extra_layers, &same, device) }
        });
        let head = self.head.init(pyramid.widths[0], START, device);
        let judge = LinearConfig::new(head.features, self.outputs);
        Ok(DcganCritic {
            look: Conv2dConfig::new(self.channels, self.width, 4)
                .with_stride(2)
                .with_padding(1)
                .with_spectral_norm(self.norm.is_spectral())
                .init(device),
            blocks: blocks.collect(),
            head,
            judge: judge.with_spectral_norm(self.norm.is_spectral()).init(device),
        })
    }
}

/// Judges pictures: a higher logit means "more real".
#[derive(Module, Debug)]
pub struct DcganCritic {
    /// The first halving, from the picture.
    pub look: Conv2d,
    /// Each halves the resolution.
    pub blocks: Vec<DownBlock>,
    /// To what it judges by.
    pub head: CriticHead,
    /// From the smallest picture to the logit; the papers' convolution to 1 x 1 is the same map.
    pub judge: Linear,
}

/// Convolution, norm, leaky ReLU; then the extra layers.
#[derive(Module, Debug)]
pub struct DownBlock {
    /// Halves the resolution.
    pub down: ConvBlock,
    /// These keep it.
    pub extra: Vec<ConvBlock>,
}

impl DownBlock {
    fn forward(&self, x: Dual<4>, pass: &Pass) -> Dual<4> {
        let x = self.down.forward(x, pass); // resolution halved
        self.extra.iter().fold(x, |x, layer| layer.forward(x, pass))
    }
}

impl DcganCritic {
    /// Shape: `[batch, channels, size, size]` to logits `[batch, outputs]`.
    pub fn forward(&self, images: Dual<4>, pass: &Pass) -> Dual<2> {
        self.judge.forward(self.features(images, pass), pass)
    }

    /// What it judges by. Shape: `[batch, channels, size, size]` to `[batch, features]`.
    pub fn features(&self, images: Dual<4>, pass: &Pass) -> Dual<2> {
        let x = LEAKY.forward(self.look.forward(images, pass)); // resolution halved
        let x = self.blocks.iter().fold(x, |x, block| block.forward(x, pass)); // to 4 x 4
        self.head.forward(x, pass)
    }
}

/// Side of the smallest picture.
const START: usize = 4;

/// The resolutions and widths between the smallest picture and half the side.
struct Pyramid {
    /// Widths from the smallest picture to half the side.
    widths: Vec<usize>,
    /// Whether the second picture has side 7.
    by_seven: bool,
}

impl Pyramid {
    fn new(size: usize, channels: usize, width: usize) -> Result<Self, ConfigError> {
        at_least_one("channels", channels)?;
        at_least_one("width", width)?;
        let by_seven = size.is_multiple_of(7);
        let doublings_of = if by_seven { 7 } else { START };
        let growth = size / doublings_of;
        if !size.is_multiple_of(doublings_of) || growth < 2 || !growth.is_power_of_two() {
            return Err(ConfigError::Size { size });
        }
        let stages = growth.ilog2() + u32::from(by_seven);
        let widths = (0..stages).rev().map(|halvings| width << halvings);
        Ok(Self { widths: widths.collect(), by_seven })
    }

    /// Sides of the kernels between the pictures, from the smallest on: 4 doubles, 3 makes 7 of 4.
    fn kernels(&self) -> impl DoubleEndedIterator<Item = usize> + ExactSizeIterator {
        let by_seven = self.by_seven;
        (0..self.widths.len() - 1).map(move |idx| if by_seven && idx == 0 { 3 } else { 4 })
    }
}

fn up(inputs: usize, outputs: usize, kernel: usize) -> ConvTranspose2dConfig {
    let config = ConvTranspose2dConfig::new(inputs, outputs, kernel);
    config.with_stride(2).with_padding(1).with_bias(false)
}

/// Layers that keep width and resolution.
fn keep(n: usize, layer: &ConvBlockConfig, device: &Device) -> Vec<ConvBlock> {
    (0..n).map(|_| layer.init(device)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::values;
    use crate::net::{check_tangent, reached, table};
    use crate::{Initial, initialise};
    use burn::tensor::Tensor;
    use kiln_core::{Address, Purpose, Stream};

    fn generator(size: usize, device: &Device) -> DcganGenerator {
        conditional(size, 0, device)
    }

    fn conditional(size: usize, classes: usize, device: &Device) -> DcganGenerator {
        let (latents, channels, width, extra_layers) = (5, 3, 4, 1);
        let config = DcganGeneratorConfig { latents, channels, width, size, extra_layers, classes };
        let weights = Address::new(1, Purpose::Weights);
        initialise(config.init(device).unwrap(), &Initial::dcgan(), weights)
    }

    fn critic(size: usize, device: &Device) -> DcganCritic {
        normed(size, Norm::Batch, device)
    }

    fn normed(size: usize, norm: Norm, device: &Device) -> DcganCritic {
        let config = DcganCriticConfig {
            channels: 3,
            width: 4,
            size,
            extra_layers: 1,
            norm,
            ..DcganCriticConfig::default()
        };
        let weights = Address::new(2, Purpose::Weights);
        initialise(config.init(device).unwrap(), &Initial::kaiming(0.2), weights)
    }

    fn latents(device: &Device) -> Tensor<2> {
        let values = Stream::new(Address::new(3, Purpose::Latents)).normals(10);
        Tensor::<1>::from_floats(values.as_slice(), device).reshape([2, 5])
    }

    #[test]
    fn every_size_goes_through_both_networks() {
        let device = Device::flex();
        for size in [8, 14, 28, 32, 64] {
            let pass = Pass::train(None);
            let images = generator(size, &device).forward(latents(&device).into(), &pass);
            assert_eq!(images.dims(), [2, 3, size, size]);
            let greatest = values(&images.value).into_iter().fold(0.0, |m: f32, v| m.max(v.abs()));
            assert!(greatest > 0.0 && greatest <= 1.0, "{greatest}");
            let logits = critic(size, &device).forward(images, &pass);
            assert_eq!(logits.dims(), [2, 1]);
        }
    }

    #[test]
    fn the_same_latents_make_other_pictures_of_another_class_and_each_class_learns() {
        let device = Device::flex().autodiff();
        let generator = conditional(16, 2, &device);
        let asked = |classes: [[f32; 2]; 2]| {
            let pass = Pass::train(None).of(Some(Tensor::from_floats(classes, &device)));
            generator.forward(latents(&device).into(), &pass).value
        };
        let images = asked([[1.0, 0.0], [0.0, 1.0]]);
        assert_ne!(values(&images), values(&asked([[0.0, 1.0], [1.0, 0.0]])));
        let grads = images.square().sum().backward();
        assert_eq!(reached(&generator, &grads), "everywhere");
    }

    #[test]
    fn gradients_reach_the_generator_through_a_frozen_critic() {
        let device = Device::flex().autodiff();
        let (generator, critic) = (generator(8, &device), critic(8, &device));
        let frozen = critic.clone().no_grad();
        let fake = generator.forward(latents(&device).into(), &Pass::train(None));
        let grads = frozen.forward(fake, &Pass::train(None)).value.sum().backward();
        let reached = generator.project.weight.val().grad(&grads).unwrap();
        assert!(values(&reached).iter().any(|g| *g != 0.0));
        assert!(critic.judge.weight.val().grad(&grads).is_none());
        assert!(frozen.judge.weight.val().grad(&grads).is_none());
    }

    #[test]
    fn every_norm_judges_and_learns_everywhere() {
        let device = Device::flex().autodiff();
        for norm in [Norm::None, Norm::Batch, Norm::Instance, Norm::Layer, Norm::Spectral] {
            let critic = normed(16, norm, &device);
            let images = Tensor::<1>::from_floats(
                Stream::new(Address::new(3, Purpose::Data)).normals(2 * 3 * 256).as_slice(),
                &device,
            );
            let images = images.reshape::<4, _>([2, 3, 16, 16]);
            let pass = Pass::train(None).iterating_power();
            let logits = critic.forward(images.clone().into(), &pass).value;
            let grads = logits.powi_scalar(2).sum().backward();
            assert_eq!(reached(&critic, &grads), "everywhere", "{norm:?}");
            check_tangent(&images, |x| critic.forward(x, &Pass::train(None)));
        }
    }

    #[test]
    fn only_a_norm_that_shifts_takes_the_place_of_offsets() {
        let table = |norm| table(&normed(16, norm, &Device::flex()));
        let instance = "\
look Conv2d 4x3x4x4 196
blocks.0.down.conv Conv2d 8x4x4x4 512
blocks.0.down.norm GroupNorm 8 16
blocks.0.extra.0.conv Conv2d 8x8x3x3 576
blocks.0.extra.0.norm GroupNorm 8 16
judge Linear 128x1 129
total 1445";
        assert_eq!(table(Norm::Instance), instance);
        assert_eq!(table(Norm::Layer), instance);
        let none = "\
look Conv2d 4x3x4x4 196
blocks.0.down.conv Conv2d 8x4x4x4 520
blocks.0.extra.0.conv Conv2d 8x8x3x3 584
judge Linear 128x1 129
total 1429";
        assert_eq!(table(Norm::None), none);
        assert_eq!(table(Norm::Spectral), none);
    }

    #[test]
    fn an_impossible_configuration_is_refused_before_a_tensor_exists() {
        let size = |size| DcganCriticConfig { size, ..DcganCriticConfig::default() };
        for impossible in [0, 4, 7, 30, 48] {
            let refusal = size(impossible).validate().unwrap_err();
            assert_eq!(refusal, ConfigError::Size { size: impossible });
        }
        let config = DcganGeneratorConfig { latents: 0, ..DcganGeneratorConfig::default() };
        let refusal = config.init(&Device::flex()).unwrap_err();
        assert_eq!(refusal.to_string(), "`latents` is 0: give at least 1");
    }

    #[test]
    fn the_default_generator_is_pinned() {
        let generator = DcganGeneratorConfig::default().init(&Device::flex()).unwrap();
        let expected = "\
project Linear 100x4096 409600
norm BatchNorm 256 512
blocks.0.conv ConvTranspose2d 256x128x4x4 524288
blocks.0.norm BatchNorm 128 256
blocks.1.conv ConvTranspose2d 128x64x4x4 131072
blocks.1.norm BatchNorm 64 128
paint ConvTranspose2d 64x1x4x4 1025
total 1066881";
        assert_eq!(table(&generator), expected);
    }

    #[test]
    fn the_default_critic_is_pinned() {
        let critic = DcganCriticConfig::default().init(&Device::flex()).unwrap();
        let expected = "\
look Conv2d 64x1x4x4 1088
blocks.0.down.conv Conv2d 128x64x4x4 131072
blocks.0.down.norm BatchNorm 128 256
blocks.1.down.conv Conv2d 256x128x4x4 524288
blocks.1.down.norm BatchNorm 256 512
judge Linear 4096x1 4097
total 661313";
        assert_eq!(table(&critic), expected);
    }
}
