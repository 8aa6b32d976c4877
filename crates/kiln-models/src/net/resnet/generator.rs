//! From latents to pictures.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use kiln_ops::Dual;
use serde::{Deserialize, Serialize};

use crate::config::at_least_one;
use crate::net::stages::{Stages, check_attention};
use crate::{
    Activation, ConfigError, Conv2d, Conv2dConfig, ConvTranspose2d, ConvTranspose2dConfig,
    Embedding, EmbeddingConfig, Linear, LinearConfig, NormLayer, Pass, ProjectedBatchNormConfig,
    SelfAttention, SelfAttentionConfig,
};

/// Configuration of a [`ResnetGenerator`]. The default is SNGAN's for CIFAR-10.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResnetGeneratorConfig {
    /// Width of a latent vector.
    pub latents: usize,
    /// Channels of a picture: 1 for grey, 3 for colour.
    pub channels: usize,
    /// Channels at the full resolution.
    pub width: usize,
    /// Channels at most, however low the resolution.
    pub widest: usize,
    /// Side of a picture: 28, 32, 64, or any other 4 or 7 times a power of two.
    pub size: usize,
    /// Width of the conditions that its batch norms follow, such as the number of classes; 0 for
    /// none.
    #[serde(default)]
    pub classes: usize,
    /// Width of an embedding of the condition that all blocks share: their batch norms' gains and
    /// offsets are linear maps of it. 0 for gains and offsets a class.
    #[serde(default)]
    pub shared: usize,
    /// Whether the smallest picture and each block see a slice of the latent of their own; the batch
    /// norms of a block follow its slice.
    #[serde(default)]
    pub hierarchical: bool,
    /// Side of the maps that a self-attention looks over, at the end of the block that makes them; 0
    /// for none.
    #[serde(default)]
    pub attention: usize,
    /// Whether weights are divided by their greatest singular values.
    #[serde(default)]
    pub spectral_norm: bool,
}

impl Default for ResnetGeneratorConfig {
    fn default() -> Self {
        Self {
            latents: 128,
            channels: 3,
            width: 256,
            widest: 256,
            size: 32,
            classes: 0,
            shared: 0,
            hierarchical: false,
            attention: 0,
            spectral_norm: false,
        }
    }
}

impl ResnetGeneratorConfig {
    /// Checks that there is such a network.
    ///
    /// # Errors
    ///
    /// When a width is zero, `widest` below `width`, the size does not halve down to 4 or 7, no block
    /// makes maps of the side `attention`, the latents cannot be cut into equal slices, or an
    /// embedding is shared without classes, or has to be and is not.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let stages = self.stages()?;
        let slices = stages.widths.len();
        check_attention(self.attention, stages.sides().skip(1))?;
        match (self.shared > 0, self.classes > 0) {
            (true, false) => Err(ConfigError::NothingShared),
            (false, true) if self.hierarchical => Err(ConfigError::NotShared),
            _ if self.hierarchical && !self.latents.is_multiple_of(slices) => {
                Err(ConfigError::Slices { latents: self.latents, slices })
            }
            _ => Ok(()),
        }
    }

    /// The network, on `device`; weights wait for [`initialise`](crate::initialise).
    ///
    /// # Errors
    ///
    /// As [`validate`](Self::validate).
    pub fn init(&self, device: &Device) -> Result<ResnetGenerator, ConfigError> {
        self.validate()?;
        let stages = self.stages()?;
        let start = [stages.top(), stages.start, stages.start];
        let slice = if self.hierarchical { self.latents / stages.widths.len() } else { 0 };
        let projected = if self.hierarchical { slice } else { self.latents };
        let manner = self.manner(slice);
        let block = |((inputs, outputs), side)| {
            let manner = Manner { attends: side == self.attention, ..manner };
            UpResidual::new(inputs, outputs, manner, device)
        };
        let project = LinearConfig::new(projected, start.iter().product());
        let embed = EmbeddingConfig::new(self.classes, self.shared);
        Ok(ResnetGenerator {
            embed: (self.shared > 0).then(|| embed.init(device)),
            project: project.with_spectral_norm(self.spectral_norm).init(device),
            blocks: stages.doublings().zip(stages.sides().skip(1)).map(block).collect(),
            norm: manner.last_norm(self.width, device),
            paint: manner.conv(self.width, self.channels, 3).init(device),
            start,
            slice,
        })
    }

    /// How the blocks are made, with slices of this width.
    fn manner(&self, slice: usize) -> Manner {
        let follows = match self.hierarchical || self.shared > 0 {
            true => Follows::Vector(slice + self.shared),
            false => Follows::Classes(self.classes),
        };
        Manner { follows, spectral_norm: self.spectral_norm, attends: false }
    }

    fn stages(&self) -> Result<Stages, ConfigError> {
        at_least_one("latents", self.latents)?;
        at_least_one("channels", self.channels)?;
        Stages::new(self.size, self.width, self.widest)
    }
}

