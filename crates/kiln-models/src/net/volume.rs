//! 3D-GAN: Wu, Zhang, Xue, Freeman and Tenenbaum 2016, "Learning a Probabilistic Latent Space of Object
//! Shapes via 3D Generative-Adversarial Modeling", section 3.1 and the supplementary material.
//!
//! DCGAN's networks with a third dimension: kernels of 4 x 4 x 4 with stride 2, batch norm and ReLU in
//! the generator, leaky ReLU 0.2 in the critic, from a volume of 4 x 4 x 4 on. Widths double each time
//! the resolution halves, from `width` at half the side: 64 in the paper, at 64 voxels.
//!
//! Departs from the paper: voxels are in `[-1, 1]`, by tanh, where its are in `[0, 1]`, by a sigmoid,
//! which is the same function of half the weights. They may be smoothed before it.

use burn::module::Module;
use burn::tensor::Device;
use kiln_ops::Dual;
use serde::{Deserialize, Serialize};

use super::head::{CriticHead, CriticHeadConfig};
use crate::config::{at_least_one, one};
use crate::{
    Activation, ConfigError, Conv3d, Conv3dConfig, ConvTranspose3d, ConvTranspose3dConfig, Linear,
    LinearConfig, Norm, NormLayer, Pass,
};

const LEAKY: Activation = Activation::LeakyRelu { slope: 0.2 };

/// Side of the smallest volume.
const START: usize = 4;

/// Configuration of a [`VolumeGenerator`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VolumeGeneratorConfig {
    /// Width of a latent vector.
    pub latents: usize,
    /// Channels at half the resolution.
    pub width: usize,
    /// Side of a volume: a power of two from 8 on.
    pub size: usize,
    /// Whether the volume is smoothed before tanh ([`Dual::smooth`]), so that no voxel stands alone unless
    /// its neighbours half agree; not in the paper.
    #[serde(default)]
    pub smooth: bool,
}

impl VolumeGeneratorConfig {
    /// The network, on `device`; weights wait for [`initialise`](crate::initialise).
    ///
    /// # Errors
    ///
    /// When a width is zero or the size is no power of two from 8 on.
    pub fn init(&self, device: &Device) -> Result<VolumeGenerator, ConfigError> {
        at_least_one("latents", self.latents)?;
        let widths = widths(self.size, self.width)?;
        let norm = |width| Norm::Batch.init(width, Activation::Relu, device);
        let up =
            |inputs, outputs, bias| ConvTranspose3dConfig { inputs, outputs, bias }.init(device);
        let blocks = widths
            .windows(2)
            .map(|pair| VolumeUp { conv: up(pair[0], pair[1], false), norm: norm(pair[1]) });
        let project = LinearConfig::new(self.latents, widths[0] * START.pow(3));
        Ok(VolumeGenerator {
            project: project.with_bias(false).init(device),
            norm: norm(widths[0]),
            blocks: blocks.collect(),
            paint: up(self.width, 1, true),
            smooth: self.smooth,
        })
    }
}

/// Makes volumes in `[-1, 1]` from latent vectors.
#[derive(Module, Debug)]
pub struct VolumeGenerator {
    /// From a latent to the smallest volume; the paper's transposed convolution from 1 x 1 x 1 is the
    /// same map.
    pub project: Linear,
    /// After it, with its ReLU.
    pub norm: NormLayer,
    /// Each doubles the resolution.
    pub blocks: Vec<VolumeUp>,
    /// The last doubling, to the volume.
    pub paint: ConvTranspose3d,
    smooth: bool,
}

/// Transposed convolution, batch norm, ReLU.
#[derive(Module, Debug)]
pub struct VolumeUp {
    /// Doubles the resolution.
    pub conv: ConvTranspose3d,
    /// With its ReLU.
    pub norm: NormLayer,
}

impl VolumeGenerator {
    /// Shape: `[batch, latents]` to `[batch, size, size, size]`, in `[-1, 1]`.
    pub fn forward(&self, latents: Dual<2>, pass: &Pass) -> Dual<4> {
        let [batch, _] = latents.dims();
        let x = self.project.forward(latents, pass);
        let width = x.dims()[1] / START.pow(3);
        // [batch * depth, width, 4, 4]
        let x = self.norm.forward(x.reshape([batch * START, width, START, START]), pass);
        let (x, depth) = self.blocks.iter().fold((x, START), |(x, depth), block| {
            (block.norm.forward(block.conv.forward(x, depth, pass), pass), 2 * depth)
        });
        let x = self.paint.forward(x, depth, pass); // [batch * size, 1, size, size]
        let x = x.reshape([batch, 2 * depth, 2 * depth, 2 * depth]);
        if self.smooth { x.smooth().tanh() } else { x.tanh() }
    }
}

