//! The translator of CycleGAN (Zhu et al. 2017, "Unpaired Image-to-Image Translation using
//! Cycle-Consistent Adversarial Networks", section 7.2, after Johnson et al. 2016): a picture is
//! halved twice, changed by residual blocks at a quarter of its resolution, and doubled twice.
//!
//! 7 x 7 kernels at both ends and 3 x 3 between; a norm and ReLU after each convolution but the last,
//! which ends in tanh, and the second of a block, which has no ReLU. What keeps its resolution has a
//! border that mirrors the picture, since zeros would be seen in what is made.

use burn::module::Module;
use burn::tensor::Device;
use kiln_ops::Dual;
use serde::{Deserialize, Serialize};

use super::conv_block::{ConvBlock, ConvBlockConfig};
use crate::config::at_least_one;
use crate::{
    Activation, ConfigError, Conv2d, Conv2dConfig, ConvTranspose2d, ConvTranspose2dConfig, Norm,
    NormLayer, Pass,
};

/// Configuration of a [`ResnetTranslator`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResnetTranslatorConfig {
    /// Channels of the input.
    pub inputs: usize,
    /// Channels of the output.
    pub outputs: usize,
    /// Side of a picture: a multiple of 4, from 8 on.
    pub size: usize,
    /// Channels at the full resolution; twice as many after each halving.
    pub width: usize,
    /// Residual blocks: the paper has 6 for 128 pixels and 9 from 256 on.
    pub blocks: usize,
    /// After each convolution but the last.
    pub norm: Norm,
}

impl Default for ResnetTranslatorConfig {
    /// The paper's for 256 pixels.
    fn default() -> Self {
        let (inputs, outputs, size, width, blocks) = (3, 3, 256, 64, 9);
        Self { inputs, outputs, size, width, blocks, norm: Norm::Instance }
    }
}

/// How often a picture is halved.
const HALVINGS: u32 = 2;
/// Side of the kernels at both ends.
const OUTER: usize = 7;
/// Side of those between.
const INNER: usize = 3;

impl ResnetTranslatorConfig {
    /// Checks that there is such a network.
    ///
    /// # Errors
    ///
    /// When a width is zero, or the size is no multiple of 4 or less than 8.
    pub fn validate(&self) -> Result<(), ConfigError> {
        at_least_one("inputs", self.inputs)?;
        at_least_one("outputs", self.outputs)?;
        at_least_one("width", self.width)?;
        // A mirrored border of one pixel needs two pixels inside.
        let (factor, least) = (1 << HALVINGS, 2 << HALVINGS);
        if self.size < least || !self.size.is_multiple_of(factor) {
            return Err(ConfigError::Multiple { size: self.size, factor, least });
        }
        Ok(())
    }

    /// The network, on `device`; weights wait for [`initialise`](crate::initialise).
    ///
    /// # Errors
    ///
    /// As [`validate`](Self::validate).
    pub fn init(&self, device: &Device) -> Result<ResnetTranslator, ConfigError> {
        self.validate()?;
        let width = |level: u32| self.width.saturating_mul(1 << level);
        let bordered = |inputs, outputs, kernel, activation| {
            self.bordered([inputs, outputs], kernel, activation, device)
        };
        let most = width(HALVINGS);
        let residual = || TranslatorResidual {
            inner: bordered(most, most, INNER, Activation::Relu),
            outer: bordered(most, most, INNER, Activation::Identity),
        };
        let down = (0..HALVINGS).map(|level| self.down(width(level), width(level + 1)));
        let up = (0..HALVINGS).rev().map(|level| self.up(width(level + 1), width(level), device));
        Ok(ResnetTranslator {
            look: bordered(self.inputs, self.width, OUTER, Activation::Relu),
            down: down.map(|block| block.init(device)).collect(),
            blocks: (0..self.blocks).map(|_| residual()).collect(),
            up: up.collect(),
            paint: self.conv([self.width, self.outputs], OUTER).init(device),
        })
    }

    fn conv(&self, [inputs, outputs]: [usize; 2], kernel: usize) -> Conv2dConfig {
        let conv = Conv2dConfig::new(inputs, outputs, kernel);
        conv.with_spectral_norm(self.norm.is_spectral())
    }

    fn bordered(
        &self,
        channels: [usize; 2],
        kernel: usize,
        activation: Activation,
        device: &Device,
    ) -> Bordered {
        // The shift of a norm would undo an offset.
        let conv = self.conv(channels, kernel).with_bias(!self.norm.shifts());
        let norm = self.norm.init(channels[1], activation, device);
        Bordered { conv: conv.init(device), norm }
    }

    fn down(&self, inputs: usize, outputs: usize) -> ConvBlockConfig {
        let (kernel, stride, norm, activation) = (INNER, 2, self.norm, Activation::Relu);
        ConvBlockConfig { inputs, outputs, kernel, stride, norm, activation, classes: 0 }
    }

    fn up(&self, inputs: usize, outputs: usize, device: &Device) -> TranslatorUp {
        let conv = ConvTranspose2dConfig::new(inputs, outputs, INNER).with_stride(2);
        let conv = conv.with_padding(1).with_extra(1).with_bias(!self.norm.shifts());
        TranslatorUp {
            conv: conv.with_spectral_norm(self.norm.is_spectral()).init(device),
            norm: self.norm.init(outputs, Activation::Relu, device),
        }
    }
}