/// What batch norms follow.
#[derive(Debug, Clone, Copy)]
enum Follows {
    /// The condition of so many classes; none for 0.
    Classes(usize),
    /// A vector of this width, of a slice of the latent and of what is shared.
    Vector(usize),
}

/// How a block is made.
#[derive(Debug, Clone, Copy)]
struct Manner {
    follows: Follows,
    spectral_norm: bool,
    /// Whether it ends with a self-attention.
    attends: bool,
}

impl Manner {
    fn conv(self, inputs: usize, outputs: usize, kernel: usize) -> Conv2dConfig {
        let config = Conv2dConfig::new(inputs, outputs, kernel).with_padding(kernel / 2);
        config.with_spectral_norm(self.spectral_norm)
    }

    /// With its ReLU.
    fn norm(self, channels: usize, device: &Device) -> NormLayer {
        match self.follows {
            Follows::Classes(classes) => {
                NormLayer::batch_norm(channels, classes, Activation::Relu, device)
            }
            Follows::Vector(width) => {
                let config = ProjectedBatchNormConfig::new(channels, width);
                let config = config.with_spectral_norm(self.spectral_norm);
                let norm = config.with_activation(Activation::Relu).init(device);
                NormLayer::Projected(Box::new(norm))
            }
        }
    }

    /// After all blocks: of vectors there is none left, as in BigGAN.
    fn last_norm(self, channels: usize, device: &Device) -> NormLayer {
        let follows = match self.follows {
            Follows::Vector(_) => Follows::Classes(0),
            classes => classes,
        };
        Self { follows, ..self }.norm(channels, device)
    }
}

/// Makes pictures in `[-1, 1]` from latent vectors.
#[derive(Module, Debug)]
pub struct ResnetGenerator {
    /// Of the condition, for all blocks.
    pub embed: Option<Embedding>,
    /// From a latent, or its first slice, to the smallest picture.
    pub project: Linear,
    /// Each doubles the resolution.
    pub blocks: Vec<UpResidual>,
    /// After them, with its ReLU.
    pub norm: NormLayer,
    /// To the picture.
    pub paint: Conv2d,
    /// Channels, height and width of the smallest picture.
    pub start: [usize; 3],
    /// Width of a slice of the latent; 0 where all of it makes the smallest picture.
    pub slice: usize,
}

impl ResnetGenerator {
    /// Shape: `[batch, latents]` to `[batch, channels, size, size]`, in `[-1, 1]`.
    pub fn forward(&self, latents: Dual<2>, pass: &Pass) -> Dual<4> {
        let [batch, _] = latents.dims();
        let [channels, height, width] = self.start;
        let shared = self.embed.as_ref().map(|embed| embed.forward(batch, pass));
        let first = self.slice_of(&latents, 0).unwrap_or_else(|| latents.clone());
        let mut x = self.project.forward(first, pass).reshape([batch, channels, height, width]);
        for (idx, block) in self.blocks.iter().enumerate() {
            let slice = self.slice_of(&latents, idx + 1);
            let followed: Vec<_> = slice.into_iter().chain(shared.clone()).collect();
            x = match followed.is_empty() {
                true => block.forward(x, pass),
                false => block.forward(x, &pass.within(Dual::concat(followed, 1))),
            }; // 4 x 4, 8 x 8, ...
        }
        self.paint.forward(self.norm.forward(x, pass), pass).tanh()
    }

