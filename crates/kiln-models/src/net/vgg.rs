//! The convolutions of VGG-19 (Simonyan and Zisserman 2015, configuration E), whose features perceptual
//! losses compare (Johnson et al. 2016; Ledig et al. 2017).

use burn::module::Module;
use burn::tensor::ops::MaxPoolOptions;
use burn::tensor::{Device, Tensor};
use kiln_ops::Dual;
use serde::{Deserialize, Serialize};

use crate::config::at_least_one;
use crate::{ConfigError, Conv2d, Conv2dConfig, Pass};

/// Configuration of a [`Vgg`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VggConfig {
    /// Channels of the first block; twice as many after each halving, up to eight times.
    pub width: usize,
    /// Blocks that are gone through, 1 to 5.
    pub blocks: usize,
}

impl Default for VggConfig {
    /// All of VGG-19.
    fn default() -> Self {
        Self { width: 64, blocks: 5 }
    }
}

/// Convolutions of each block.
const UNITS: [usize; 5] = [2, 2, 4, 4, 4];
/// Channels of each block, of the width.
const WIDTHS: [usize; 5] = [1, 2, 4, 8, 8];
/// What colours are to have as their mean and deviation, with values in `[0, 1]`: ImageNet's.
const MEAN: [f32; 3] = [0.485, 0.456, 0.406];
const DEVIATION: [f32; 3] = [0.229, 0.224, 0.225];

impl VggConfig {
    /// Checks that there is such a network.
    ///
    /// # Errors
    ///
    /// When the width is zero or there are no such blocks.
    pub fn validate(&self) -> Result<(), ConfigError> {
        at_least_one("width", self.width)?;
        match self.blocks {
            1..=5 => Ok(()),
            blocks => Err(ConfigError::Blocks { blocks }),
        }
    }

    /// The network, on `device`; weights wait for a file, or for [`initialise`](crate::initialise).
    ///
    /// # Errors
    ///
    /// As [`validate`](Self::validate).
    pub fn init(&self, device: &Device) -> Result<Vgg, ConfigError> {
        self.validate()?;
        let mut inputs = MEAN.len();
        let mut unit = |outputs: usize, halved: bool| {
            let conv = Conv2dConfig::new(inputs, outputs, 3).with_padding(1).init(device);
            inputs = outputs;
            VggUnit { halved, conv }
        };
        let mut units = Vec::new();
        for block in 0..self.blocks {
            let width = self.width.saturating_mul(WIDTHS[block]);
            units.extend((0..UNITS[block]).map(|idx| unit(width, block > 0 && idx == 0)));
        }
        Ok(Vgg { units })
    }
}

/// Sees features in pictures; a module without dropout and norms.
#[derive(Module, Debug)]
pub struct Vgg {
    /// One after another.
    pub units: Vec<VggUnit>,
}

/// Convolution and ReLU.
#[derive(Module, Debug)]
pub struct VggUnit {
    /// Whether the greatest of every 2 x 2 is taken before it.
    pub halved: bool,
    /// 3 x 3.
    pub conv: Conv2d,
}

impl Vgg {
    /// The features after the activation of the last convolution.
    ///
    /// Shape: `[batch, 1 or 3, height, width]` in `[-1, 1]` to `[batch, features, height / 2^(blocks -
    /// 1), width / 2^(blocks - 1)]`; grey is taken for three equal colours. `height` and `width` are at
    /// least `2^(blocks - 1)`.
    pub fn forward(&self, pictures: Tensor<4>) -> Tensor<4> {
        let seen = normalised(pictures);
        let features = self.units.iter().fold(seen, |x, unit| {
            let x = if unit.halved { x.max_pool2d(&MaxPoolOptions::new([2, 2])) } else { x };
            unit.conv.forward(x, &Pass::eval()).relu()
        });
        features.value
    }
}

/// With the mean and deviation of each colour that the network was taught with.
fn normalised(pictures: Tensor<4>) -> Dual<4> {
    let grey = pictures.dims()[1] == 1;
    let pictures = if grey { pictures.repeat_dim(1, MEAN.len()) } else { pictures };
    let device = pictures.device();
    let like = |values: [f32; 3]| Tensor::<1>::from_floats(values, &device);
    // ((x + 1) / 2 - mean) / deviation
    let gain = like(DEVIATION).recip() * 0.5;
    let shift = (like(MEAN) * -1.0 + 0.5) / like(DEVIATION);
    Dual::from(pictures).scale_channels(gain, shift)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::table;
    use crate::{Initial, initialise};
    use kiln_core::{Address, Purpose};

    fn vgg(width: usize, blocks: usize) -> Vgg {
        let vgg = VggConfig { width, blocks }.init(&Device::flex()).unwrap();
        initialise(vgg, &Initial::kaiming(0.0), Address::new(1, Purpose::Weights))
    }

    #[test]
    fn each_block_after_the_first_halves_and_widens() {
        let sizes = [(1, 2, 32), (2, 4, 16), (3, 8, 8), (4, 16, 4), (5, 16, 2)];
        for (blocks, channels, side) in sizes {
            let grey = Tensor::ones([1, 1, 32, 32], &Device::flex());
            assert_eq!(vgg(2, blocks).forward(grey).dims(), [1, channels, side, side]);
        }
    }

    #[test]
    fn grey_is_three_equal_colours_and_gradients_come_back() {
        let device = Device::flex().autodiff();
        let vgg = vgg(2, 2).train();
        let grey = Tensor::<4>::full([1, 1, 8, 8], 0.3, &device).require_grad();
        let colour = grey.clone().repeat_dim(1, 3);
        let apart = (vgg.forward(grey.clone()) - vgg.forward(colour)).abs().max();
        assert_eq!(apart.into_scalar::<f32>(), 0.0);
        let slope = grey.grad(&vgg.forward(grey.clone()).sum().backward()).unwrap();
        assert!(slope.abs().max().into_scalar::<f32>() > 0.0);
    }

    #[test]
    fn the_papers_network_has_its_layers() {
        let rows = table(&VggConfig::default().init(&Device::flex()).unwrap());
        // Simonyan and Zisserman 2015, table 2, without the linear layers.
        assert!(rows.ends_with("total 20024384"), "{rows}");
    }

    #[test]
    fn what_cannot_be_is_told() {
        let refusal = VggConfig { width: 1, blocks: 6 }.validate().unwrap_err().to_string();
        assert!(refusal.contains("`blocks` is 6: VGG has 1 to 5"), "{refusal}");
    }
}
