//! WaveGAN: Donahue, McAuley and Puckette 2018, "Adversarial Audio Synthesis", section 3 and appendix D.
//!
//! DCGAN's networks flattened to one dimension: kernels of 25 samples with stride 4, from 16 samples on;
//! ReLU in the generator, which ends with tanh; leaky ReLU 0.2 in the critic, after which the phase is
//! shuffled, but for the last layer. No norm. Channels double each time the length is divided by 4, from
//! `width` at a quarter of it: 64 in the paper, for 16,384 samples.
//!
//! Transposed convolutions leave a hum of their stride's frequency, which would tell fakes from reals
//! by its phase alone; phase shuffle (section 3.3) takes that from the critic: what each layer makes is
//! shifted by a few samples, one number for the batch, as in the authors' code.

use burn::module::Module;
use burn::tensor::Device;
use kiln_ops::Dual;
use serde::{Deserialize, Serialize};

use super::head::{CriticHead, CriticHeadConfig};
use crate::config::{at_least_one, one};
use crate::{
    Activation, ConfigError, Conv1d, Conv1dConfig, ConvTranspose1d, Linear, LinearConfig, Norm,
    NormLayer, Pass,
};

const LEAKY: Activation = Activation::LeakyRelu { slope: 0.2 };

/// Samples of the shortest sound.
const START: usize = 16;
const KERNEL: usize = 25;
const STRIDE: usize = 4;

/// Configuration of a [`WaveGenerator`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaveGeneratorConfig {
    /// Width of a latent vector.
    pub latents: usize,
    /// Channels of a sound: 1, or 2 for stereo.
    pub channels: usize,
    /// Channels at a quarter of the length.
    pub width: usize,
    /// Samples of a sound: 16 times a power of four, from 64 on.
    pub length: usize,
}

impl WaveGeneratorConfig {
    /// The network, on `device`; weights wait for [`initialise`](crate::initialise).
    ///
    /// # Errors
    ///
    /// When a width is zero, or there is no such length.
    pub fn init(&self, device: &Device) -> Result<WaveGenerator, ConfigError> {
        at_least_one("latents", self.latents)?;
        at_least_one("channels", self.channels)?;
        let widths = widths(self.length, self.width)?;
        let up = |inputs, outputs| conv(inputs, outputs).init_transposed(device);
        Ok(WaveGenerator {
            project: LinearConfig::new(self.latents, widths[0] * START).init(device),
            blocks: widths.windows(2).map(|pair| up(pair[0], pair[1])).collect(),
            speak: up(self.width, self.channels),
        })
    }
}

/// Makes sounds in `[-1, 1]` from latent vectors.
#[derive(Module, Debug)]
pub struct WaveGenerator {
    /// From a latent to the shortest sound.
    pub project: Linear,
    /// Each makes it four times as long.
    pub blocks: Vec<ConvTranspose1d>,
    /// The last of them, to the sound.
    pub speak: ConvTranspose1d,
}

impl WaveGenerator {
    /// Shape: `[batch, latents]` to `[batch, channels, 1, length]`, in `[-1, 1]`.
    pub fn forward(&self, latents: Dual<2>, pass: &Pass) -> Dual<4> {
        let [batch, _] = latents.dims();
        let x = self.project.forward(latents, pass);
        let width = x.dims()[1] / START;
        let x = x.reshape([batch, width, 1, START]).relu();
        let x = self.blocks.iter().fold(x, |x, block| block.forward(x).relu());
        self.speak.forward(x).tanh()
    }
}

/// Configuration of a [`WaveCritic`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WaveCriticConfig {
    /// Channels of a sound.
    pub channels: usize,
    /// Channels at a quarter of the length.
    pub width: usize,
    /// Samples of a sound: 16 times a power of four, from 64 on.
    pub length: usize,
    /// Samples that the phase is shuffled by at most, either way; 2 in the paper, 0 for not at all.
    pub shuffle: usize,
    /// After each convolution but the first; the paper has none.
    #[serde(default = "Norm::none")]
    pub norm: Norm,
    /// What is done with the last features; nothing in the paper.
    #[serde(default)]
    pub head: CriticHeadConfig,
    /// Numbers that it makes of a sound: one logit, unless it is an encoder or a classifier.
    #[serde(default = "one")]
    pub outputs: usize,
}