    /// The slice of the latent for the smallest picture (0) or a block (from 1 on), if it is cut.
    fn slice_of(&self, latents: &Dual<2>, idx: usize) -> Option<Dual<2>> {
        let cut = |x: Tensor<2>| x.narrow(1, idx * self.slice, self.slice);
        (self.slice > 0).then(|| latents.clone().linear_map(cut))
    }
}

/// Batch norm, ReLU, doubling, convolution, batch norm, ReLU, convolution; beside it 1 x 1
/// convolution and doubling.
#[derive(Module, Debug)]
pub struct UpResidual {
    /// With its ReLU.
    pub norm_in: NormLayer,
    /// Of the doubled picture.
    pub conv_in: ConvTranspose2d,
    /// With its ReLU.
    pub norm_out: NormLayer,
    /// At the higher resolution.
    pub conv_out: Conv2d,
    /// Before the doubling.
    pub shortcut: Conv2d,
    /// At its end, in at most one block.
    pub attention: Option<SelfAttention>,
}

impl UpResidual {
    fn new(inputs: usize, outputs: usize, manner: Manner, device: &Device) -> Self {
        let conv_in = ConvTranspose2dConfig::new(inputs, outputs, 3).with_padding(1);
        let attention = SelfAttentionConfig::new(outputs).with_spectral_norm(manner.spectral_norm);
        Self {
            norm_in: manner.norm(inputs, device),
            // The shift of the batch norm would undo an offset.
            conv_in: conv_in
                .with_doubling(true)
                .with_bias(false)
                .with_spectral_norm(manner.spectral_norm)
                .init(device),
            norm_out: manner.norm(outputs, device),
            conv_out: manner.conv(outputs, outputs, 3).init(device),
            shortcut: manner.conv(inputs, outputs, 1).init(device),
            attention: manner.attends.then(|| attention.init(device)),
        }
    }

