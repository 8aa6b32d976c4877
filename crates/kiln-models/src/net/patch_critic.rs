//! The patch critic of Isola et al. 2017, "Image-to-Image Translation with Conditional Adversarial
//! Networks", section 3.2.2 and appendix 6.1: one logit for each patch of the picture.
//!
//! Its depth says how much of the picture a logit sees: 1, 2 or 3 halvings, then two 4 x 4
//! convolutions that keep the resolution but for a pixel, see 16, 34 or 70 pixels.

use burn::module::Module;
use burn::tensor::Device;
use kiln_ops::Dual;
use serde::{Deserialize, Serialize};

use super::conv_block::{ConvBlock, ConvBlockConfig};
use crate::config::at_least_one;
use crate::{Activation, ConfigError, Conv2d, Conv2dConfig, Norm, Pass};

const LEAKY: Activation = Activation::LeakyRelu { slope: 0.2 };

/// Configuration of a [`PatchCritic`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PatchCriticConfig {
    /// Channels of what it judges; of a pair, those of both pictures together.
    pub channels: usize,
    /// Channels after the first halving; twice as many after each further layer.
    pub width: usize,
    /// The most channels.
    pub widest: usize,
    /// Side of a picture.
    pub size: usize,
    /// Side of what a logit sees: 16, 34 or 70.
    pub field: usize,
    /// After each convolution but the first and the last, or of all weights.
    pub norm: Norm,
}

impl Default for PatchCriticConfig {
    /// The paper's.
    fn default() -> Self {
        let (channels, width, widest, size) = (6, 64, 512, 256);
        Self { channels, width, widest, size, field: 70, norm: Norm::Batch }
    }
}

impl PatchCriticConfig {
    /// Checks that there is such a network.
    ///
    /// # Errors
    ///
    /// When a width is zero, the field is not 16, 34 or 70, or the pictures are too small for it.
    pub fn validate(&self) -> Result<(), ConfigError> {
        at_least_one("channels", self.channels)?;
        at_least_one("width", self.width)?;
        let (field, size) = (self.field, self.size);
        // A picture of 3 pixels has one left after the two last layers.
        let least = 3 << self.halvings()?;
        if size < least { Err(ConfigError::Patch { field, least, size }) } else { Ok(()) }
    }

    /// Places of the map of logits along one side.
    ///
    /// # Errors
    ///
    /// As [`validate`](Self::validate).
    pub fn places(&self) -> Result<usize, ConfigError> {
        self.validate()?;
        Ok((0..self.halvings()?).fold(self.size, |size, _| size / 2) - 2)
    }

    /// The network, on `device`; weights wait for [`initialise`](crate::initialise).
    ///
    /// # Errors
    ///
    /// As [`validate`](Self::validate).
    pub fn init(&self, device: &Device) -> Result<PatchCritic, ConfigError> {
        self.validate()?;
        let halvings = self.halvings()?;
        let width = |layer: u32| self.width.checked_shl(layer).unwrap_or(usize::MAX);
        let width = |layer: u32| width(layer).min(self.widest.max(self.width));
        let block = |layer: u32| {
            let (inputs, outputs, norm) = (width(layer - 1), width(layer), self.norm);
            let (kernel, stride) = (KERNEL, if layer < halvings { 2 } else { 1 });
            let (activation, classes) = (LEAKY, 0);
            ConvBlockConfig { inputs, outputs, kernel, stride, norm, activation, classes }
        };
        let conv = |inputs, outputs, stride| {
            let conv = Conv2dConfig::new(inputs, outputs, KERNEL).with_stride(stride);
            conv.with_padding(1).with_spectral_norm(self.norm.is_spectral()).init(device)
        };
        Ok(PatchCritic {
            look: conv(self.channels, self.width, 2),
            blocks: (1..=halvings).map(|layer| block(layer).init(device)).collect(),
            judge: conv(width(halvings), 1, 1),
        })
    }

    /// How often the resolution is halved.
    fn halvings(&self) -> Result<u32, ConfigError> {
        match self.field {
            16 => Ok(1),
            34 => Ok(2),
            70 => Ok(3),
            field => Err(ConfigError::Field { field }),
        }
    }
}

const KERNEL: usize = 4;

/// Judges patches of pictures: a higher logit means "more real".
#[derive(Module, Debug)]
pub struct PatchCritic {
    /// The first halving.
    pub look: Conv2d,
    /// Each but the last halves the resolution.
    pub blocks: Vec<ConvBlock>,
    /// To the map of logits.
    pub judge: Conv2d,
}

impl PatchCritic {
    /// Shape: `[batch, channels, size, size]` to the map of logits, `[batch, 1, places, places]`.
    pub fn patches(&self, pictures: Dual<4>, pass: &Pass) -> Dual<4> {
        let x = LEAKY.forward(self.look.forward(pictures, pass)); // resolution halved
        let x = self.blocks.iter().fold(x, |x, block| block.forward(x, pass));
        self.judge.forward(x, pass)
    }

    /// One logit a patch, for the objective, which then sees each of them, as in the paper. Shape:
    /// `[batch, channels, size, size]` to `[batch places^2, 1]`, those of a picture side by side.
    pub fn forward(&self, pictures: Dual<4>, pass: &Pass) -> Dual<2> {
        let map = self.patches(pictures, pass);
        let n_patches = map.dims().iter().product();
        map.reshape([n_patches, 1])
    }

