//! From pictures to logits.

use burn::module::Module;
use burn::tensor::Device;
use kiln_ops::Dual;
use serde::{Deserialize, Serialize};

use crate::config::{at_least_one, one};
use crate::net::head::{CriticHead, CriticHeadConfig};
use crate::net::stages::{Stages, check_attention};
use crate::{
    Activation, ConfigError, Conv2d, Conv2dConfig, Linear, LinearConfig, Norm, NormLayer, Pass,
    SelfAttention, SelfAttentionConfig,
};

/// Configuration of a [`ResnetCritic`]. The default is the paper's for CIFAR-10.
///
/// Pictures of side 32 or less are halved down to 8 x 8 or 7 x 7, as the paper's for CIFAR-10;
/// larger ones to 4 x 4 or 7 x 7, as the paper's of side 128.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResnetCriticConfig {
    /// Channels of a picture.
    pub channels: usize,
    /// Channels at half the resolution.
    pub width: usize,
    /// Channels at most, however low the resolution.
    pub widest: usize,
    /// Side of a picture: 28, 32, 64, or any other 4 or 7 times a power of two, from 14 on.
    pub size: usize,
    /// Blocks at the lowest resolution that keep it; the paper has two at side 32, one at 128.
    pub flat_blocks: usize,
    /// Of each convolution's input, or of all weights.
    pub norm: Norm,
    /// Side of the maps that a self-attention looks over, at the end of the block that halves to it; 0
    /// for none.
    #[serde(default)]
    pub attention: usize,
    /// What is done with the last features; nothing in the paper.
    #[serde(default)]
    pub head: CriticHeadConfig,
    /// Numbers that it makes of a picture: one logit, unless it is an encoder.
    #[serde(default = "one")]
    pub outputs: usize,
}

impl Default for ResnetCriticConfig {
    fn default() -> Self {
        Self {
            channels: 3,
            width: 128,
            widest: 128,
            size: 32,
            flat_blocks: 2,
            norm: Norm::Spectral,
            attention: 0,
            head: CriticHeadConfig::default(),
            outputs: 1,
        }
    }
}

impl ResnetCriticConfig {
    /// Checks that there is such a network.
    ///
    /// # Errors
    ///
    /// When a width is zero, `widest` below `width`, the size does not halve down to 4 or 7 or not
    /// at all, no block halves to the side `attention`, or a probability is out of range.
    pub fn validate(&self) -> Result<(), ConfigError> {
        at_least_one("outputs", self.outputs)?;
        self.head.validate()?;
        let halvings = 1..=self.widths()?.len();
        check_attention(self.attention, halvings.map(|halvings| self.size >> halvings))
    }

    /// The network, on `device`; weights wait for [`initialise`](crate::initialise).
    ///
    /// # Errors
    ///
    /// As [`validate`](Self::validate).
    pub fn init(&self, device: &Device) -> Result<ResnetCritic, ConfigError> {
        self.validate()?;
        let widths = self.widths()?;
        let last = widths[widths.len() - 1];
        let first = DownResidual::first(self.channels, widths[0], self.norm, device);
        let down =
            widths.windows(2).map(|pair| DownResidual::down(pair[0], pair[1], self.norm, device));
        let attended = |(idx, block): (usize, DownResidual)| match self.attention {
            side if side == self.size >> (idx + 1) => block.attending(self.norm, device),
            _ => block,
        };
        let down = std::iter::once(first).chain(down).enumerate().map(attended);
        let flat = (0..self.flat_blocks).map(|_| DownResidual::flat(last, self.norm, device));
        let head = self.head.init_flat(last, device);
        let judge = LinearConfig::new(head.features, self.outputs)
            .with_spectral_norm(self.norm.is_spectral());
        Ok(ResnetCritic {
            blocks: down.chain(flat).collect(),
            norm: self.norm.init(last, Activation::Relu, device),
            head,
            judge: judge.init(device),
        })
    }

    /// Widths after each halving.
    fn widths(&self) -> Result<Vec<usize>, ConfigError> {
        at_least_one("channels", self.channels)?;
        let stages = Stages::new(self.size, self.width, self.widest)?;
        let spared = usize::from(stages.start == 4 && self.size <= 32);
        let halvings = (stages.widths.len() - 1 - spared).max(1);
        Ok(stages.widths.into_iter().rev().take(halvings).collect())
    }
}

/// Judges pictures: a higher logit means "more real".
#[derive(Module, Debug)]
pub struct ResnetCritic {
    /// The first ones halve the resolution, the others keep it.
    pub blocks: Vec<DownResidual>,
    /// After them, with its ReLU.
    pub norm: NormLayer,
    /// Of the sums over all places.
    pub head: CriticHead,
    /// To the logit.
    pub judge: Linear,
}

impl ResnetCritic {
    /// Shape: `[batch, channels, size, size]` to logits `[batch, outputs]`.
    pub fn forward(&self, images: Dual<4>, pass: &Pass) -> Dual<2> {
        self.judge.forward(self.features(images, pass), pass)
    }

