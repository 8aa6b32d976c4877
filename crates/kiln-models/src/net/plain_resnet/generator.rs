//! From latents to pictures.

use burn::module::Module;
use burn::tensor::Device;
use kiln_ops::Dual;
use serde::{Deserialize, Serialize};

use super::{Basis, Bottleneck, PlainStage};
use crate::config::at_least_one;
use crate::net::stages::Stages;
use crate::{ConfigError, Conv2d, Conv2dConfig, Initial, Linear, LinearConfig, Pass};

/// Configuration of a [`PlainResnetGenerator`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlainResnetGeneratorConfig {
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
    /// Residual blocks at each resolution; the paper has two.
    pub blocks: usize,
    /// What the blocks are.
    #[serde(default)]
    pub bottleneck: Bottleneck,
}

impl Default for PlainResnetGeneratorConfig {
    /// The paper's depth, and widths for a CPU.
    fn default() -> Self {
        let (width, widest, bottleneck) = (32, 128, Bottleneck::default());
        Self { latents: 64, channels: 1, width, widest, size: 32, blocks: 2, bottleneck }
    }
}

impl PlainResnetGeneratorConfig {
    /// Checks that there is such a network.
    ///
    /// # Errors
    ///
    /// When a width or the number of blocks is zero, `widest` below `width`, the size does not
    /// halve down to 4 or 7, or a block does not fall into groups.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.stages().map(drop)
    }

    /// How the network starts.
    ///
    /// # Errors
    ///
    /// As [`validate`](Self::validate).
    pub fn initial(&self) -> Result<Initial, ConfigError> {
        let n_blocks = self.stages()?.widths.len() * self.blocks;
        // The authors draw the generator's basis from N(0, 1), not at a convolution's deviation.
        let side = self.stages()?.start as f64;
        Ok(Initial::fix_up(n_blocks).with_factor("basis", side))
    }

    /// The network, on `device`; weights wait for [`initialise`](crate::initialise).
    ///
    /// # Errors
    ///
    /// As [`validate`](Self::validate).
    pub fn init(&self, device: &Device) -> Result<PlainResnetGenerator, ConfigError> {
        let stages = self.stages()?;
        let stage = |width| PlainStage::new(width, self.blocks, self.bottleneck, device);
        let further =
            stages.doublings().map(|(from, to)| stage(to).with_change((from, to), false, device));
        Ok(PlainResnetGenerator {
            project: LinearConfig::new(self.latents, stages.top()).with_bias(false).init(device),
            basis: Basis::new(stages.top(), stages.start, device),
            stages: std::iter::once(stage(stages.top())).chain(further).collect(),
            paint: Conv2dConfig::new(self.width, self.channels, 1).with_bias(false).init(device),
        })
    }

    fn stages(&self) -> Result<Stages, ConfigError> {
        at_least_one("latents", self.latents)?;
        at_least_one("channels", self.channels)?;
        at_least_one("blocks", self.blocks)?;
        let stages = Stages::new(self.size, self.width, self.widest)?;
        self.bottleneck.validate(&stages.widths)?;
        Ok(stages)
    }
}

/// Makes pictures, meant to be in `[-1, 1]` though nothing keeps them there, from latent vectors.
#[derive(Module, Debug)]
pub struct PlainResnetGenerator {
    /// From a latent to how much of each picture of the basis.
    pub project: Linear,
    /// The smallest pictures.
    pub basis: Basis,
    /// From the smallest resolution on; each but the first begins with a doubling.
    pub stages: Vec<PlainStage>,
    /// To the picture.
    pub paint: Conv2d,
}

