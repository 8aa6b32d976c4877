//! The U-Net of Isola et al. 2017, "Image-to-Image Translation with Conditional Adversarial
//! Networks", appendix 6.1: a picture is halved down to a bottleneck and doubled up again, and each
//! doubling sees what the halving of its resolution saw (Ronneberger et al. 2015).
//!
//! 4 x 4 kernels with stride 2; leaky ReLU 0.2 on the way down and ReLU on the way up; a norm
//! everywhere but after the first halving, at the bottleneck (the paper's errata: there a batch of
//! one would leave nothing but zeros) and at the output, which ends in tanh. The inner doublings drop
//! half of their units: the noise of the game, since it has no latents.
//!
//! Its depth follows from the picture: it is halved as long as its side is even, to 1 x 1 for a power
//! of two.

use burn::module::Module;
use burn::tensor::Device;
use kiln_ops::Dual;
use serde::{Deserialize, Serialize};

use super::conv_block::{ConvBlock, ConvBlockConfig};
use crate::config::{at_least_one, drop_probability};
use crate::{
    Activation, ConfigError, Conv2d, Conv2dConfig, ConvTranspose2d, ConvTranspose2dConfig, Dropout,
    DropoutConfig, Norm, NormLayer, Pass,
};

const LEAKY: Activation = Activation::LeakyRelu { slope: 0.2 };

/// Configuration of a [`Unet`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnetConfig {
    /// Channels of the input.
    pub inputs: usize,
    /// Channels of the output.
    pub outputs: usize,
    /// Side of a picture: a multiple of 4.
    pub size: usize,
    /// Channels at half the resolution; twice as many after each halving.
    pub width: usize,
    /// The most channels.
    pub widest: usize,
    /// After each inner convolution.
    pub norm: Norm,
    /// The probability to drop a unit of the first [`DROPPING`](Self::DROPPING) doublings.
    pub dropout: f64,
}

impl Default for UnetConfig {
    /// The paper's.
    fn default() -> Self {
        let (inputs, outputs, size, width, widest) = (3, 3, 256, 64, 512);
        Self { inputs, outputs, size, width, widest, norm: Norm::Batch, dropout: 0.5 }
    }
}

impl UnetConfig {
    /// Doublings that drop units: those next to the bottleneck.
    pub const DROPPING: usize = 3;
    /// No picture is halved more often; the paper's, of 256 pixels, as often.
    const MOST: u32 = 8;

    /// Checks that there is such a network.
    ///
    /// # Errors
    ///
    /// When a width is zero, the size is no multiple of 4, or the probability is out of range.
    pub fn validate(&self) -> Result<(), ConfigError> {
        at_least_one("inputs", self.inputs)?;
        at_least_one("outputs", self.outputs)?;
        at_least_one("width", self.width)?;
        drop_probability("dropout", self.dropout)?;
        if self.size == 0 || !self.size.is_multiple_of(4) {
            return Err(ConfigError::Multiple { size: self.size, factor: 4, least: 4 });
        }
        Ok(())
    }

    /// How often a picture is halved: at least twice.
    fn halvings(&self) -> u32 {
        self.size.trailing_zeros().min(Self::MOST)
    }

    /// Channels after each halving.
    fn widths(&self) -> Vec<usize> {
        let width = |layer| self.width.checked_shl(layer).unwrap_or(usize::MAX);
        (0..self.halvings()).map(|layer| width(layer).min(self.widest.max(self.width))).collect()
    }