    /// What it judges by. Shape: `[batch, channels, size, size]` to `[batch, features]`.
    pub fn features(&self, images: Dual<4>, pass: &Pass) -> Dual<2> {
        let x = self.blocks.iter().fold(images, |x, block| block.forward(x, pass));
        self.head.forward_flat(self.norm.forward(x, pass).sum_over_positions(), pass)
    }
}

/// ReLU, convolution, ReLU, convolution, mean of 2 x 2; beside it 1 x 1 convolution and mean of 2 x
/// 2. A block that keeps the resolution has no mean, and adds its input as it is.
#[derive(Module, Debug)]
pub struct DownResidual {
    /// With its ReLU; the first block takes the picture as it is.
    pub norm_in: Option<NormLayer>,
    /// At the higher resolution.
    pub conv_in: Conv2d,
    /// With its ReLU.
    pub norm_out: NormLayer,
    /// With the mean.
    pub conv_out: Conv2d,
    /// With the mean; none where the resolution is kept.
    pub shortcut: Option<Conv2d>,
    /// At its end, in at most one block.
    pub attention: Option<SelfAttention>,
}

impl DownResidual {
    /// The block that takes the picture.
    fn first(channels: usize, outputs: usize, norm: Norm, device: &Device) -> Self {
        let plain = Self::new([channels, outputs, outputs], norm, true, device);
        Self { norm_in: None, ..plain }
    }

    /// A block that halves the resolution.
    fn down(inputs: usize, outputs: usize, norm: Norm, device: &Device) -> Self {
        Self::new([inputs, inputs, outputs], norm, true, device)
    }

    /// A block that keeps it.
    fn flat(width: usize, norm: Norm, device: &Device) -> Self {
        Self::new([width; 3], norm, false, device)
    }

    fn new([inputs, within, outputs]: [usize; 3], norm: Norm, halves: bool, on: &Device) -> Self {
        let conv = |inputs, outputs, kernel| {
            let config = Conv2dConfig::new(inputs, outputs, kernel).with_padding(kernel / 2);
            config.with_spectral_norm(norm.is_spectral())
        };
        Self {
            norm_in: Some(norm.init(inputs, Activation::Relu, on)),
            conv_in: conv(inputs, within, 3).with_bias(!norm.shifts()).init(on),
            norm_out: norm.init(within, Activation::Relu, on),
            conv_out: conv(within, outputs, 3).with_pooling(halves).init(on),
            shortcut: halves.then(|| conv(inputs, outputs, 1).with_pooling(true).init(on)),
            attention: None,
        }
    }

    /// The same with a self-attention at its end.
    fn attending(self, norm: Norm, device: &Device) -> Self {
        let [outputs, ..] = self.conv_out.weight.dims();
        let attention = SelfAttentionConfig::new(outputs).with_spectral_norm(norm.is_spectral());
        Self { attention: Some(attention.init(device)), ..self }
    }

