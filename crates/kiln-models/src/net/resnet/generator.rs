//! From latents to pictures.

use burn::module::Module;
use burn::tensor::Device;
use kiln_ops::Dual;
use serde::{Deserialize, Serialize};

use crate::config::at_least_one;
use crate::net::stages::Stages;
use crate::{
    Activation, ConfigError, Conv2d, Conv2dConfig, ConvTranspose2d, ConvTranspose2dConfig, Linear,
    LinearConfig, NormLayer, Pass,
};

/// Configuration of a [`ResnetGenerator`]. The default is the paper's for CIFAR-10.
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
}

impl Default for ResnetGeneratorConfig {
    fn default() -> Self {
        Self { latents: 128, channels: 3, width: 256, widest: 256, size: 32, classes: 0 }
    }
}

impl ResnetGeneratorConfig {
    /// Checks that there is such a network.
    ///
    /// # Errors
    ///
    /// When a width is zero, `widest` below `width`, or the size does not halve down to 4 or 7.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.stages().map(drop)
    }

    /// The network, on `device`; weights wait for [`initialise`](crate::initialise).
    ///
    /// # Errors
    ///
    /// As [`validate`](Self::validate).
    pub fn init(&self, device: &Device) -> Result<ResnetGenerator, ConfigError> {
        let stages = self.stages()?;
        let start = [stages.top(), stages.start, stages.start];
        let up = |(inputs, outputs)| UpResidual::new(inputs, outputs, self.classes, device);
        Ok(ResnetGenerator {
            project: LinearConfig::new(self.latents, start.iter().product()).init(device),
            blocks: stages.doublings().map(up).collect(),
            norm: norm(self.width, self.classes, device),
            paint: Conv2dConfig::new(self.width, self.channels, 3).with_padding(1).init(device),
            start,
        })
    }

    fn stages(&self) -> Result<Stages, ConfigError> {
        at_least_one("latents", self.latents)?;
        at_least_one("channels", self.channels)?;
        Stages::new(self.size, self.width, self.widest)
    }
}

/// Makes pictures in `[-1, 1]` from latent vectors.
#[derive(Module, Debug)]
pub struct ResnetGenerator {
    /// From a latent to the smallest picture.
    pub project: Linear,
    /// Each doubles the resolution.
    pub blocks: Vec<UpResidual>,
    /// After them, with its ReLU.
    pub norm: NormLayer,
    /// To the picture.
    pub paint: Conv2d,
    /// Channels, height and width of the smallest picture.
    pub start: [usize; 3],
}

impl ResnetGenerator {
    /// Shape: `[batch, latents]` to `[batch, channels, size, size]`, in `[-1, 1]`.
    pub fn forward(&self, latents: Dual<2>, pass: &Pass) -> Dual<4> {
        let [batch, _] = latents.dims();
        let [channels, height, width] = self.start;
        let x = self.project.forward(latents, pass);
        let x = x.reshape([batch, channels, height, width]);
        let x = self.blocks.iter().fold(x, |x, block| block.forward(x, pass)); // 4 x 4, 8 x 8, ...
        self.paint.forward(self.norm.forward(x, pass), pass).tanh()
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
}

impl UpResidual {
    fn new(inputs: usize, outputs: usize, classes: usize, device: &Device) -> Self {
        let conv_in = ConvTranspose2dConfig::new(inputs, outputs, 3).with_padding(1);
        Self {
            norm_in: norm(inputs, classes, device),
            // The shift of the batch norm would undo an offset.
            conv_in: conv_in.with_doubling(true).with_bias(false).init(device),
            norm_out: norm(outputs, classes, device),
            conv_out: Conv2dConfig::new(outputs, outputs, 3).with_padding(1).init(device),
            shortcut: Conv2dConfig::new(inputs, outputs, 1).init(device),
        }
    }

    /// Shape: `[batch, inputs, side, side]` to `[batch, outputs, 2 side, 2 side]`.
    pub fn forward(&self, x: Dual<4>, pass: &Pass) -> Dual<4> {
        let shortcut = self.shortcut.forward(x.clone(), pass).upsample_nearest(2);
        let x = self.conv_in.forward(self.norm_in.forward(x, pass), pass); // resolution times 2
        let x = self.conv_out.forward(self.norm_out.forward(x, pass), pass);
        x + shortcut
    }
}

fn norm(channels: usize, classes: usize, device: &Device) -> NormLayer {
    NormLayer::batch_norm(channels, classes, Activation::Relu, device)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::values;
    use crate::net::{reached, table};
    use crate::{Initial, initialise};
    use burn::tensor::Tensor;
    use kiln_core::{Address, Purpose, Stream};

    fn generator(size: usize, device: &Device) -> ResnetGenerator {
        conditional(size, 0, device)
    }

    fn conditional(size: usize, classes: usize, device: &Device) -> ResnetGenerator {
        let (latents, channels, width, widest) = (5, 2, 3, 6);
        let config = ResnetGeneratorConfig { latents, channels, width, widest, size, classes };
        let weights = Address::new(1, Purpose::Weights);
        initialise(config.init(device).unwrap(), &Initial::sngan(), weights)
    }

    fn latents(device: &Device) -> Dual<2> {
        let values = Stream::new(Address::new(3, Purpose::Latents)).normals(10);
        Tensor::<1>::from_floats(values.as_slice(), device).reshape([2, 5]).into()
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