    /// The network, on `device`; weights wait for [`initialise`](crate::initialise).
    ///
    /// # Errors
    ///
    /// As [`validate`](Self::validate).
    pub fn init(&self, device: &Device) -> Result<Unet, ConfigError> {
        self.validate()?;
        let widths = self.widths();
        let bottleneck = widths.len() - 1;
        let conv = |inputs, outputs| {
            let conv = Conv2dConfig::new(inputs, outputs, KERNEL).with_stride(2).with_padding(1);
            conv.with_spectral_norm(self.norm.is_spectral()).init(device)
        };
        let inner = widths[..bottleneck].windows(2);
        let down = inner.map(|pair| self.down(pair[0], pair[1]).init(device)).collect();
        // What comes up is joined by the halving's own features, but for the bottleneck.
        let joined = |idx: usize| widths[idx] * if idx == bottleneck { 1 } else { 2 };
        let up = (0..bottleneck).rev().enumerate().map(|(nth, idx)| {
            let dropout = if nth < Self::DROPPING { self.dropout } else { 0.0 };
            self.up(joined(idx + 1), widths[idx], dropout, device)
        });
        Ok(Unet {
            look: conv(self.inputs, widths[0]),
            down,
            bottleneck: conv(widths[bottleneck - 1], widths[bottleneck]),
            up: up.collect(),
            paint: doubling(joined(0), self.outputs).init(device),
        })
    }

    fn down(&self, inputs: usize, outputs: usize) -> ConvBlockConfig {
        let (kernel, stride, norm, activation, classes) = (KERNEL, 2, self.norm, LEAKY, 0);
        ConvBlockConfig { inputs, outputs, kernel, stride, norm, activation, classes }
    }

    fn up(&self, inputs: usize, outputs: usize, dropout: f64, device: &Device) -> UnetUp {
        let conv = doubling(inputs, outputs).with_spectral_norm(self.norm.is_spectral());
        UnetUp {
            // The shift of a norm would undo an offset.
            conv: conv.with_bias(!self.norm.shifts()).init(device),
            norm: self.norm.init(outputs, Activation::Relu, device),
            dropout: DropoutConfig::new(1.0 - dropout).init(),
        }
    }
}

const KERNEL: usize = 4;

fn doubling(inputs: usize, outputs: usize) -> ConvTranspose2dConfig {
    ConvTranspose2dConfig::new(inputs, outputs, KERNEL).with_stride(2).with_padding(1)
}

/// Makes pictures in `[-1, 1]` from pictures.
#[derive(Module, Debug)]
pub struct Unet {
    /// The first halving.
    pub look: Conv2d,
    /// The halvings between, with their norms.
    pub down: Vec<ConvBlock>,
    /// The last halving.
    pub bottleneck: Conv2d,
    /// Each doubles the resolution, from the bottleneck on.
    pub up: Vec<UnetUp>,
    /// The last doubling, to the picture.
    pub paint: ConvTranspose2d,
}

/// Transposed convolution, norm, ReLU, dropout.
#[derive(Module, Debug)]
pub struct UnetUp {
    /// Doubles the resolution.
    pub conv: ConvTranspose2d,
    /// With its ReLU. The paper has the dropout before it, which comes to the same: no unit of a mask
    /// is negative.
    pub norm: NormLayer,
    /// Keeps everything but in the inner doublings.
    pub dropout: Dropout,
}

impl UnetUp {
    fn forward(&self, x: Dual<4>, pass: &Pass) -> Dual<4> {
        let x = self.norm.forward(self.conv.forward(x, pass), pass); // resolution times 2
        self.dropout.forward(x, pass)
    }
}