/// Makes pictures in `[-1, 1]` from pictures of the same size.
#[derive(Module, Debug)]
pub struct ResnetTranslator {
    /// Sees the picture.
    pub look: Bordered,
    /// Each halves the resolution.
    pub down: Vec<ConvBlock>,
    /// They keep the lowest resolution.
    pub blocks: Vec<TranslatorResidual>,
    /// Each doubles the resolution.
    pub up: Vec<TranslatorUp>,
    /// To the picture.
    pub paint: Conv2d,
}

/// Mirrored border, convolution, norm, activation; keeps the resolution.
#[derive(Module, Debug)]
pub struct Bordered {
    /// Over picture and border.
    pub conv: Conv2d,
    /// With its activation.
    pub norm: NormLayer,
}

/// Two convolutions beside their input, without an activation after the sum.
#[derive(Module, Debug)]
pub struct TranslatorResidual {
    /// With ReLU.
    pub inner: Bordered,
    /// Without.
    pub outer: Bordered,
}

/// Transposed convolution, norm, ReLU.
#[derive(Module, Debug)]
pub struct TranslatorUp {
    /// Doubles the resolution.
    pub conv: ConvTranspose2d,
    /// With its ReLU.
    pub norm: NormLayer,
}

/// The convolution of a picture with a border that lets it keep its resolution.
fn over_border(conv: &Conv2d, x: Dual<4>, pass: &Pass) -> Dual<4> {
    let [_, _, _, kernel] = conv.weight.lazy_shape().dims();
    conv.forward(x.reflect(kernel / 2), pass)
}

impl Bordered {
    /// Shape: `[batch, inputs, height, width]` to `[batch, outputs, height, width]`.
    pub fn forward(&self, x: Dual<4>, pass: &Pass) -> Dual<4> {
        self.norm.forward(over_border(&self.conv, x, pass), pass)
    }
}

impl TranslatorResidual {
    /// Shape: `[batch, channels, height, width]`, kept.
    pub fn forward(&self, x: Dual<4>, pass: &Pass) -> Dual<4> {
        self.outer.forward(self.inner.forward(x.clone(), pass), pass) + x
    }
}

impl ResnetTranslator {
    /// Shape: `[batch, inputs, size, size]` to `[batch, outputs, size, size]`, in `[-1, 1]`.
    pub fn forward(&self, pictures: Dual<4>, pass: &Pass) -> Dual<4> {
        let x = self.look.forward(pictures, pass); // [batch, width, size, size]
        let x = self.down.iter().fold(x, |x, block| block.forward(x, pass)); // size / 4
        let x = self.blocks.iter().fold(x, |x, block| block.forward(x, pass));
        let x = self.up.iter().fold(x, |x, up| {
            up.norm.forward(up.conv.forward(x, pass), pass) // resolution times 2
        });
        over_border(&self.paint, x, pass).tanh() // [batch, outputs, size, size]
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

    fn config(size: usize, norm: Norm) -> ResnetTranslatorConfig {
        ResnetTranslatorConfig { inputs: 1, outputs: 3, size, width: 2, blocks: 2, norm }
    }

    fn translator(config: &ResnetTranslatorConfig, device: &Device) -> ResnetTranslator {
        let weights = Address::new(1, Purpose::Weights);
        initialise(config.init(device).unwrap(), &Initial::kaiming(0.0), weights)
    }

    fn pictures(side: usize, device: &Device) -> Tensor<4> {
        let values = Stream::new(Address::new(3, Purpose::Data)).normals(2 * side * side);
        Tensor::<1>::from_floats(values.as_slice(), device).reshape([2, 1, side, side])
    }

    #[test]
    fn every_size_comes_out_as_it_goes_in() {
        let device = Device::flex();
        for size in [8, 12, 28, 32] {
            let translator = translator(&config(size, Norm::Instance), &device);
            let y = translator.forward(pictures(size, &device).into(), &Pass::train(None)).value;
            assert_eq!(y.dims(), [2, 3, size, size]);
            let greatest = values(&y).into_iter().fold(0.0, |m: f32, v| m.max(v.abs()));
            assert!(greatest > 0.0 && greatest <= 1.0, "{greatest}");
        }
    }

    #[test]
    fn every_norm_learns_everywhere() {
        let device = Device::flex().autodiff();
        for norm in [Norm::None, Norm::Batch, Norm::Instance, Norm::Layer, Norm::Spectral] {
            let translator = translator(&config(16, norm), &device);
            let pass = Pass::train(None).iterating_power();
            let y = translator.forward(pictures(16, &device).into(), &pass).value;
            let grads = y.square().sum().backward();
            assert_eq!(reached(&translator, &grads), "everywhere", "{norm:?}");
        }
    }

    #[test]
    fn the_papers_network_has_its_layers() {
        let rows = table(&ResnetTranslatorConfig::default().init(&Device::flex()).unwrap());
        let has = |row: &str| assert!(rows.contains(row), "{row}\n{rows}");
        has("look.conv Conv2d 64x3x7x7 9408");
        has("down.1.conv Conv2d 256x128x3x3 294912");
        has("blocks.8.outer.conv Conv2d 256x256x3x3 589824");
        has("up.0.conv ConvTranspose2d 256x128x3x3 294912");
        has("paint Conv2d 3x64x7x7 9411");
    }

    #[test]
    fn what_cannot_be_is_told() {
        let refusal = |config: ResnetTranslatorConfig| config.validate().unwrap_err().to_string();
        let multiple = "give a multiple of 4 from 8 on";
        assert!(refusal(config(30, Norm::Batch)).contains(multiple));
        assert!(refusal(config(4, Norm::Batch)).contains(multiple));
        let none = ResnetTranslatorConfig { width: 0, ..config(16, Norm::Batch) };
        assert!(refusal(none).contains("`width` is 0"));
    }
}
