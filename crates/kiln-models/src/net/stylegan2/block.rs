//! What a resolution of the synthesis network is made of.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use kiln_ops::Dual;

use super::mapping::leaky;
use crate::layer::EqualConv2d;
use crate::{ModulatedConv2d, ModulatedConv2dConfig, Pass, Running};

/// A modulated convolution, noise, an offset and leaky ReLU.
#[derive(Module, Debug)]
pub struct StyleLayer {
    /// 3 x 3.
    pub conv: ModulatedConv2d,
    /// How strong noise is, `[1]`; starts at zero.
    pub strength: Param<Tensor<1>>,
    /// `[outputs]`.
    pub bias: Param<Tensor<1>>,
    /// Noise for use, the same in every sample, `[side * side]`; drawn once.
    pub grain: Running,
}

impl StyleLayer {
    /// For maps of the side `side`.
    pub(super) fn new(conv: &ModulatedConv2dConfig, side: usize, device: &Device) -> Self {
        Self {
            strength: Param::from_tensor(Tensor::zeros([1], device)),
            bias: Param::from_tensor(Tensor::zeros([conv.outputs], device)),
            grain: Running::new(Tensor::zeros([side * side], device)),
            conv: conv.init(device),
        }
    }

    /// Shape: `[batch, inputs, side', side']` and a style to `[batch, outputs, side, side]`.
    pub fn forward(&self, x: Dual<4>, style: Dual<2>, pass: &Pass) -> Dual<4> {
        let x = self.conv.forward(x, style);
        let [batch, outputs, height, width] = x.dims();
        let drawn = pass.noise([batch, 1, height, width], &x.value.device());
        let noise = drawn.unwrap_or_else(|| self.grain.value().reshape([1, 1, height, width]));
        let offset = noise * self.strength.val().reshape([1, 1, 1, 1])
            + self.bias.val().reshape([1, outputs, 1, 1]);
        leaky(x.affine_map(|x| x + offset, |dx| dx))
    }
}

/// To the picture: a modulated 1 x 1 convolution without demodulation, and an offset.
#[derive(Module, Debug)]
pub struct ToPicture {
    /// 1 x 1.
    pub conv: ModulatedConv2d,
    /// `[channels]`.
    pub bias: Param<Tensor<1>>,
}

impl ToPicture {
    pub(super) fn new(inputs: usize, channels: usize, styles: usize, device: &Device) -> Self {
        let conv = ModulatedConv2dConfig::new(inputs, channels, 1, styles);
        Self {
            conv: conv.with_demodulation(false).init(device),
            bias: Param::from_tensor(Tensor::zeros([channels], device)),
        }
    }

    /// Shape: `[batch, inputs, side, side]` and a style to `[batch, channels, side, side]`.
    pub fn forward(&self, x: Dual<4>, style: Dual<2>) -> Dual<4> {
        let [channels] = self.bias.dims();
        let bias = self.bias.val().reshape([1, channels, 1, 1]);
        self.conv.forward(x, style).affine_map(|x| x + bias, |dx| dx)
    }
}

/// A resolution.
#[derive(Module, Debug)]
pub struct StyleBlock {
    /// Doubles the resolution; the first block has none.
    pub up: Option<StyleLayer>,
    /// At the resolution.
    pub conv: StyleLayer,
    /// Beside both, with the doubling, where the network is residual.
    pub shortcut: Option<EqualConv2d>,
    /// To the picture; in the last block alone where the network is residual.
    pub paint: Option<ToPicture>,
}

impl StyleBlock {
    /// The features, `[batch, inputs, side', side']` to `[batch, outputs, side, side]`, of a style for
    /// each of its convolutions.
    pub fn forward(
        &self,
        x: Dual<4>,
        mut styles: impl Iterator<Item = Dual<2>>,
        pass: &Pass,
    ) -> Dual<4> {
        let shortcut = self.shortcut.as_ref().map(|conv| conv.forward(x.clone().upsample_fir()));
        let mut convolved = x;
        for layer in self.up.iter().chain([&self.conv]) {
            let Some(style) = styles.next() else { break };
            convolved = layer.forward(convolved, style, pass);
        }
        match shortcut {
            Some(shortcut) => (convolved + shortcut).scale(std::f64::consts::FRAC_1_SQRT_2),
            None => convolved,
        }
    }
}