impl Unet {
    /// Shape: `[batch, inputs, size, size]` to `[batch, outputs, size, size]`, in `[-1, 1]`.
    pub fn forward(&self, pictures: Dual<4>, pass: &Pass) -> Dual<4> {
        let mut x = LEAKY.forward(self.look.forward(pictures, pass)); // resolution halved
        let mut seen = Vec::with_capacity(self.up.len());
        for block in &self.down {
            let next = block.forward(x.clone(), pass); // resolution halved
            seen.push(std::mem::replace(&mut x, next));
        }
        seen.push(x.clone());
        let bottleneck = self.bottleneck.forward(x, pass).relu();
        let up = self.up.iter().zip(seen.into_iter().rev());
        let x = up.fold(bottleneck, |x, (block, seen)| {
            // ReLU of leaky ReLU is ReLU. [batch, 2 width, ...]
            Dual::concat(vec![block.forward(x, pass), seen.relu()], 1)
        });
        self.paint.forward(x, pass).tanh() // the last doubling
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

    fn config(size: usize, norm: Norm) -> UnetConfig {
        UnetConfig { inputs: 1, outputs: 3, size, width: 2, widest: 4, norm, dropout: 0.5 }
    }

    fn unet(config: &UnetConfig, device: &Device) -> Unet {
        let weights = Address::new(1, Purpose::Weights);
        initialise(config.init(device).unwrap(), &Initial::kaiming(0.2), weights)
    }

    fn pictures(side: usize, device: &Device) -> Tensor<4> {
        let values = Stream::new(Address::new(3, Purpose::Data)).normals(2 * side * side);
        Tensor::<1>::from_floats(values.as_slice(), device).reshape([2, 1, side, side])
    }

    #[test]
    fn every_size_comes_out_as_it_goes_in() {
        let device = Device::flex();
        for size in [4, 8, 12, 28, 32, 64] {
            let unet = unet(&config(size, Norm::Instance), &device);
            let y = unet.forward(pictures(size, &device).into(), &Pass::train(None)).value;
            assert_eq!(y.dims(), [2, 3, size, size]);
            let greatest = values(&y).into_iter().fold(0.0, |m: f32, v| m.max(v.abs()));
            assert!(greatest > 0.0 && greatest <= 1.0, "{greatest}");
        }
    }

    #[test]
    fn it_is_halved_as_often_as_its_side_is_even() {
        let n_doublings = |size| config(size, Norm::None).init(&Device::flex()).unwrap().up.len();
        assert_eq!([4, 28, 32, 64, 96].map(n_doublings), [1, 1, 4, 5, 4]);
    }

    #[test]
    fn every_norm_learns_everywhere() {
        let device = Device::flex().autodiff();
        for norm in [Norm::None, Norm::Batch, Norm::Instance, Norm::Layer, Norm::Spectral] {
            let unet = unet(&config(16, norm), &device);
            let pass = Pass::train(None).iterating_power();
            let y = unet.forward(pictures(16, &device).into(), &pass).value;
            let grads = y.square().sum().backward();
            assert_eq!(reached(&unet, &grads), "everywhere", "{norm:?}");
        }
    }

    #[test]
    fn the_three_inner_doublings_drop_units_in_training_alone() {
        let device = Device::flex();
        let unet = unet(&config(32, Norm::Instance), &device);
        let keeps: Vec<f64> = unet.up.iter().map(|up| up.dropout.keep).collect();
        assert_eq!(keeps, [0.5, 0.5, 0.5, 1.0]);
        let y = |pass: Pass| values(&unet.forward(pictures(32, &device).into(), &pass).value);
        let masks = |lane| Some(Address::new(1, Purpose::Dropout).lane(lane));
        assert_ne!(y(Pass::train(masks(0))), y(Pass::train(masks(1))));
        assert_eq!(y(Pass::train(masks(0))), y(Pass::train(masks(0))));
        assert_eq!(y(Pass::train(None)), y(Pass::eval()));
    }

    #[test]
    fn the_papers_network_has_its_widths() {
        let rows = table(&UnetConfig::default().init(&Device::flex()).unwrap());
        let has = |row: &str| assert!(rows.contains(row), "{row}\n{rows}");
        has("look Conv2d 64x3x4x4 3136");
        has("down.5.conv Conv2d 512x512x4x4 4194304");
        has("bottleneck Conv2d 512x512x4x4 4194816");
        has("up.0.conv ConvTranspose2d 512x512x4x4 4194304");
        has("up.6.conv ConvTranspose2d 256x64x4x4 262144");
        has("paint ConvTranspose2d 128x3x4x4 6147");
    }

    #[test]
    fn what_cannot_be_is_told() {
        let refusal = |config: UnetConfig| config.validate().unwrap_err().to_string();
        let plain = || config(16, Norm::Batch);
        let size = refusal(UnetConfig { size: 30, ..plain() });
        assert_eq!(size, "`size` is 30: give a multiple of 4 from 4 on");
        assert!(refusal(UnetConfig { width: 0, ..plain() }).contains("`width` is 0"));
        assert!(refusal(UnetConfig { dropout: 1.0, ..plain() }).contains("`dropout` is 1"));
    }
}