/// Configuration of a [`VolumeCritic`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VolumeCriticConfig {
    /// Channels at half the resolution.
    pub width: usize,
    /// Side of a volume: a power of two from 8 on.
    pub size: usize,
    /// After each convolution but the first, or of all weights: by batch in the paper. Those within a
    /// sample would look at one slice alone.
    #[serde(default)]
    pub norm: Norm,
    /// What is done with the last features; nothing in the paper.
    #[serde(default)]
    pub head: CriticHeadConfig,
    /// Numbers that it makes of a volume: one logit, unless it is an encoder or a classifier.
    #[serde(default = "one")]
    pub outputs: usize,
}

impl VolumeCriticConfig {
    /// The network, on `device`; weights wait for [`initialise`](crate::initialise).
    ///
    /// # Errors
    ///
    /// When a width is zero, the size is no power of two from 8 on, the norm is one within a sample, or
    /// a probability is out of range.
    pub fn init(&self, device: &Device) -> Result<VolumeCritic, ConfigError> {
        at_least_one("outputs", self.outputs)?;
        self.head.validate()?;
        if matches!(self.norm, Norm::Instance | Norm::Layer) {
            return Err(ConfigError::NormOfSlices);
        }
        let spectral_norm = self.norm.is_spectral();
        let down = |inputs, outputs, bias| {
            Conv3dConfig { inputs, outputs, bias, spectral_norm }.init(device)
        };
        let widths = widths(self.size, self.width)?;
        let blocks = widths.windows(2).rev().map(|pair| VolumeDown {
            conv: down(pair[1], pair[0], !self.norm.shifts()),
            norm: self.norm.init(pair[0], LEAKY, device),
        });
        let head = self.head.init(START * widths[0], START, device);
        let judge = LinearConfig::new(head.features, self.outputs);
        Ok(VolumeCritic {
            look: down(1, self.width, true),
            blocks: blocks.collect(),
            head,
            judge: judge.with_spectral_norm(spectral_norm).init(device),
        })
    }
}

/// Judges volumes: a higher logit means "more real".
#[derive(Module, Debug)]
pub struct VolumeCritic {
    /// The first halving, from the volume.
    pub look: Conv3d,
    /// Each halves the resolution.
    pub blocks: Vec<VolumeDown>,
    /// To what it judges by.
    pub head: CriticHead,
    /// From the smallest volume to the logit; the paper's convolution to 1 x 1 x 1 is the same map.
    pub judge: Linear,
}

/// Convolution, norm, leaky ReLU.
#[derive(Module, Debug)]
pub struct VolumeDown {
    /// Halves the resolution.
    pub conv: Conv3d,
    /// With its leaky ReLU.
    pub norm: NormLayer,
}

impl VolumeCritic {
    /// Shape: `[batch, size, size, size]` to logits `[batch, outputs]`.
    pub fn forward(&self, volumes: Dual<4>, pass: &Pass) -> Dual<2> {
        self.judge.forward(self.features(volumes, pass), pass)
    }

    /// What it judges by. Shape: `[batch, size, size, size]` to `[batch, features]`.
    pub fn features(&self, volumes: Dual<4>, pass: &Pass) -> Dual<2> {
        let [batch, size, ..] = volumes.dims();
        let x = volumes.reshape([batch * size, 1, size, size]);
        let x = LEAKY.forward(self.look.forward(x, size, pass));
        let (x, _) = self.blocks.iter().fold((x, size / 2), |(x, depth), block| {
            (block.norm.forward(block.conv.forward(x, depth, pass), pass), depth / 2)
        });
        let [slices, width, ..] = x.dims(); // [batch * 4, width, 4, 4]
        let x = x.reshape([batch, slices / batch * width, START, START]);
        self.head.forward(x, pass)
    }
}