    /// Shape: `[batch, inputs, side, side]` to `[batch, outputs, side', side']`.
    pub fn forward(&self, x: Dual<4>, pass: &Pass) -> Dual<4> {
        let shortcut = match &self.shortcut {
            Some(conv) => conv.forward(x.clone(), pass),
            None => x.clone(),
        };
        let x = match &self.norm_in {
            Some(norm) => norm.forward(x, pass),
            None => x,
        };
        let x = self.norm_out.forward(self.conv_in.forward(x, pass), pass);
        let x = self.conv_out.forward(x, pass) + shortcut; // the resolution of the shortcut
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
    use crate::net::{check_tangent, reached, table};
    use crate::{Initial, initialise};
    use burn::tensor::Tensor;
    use burn::tensor::ops::AvgPoolOptions;
    use kiln_core::{Address, Purpose, Stream};

    const NORMS: [Norm; 5] = [Norm::None, Norm::Batch, Norm::Instance, Norm::Layer, Norm::Spectral];

    fn critic(size: usize, norm: Norm, device: &Device) -> ResnetCritic {
        let (channels, width, widest, flat_blocks) = (2, 3, 6, 1);
        let given = ResnetCriticConfig::default();
        let config =
            ResnetCriticConfig { channels, width, widest, size, flat_blocks, norm, ..given };
        let weights = Address::new(1, Purpose::Weights);
        initialise(config.init(device).unwrap(), &Initial::sngan(), weights)
    }

    fn images(size: usize, device: &Device) -> Tensor<4> {
        let pixels = Stream::new(Address::new(3, Purpose::Data)).normals(4 * size * size);
        Tensor::<1>::from_floats(pixels.as_slice(), device).reshape([2, 2, size, size])
    }

    #[test]
    fn every_size_is_judged_with_every_norm() {
        let device = Device::flex();
        for (size, halvings) in [(8, 1), (16, 1), (28, 2), (32, 2), (64, 4), (128, 5)] {
            for norm in NORMS {
                let critic = critic(size, norm, &device);
                assert_eq!(critic.blocks.len(), halvings + 1);
                let pass = Pass::train(None).iterating_power();
                let logits = critic.forward(images(size, &device).into(), &pass);
                assert_eq!(logits.dims(), [2, 1]);
                let logits = values(&logits.value);
                assert!(logits.iter().all(|logit| logit.is_finite()) && logits[0] != logits[1]);
            }
        }
    }

    #[test]
    fn gradients_reach_every_weight() {
        let device = Device::flex().autodiff();
        for norm in NORMS {
            let critic = critic(28, norm, &device);
            let pass = Pass::train(None).iterating_power();
            let logits = critic.forward(images(28, &device).into(), &pass).value;
            let grads = logits.powi_scalar(2).sum().backward();
            assert_eq!(reached(&critic, &grads), "everywhere", "{norm:?}");
        }
    }

    #[test]
    fn a_tangent_goes_through_with_every_norm() {
        let device = Device::flex().autodiff();
        for norm in NORMS {
            let (critic, images) = (critic(16, norm, &device), images(16, &device));
            critic.forward(images.clone().into(), &Pass::train(None).iterating_power());
            check_tangent(&images, |x| critic.forward(x, &Pass::train(None)));
        }
    }

    #[test]
    fn attention_stands_where_it_should_and_carries_tangents() {
        let device = Device::flex().autodiff();
        let config = |attention| ResnetCriticConfig {
            channels: 2,
            width: 8,
            widest: 16,
            size: 32,
            attention,
            ..ResnetCriticConfig::default()
        };
        let places = |attention| {
            let critic = config(attention).init(&device).unwrap();
            critic.blocks.iter().position(|block| block.attention.is_some())
        };
        assert_eq!([0, 16, 8].map(places), [None, Some(0), Some(1)]);
        assert!(config(32).validate().unwrap_err().to_string().contains("16, 8"));
        let weights = Address::new(1, Purpose::Weights);
        let mut critic = initialise(config(16).init(&device).unwrap(), &Initial::sngan(), weights);
        let attention = critic.blocks[0].attention.as_mut().unwrap();
        attention.mix = burn::module::Param::from_tensor(Tensor::from_floats([0.5], &device));
        let images = images(32, &device);
        critic.forward(images.clone().into(), &Pass::train(None).iterating_power());
        check_tangent(&images, |x| critic.forward(x, &Pass::train(None)));
    }

    #[test]
    fn a_block_is_what_its_parts_are_one_after_the_other() {
        let device = Device::flex();
        let block = critic(16, Norm::None, &device).blocks.remove(0);
        let (x, pass) = (Dual::from(images(16, &device)), Pass::eval());
        let pool = |x: Dual<4>| x.avg_pool2d(&AvgPoolOptions::new([2, 2]));
        let plain = Conv2d { pooled: false, ..block.conv_out.clone() };
        let residual = plain.forward(block.conv_in.forward(x.clone(), &pass).relu(), &pass);
        let plain = Conv2d { pooled: false, ..block.shortcut.clone().unwrap() };
        let shortcut = plain.forward(x.clone(), &pass);
        let expected = values(&(pool(residual) + pool(shortcut)).value);
        let y = values(&block.forward(x, &pass).value);
        assert!(y.iter().zip(&expected).all(|(y, e)| (y - e).abs() < 1e-5), "{y:?} {expected:?}");
    }

    #[test]
    fn an_impossible_configuration_is_refused_before_a_tensor_exists() {
        let config = ResnetCriticConfig { channels: 0, ..ResnetCriticConfig::default() };
        assert_eq!(config.validate(), Err(ConfigError::Zero { field: "channels" }));
        let config = ResnetCriticConfig { size: 30, ..ResnetCriticConfig::default() };
        assert_eq!(config.validate(), Err(ConfigError::Size { size: 30 }));
    }

    #[test]
    fn the_default_is_pinned() {
        let critic = ResnetCriticConfig::default().init(&Device::flex()).unwrap();
        let expected = "\
blocks.0.conv_in Conv2d 128x3x3x3 3584
blocks.0.conv_out Conv2d 128x128x3x3 147584
blocks.0.shortcut Conv2d 128x3x1x1 512
blocks.1.conv_in Conv2d 128x128x3x3 147584
blocks.1.conv_out Conv2d 128x128x3x3 147584
blocks.1.shortcut Conv2d 128x128x1x1 16512
blocks.2.conv_in Conv2d 128x128x3x3 147584
blocks.2.conv_out Conv2d 128x128x3x3 147584
blocks.3.conv_in Conv2d 128x128x3x3 147584
blocks.3.conv_out Conv2d 128x128x3x3 147584
judge Linear 128x1 129
total 1053825";
        assert_eq!(table(&critic), expected);
    }
}
