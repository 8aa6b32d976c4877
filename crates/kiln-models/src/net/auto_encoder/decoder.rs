//! From codes, or latents, to pictures.

use burn::module::Module;
use burn::tensor::Device;
use kiln_ops::Dual;
use serde::{Deserialize, Serialize};

use super::sides::doublings;
use crate::config::at_least_one;
use crate::{
    Activation, ConfigError, Conv2d, Conv2dConfig, ConvTranspose2d, ConvTranspose2dConfig, Linear,
    LinearConfig, Pass,
};

pub(super) const ELU: Activation = Activation::Elu { alpha: 1.0 };

/// Configuration of a [`Decoder`]: BEGAN's generator, and half of its critic.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecoderConfig {
    /// Width of a latent vector or a code.
    pub latents: usize,
    /// Channels of a picture: 1 for grey, 3 for colour.
    pub channels: usize,
    /// Channels at every resolution; the paper has 64 and 128.
    pub width: usize,
    /// Side of a picture: 28, 32, 64, or any other 8 or 7 times a power of two.
    pub size: usize,
}

impl Default for DecoderConfig {
    /// The paper's latents, and a width for a CPU.
    fn default() -> Self {
        Self { latents: 64, channels: 1, width: 32, size: 32 }
    }
}

impl DecoderConfig {
    /// Checks that there is such a network.
    ///
    /// # Errors
    ///
    /// When a width is zero or the size does not halve down to 8 or 7.
    pub fn validate(&self) -> Result<(), ConfigError> {
        at_least_one("latents", self.latents)?;
        at_least_one("channels", self.channels)?;
        at_least_one("width", self.width)?;
        doublings(self.size).map(drop)
    }

    /// The network, on `device`; weights wait for [`initialise`](crate::initialise).
    ///
    /// # Errors
    ///
    /// As [`validate`](Self::validate).
    pub fn init(&self, device: &Device) -> Result<Decoder, ConfigError> {
        self.validate()?;
        let (side, n_doublings) = doublings(self.size)?;
        let start = [self.width, side, side];
        let keep = |outputs| Conv2dConfig::new(self.width, outputs, 3).with_padding(1).init(device);
        let double = ConvTranspose2dConfig::new(self.width, self.width, 3).with_padding(1);
        let up = |_| UpPair {
            up: double.clone().with_doubling(true).init(device),
            keep: keep(self.width),
        };
        Ok(Decoder {
            expand: LinearConfig::new(self.latents, start.iter().product()).init(device),
            first: vec![keep(self.width), keep(self.width)],
            blocks: (0..n_doublings).map(up).collect(),
            paint: keep(self.channels),
            start,
        })
    }
}

/// Makes pictures, meant to be in `[-1, 1]` though nothing keeps them there.
#[derive(Module, Debug)]
pub struct Decoder {
    /// From a code to the smallest picture, without activation.
    pub expand: Linear,
    /// At the smallest resolution.
    pub first: Vec<Conv2d>,
    /// Each doubles the resolution.
    pub blocks: Vec<UpPair>,
    /// To the picture.
    pub paint: Conv2d,
    /// Channels, height and width of the smallest picture.
    pub start: [usize; 3],
}

/// Doubling and convolution, ELU, convolution, ELU.
#[derive(Module, Debug)]
pub struct UpPair {
    /// Of the doubled picture.
    pub up: ConvTranspose2d,
    /// At the higher resolution.
    pub keep: Conv2d,
}

impl UpPair {
    fn forward(&self, x: Dual<4>, pass: &Pass) -> Dual<4> {
        let x = ELU.forward(self.up.forward(x, pass)); // resolution times 2
        ELU.forward(self.keep.forward(x, pass))
    }
}

impl Decoder {
    /// Shape: `[batch, latents]` to `[batch, channels, size, size]`.
    pub fn forward(&self, latents: Dual<2>, pass: &Pass) -> Dual<4> {
        let [batch, _] = latents.dims();
        let [channels, height, width] = self.start;
        let x = self.expand.forward(latents, pass).reshape([batch, channels, height, width]);
        let x = self.first.iter().fold(x, |x, conv| ELU.forward(conv.forward(x, pass)));
        let x = self.blocks.iter().fold(x, |x, block| block.forward(x, pass)); // 8 x 8, 16 x 16, ...
        self.paint.forward(x, pass)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::values;
    use crate::net::{reached, table};
    use crate::{Initial, initialise};
    use burn::tensor::Tensor;
    use kiln_core::{Address, Purpose, Stream};

    fn decoder(size: usize, device: &Device) -> Decoder {
        let config = DecoderConfig { latents: 5, channels: 2, width: 3, size };
        let weights = Address::new(1, Purpose::Weights);
        initialise(config.init(device).unwrap(), &Initial::kaiming(1.0), weights)
    }

    fn latents(device: &Device) -> Dual<2> {
        let values = Stream::new(Address::new(3, Purpose::Latents)).normals(10);
        Tensor::<1>::from_floats(values.as_slice(), device).reshape([2, 5]).into()
    }

    #[test]
    fn every_size_is_made() {
        let device = Device::flex();
        for size in [16, 28, 32, 64] {
            let images = decoder(size, &device).forward(latents(&device), &Pass::train(None));
            assert_eq!(images.dims(), [2, 2, size, size]);
            let images = values(&images.value);
            assert!(images.iter().all(|pixel| pixel.is_finite()) && images[0] != images[1]);
        }
    }

    #[test]
    fn gradients_reach_every_weight() {
        let device = Device::flex().autodiff();
        let decoder = decoder(28, &device);
        let images = decoder.forward(latents(&device), &Pass::train(None)).value;
        assert_eq!(reached(&decoder, &images.powi_scalar(2).sum().backward()), "everywhere");
    }

    #[test]
    fn an_impossible_configuration_is_refused_before_a_tensor_exists() {
        let config = DecoderConfig { width: 0, ..DecoderConfig::default() };
        assert_eq!(config.validate(), Err(ConfigError::Zero { field: "width" }));
    }

    #[test]
    fn the_default_is_pinned() {
        let decoder = DecoderConfig::default().init(&Device::flex()).unwrap();
        let expected = "\
expand Linear 64x2048 133120
first.0 Conv2d 32x32x3x3 9248
first.1 Conv2d 32x32x3x3 9248
blocks.0.up ConvTranspose2d 32x32x3x3 9248
blocks.0.keep Conv2d 32x32x3x3 9248
blocks.1.up ConvTranspose2d 32x32x3x3 9248
blocks.1.keep Conv2d 32x32x3x3 9248
paint Conv2d 1x32x3x3 289
total 188897";
        assert_eq!(table(&decoder), expected);
    }
}
