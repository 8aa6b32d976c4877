//! From pictures to logits.

use burn::module::Module;
use burn::tensor::Device;
use kiln_ops::Dual;
use serde::{Deserialize, Serialize};

use super::{Basis, Bottleneck, PlainStage};
use crate::config::{at_least_one, one};
use crate::net::head::{CriticHead, CriticHeadConfig};
use crate::net::stages::Stages;
use crate::{ConfigError, Conv2d, Conv2dConfig, Initial, Linear, LinearConfig, Pass};

/// Configuration of a [`PlainResnetCritic`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlainResnetCriticConfig {
    /// Channels of a picture.
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
    /// What is done with the last features; nothing in the paper.
    #[serde(default)]
    pub head: CriticHeadConfig,
    /// Numbers that it makes of a picture: one logit, unless it is an encoder.
    #[serde(default = "one")]
    pub outputs: usize,
}

impl Default for PlainResnetCriticConfig {
    /// The paper's depth, and widths for a CPU.
    fn default() -> Self {
        let head = CriticHeadConfig::default();
        let bottleneck = Bottleneck::default();
        Self {
            channels: 1,
            width: 32,
            widest: 128,
            size: 32,
            blocks: 2,
            bottleneck,
            head,
            outputs: 1,
        }
    }
}

impl PlainResnetCriticConfig {
    /// Checks that there is such a network.
    ///
    /// # Errors
    ///
    /// When a width or the number of blocks is zero, `widest` below `width`, the size does not
    /// halve down to 4 or 7, a block does not fall into groups, or a probability is out of range.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.stages().map(drop)
    }

    /// How the network starts.
    ///
    /// # Errors
    ///
    /// As [`validate`](Self::validate).
    pub fn initial(&self) -> Result<Initial, ConfigError> {
        Ok(Initial::fix_up(self.stages()?.widths.len() * self.blocks))
    }

    /// The network, on `device`; weights wait for [`initialise`](crate::initialise).
    ///
    /// # Errors
    ///
    /// As [`validate`](Self::validate).
    pub fn init(&self, device: &Device) -> Result<PlainResnetCritic, ConfigError> {
        let stages = self.stages()?;
        let head = self.head.init_flat(stages.top(), device);
        let stage = |width| PlainStage::new(width, self.blocks, self.bottleneck, device);
        let halvings = stages
            .doublings()
            .rev()
            .map(|(to, from)| stage(from).with_change((from, to), true, device));
        Ok(PlainResnetCritic {
            look: Conv2dConfig::new(self.channels, self.width, 1).with_bias(false).init(device),
            stages: halvings.chain(std::iter::once(stage(stages.top()))).collect(),
            basis: Basis::new(stages.top(), stages.start, device),
            judge: LinearConfig::new(head.features, self.outputs).with_bias(false).init(device),
            head,
        })
    }

    fn stages(&self) -> Result<Stages, ConfigError> {
        at_least_one("channels", self.channels)?;
        at_least_one("blocks", self.blocks)?;
        at_least_one("outputs", self.outputs)?;
        self.head.validate()?;
        let stages = Stages::new(self.size, self.width, self.widest)?;
        self.bottleneck.validate(&stages.widths)?;
        Ok(stages)
    }
}

/// Judges pictures: a higher logit means "more real".
#[derive(Module, Debug)]
pub struct PlainResnetCritic {
    /// From the picture.
    pub look: Conv2d,
    /// From the full resolution on; each but the last ends with a halving.
    pub stages: Vec<PlainStage>,
    /// What the smallest pictures are compared with.
    pub basis: Basis,
    /// Of what the comparison gives.
    pub head: CriticHead,
    /// To the logit.
    pub judge: Linear,
}

impl PlainResnetCritic {
    /// Shape: `[batch, channels, size, size]` to logits `[batch, outputs]`.
    pub fn forward(&self, images: Dual<4>, pass: &Pass) -> Dual<2> {
        self.judge.forward(self.features(images, pass), pass)
    }

