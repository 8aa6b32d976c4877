//! From pictures to logits.

use burn::module::Module;
use burn::tensor::Device;
use kiln_ops::Dual;
use serde::{Deserialize, Serialize};

use super::mapping::leaky;
use crate::ConfigError;
use crate::config::{at_least_one, one};
use crate::layer::{EqualConv2d, EqualLinear};
use crate::net::stages::Stages;

/// Configuration of a [`Stylegan2Critic`]. The default is what the authors' code takes for 64 x 64.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stylegan2CriticConfig {
    /// Channels of a picture.
    pub channels: usize,
    /// Channels at the full resolution.
    pub width: usize,
    /// Channels at most, however low the resolution.
    pub widest: usize,
    /// Side of a picture: 28, 32, 64, or any other 4 or 7 times a power of two.
    pub size: usize,
    /// Samples in a group whose spread becomes one more feature map; 0 for none.
    pub group: usize,
    /// Numbers that it makes of a picture: one logit, unless it is an encoder.
    #[serde(default = "one")]
    pub outputs: usize,
}

impl Default for Stylegan2CriticConfig {
    fn default() -> Self {
        Self { channels: 3, width: 256, widest: 512, size: 64, group: 4, outputs: 1 }
    }
}

impl Stylegan2CriticConfig {
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
    pub fn init(&self, device: &Device) -> Result<Stylegan2Critic, ConfigError> {
        let stages = self.stages()?;
        let (top, start) = (stages.top(), stages.start);
        let down = stages.doublings().rev();
        let maps = top + usize::from(self.group > 0);
        Ok(Stylegan2Critic {
            look: EqualConv2d::new(self.channels, self.width, 1, device),
            blocks: down.map(|(to, from)| Stylegan2Down::new(from, to, device)).collect(),
            gather: EqualConv2d::new(maps, top, 3, device),
            describe: EqualLinear::new(top * start * start, top, device),
            judge: EqualLinear::new(top, self.outputs, device),
            group: self.group,
        })
    }

    fn stages(&self) -> Result<Stages, ConfigError> {
        at_least_one("channels", self.channels)?;
        at_least_one("outputs", self.outputs)?;
        Stages::new(self.size, self.width, self.widest)
    }
}

/// Judges pictures: a higher logit means "more real".
#[derive(Module, Debug)]
pub struct Stylegan2Critic {
    /// From the picture.
    pub look: EqualConv2d,
    /// Each halves the resolution.
    pub blocks: Vec<Stylegan2Down>,
    /// Of the smallest maps and the spread of groups.
    pub gather: EqualConv2d,
    /// To the features.
    pub describe: EqualLinear,
    /// To the logit.
    pub judge: EqualLinear,
    /// Samples in a group; 0 for none.
    pub group: usize,
}

impl Stylegan2Critic {
    /// Shape: `[batch, channels, size, size]` to logits `[batch, outputs]`.
    pub fn forward(&self, images: Dual<4>) -> Dual<2> {
        self.judge.forward(self.features(images))
    }

    /// What it judges by. Shape: `[batch, channels, size, size]` to `[batch, features]`.
    pub fn features(&self, images: Dual<4>) -> Dual<2> {
        let x = leaky(self.look.forward(images));
        let x = self.blocks.iter().fold(x, |x, block| block.forward(x));
        let x = if self.group > 0 { x.minibatch_deviation(self.group) } else { x };
        leaky(self.describe.forward(leaky(self.gather.forward(x)).flatten()))
    }
}

/// Two convolutions, the second with every other place; beside them a halving and 1 x 1 convolution.
#[derive(Module, Debug)]
pub struct Stylegan2Down {
    /// At the higher resolution.
    pub conv_in: EqualConv2d,
    /// To the lower one, of what was filtered.
    pub conv_out: EqualConv2d,
    /// At the lower one.
    pub shortcut: EqualConv2d,
}

impl Stylegan2Down {
    fn new(inputs: usize, outputs: usize, device: &Device) -> Self {
        Self {
            conv_in: EqualConv2d::new(inputs, inputs, 3, device),
            conv_out: EqualConv2d::new(inputs, outputs, 3, device).halving(),
            shortcut: EqualConv2d::new(inputs, outputs, 1, device).without_bias(),
        }
    }

    /// Shape: `[batch, inputs, side, side]` to `[batch, outputs, side / 2, side / 2]`.
    pub fn forward(&self, x: Dual<4>) -> Dual<4> {
        let shortcut = self.shortcut.forward(x.clone().downsample_fir());
        let x = leaky(self.conv_in.forward(x)).blur_fir(); // one pixel more
        let x = leaky(self.conv_out.forward(x));
        (x + shortcut).scale(std::f64::consts::FRAC_1_SQRT_2)
    }
}
