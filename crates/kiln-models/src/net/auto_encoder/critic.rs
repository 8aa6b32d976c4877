//! From pictures to codes and back; the error of that is the energy.

use burn::module::Module;
use burn::tensor::Device;
use kiln_ops::Dual;
use serde::{Deserialize, Serialize};

use super::decoder::ELU;
use super::sides::doublings;
use super::{Decoder, DecoderConfig};
use crate::config::at_least_one;
use crate::{ConfigError, Conv2d, Conv2dConfig, Linear, LinearConfig, Pass};

/// How a pixel's error counts in the energy of a picture, which is the mean over its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PixelError {
    /// `|x - y|`: BEGAN's.
    #[default]
    Absolute,
    /// `(x - y)^2`: EBGAN's, without the root of its norm (Zhao et al. 2017, section 2.3).
    Squared,
}

/// Configuration of an [`AutoEncoder`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AutoEncoderConfig {
    /// Channels of a picture.
    pub channels: usize,
    /// Channels at the full resolution; the encoder adds as many with each halving.
    pub width: usize,
    /// Width of a code.
    pub codes: usize,
    /// Side of a picture: 28, 32, 64, or any other 8 or 7 times a power of two.
    pub size: usize,
    /// What the energy is made of.
    pub error: PixelError,
}

impl Default for AutoEncoderConfig {
    /// The paper's codes, and a width for a CPU.
    fn default() -> Self {
        Self { channels: 1, width: 32, codes: 64, size: 32, error: PixelError::Absolute }
    }
}

impl AutoEncoderConfig {
    /// Checks that there is such a network.
    ///
    /// # Errors
    ///
    /// When a width is zero or the size does not halve down to 8 or 7.
    pub fn validate(&self) -> Result<(), ConfigError> {
        at_least_one("codes", self.codes)?;
        self.decoder().validate()
    }

    /// The network, on `device`; weights wait for [`initialise`](crate::initialise).
    ///
    /// # Errors
    ///
    /// As [`validate`](Self::validate).
    pub fn init(&self, device: &Device) -> Result<AutoEncoder, ConfigError> {
        self.validate()?;
        let (side, n_halvings) = doublings(self.size)?;
        let conv = |inputs, outputs, stride| {
            let config = Conv2dConfig::new(inputs, outputs, 3).with_padding(1);
            config.with_stride(stride).init(device)
        };
        let down = |n: usize| {
            let width = n * self.width;
            DownPair { keep: conv(width, width, 1), down: conv(width, width + self.width, 2) }
        };
        let deepest = (n_halvings + 1) * self.width;
        Ok(AutoEncoder {
            look: conv(self.channels, self.width, 1),
            blocks: (1..=n_halvings).map(down).collect(),
            last: vec![conv(deepest, deepest, 1), conv(deepest, deepest, 1)],
            condense: LinearConfig::new(deepest * side * side, self.codes).init(device),
            decoder: self.decoder().init(device)?,
            error: self.error,
        })
    }

    fn decoder(&self) -> DecoderConfig {
        let Self { channels, width, codes, size, .. } = *self;
        DecoderConfig { latents: codes, channels, width, size }
    }
}

/// Draws a picture again through a narrow code; a *lower* error means "more real".
#[derive(Module, Debug)]
pub struct AutoEncoder {
    /// From the picture.
    pub look: Conv2d,
    /// Each halves the resolution.
    pub blocks: Vec<DownPair>,
    /// At the smallest resolution.
    pub last: Vec<Conv2d>,
    /// To the code, without activation.
    pub condense: Linear,
    /// From the code to the picture.
    pub decoder: Decoder,
    /// What the energy is made of.
    #[module(skip)]
    pub error: PixelError,
}

/// Convolution, ELU, convolution with stride 2, ELU.
#[derive(Module, Debug)]
pub struct DownPair {
    /// At the higher resolution.
    pub keep: Conv2d,
    /// Halves it and adds channels.
    pub down: Conv2d,
}

impl DownPair {
    fn forward(&self, x: Dual<4>, pass: &Pass) -> Dual<4> {
        let x = ELU.forward(self.keep.forward(x, pass));
        ELU.forward(self.down.forward(x, pass)) // resolution halved
    }
}

impl AutoEncoder {
    /// The codes. Shape: `[batch, channels, size, size]` to `[batch, codes]`.
    pub fn codes(&self, images: Dual<4>, pass: &Pass) -> Dual<2> {
        let x = ELU.forward(self.look.forward(images, pass));
        let x = self.blocks.iter().fold(x, |x, block| block.forward(x, pass)); // to 8 x 8 or 7 x 7
        let x = self.last.iter().fold(x, |x, conv| ELU.forward(conv.forward(x, pass)));
        self.condense.forward(x.flatten(), pass)
    }

    /// The pictures drawn again. Shape: `[batch, channels, size, size]`, kept.
    pub fn forward(&self, images: Dual<4>, pass: &Pass) -> Dual<4> {
        self.decoder.forward(self.codes(images, pass), pass)
    }

    /// The error of each picture, at least 0; a *lower* one means "more real".
    ///
    /// Shape: `[batch, channels, size, size]` to `[batch, 1]`.
    pub fn energy(&self, images: Dual<4>, pass: &Pass) -> Dual<2> {
        let again = self.forward(images.clone(), pass);
        self.energy_between(images, again)
    }

    /// The same, of pictures that were drawn again before, such as from codes that EBGAN's
    /// pulling-away term needs too: `energy_between(images, decoder.forward(codes))`.
    pub fn energy_between(&self, images: Dual<4>, again: Dual<4>) -> Dual<2> {
        let error = (images + again.scale(-1.0)).flatten(); // [batch, pixels]
        let error = match self.error {
            PixelError::Absolute => absolute(error),
            PixelError::Squared => error.elementwise(|x| x.square(), |x, _| x * 2.0),
        };
        error.linear_map(|x| x.mean_dim(1))
    }
}