/// Channels from the smallest volume to half the side.
fn widths(size: usize, width: usize) -> Result<Vec<usize>, ConfigError> {
    at_least_one("width", width)?;
    if !size.is_power_of_two() || size < 2 * START {
        return Err(ConfigError::VolumeSize { size });
    }
    let stages = (size / START).ilog2();
    Ok((0..stages).rev().map(|halvings| width << halvings).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::{check_tangent, reached, table};
    use crate::{Initial, initialise};
    use burn::tensor::Tensor;
    use kiln_core::{Address, Purpose, Stream};

    fn generator(size: usize, device: &Device) -> VolumeGenerator {
        let config = VolumeGeneratorConfig { latents: 5, width: 2, size, smooth: size == 16 };
        let weights = Address::new(1, Purpose::Weights);
        initialise(config.init(device).unwrap(), &Initial::kaiming(0.0), weights)
    }

    fn critic(size: usize, norm: Norm, device: &Device) -> VolumeCritic {
        let (head, outputs) = (CriticHeadConfig::default(), 1);
        let config = VolumeCriticConfig { width: 2, size, norm, head, outputs };
        let weights = Address::new(2, Purpose::Weights);
        initialise(config.init(device).unwrap(), &Initial::kaiming(0.2), weights)
    }

    fn latents(device: &Device) -> Tensor<2> {
        let values = Stream::new(Address::new(3, Purpose::Latents)).normals(10);
        Tensor::<1>::from_floats(values.as_slice(), device).reshape([2, 5])
    }

    #[test]
    fn every_size_goes_through_both_networks_and_gradients_come_back() {
        for (size, norm) in [(8, Norm::Batch), (16, Norm::Spectral), (32, Norm::None)] {
            let device = Device::flex().autodiff();
            let (generator, critic) = (generator(size, &device), critic(size, norm, &device));
            let fake = generator.forward(latents(&device).into(), &Pass::train(None));
            assert_eq!(fake.dims(), [2, size, size, size]);
            let logits = critic.forward(fake, &Pass::train(None));
            assert_eq!(logits.dims(), [2, 1]);
            let grads = logits.value.square().sum().backward();
            assert_eq!(reached(&generator, &grads), "everywhere", "{size}");
            assert_eq!(reached(&critic, &grads), "everywhere", "{size}");
        }
    }

    #[test]
    fn the_critics_tangent_is_its_slope() {
        let device = Device::flex().autodiff();
        let values = Stream::new(Address::new(4, Purpose::Data)).normals(2 * 512);
        let x = Tensor::<1>::from_floats(values.as_slice(), &device).reshape([2, 8, 8, 8]);
        for norm in [Norm::Batch, Norm::None] {
            let critic = critic(8, norm, &device);
            check_tangent(&x, |x| critic.forward(x, &Pass::train(None)));
        }
    }

    #[test]
    fn what_is_no_network_is_refused() {
        let device = Device::flex();
        for size in [0, 4, 12, 28] {
            let config = VolumeGeneratorConfig { latents: 5, width: 2, size, smooth: size == 16 };
            assert_eq!(config.init(&device).unwrap_err(), ConfigError::VolumeSize { size });
        }
        let (norm, head, outputs) = (Norm::Instance, CriticHeadConfig::default(), 1);
        let config = VolumeCriticConfig { width: 2, size: 8, norm, head, outputs };
        assert_eq!(config.init(&device).unwrap_err(), ConfigError::NormOfSlices);
    }

    /// The sizes of the paper: 64 voxels, 200 latents, 512 to 64 channels.
    #[test]
    fn the_papers_networks_are_pinned() {
        let device = Device::flex();
        let generator = VolumeGeneratorConfig { latents: 200, width: 64, size: 64, smooth: false };
        let expected = "\
project Linear 200x32768 6553600
norm BatchNorm 512 1024
blocks.0.conv.planes ConvTranspose2d 512x1024x4x4 8388608
blocks.0.norm BatchNorm 256 512
blocks.1.conv.planes ConvTranspose2d 256x512x4x4 2097152
blocks.1.norm BatchNorm 128 256
blocks.2.conv.planes ConvTranspose2d 128x256x4x4 524288
blocks.2.norm BatchNorm 64 128
paint.planes ConvTranspose2d 64x4x4x4 4096
paint ConvTranspose3d 1 1
total 17569665";
        assert_eq!(table(&generator.init(&device).unwrap()), expected);
        let (norm, head, outputs) = (Norm::Batch, CriticHeadConfig::default(), 1);
        let critic = VolumeCriticConfig { width: 64, size: 64, norm, head, outputs };
        let expected = "\
look.planes Conv2d 64x4x4x4 4160
blocks.0.conv.planes Conv2d 128x256x4x4 524288
blocks.0.norm BatchNorm 128 256
blocks.1.conv.planes Conv2d 256x512x4x4 2097152
blocks.1.norm BatchNorm 256 512
blocks.2.conv.planes Conv2d 512x1024x4x4 8388608
blocks.2.norm BatchNorm 512 1024
judge Linear 32768x1 32769
total 11048769";
        assert_eq!(table(&critic.init(&device).unwrap()), expected);
    }
}
