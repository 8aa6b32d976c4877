//! SRResNet, the generator of SRGAN (Ledig et al. 2017, "Photo-Realistic Single Image Super-Resolution
//! Using a Generative Adversarial Network", section 2.1 and figure 4): residual blocks at the size of
//! the small picture, then doublings by pixel shuffle.
//!
//! The small picture comes in blocks, each of its pixels as many times as it is to be enlarged, and one
//! pixel of each block is taken. Zeros surround what is convolved, as in the paper.

use burn::module::Module;
use burn::tensor::Device;
use kiln_ops::Dual;
use serde::{Deserialize, Serialize};

use crate::config::at_least_one;
use crate::{Activation, ConfigError, Conv2d, Conv2dConfig, Norm, NormLayer, ParametricRelu, Pass};

/// Configuration of a [`Srresnet`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SrresnetConfig {
    /// Channels of the small picture.
    pub inputs: usize,
    /// Channels of the large one.
    pub outputs: usize,
    /// Side of the large picture: a multiple of `times`.
    pub size: usize,
    /// How many times larger the picture becomes along each side: 2 or 4.
    pub times: usize,
    /// Channels throughout.
    pub width: usize,
    /// Residual blocks.
    pub blocks: usize,
    /// Side of the kernels at both ends: an odd number, 9 in the paper.
    pub kernel: usize,
    /// After the inner convolutions. Batch norm in the paper; without any, colours are kept better
    /// (Lim et al. 2017, section 3.1; Wang et al. 2018, section 3.1).
    pub norm: Norm,
}

impl Default for SrresnetConfig {
    /// The paper's, for its crops.
    fn default() -> Self {
        let (inputs, outputs, size, times, width, blocks) = (3, 3, 96, 4, 64, 16);
        Self { inputs, outputs, size, times, width, blocks, kernel: 9, norm: Norm::Batch }
    }
}

/// Side of the kernels between both ends.
const INNER: usize = 3;

impl SrresnetConfig {
    /// Checks that there is such a network.
    ///
    /// # Errors
    ///
    /// When a width is zero, the kernel even, `times` is not 2 or 4, or the size is no multiple of it.
    pub fn validate(&self) -> Result<(), ConfigError> {
        at_least_one("inputs", self.inputs)?;
        at_least_one("outputs", self.outputs)?;
        at_least_one("width", self.width)?;
        let (size, times) = (self.size, self.times);
        if self.kernel.is_multiple_of(2) {
            return Err(ConfigError::Kernel { kernel: self.kernel });
        }
        if ![2, 4].contains(&times) {
            return Err(ConfigError::Times { times });
        }
        match size >= times && size.is_multiple_of(times) {
            true => Ok(()),
            false => Err(ConfigError::Multiple { size, factor: times, least: times }),
        }
    }

    /// The network, on `device`; weights wait for [`initialise`](crate::initialise).
    ///
    /// # Errors
    ///
    /// As [`validate`](Self::validate).
    pub fn init(&self, device: &Device) -> Result<Srresnet, ConfigError> {
        self.validate()?;
        let width = self.width;
        let block = || SrresnetBlock {
            conv_in: self.inner(device),
            norm_in: self.norm.init(width, Activation::Identity, device),
            activation: ParametricRelu::new(width, device),
            conv_out: self.inner(device),
            norm_out: self.norm.init(width, Activation::Identity, device),
        };
        let up = || SrresnetUp {
            conv: self.conv([width, 4 * width], INNER).init(device),
            activation: ParametricRelu::new(width, device),
        };
        Ok(Srresnet {
            look: self.conv([self.inputs, width], self.kernel).init(device),
            activation: ParametricRelu::new(width, device),
            blocks: (0..self.blocks).map(|_| block()).collect(),
            join: self.inner(device),
            join_norm: self.norm.init(width, Activation::Identity, device),
            up: (0..self.times.ilog2()).map(|_| up()).collect(),
            paint: self.conv([width, self.outputs], self.kernel).init(device),
            times: self.times,
        })
    }

    fn conv(&self, [inputs, outputs]: [usize; 2], kernel: usize) -> Conv2dConfig {
        let conv = Conv2dConfig::new(inputs, outputs, kernel).with_padding(kernel / 2);
        conv.with_spectral_norm(self.norm.is_spectral())
    }

    fn inner(&self, device: &Device) -> Conv2d {
        // The shift of a norm would undo an offset.
        self.conv([self.width; 2], INNER).with_bias(!self.norm.shifts()).init(device)
    }
}

/// Makes large pictures in `[-1, 1]` of small ones.
#[derive(Module, Debug)]
pub struct Srresnet {
    /// Sees the small picture.
    pub look: Conv2d,
    /// After it.
    pub activation: ParametricRelu,
    /// At the small size.
    pub blocks: Vec<SrresnetBlock>,
    /// After the blocks.
    pub join: Conv2d,
    /// After that; then what was seen is added.
    pub join_norm: NormLayer,
    /// Each doubles the size.
    pub up: Vec<SrresnetUp>,
    /// To the picture.
    pub paint: Conv2d,
    /// Side of the blocks that the small picture's pixels come in.
    pub times: usize,
}