/// `|x|`, whose slope is the sign of `x`, a constant almost everywhere.
fn absolute(x: Dual<2>) -> Dual<2> {
    x.elementwise(|x| x.abs(), |x, _| x.detach().sign())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::values;
    use crate::net::{check_tangent, reached, table};
    use crate::{Initial, initialise};
    use burn::tensor::Tensor;
    use kiln_core::{Address, Purpose, Stream};

    fn critic(size: usize, error: PixelError, device: &Device) -> AutoEncoder {
        let config = AutoEncoderConfig { channels: 2, width: 3, codes: 5, size, error };
        let weights = Address::new(1, Purpose::Weights);
        initialise(config.init(device).unwrap(), &Initial::kaiming(1.0), weights)
    }

    fn images(size: usize, device: &Device) -> Tensor<4> {
        let pixels = Stream::new(Address::new(3, Purpose::Data)).normals(4 * size * size);
        Tensor::<1>::from_floats(pixels.as_slice(), device).reshape([2, 2, size, size])
    }

    #[test]
    fn every_size_is_drawn_again_through_codes() {
        let device = Device::flex();
        for size in [16, 28, 32, 64] {
            let critic = critic(size, PixelError::Absolute, &device);
            let (images, pass) = (Dual::from(images(size, &device)), Pass::train(None));
            assert_eq!(critic.codes(images.clone(), &pass).dims(), [2, 5]);
            assert_eq!(critic.forward(images.clone(), &pass).dims(), [2, 2, size, size]);
            assert_eq!(critic.energy(images, &pass).dims(), [2, 1]);
        }
    }

    #[test]
    fn the_energy_is_the_mean_error_of_a_pixel() {
        let device = Device::flex();
        let check = |error: PixelError, expected: [f32; 2]| {
            let critic = critic(16, error, &device);
            let real = Tensor::<1>::from_floats([0.0, 1.0, 2.0, 3.0], &device);
            let again = Tensor::<1>::from_floats([0.0, 3.0, 2.5, 3.5], &device);
            let [real, again] = [real, again].map(|x| Dual::from(x.reshape([2, 1, 1, 2])));
            assert_eq!(values(&critic.energy_between(real, again).value), expected);
        };
        check(PixelError::Absolute, [1.0, 0.5]);
        check(PixelError::Squared, [2.0, 0.25]);
    }

    #[test]
    fn the_energy_is_that_of_the_picture_drawn_again_from_its_code() {
        let device = Device::flex();
        let critic = critic(16, PixelError::Absolute, &device);
        let (images, pass) = (Dual::from(images(16, &device)), Pass::eval());
        let again = critic.decoder.forward(critic.codes(images.clone(), &pass), &pass);
        let energy = values(&critic.energy_between(images.clone(), again).value);
        assert_eq!(values(&critic.energy(images, &pass).value), energy);
        assert!(energy.iter().all(|energy| *energy > 0.0));
    }

    #[test]
    fn gradients_reach_every_weight_and_the_pictures() {
        let device = Device::flex().autodiff();
        for error in [PixelError::Absolute, PixelError::Squared] {
            let critic = critic(28, error, &device);
            let images = images(28, &device).require_grad();
            let energy = critic.energy(images.clone().into(), &Pass::train(None)).value;
            let grads = energy.sum().backward();
            assert_eq!(reached(&critic, &grads), "everywhere");
            assert!(values(&images.grad(&grads).unwrap()).iter().all(|g| *g != 0.0));
        }
    }

    #[test]
    fn a_tangent_goes_through() {
        let device = Device::flex().autodiff();
        for error in [PixelError::Absolute, PixelError::Squared] {
            let critic = critic(16, error, &device);
            check_tangent(&images(16, &device), |x| critic.energy(x, &Pass::train(None)));
        }
    }

    #[test]
    fn an_impossible_configuration_is_refused_before_a_tensor_exists() {
        let config = AutoEncoderConfig { codes: 0, ..AutoEncoderConfig::default() };
        assert_eq!(config.validate(), Err(ConfigError::Zero { field: "codes" }));
        let config = AutoEncoderConfig { size: 20, ..AutoEncoderConfig::default() };
        assert_eq!(config.validate(), Err(ConfigError::Size { size: 20 }));
    }

    #[test]
    fn the_default_is_pinned() {
        let critic = AutoEncoderConfig::default().init(&Device::flex()).unwrap();
        let expected = "\
look Conv2d 32x1x3x3 320
blocks.0.keep Conv2d 32x32x3x3 9248
blocks.0.down Conv2d 64x32x3x3 18496
blocks.1.keep Conv2d 64x64x3x3 36928
blocks.1.down Conv2d 96x64x3x3 55392
last.0 Conv2d 96x96x3x3 83040
last.1 Conv2d 96x96x3x3 83040
condense Linear 6144x64 393280
decoder.expand Linear 64x2048 133120
decoder.first.0 Conv2d 32x32x3x3 9248
decoder.first.1 Conv2d 32x32x3x3 9248
decoder.blocks.0.up ConvTranspose2d 32x32x3x3 9248
decoder.blocks.0.keep Conv2d 32x32x3x3 9248
decoder.blocks.1.up ConvTranspose2d 32x32x3x3 9248
decoder.blocks.1.keep Conv2d 32x32x3x3 9248
decoder.paint Conv2d 1x32x3x3 289
total 868641";
        assert_eq!(table(&critic), expected);
    }
}
