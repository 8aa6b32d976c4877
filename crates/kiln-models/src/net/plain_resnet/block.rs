//! The residual block, and the blocks of one resolution.

use burn::module::Module;
use burn::tensor::Device;
use burn::tensor::ops::AvgPoolOptions;
use kiln_ops::Dual;

use crate::{Conv2d, Conv2dConfig, Pass};

const SLOPE: f64 = 0.2;

/// `x + conv_out(leaky(conv_mid(leaky(conv_in(x)))))`.
#[derive(Module, Debug)]
pub struct PlainResidual {
    /// 1 x 1.
    pub conv_in: Conv2d,
    /// 3 x 3.
    pub conv_mid: Conv2d,
    /// 1 x 1 without offset, at zero at first.
    pub conv_out: Conv2d,
}

impl PlainResidual {
    fn new(width: usize, device: &Device) -> Self {
        Self {
            conv_in: Conv2dConfig::new(width, width, 1).init(device),
            conv_mid: Conv2dConfig::new(width, width, 3).with_padding(1).init(device),
            conv_out: Conv2dConfig::new(width, width, 1).with_bias(false).init(device),
        }
    }

    /// Shape: `[batch, width, side, side]`, kept.
    pub fn forward(&self, x: Dual<4>, pass: &Pass) -> Dual<4> {
        let y = self.conv_in.forward(x.clone(), pass).leaky_relu(SLOPE);
        let y = self.conv_mid.forward(y, pass).leaky_relu(SLOPE);
        x + self.conv_out.forward(y, pass)
    }
}

/// The blocks of one resolution, and the change of width on the way to or from a lower one.
#[derive(Module, Debug)]
pub struct PlainStage {
    /// 1 x 1 without offset, in the critic with the halving; none where the width stays.
    pub change: Option<Conv2d>,
    /// These keep width and resolution.
    pub blocks: Vec<PlainResidual>,
}

impl PlainStage {
    /// `n_blocks` of `width`.
    pub(super) fn new(width: usize, n_blocks: usize, device: &Device) -> Self {
        let blocks = (0..n_blocks).map(|_| PlainResidual::new(width, device));
        Self { change: None, blocks: blocks.collect() }
    }

    /// With a change from one width to another, if they differ; one that `halves` is the critic's.
    pub(super) fn with_change(
        self,
        (inputs, outputs): (usize, usize),
        halves: bool,
        device: &Device,
    ) -> Self {
        let conv = Conv2dConfig::new(inputs, outputs, 1).with_bias(false).with_pooling(halves);
        Self { change: (inputs != outputs).then(|| conv.init(device)), ..self }
    }

    /// Changes the width and doubles the resolution.
    pub(super) fn double(&self, x: Dual<4>, pass: &Pass) -> Dual<4> {
        let x = match &self.change {
            Some(conv) => conv.forward(x, pass),
            None => x,
        };
        x.upsample_bilinear(2)
    }

    /// Changes the width and halves the resolution.
    pub(super) fn halve(&self, x: Dual<4>, pass: &Pass) -> Dual<4> {
        match &self.change {
            Some(conv) => conv.forward(x, pass),
            None => x.avg_pool2d(&AvgPoolOptions::new([2, 2])),
        }
    }

    /// The residual blocks, one after the other.
    pub(super) fn blocks(&self, x: Dual<4>, pass: &Pass) -> Dual<4> {
        self.blocks.iter().fold(x, |x, block| block.forward(x, pass))
    }
}