    /// What it judges by. Shape: `[batch, channels, size, size]` to `[batch, features]`.
    pub fn features(&self, images: Dual<4>, pass: &Pass) -> Dual<2> {
        let last = self.stages.len() - 1;
        let mut x = self.look.forward(images, pass);
        for (idx, stage) in self.stages.iter().enumerate() {
            x = stage.blocks(x, pass);
            if idx < last {
                x = stage.halve(x, pass); // resolution halved
            }
        }
        self.head.forward_flat(self.basis.gather(x), pass)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::initialise;
    use crate::layer::values;
    use crate::net::{check_tangent, reached, table};
    use burn::tensor::Tensor;
    use kiln_core::{Address, Purpose, Stream};

    const GROUPED: Bottleneck = Bottleneck { expansion: 2, group: Some(3) };

    fn critic(size: usize, bottleneck: Bottleneck, device: &Device) -> PlainResnetCritic {
        let (channels, width, widest, blocks) = (2, 3, 6, 2);
        let given = PlainResnetCriticConfig::default();
        let config =
            PlainResnetCriticConfig { channels, width, widest, size, blocks, bottleneck, ..given };
        let weights = Address::new(1, Purpose::Weights);
        initialise(config.init(device).unwrap(), &config.initial().unwrap(), weights)
    }

    fn awake(size: usize, bottleneck: Bottleneck, device: &Device) -> PlainResnetCritic {
        let weights = Address::new(1, Purpose::Weights);
        initialise(critic(size, bottleneck, device), &Initial::kaiming(0.2), weights)
    }

    fn images(size: usize, device: &Device) -> Tensor<4> {
        let pixels = Stream::new(Address::new(3, Purpose::Data)).normals(4 * size * size);
        Tensor::<1>::from_floats(pixels.as_slice(), device).reshape([2, 2, size, size])
    }

    #[test]
    fn every_size_is_judged() {
        let device = Device::flex();
        for size in [8, 28, 32, 64, 128] {
            let images = images(size, &device);
            let critic = critic(size, GROUPED, &device);
            let logits = critic.forward(images.into(), &Pass::train(None));
            assert_eq!(logits.dims(), [2, 1]);
            let logits = values(&logits.value);
            assert!(logits.iter().all(|logit| logit.is_finite()) && logits[0] != logits[1]);
        }
    }

    #[test]
    fn gradients_reach_every_weight_once_the_blocks_have_left_zero() {
        let device = Device::flex().autodiff();
        let learn = |critic: &PlainResnetCritic| {
            let logits = critic.forward(images(28, &device).into(), &Pass::train(None)).value;
            reached(critic, &logits.powi_scalar(2).sum().backward())
        };
        let first = learn(&critic(28, GROUPED, &device));
        assert!(first.contains("conv_in") && !first.contains("conv_out"), "{first}");
        assert_eq!(learn(&awake(28, GROUPED, &device)), "everywhere");
    }

    #[test]
    fn a_tangent_goes_through() {
        let device = Device::flex().autodiff();
        for bottleneck in [Bottleneck::default(), GROUPED] {
            let critic = awake(16, bottleneck, &device);
            check_tangent(&images(16, &device), |x| critic.forward(x, &Pass::train(None)));
        }
    }

    #[test]
    fn an_impossible_configuration_is_refused_before_a_tensor_exists() {
        let default = PlainResnetCriticConfig::default;
        let config = PlainResnetCriticConfig { widest: 8, ..default() };
        let refusal = config.validate().unwrap_err().to_string();
        assert_eq!(refusal, "`widest` is 8: give a number of at least `width`");
        let config = PlainResnetCriticConfig { size: 20, ..default() };
        assert_eq!(config.initial().unwrap_err(), ConfigError::Size { size: 20 });
        let bottleneck = Bottleneck { expansion: 1, group: Some(24) };
        let config = PlainResnetCriticConfig { bottleneck, ..default() };
        let refusal = config.validate().unwrap_err().to_string();
        assert!(refusal.starts_with("`group` is 24: give a number that `expansion` times"));
        let bottleneck = Bottleneck { expansion: 3, group: Some(24) };
        PlainResnetCriticConfig { bottleneck, ..default() }.validate().unwrap();
        for (expansion, group) in [(0, None), (1, Some(0))] {
            let bottleneck = Bottleneck { expansion, group };
            assert!(PlainResnetCriticConfig { bottleneck, ..default() }.validate().is_err());
        }
    }

    #[test]
    fn the_default_is_pinned() {
        let config = PlainResnetCriticConfig { blocks: 1, ..Default::default() };
        let critic = config.init(&Device::flex()).unwrap();
        let expected = "\
look Conv2d 32x1x1x1 32
stages.0.change Conv2d 64x32x1x1 2048
stages.0.blocks.0.conv_in Conv2d 32x32x1x1 1056
stages.0.blocks.0.conv_mid Conv2d 32x32x3x3 9248
stages.0.blocks.0.conv_out Conv2d 32x32x1x1 1024
stages.1.change Conv2d 128x64x1x1 8192
stages.1.blocks.0.conv_in Conv2d 64x64x1x1 4160
stages.1.blocks.0.conv_mid Conv2d 64x64x3x3 36928
stages.1.blocks.0.conv_out Conv2d 64x64x1x1 4096
stages.2.blocks.0.conv_in Conv2d 128x128x1x1 16512
stages.2.blocks.0.conv_mid Conv2d 128x128x3x3 147584
stages.2.blocks.0.conv_out Conv2d 128x128x1x1 16384
stages.3.blocks.0.conv_in Conv2d 128x128x1x1 16512
stages.3.blocks.0.conv_mid Conv2d 128x128x3x3 147584
stages.3.blocks.0.conv_out Conv2d 128x128x1x1 16384
basis Basis 128x4x4 2048
judge Linear 128x1 128
total 429920";
        assert_eq!(table(&critic), expected);
        let whole = PlainResnetCriticConfig::default().init(&Device::flex()).unwrap();
        assert!(whole.stages.iter().all(|stage| stage.blocks.len() == 2));
    }
}
