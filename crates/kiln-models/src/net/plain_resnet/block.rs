//! The residual block, and the blocks of one resolution.

use burn::module::Module;
use burn::tensor::Device;
use burn::tensor::ops::AvgPoolOptions;
use kiln_ops::Dual;
use serde::{Deserialize, Serialize};

use crate::config::at_least_one;
use crate::{ConfigError, Conv2d, Conv2dConfig, Pass};

const SLOPE: f64 = 0.2;

/// What a block does between its 1 x 1 convolutions. The default is configuration D of the paper; its
/// last, E, widens twofold, in groups of 16.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Bottleneck {
    /// Channels there for each of the block's, at least 1.
    pub expansion: usize,
    /// Channels of each group of the 3 x 3 convolution, which the channels there are a multiple of;
    /// none where all are joined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<usize>,
}

impl Default for Bottleneck {
    fn default() -> Self {
        Self { expansion: 1, group: None }
    }
}

impl Bottleneck {
    /// R3GAN's (Huang et al. 2024, configuration E).
    pub const MODERN: Self = Self { expansion: 2, group: Some(16) };

    /// Checks that blocks of these widths can be.
    pub(super) fn validate(&self, widths: &[usize]) -> Result<(), ConfigError> {
        at_least_one("expansion", self.expansion)?;
        let Some(group) = self.group else { return Ok(()) };
        at_least_one("group", group)?;
        let fits = |width: &usize| (width * self.expansion).is_multiple_of(group);
        if widths.iter().all(fits) {
            return Ok(());
        }
        let range = "that `expansion` times each width is a multiple of, such as 16";
        Err(ConfigError::Range { field: "group", value: group as f64, range })
    }
}

/// `x + conv_out(leaky(conv_mid(leaky(conv_in(x)))))`.
#[derive(Module, Debug)]
pub struct PlainResidual {
    /// 1 x 1.
    pub conv_in: Conv2d,
    /// 3 x 3, in groups or not.
    pub conv_mid: Conv2d,
    /// 1 x 1 without offset, at zero at first.
    pub conv_out: Conv2d,
}

impl PlainResidual {
    fn new(width: usize, bottleneck: Bottleneck, device: &Device) -> Self {
        let inner = width * bottleneck.expansion;
        let groups = bottleneck.group.map_or(1, |group| inner / group);
        let conv_mid = Conv2dConfig::new(inner, inner, 3).with_padding(1).with_groups(groups);
        Self {
            conv_in: Conv2dConfig::new(width, inner, 1).init(device),
            conv_mid: conv_mid.init(device),
            conv_out: Conv2dConfig::new(inner, width, 1).with_bias(false).init(device),
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
    pub(super) fn new(
        width: usize,
        n_blocks: usize,
        bottleneck: Bottleneck,
        device: &Device,
    ) -> Self {
        let blocks = (0..n_blocks).map(|_| PlainResidual::new(width, bottleneck, device));
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
