//! The critic of SRGAN (Ledig et al. 2017, section 2.1.1 and figure 4): 3 x 3 convolutions that halve
//! the picture and double the channels in turns, then two linear layers; one logit a picture.

use burn::module::Module;
use burn::tensor::Device;
use kiln_ops::Dual;
use serde::{Deserialize, Serialize};

use super::conv_block::{ConvBlock, ConvBlockConfig};
use crate::config::at_least_one;
use crate::{Activation, ConfigError, Linear, LinearConfig, Norm, Pass};

/// Configuration of a [`SrganCritic`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SrganCriticConfig {
    /// Channels of what it judges.
    pub channels: usize,
    /// Side of a picture.
    pub size: usize,
    /// Channels of the first convolution; eight times as many in the last.
    pub width: usize,
    /// After each convolution but the first, or of all weights.
    pub norm: Norm,
}

impl Default for SrganCriticConfig {
    /// The paper's, for its crops.
    fn default() -> Self {
        Self { channels: 3, size: 96, width: 64, norm: Norm::Batch }
    }
}

/// How often a picture is halved.
const HALVINGS: u32 = 4;
/// What the first linear layer has of the width.
const DESCRIBED: usize = 16;
const LEAKY: Activation = Activation::LeakyRelu { slope: 0.2 };

impl SrganCriticConfig {
    /// Checks that there is such a network.
    ///
    /// # Errors
    ///
    /// When a width or the size is zero, or instance norm would leave nothing.
    pub fn validate(&self) -> Result<(), ConfigError> {
        at_least_one("channels", self.channels)?;
        at_least_one("width", self.width)?;
        at_least_one("size", self.size)?;
        match (self.norm, self.last_side()) {
            (Norm::Instance, 1) => Err(ConfigError::InstanceOfOne { size: self.size }),
            _ => Ok(()),
        }
    }

    /// Side of what the last convolution leaves.
    fn last_side(&self) -> usize {
        (0..HALVINGS).fold(self.size, |side, _| side.div_ceil(2))
    }

    /// The network, on `device`; weights wait for [`initialise`](crate::initialise).
    ///
    /// # Errors
    ///
    /// As [`validate`](Self::validate).
    pub fn init(&self, device: &Device) -> Result<SrganCritic, ConfigError> {
        self.validate()?;
        let width = |level: u32| self.width.saturating_mul(1 << level);
        let block = |inputs, level: u32, stride| {
            let first = (level, stride) == (0, 1);
            let norm = if first && !self.norm.is_spectral() { Norm::None } else { self.norm };
            let (outputs, kernel, activation, classes) = (width(level), 3, LEAKY, 0);
            ConvBlockConfig { inputs, outputs, kernel, stride, norm, activation, classes }
                .init(device)
        };
        let of = |level: u32| {
            let inputs = level.checked_sub(1).map_or(self.channels, width);
            [block(inputs, level, 1), block(width(level), level, 2)]
        };
        let side = self.last_side();
        let linear = |inputs, outputs| {
            let spectral = self.norm.is_spectral();
            LinearConfig::new(inputs, outputs).with_spectral_norm(spectral).init(device)
        };
        let described = DESCRIBED * self.width;
        Ok(SrganCritic {
            blocks: (0..HALVINGS).flat_map(of).collect(),
            describe: linear(width(HALVINGS - 1) * side * side, described),
            judge: linear(described, 1),
        })
    }
}

/// Judges pictures: a higher logit means "more real".
#[derive(Module, Debug)]
pub struct SrganCritic {
    /// Every second halves the resolution.
    pub blocks: Vec<ConvBlock>,
    /// Of all that is left.
    pub describe: Linear,
    /// To the logit.
    pub judge: Linear,
}

impl SrganCritic {
    /// Shape: `[batch, channels, size, size]` to `[batch, 1]`.
    pub fn forward(&self, pictures: Dual<4>, pass: &Pass) -> Dual<2> {
        let x = self.blocks.iter().fold(pictures, |x, block| block.forward(x, pass));
        self.judge.forward(LEAKY.forward(self.describe.forward(x.flatten(), pass)), pass)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::{check_tangent, reached, table};
    use crate::{Initial, initialise};
    use burn::tensor::Tensor;
    use kiln_core::{Address, Purpose, Stream};

    fn config(size: usize, norm: Norm) -> SrganCriticConfig {
        SrganCriticConfig { channels: 1, size, width: 2, norm }
    }

    fn pictures(side: usize, device: &Device) -> Tensor<4> {
        let values = Stream::new(Address::new(3, Purpose::Data)).normals(2 * side * side);
        Tensor::<1>::from_floats(values.as_slice(), device).reshape([2, 1, side, side])
    }

    #[test]
    fn every_norm_and_size_judges_and_learns_everywhere() {
        let device = Device::flex().autodiff();
        // 28 -> 14 -> 7 -> 4 -> 2.
        for (size, norm) in
            [(8, Norm::None), (16, Norm::Batch), (28, Norm::Instance), (32, Norm::Spectral)]
        {
            let weights = Address::new(2, Purpose::Weights);
            let critic = config(size, norm).init(&device).unwrap();
            let critic = initialise(critic, &Initial::kaiming(0.2), weights);
            let pass = Pass::train(None).iterating_power();
            let logits = critic.forward(pictures(size, &device).into(), &pass).value;
            assert_eq!(logits.dims(), [2, 1]);
            let grads = logits.square().sum().backward();
            assert_eq!(reached(&critic, &grads), "everywhere", "{norm:?}");
            let x = pictures(size, &device);
            check_tangent(&x, |x| critic.forward(x, &Pass::train(None)).scale(10.0));
        }
    }

    #[test]
    fn the_papers_critic_has_its_layers() {
        let rows = table(&SrganCriticConfig::default().init(&Device::flex()).unwrap());
        let has = |row: &str| assert!(rows.contains(row), "{row}\n{rows}");
        has("blocks.0.conv Conv2d 64x3x3x3 1792");
        has("blocks.1.conv Conv2d 64x64x3x3 36864");
        has("blocks.7.conv Conv2d 512x512x3x3 2359296");
        has("describe Linear 18432x1024 18875392");
        has("judge Linear 1024x1 1025");
    }

    #[test]
    fn what_cannot_be_is_told() {
        let small = config(16, Norm::Instance).validate().unwrap_err().to_string();
        assert!(small.contains("whose side is 1 of pictures of 16"), "{small}");
        let none = SrganCriticConfig { width: 0, ..config(16, Norm::Batch) };
        assert!(none.validate().unwrap_err().to_string().contains("`width` is 0"));
    }
}