    /// One logit a picture, the mean over its patches, for penalties, which weigh the slope of a
    /// picture's logit. Shape: `[batch, channels, size, size]` to `[batch, 1]`.
    pub fn opinion(&self, pictures: Dual<4>, pass: &Pass) -> Dual<2> {
        self.patches(pictures, pass).mean_over_positions()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::values;
    use crate::net::{check_tangent, reached, table};
    use crate::{Initial, initialise};
    use burn::tensor::Tensor;
    use kiln_core::{Address, Purpose, Stream};

    fn config(field: usize, size: usize) -> PatchCriticConfig {
        PatchCriticConfig { channels: 2, width: 2, widest: 8, size, field, norm: Norm::Instance }
    }

    fn critic(config: &PatchCriticConfig, device: &Device) -> PatchCritic {
        let weights = Address::new(2, Purpose::Weights);
        initialise(config.init(device).unwrap(), &Initial::kaiming(0.2), weights)
    }

    fn pictures(side: usize, device: &Device) -> Tensor<4> {
        let values = Stream::new(Address::new(3, Purpose::Data)).normals(2 * 2 * side * side);
        Tensor::<1>::from_floats(values.as_slice(), device).reshape([2, 2, side, side])
    }

    #[test]
    fn a_logit_sees_as_many_pixels_as_its_field() {
        let device = Device::flex().autodiff();
        // Away from the border: 70 pixels are seen by a logit in the middle of 88.
        for (field, side) in [(16, 40), (34, 56), (70, 88)] {
            // Without a norm, which looks at the whole picture.
            let config = PatchCriticConfig { norm: Norm::None, ..config(field, side) };
            let x = pictures(side, &device).require_grad();
            let map = critic(&config, &device).patches(x.clone().into(), &Pass::eval()).value;
            let places = config.places().unwrap();
            assert_eq!(map.dims(), [2, 1, places, places]);
            let middle = map.narrow(0, 0, 1).narrow(2, places / 2, 1).narrow(3, places / 2, 1);
            let slope = x.grad(&middle.sum().backward()).unwrap();
            let rows = values(&slope.narrow(0, 0, 1).abs().sum_dim(1).sum_dim(3));
            assert_eq!(rows.iter().filter(|row| **row > 0.0).count(), field);
        }
    }

    #[test]
    fn every_patch_has_a_logit_and_their_mean_is_the_opinion() {
        let (device, config) = (Device::flex(), config(16, 8));
        let critic = critic(&config, &device);
        let logits = critic.forward(pictures(8, &device).into(), &Pass::eval());
        // 8 -> 4 -> 3 -> 2 pixels.
        assert_eq!((config.places().unwrap(), logits.dims()), (2, [2 * 2 * 2, 1]));
        let mean = |logits: &[f32]| logits.iter().sum::<f32>() / 4.0;
        let means: Vec<f32> = values(&logits.value).chunks(4).map(mean).collect();
        let opinion = values(&critic.opinion(pictures(8, &device).into(), &Pass::eval()).value);
        let close = opinion.iter().zip(means).all(|(o, m)| (o - m).abs() < 1e-6);
        assert!(close && opinion.len() == 2, "{opinion:?}");
    }

    #[test]
    fn every_norm_judges_and_learns_everywhere() {
        let device = Device::flex().autodiff();
        for norm in [Norm::None, Norm::Batch, Norm::Instance, Norm::Layer, Norm::Spectral] {
            let critic = critic(&PatchCriticConfig { norm, ..config(34, 16) }, &device);
            let pass = Pass::train(None).iterating_power();
            let logits = critic.forward(pictures(16, &device).into(), &pass).value;
            let grads = logits.powi_scalar(2).sum().backward();
            assert_eq!(reached(&critic, &grads), "everywhere", "{norm:?}");
            let x = pictures(16, &device);
            check_tangent(&x, |x| critic.forward(x, &Pass::train(None)));
            check_tangent(&x, |x| critic.opinion(x, &Pass::train(None)).scale(4.0));
        }
    }

    #[test]
    fn the_papers_critic_has_its_layers() {
        let critic = PatchCriticConfig::default().init(&Device::flex()).unwrap();
        // 6 * 64 * 16 + 64, 64 * 128 * 16, 2 * 128, ..., 512 * 16 + 1.
        let expected = "look Conv2d 64x6x4x4 6208\n\
            blocks.0.conv Conv2d 128x64x4x4 131072\n\
            blocks.0.norm BatchNorm 128 256\n\
            blocks.1.conv Conv2d 256x128x4x4 524288\n\
            blocks.1.norm BatchNorm 256 512\n\
            blocks.2.conv Conv2d 512x256x4x4 2097152\n\
            blocks.2.norm BatchNorm 512 1024\n\
            judge Conv2d 1x512x4x4 8193\n\
            total 2768705";
        assert_eq!(table(&critic), expected);
    }

    #[test]
    fn what_cannot_be_is_told() {
        let refusal = |config: PatchCriticConfig| config.validate().unwrap_err().to_string();
        assert!(
            refusal(config(50, 64)).contains("`field` is 50: a patch critic sees 16, 34 or 70")
        );
        let small = refusal(config(70, 16));
        assert!(small.contains("at least 24 pixels, and these have 16"), "{small}");
        assert!(refusal(PatchCriticConfig { width: 0, ..config(16, 8) }).contains("`width` is 0"));
        assert_eq!(config(70, 24).places(), Ok(1));
    }
}