/// Two convolutions beside their input, without an activation after the sum.
#[derive(Module, Debug)]
pub struct SrresnetBlock {
    /// The first.
    pub conv_in: Conv2d,
    /// After it.
    pub norm_in: NormLayer,
    /// After that.
    pub activation: ParametricRelu,
    /// The second.
    pub conv_out: Conv2d,
    /// After it.
    pub norm_out: NormLayer,
}

/// A convolution to four times the channels, which become twice the size.
#[derive(Module, Debug)]
pub struct SrresnetUp {
    /// Before the shuffle.
    pub conv: Conv2d,
    /// After it.
    pub activation: ParametricRelu,
}

impl SrresnetBlock {
    /// Shape: `[batch, width, height, width]`, kept.
    pub fn forward(&self, x: Dual<4>, pass: &Pass) -> Dual<4> {
        let y = self.norm_in.forward(self.conv_in.forward(x.clone(), pass), pass);
        let y = self.conv_out.forward(self.activation.forward(y), pass);
        self.norm_out.forward(y, pass) + x
    }
}

impl SrresnetUp {
    /// Shape: `[batch, width, height, width]` to `[batch, width, 2 height, 2 width]`.
    pub fn forward(&self, x: Dual<4>, pass: &Pass) -> Dual<4> {
        self.activation.forward(self.conv.forward(x, pass).pixel_shuffle(2))
    }
}

impl Srresnet {
    /// Shape: `[batch, inputs, size, size]`, in blocks of `times` pixels along each side, to `[batch,
    /// outputs, size, size]`, in `[-1, 1]`.
    pub fn forward(&self, blocks: Dual<4>, pass: &Pass) -> Dual<4> {
        let small = blocks.first_of_blocks(self.times); // [batch, inputs, size / times, size / times]
        let seen = self.activation.forward(self.look.forward(small, pass));
        let x = self.blocks.iter().fold(seen.clone(), |x, block| block.forward(x, pass));
        let x = self.join_norm.forward(self.join.forward(x, pass), pass) + seen;
        let x = self.up.iter().fold(x, |x, up| up.forward(x, pass)); // [batch, width, size, size]
        self.paint.forward(x, pass).tanh()
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

    fn config(times: usize, norm: Norm) -> SrresnetConfig {
        let (inputs, outputs, size, width, blocks, kernel) = (1, 3, 16, 2, 2, 9);
        SrresnetConfig { inputs, outputs, size, times, width, blocks, kernel, norm }
    }

    fn network(config: &SrresnetConfig, device: &Device) -> Srresnet {
        let weights = Address::new(1, Purpose::Weights);
        initialise(config.init(device).unwrap(), &Initial::kaiming(0.25), weights)
    }

    fn pictures(device: &Device) -> Tensor<4> {
        let values = Stream::new(Address::new(3, Purpose::Data)).normals(2 * 16 * 16);
        Tensor::<1>::from_floats(values.as_slice(), device).reshape([2, 1, 16, 16])
    }

    #[test]
    fn one_pixel_of_each_block_is_what_is_made_larger() {
        let device = Device::flex();
        for times in [2, 4] {
            let network = network(&config(times, Norm::None), &device);
            let blocks =
                |x: Tensor<4>| Dual::from(x).first_of_blocks(times).upsample_nearest(times).value;
            let any = network.forward(pictures(&device).into(), &Pass::eval()).value;
            let same = network.forward(blocks(pictures(&device)).into(), &Pass::eval()).value;
            assert_eq!(any.dims(), [2, 3, 16, 16]);
            assert_eq!(values(&any), values(&same));
        }
    }

    #[test]
    fn every_norm_learns_everywhere() {
        let device = Device::flex().autodiff();
        for norm in [Norm::None, Norm::Batch, Norm::Instance, Norm::Spectral] {
            let network = network(&config(4, norm), &device);
            let pass = Pass::train(None).iterating_power();
            let y = network.forward(pictures(&device).into(), &pass).value;
            let grads = y.square().sum().backward();
            assert_eq!(reached(&network, &grads), "everywhere", "{norm:?}");
        }
    }

    #[test]
    fn the_papers_network_has_its_layers() {
        let rows = table(&SrresnetConfig::default().init(&Device::flex()).unwrap());
        let has = |row: &str| assert!(rows.contains(row), "{row}\n{rows}");
        has("look Conv2d 64x3x9x9 15616");
        has("blocks.15.conv_out Conv2d 64x64x3x3 36864");
        has("blocks.15.activation ParametricRelu 64 64");
        has("up.1.conv Conv2d 256x64x3x3 147712");
        has("paint Conv2d 3x64x9x9 15555");
    }

    #[test]
    fn what_cannot_be_is_told() {
        let refusal = |config: SrresnetConfig| config.validate().unwrap_err().to_string();
        assert!(refusal(config(3, Norm::Batch)).contains("`times` is 3: give 2 or 4"));
        let odd = SrresnetConfig { size: 30, ..config(4, Norm::Batch) };
        assert!(refusal(odd).contains("give a multiple of 4 from 4 on"));
        let even = SrresnetConfig { kernel: 4, ..config(4, Norm::Batch) };
        assert!(refusal(even).contains("`kernel` is 4: give an odd number"));
        let none = SrresnetConfig { width: 0, ..config(4, Norm::Batch) };
        assert!(refusal(none).contains("`width` is 0"));
    }
}