impl WaveCriticConfig {
    /// The network, on `device`; weights wait for [`initialise`](crate::initialise).
    ///
    /// # Errors
    ///
    /// When a width is zero, there is no such length, the norm is spectral, the shuffle is as long as
    /// what it shifts, or a probability is out of range.
    pub fn init(&self, device: &Device) -> Result<WaveCritic, ConfigError> {
        at_least_one("channels", self.channels)?;
        at_least_one("outputs", self.outputs)?;
        self.head.validate()?;
        if self.norm.is_spectral() || self.shuffle >= START {
            return Err(ConfigError::Wave);
        }
        let widths = widths(self.length, self.width)?;
        let blocks = widths.windows(2).rev().map(|pair| WaveDown {
            conv: conv(pair[1], pair[0]).init(device),
            norm: self.norm.init(pair[0], LEAKY, device),
        });
        let head = self.head.init_area(widths[0], START, device);
        Ok(WaveCritic {
            listen: conv(self.channels, self.width).init(device),
            blocks: blocks.collect(),
            judge: LinearConfig::new(head.features, self.outputs).init(device),
            head,
            shuffle: self.shuffle,
        })
    }
}

/// Judges sounds: a higher logit means "more real".
#[derive(Module, Debug)]
pub struct WaveCritic {
    /// The first layer, from the sound.
    pub listen: Conv1d,
    /// Each makes it a quarter as long.
    pub blocks: Vec<WaveDown>,
    /// To what it judges by.
    pub head: CriticHead,
    /// To the logit.
    pub judge: Linear,
    /// Samples that the phase is shuffled by at most.
    pub shuffle: usize,
}

/// Convolution, norm, leaky ReLU.
#[derive(Module, Debug)]
pub struct WaveDown {
    /// Makes it a quarter as long.
    pub conv: Conv1d,
    /// With its leaky ReLU.
    pub norm: NormLayer,
}

impl WaveCritic {
    /// Shape: `[batch, channels, 1, length]` to logits `[batch, outputs]`.
    pub fn forward(&self, sounds: Dual<4>, pass: &Pass) -> Dual<2> {
        self.judge.forward(self.features(sounds, pass), pass)
    }

    /// What it judges by. Shape: `[batch, channels, 1, length]` to `[batch, features]`.
    pub fn features(&self, sounds: Dual<4>, pass: &Pass) -> Dual<2> {
        let x = LEAKY.forward(self.listen.forward(sounds));
        let x = self.blocks.iter().fold(x, |x, block| {
            let x = x.shift(pass.shift(self.shuffle));
            block.norm.forward(block.conv.forward(x), pass)
        });
        self.head.forward(x, pass) // [batch, widest, 1, 16]
    }
}

fn conv(inputs: usize, outputs: usize) -> Conv1dConfig {
    Conv1dConfig { inputs, outputs, kernel: KERNEL, stride: STRIDE }
}