    /// Shape: `[batch, inputs, side, side]` to `[batch, outputs, 2 side, 2 side]`.
    pub fn forward(&self, x: Dual<4>, pass: &Pass) -> Dual<4> {
        let shortcut = self.shortcut.forward(x.clone(), pass).upsample_nearest(2);
        let x = self.conv_in.forward(self.norm_in.forward(x, pass), pass); // resolution times 2
        let x = self.conv_out.forward(self.norm_out.forward(x, pass), pass) + shortcut;
        match &self.attention {
            Some(attention) => attention.forward(x, pass),
            None => x,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::values;
    use crate::net::{reached, table};
    use crate::{Initial, initialise};
    use burn::module::Param;
    use kiln_core::{Address, Purpose, Stream};

    fn generator(size: usize, device: &Device) -> ResnetGenerator {
        conditional(size, 0, device)
    }

    fn conditional(size: usize, classes: usize, device: &Device) -> ResnetGenerator {
        start(ResnetGeneratorConfig { size, classes, ..small() }, device)
    }

    fn small() -> ResnetGeneratorConfig {
        let (latents, channels, width, widest) = (5, 2, 3, 6);
        ResnetGeneratorConfig { latents, channels, width, widest, ..Default::default() }
    }

    fn start(config: ResnetGeneratorConfig, device: &Device) -> ResnetGenerator {
        let weights = Address::new(1, Purpose::Weights);
        initialise(config.init(device).unwrap(), &Initial::sngan(), weights)
    }

    /// With everything that BigGAN adds; 6 latents.
    fn big(classes: usize) -> ResnetGeneratorConfig {
        ResnetGeneratorConfig {
            latents: 6,
            size: 28,
            classes,
            shared: 2 * classes,
            hierarchical: true,
            attention: 14,
            spectral_norm: true,
            ..small()
        }
    }

    fn latents(device: &Device) -> Dual<2> {
        wide_latents(5, device).into()
    }

    fn wide_latents(width: usize, device: &Device) -> Tensor<2> {
        let values = Stream::new(Address::new(3, Purpose::Latents)).normals(2 * width);
        Tensor::<1>::from_floats(values.as_slice(), device).reshape([2, width])
    }

    /// Of two samples of the classes 0 and 1.
    fn asked(device: &Device) -> Pass {
        let classes = Tensor::from_floats([[1.0, 0.0], [0.0, 1.0]], device);
        Pass::train(None).iterating_power().of(Some(classes))
    }

    /// Attention counts.
    fn attending(config: ResnetGeneratorConfig, device: &Device) -> ResnetGenerator {
        let mut generator = start(config, device);
        for attention in generator.blocks.iter_mut().filter_map(|block| block.attention.as_mut()) {
            attention.mix = Param::from_tensor(Tensor::from_floats([0.5], device));
        }
        generator
    }

    #[test]
    fn gradients_reach_everything_that_biggan_adds() {
        let device = Device::flex().autodiff();
        for classes in [0, 2] {
            let generator = attending(big(classes), &device);
            let images = generator.forward(wide_latents(6, &device).into(), &asked(&device)).value;
            assert_eq!(images.dims(), [2, 2, 28, 28]);
            let weights = images.clone().detach();
            assert_eq!(reached(&generator, &(images * weights).sum().backward()), "everywhere");
        }
    }

    #[test]
    fn a_block_follows_its_own_slice_of_the_latent_and_the_shared_embedding() {
        let device = Device::flex();
        let generator = attending(big(2), &device);
        let latents = wide_latents(6, &device);
        // Slices of two numbers: of the smallest picture and of two blocks.
        let slice = |idx| values(&generator.slice_of(&latents.clone().into(), idx).unwrap().value);
        let cut = |idx: usize| values(&latents.clone().narrow(1, 2 * idx, 2));
        assert_eq!([0, 1, 2].map(slice), [0, 1, 2].map(cut));
        let plain = values(&generator.forward(latents.clone().into(), &Pass::eval()).value);
        for idx in [0, 1, 2] {
            let other = latents.clone().slice_fill([0..2, 2 * idx..2 * idx + 2], 0.3);
            assert_ne!(values(&generator.forward(other.into(), &Pass::eval()).value), plain);
        }
        let of = |classes: [[f32; 2]; 2]| {
            let pass = Pass::train(None).of(Some(Tensor::from_floats(classes, &device)));
            values(&generator.forward(latents.clone().into(), &pass).value)
        };
        assert_ne!(of([[1.0, 0.0], [0.0, 1.0]]), of([[0.0, 1.0], [1.0, 0.0]]));
    }

    #[test]
    fn a_tangent_of_the_latents_goes_through_their_slices() {
        let device = Device::flex().autodiff();
        let generator = attending(big(2), &device);
        let latents = wide_latents(6, &device).require_grad();
        let along = wide_latents(12, &device).narrow(1, 6, 6);
        let images = generator.forward(latents.clone().into(), &asked(&device)).value;
        let probe = images.clone().detach();
        let terms = latents.grad(&(images * probe.clone()).sum().backward()).unwrap()
            * along.clone().without_autodiff();
        let sum = |t: Tensor<1>| t.into_scalar::<f32>();
        let (expected, scale) = (sum(terms.clone().sum()), sum(terms.abs().sum()));
        let moving = Dual::along(latents, along);
        let tangent = generator.forward(moving, &asked(&device).again()).tangent.unwrap();
        let tangent = sum((tangent * probe).sum());
        assert!(scale > 1.0, "nothing to compare");
        assert!((tangent - expected).abs() < 1e-4 * scale, "{tangent}, not {expected}, of {scale}");
    }

    #[test]
    fn what_biggan_adds_is_refused_where_it_does_not_fit() {
        let refused = |config: ResnetGeneratorConfig| config.validate().unwrap_err().to_string();
        let sides = refused(ResnetGeneratorConfig { attention: 7, ..big(2) });
        assert_eq!(
            sides,
            "`attention` is 7: give the side of a block's maps, 14, 28, or 0 for none"
        );
        let latents = refused(ResnetGeneratorConfig { latents: 5, ..big(2) });
        assert!(latents.contains("`latents` is 5") && latents.contains("3"), "{latents}");
        let shared = refused(ResnetGeneratorConfig { classes: 0, ..big(2) });
        assert!(shared.contains("batch-norm"), "{shared}");
        let not_shared = refused(ResnetGeneratorConfig { shared: 0, ..big(2) });
        assert!(not_shared.contains("`shared`"), "{not_shared}");
    }

    #[test]
    fn every_size_is_made_in_range() {
        let device = Device::flex();
        for size in [8, 28, 32, 64, 128] {
            let images = generator(size, &device).forward(latents(&device), &Pass::train(None));
            assert_eq!(images.dims(), [2, 2, size, size]);
            let greatest = values(&images.value).into_iter().fold(0.0, |m: f32, v| m.max(v.abs()));
            assert!(greatest > 0.01 && greatest <= 1.0, "{greatest}");
        }
    }

    #[test]
    fn gradients_reach_every_weight() {
        let device = Device::flex().autodiff();
        let generator = generator(28, &device);
        let images = generator.forward(latents(&device), &Pass::train(None)).value;
        let weights = images.clone().detach();
        assert_eq!(reached(&generator, &(images * weights).sum().backward()), "everywhere");
    }

    #[test]
    fn classes_start_alike_and_each_learns() {
        let device = Device::flex().autodiff();
        let generator = conditional(8, 2, &device);
        let asked = |classes: [[f32; 2]; 2]| {
            let pass = Pass::train(None).of(Some(Tensor::from_floats(classes, &device)));
            generator.forward(latents(&device), &pass).value
        };
        // Gains and offsets of all classes start alike.
        assert_eq!(
            values(&asked([[1.0, 0.0], [0.0, 1.0]])),
            values(&asked([[0.0, 1.0], [1.0, 0.0]]))
        );
        let images = asked([[1.0, 0.0], [0.0, 1.0]]);
        let weights = images.clone().detach();
        assert_eq!(reached(&generator, &(images * weights).sum().backward()), "everywhere");
    }

    #[test]
    fn a_block_is_what_its_parts_are_one_after_the_other() {
        let device = Device::flex();
        let block = generator(8, &device).blocks.remove(0);
        let pixels = Stream::new(Address::new(5, Purpose::Data)).normals(24);
        let x = Tensor::<1>::from_floats(pixels.as_slice(), &device).reshape([1, 6, 2, 2]);
        let (x, pass) = (Dual::<4>::from(x), Pass::train(None));
        let plain = ConvTranspose2d { doubled: false, ..block.conv_in.clone() };
        let doubled = block.norm_in.forward(x.clone(), &pass).upsample_nearest(2);
        let residual = block.norm_out.forward(plain.forward(doubled, &pass), &pass);
        let residual = block.conv_out.forward(residual, &pass);
        let shortcut = block.shortcut.forward(x.clone().upsample_nearest(2), &pass);
        let expected = values(&(residual + shortcut).value);
        let y = values(&block.forward(x, &pass).value);
        assert!(y.iter().zip(&expected).all(|(y, e)| (y - e).abs() < 1e-5), "{y:?} {expected:?}");
    }

    #[test]
    fn an_impossible_configuration_is_refused_before_a_tensor_exists() {
        let config = ResnetGeneratorConfig { latents: 0, ..ResnetGeneratorConfig::default() };
        assert_eq!(config.validate(), Err(ConfigError::Zero { field: "latents" }));
        let config = ResnetGeneratorConfig { size: 48, ..ResnetGeneratorConfig::default() };
        assert_eq!(config.validate(), Err(ConfigError::Size { size: 48 }));
    }

    #[test]
    fn the_default_is_pinned() {
        let generator = ResnetGeneratorConfig::default().init(&Device::flex()).unwrap();
        let expected = "\
project Linear 128x4096 528384
blocks.0.norm_in BatchNorm 256 512
blocks.0.conv_in ConvTranspose2d 256x256x3x3 589824
blocks.0.norm_out BatchNorm 256 512
blocks.0.conv_out Conv2d 256x256x3x3 590080
blocks.0.shortcut Conv2d 256x256x1x1 65792
blocks.1.norm_in BatchNorm 256 512
blocks.1.conv_in ConvTranspose2d 256x256x3x3 589824
blocks.1.norm_out BatchNorm 256 512
blocks.1.conv_out Conv2d 256x256x3x3 590080
blocks.1.shortcut Conv2d 256x256x1x1 65792
blocks.2.norm_in BatchNorm 256 512
blocks.2.conv_in ConvTranspose2d 256x256x3x3 589824
blocks.2.norm_out BatchNorm 256 512
blocks.2.conv_out Conv2d 256x256x3x3 590080
blocks.2.shortcut Conv2d 256x256x1x1 65792
norm BatchNorm 256 512
paint Conv2d 3x256x3x3 6915
total 4275971";
        assert_eq!(table(&generator), expected);
    }
}