impl PlainResnetGenerator {
    /// Shape: `[batch, latents]` to `[batch, channels, size, size]`.
    pub fn forward(&self, latents: Dual<2>, pass: &Pass) -> Dual<4> {
        let mut x = self.basis.spread(self.project.forward(latents, pass)); // 4 x 4 or 7 x 7
        for (idx, stage) in self.stages.iter().enumerate() {
            if idx > 0 {
                x = stage.double(x, pass); // resolution times 2
            }
            x = stage.blocks(x, pass);
        }
        self.paint.forward(x, pass)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::initialise;
    use crate::layer::values;
    use crate::net::{reached, table};
    use burn::tensor::Tensor;
    use kiln_core::{Address, Purpose, Stream};

    fn generator(size: usize, device: &Device) -> PlainResnetGenerator {
        let (latents, channels, width, widest, blocks) = (5, 2, 3, 6, 2);
        let bottleneck = Bottleneck { expansion: 2, group: Some(3) };
        let config = PlainResnetGeneratorConfig {
            latents,
            channels,
            width,
            widest,
            size,
            blocks,
            bottleneck,
        };
        let weights = Address::new(1, Purpose::Weights);
        initialise(config.init(device).unwrap(), &config.initial().unwrap(), weights)
    }

    fn latents(device: &Device) -> Dual<2> {
        let values = Stream::new(Address::new(3, Purpose::Latents)).normals(10);
        Tensor::<1>::from_floats(values.as_slice(), device).reshape([2, 5]).into()
    }

    #[test]
    fn every_size_is_made() {
        let device = Device::flex();
        for size in [8, 28, 32, 64, 128] {
            let images = generator(size, &device).forward(latents(&device), &Pass::train(None));
            assert_eq!(images.dims(), [2, 2, size, size]);
            let images = values(&images.value);
            assert!(images.iter().all(|pixel| pixel.is_finite()) && images[0] != images[1]);
        }
    }

    #[test]
    fn every_block_starts_as_the_identity() {
        let device = Device::flex();
        let mut generator = generator(8, &device);
        let whole = values(&generator.forward(latents(&device), &Pass::eval()).value);
        generator.stages.iter_mut().for_each(|stage| stage.blocks.clear());
        assert_eq!(values(&generator.forward(latents(&device), &Pass::eval()).value), whole);
    }

    #[test]
    fn gradients_reach_every_weight_once_the_blocks_have_left_zero() {
        let device = Device::flex().autodiff();
        let generator = generator(28, &device);
        let learn = |generator: &PlainResnetGenerator| {
            let images = generator.forward(latents(&device), &Pass::train(None)).value;
            reached(generator, &images.powi_scalar(2).sum().backward())
        };
        let first = learn(&generator);
        assert!(!first.contains("conv_out"), "{first}");
        let weights = Address::new(1, Purpose::Weights);
        let awake = initialise(generator, &Initial::kaiming(0.2), weights);
        assert_eq!(learn(&awake), "everywhere");
    }

    #[test]
    fn an_impossible_configuration_is_refused_before_a_tensor_exists() {
        let default = PlainResnetGeneratorConfig::default;
        let config = PlainResnetGeneratorConfig { blocks: 0, ..default() };
        assert_eq!(config.validate(), Err(ConfigError::Zero { field: "blocks" }));
        let config = PlainResnetGeneratorConfig { size: 20, ..default() };
        assert_eq!(config.initial().unwrap_err(), ConfigError::Size { size: 20 });
    }

    #[test]
    fn the_default_is_pinned() {
        let config = PlainResnetGeneratorConfig { blocks: 1, ..Default::default() };
        let generator = config.init(&Device::flex()).unwrap();
        let expected = "\
project Linear 64x128 8192
basis Basis 128x4x4 2048
stages.0.blocks.0.conv_in Conv2d 128x128x1x1 16512
stages.0.blocks.0.conv_mid Conv2d 128x128x3x3 147584
stages.0.blocks.0.conv_out Conv2d 128x128x1x1 16384
stages.1.blocks.0.conv_in Conv2d 128x128x1x1 16512
stages.1.blocks.0.conv_mid Conv2d 128x128x3x3 147584
stages.1.blocks.0.conv_out Conv2d 128x128x1x1 16384
stages.2.change Conv2d 64x128x1x1 8192
stages.2.blocks.0.conv_in Conv2d 64x64x1x1 4160
stages.2.blocks.0.conv_mid Conv2d 64x64x3x3 36928
stages.2.blocks.0.conv_out Conv2d 64x64x1x1 4096
stages.3.change Conv2d 32x64x1x1 2048
stages.3.blocks.0.conv_in Conv2d 32x32x1x1 1056
stages.3.blocks.0.conv_mid Conv2d 32x32x3x3 9248
stages.3.blocks.0.conv_out Conv2d 32x32x1x1 1024
paint Conv2d 1x32x1x1 32
total 437984";
        assert_eq!(table(&generator), expected);
        let whole = PlainResnetGeneratorConfig::default().init(&Device::flex()).unwrap();
        assert!(whole.stages.iter().all(|stage| stage.blocks.len() == 2));
    }

    #[test]
    fn the_papers_block_is_wider_and_in_groups_of_sixteen() {
        // For CIFAR-10 (table 9): 768 channels everywhere, 96 groups.
        let (width, bottleneck) = (768, Bottleneck::MODERN);
        let config =
            PlainResnetGeneratorConfig { width, widest: width, bottleneck, ..Default::default() };
        let table = table(&config.init(&Device::flex()).unwrap());
        let block = "\
stages.3.blocks.1.conv_in Conv2d 1536x768x1x1 1181184
stages.3.blocks.1.conv_mid Conv2d 1536x16x3x3 222720
stages.3.blocks.1.conv_out Conv2d 768x1536x1x1 1179648";
        assert!(table.contains(block), "{table}");
    }
}