/// Channels from the shortest sound to a quarter of the length.
fn widths(length: usize, width: usize) -> Result<Vec<usize>, ConfigError> {
    at_least_one("width", width)?;
    let growth = length / START;
    let is_power_of_four = growth.is_power_of_two() && growth.ilog2().is_multiple_of(2);
    if !length.is_multiple_of(START) || growth < STRIDE || !is_power_of_four {
        return Err(ConfigError::WaveLength { length });
    }
    let stages = growth.ilog2() / 2;
    Ok((0..stages).rev().map(|quarters| width << quarters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::{check_tangent, reached, table};
    use crate::{Initial, initialise};
    use burn::tensor::Tensor;
    use kiln_core::{Address, Purpose, Stream};

    fn generator(length: usize, device: &Device) -> WaveGenerator {
        let config = WaveGeneratorConfig { latents: 5, channels: 1, width: 2, length };
        let weights = Address::new(1, Purpose::Weights);
        initialise(config.init(device).unwrap(), &Initial::kaiming(0.0), weights)
    }

    fn config(length: usize, shuffle: usize) -> WaveCriticConfig {
        let (norm, head, outputs) = (Norm::None, CriticHeadConfig::default(), 1);
        WaveCriticConfig { channels: 1, width: 2, length, shuffle, norm, head, outputs }
    }

    fn critic(config: &WaveCriticConfig, device: &Device) -> WaveCritic {
        let weights = Address::new(2, Purpose::Weights);
        initialise(config.init(device).unwrap(), &Initial::kaiming(0.2), weights)
    }

    fn numbers<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
        let address = Address::new(3, Purpose::Data);
        let values = Stream::new(address).normals(shape.iter().product());
        Tensor::<1>::from_floats(values.as_slice(), device).reshape(shape)
    }

    fn masks(lane: u64) -> Pass {
        Pass::train(Some(Address::new(4, Purpose::Dropout).lane(lane)))
    }

    #[test]
    fn every_length_goes_through_both_networks_and_gradients_come_back() {
        for length in [64, 256, 1024] {
            let device = Device::flex().autodiff();
            let generator = generator(length, &device);
            let critic = critic(&config(length, 2), &device);
            let fake = generator.forward(numbers([2, 5], &device).into(), &masks(0));
            assert_eq!(fake.dims(), [2, 1, 1, length]);
            let logits = critic.forward(fake, &masks(0));
            assert_eq!(logits.dims(), [2, 1]);
            let grads = logits.value.square().sum().backward();
            assert_eq!(reached(&generator, &grads), "everywhere", "{length}");
            assert_eq!(reached(&critic, &grads), "everywhere", "{length}");
        }
    }

    #[test]
    fn the_critics_tangent_is_its_slope_with_its_phase_shuffled() {
        let device = Device::flex().autodiff();
        let critic = critic(&config(256, 2), &device);
        check_tangent(&numbers([2, 1, 1, 256], &device), |x| critic.forward(x, &masks(0)));
    }

    #[test]
    fn the_phase_is_shuffled_by_the_pass_and_in_no_other_way() {
        let device = Device::flex();
        let critic = critic(&config(256, 2), &device);
        let logits = |pass: Pass| {
            let y = critic.forward(numbers([2, 1, 1, 256], &device).into(), &pass).value;
            y.into_data().iter::<f32>().collect::<Vec<_>>()
        };
        assert_eq!(logits(masks(1)), logits(masks(1)));
        assert!((2..9).any(|lane| logits(masks(1)) != logits(masks(lane))));
        assert_eq!(logits(Pass::eval()), logits(Pass::train(None)));
    }

    #[test]
    fn what_is_no_network_is_refused() {
        let device = Device::flex();
        for length in [0, 16, 32, 128, 4000] {
            let refusal = config(length, 2).init(&device).unwrap_err();
            assert_eq!(refusal, ConfigError::WaveLength { length });
        }
        assert_eq!(config(64, 16).init(&device).unwrap_err(), ConfigError::Wave);
    }

    /// The sizes of the paper's appendix D: 16,384 samples, 100 latents, 1024 to 64 channels.
    #[test]
    fn the_papers_networks_are_pinned() {
        let device = Device::flex();
        let generator =
            WaveGeneratorConfig { latents: 100, channels: 1, width: 64, length: 16_384 };
        let expected = "\
project Linear 100x16384 1654784
blocks.0 ConvTranspose1d 1024x512x1x25 13107712
blocks.1 ConvTranspose1d 512x256x1x25 3277056
blocks.2 ConvTranspose1d 256x128x1x25 819328
blocks.3 ConvTranspose1d 128x64x1x25 204864
speak ConvTranspose1d 64x1x1x25 1601
total 19065345";
        assert_eq!(table(&generator.init(&device).unwrap()), expected);
        let critic = WaveCriticConfig { width: 64, ..config(16_384, 2) };
        let expected = "\
listen Conv1d 64x1x1x25 1664
blocks.0.conv Conv1d 128x64x1x25 204928
blocks.1.conv Conv1d 256x128x1x25 819456
blocks.2.conv Conv1d 512x256x1x25 3277312
blocks.3.conv Conv1d 1024x512x1x25 13108224
judge Linear 16384x1 16385
total 17427969";
        assert_eq!(table(&critic.init(&device).unwrap()), expected);
    }
}
