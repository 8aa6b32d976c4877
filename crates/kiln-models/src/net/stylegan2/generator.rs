//! From latents to pictures, by way of styles.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use kiln_ops::Dual;
use serde::{Deserialize, Serialize};

use super::block::{StyleBlock, StyleLayer, ToPicture};
use super::mapping::Mapping;
use crate::config::at_least_one;
use crate::layer::EqualConv2d;
use crate::net::stages::Stages;
use crate::{ConfigError, ModulatedConv2dConfig, Pass};

/// Configuration of a [`Stylegan2Generator`]. The default is what the authors' code takes for 64 x 64
/// (`auto`), with two mapping layers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stylegan2GeneratorConfig {
    /// Width of a latent vector.
    pub latents: usize,
    /// Channels of a picture.
    pub channels: usize,
    /// Channels at the full resolution.
    pub width: usize,
    /// Channels at most, however low the resolution.
    pub widest: usize,
    /// Side of a picture: 28, 32, 64, or any other 4 or 7 times a power of two.
    pub size: usize,
    /// Width of a style.
    pub styles: usize,
    /// Layers of the mapping network; the paper has 8.
    pub mapping: usize,
    /// Share of samples with two styles, one for the lower resolutions and one for the higher ones
    /// (Karras et al. 2019, section 3.1), in passes that draw; in `[0, 1]`.
    pub mixing: f64,
    /// Whether blocks are residual and the last paints alone; else every resolution adds a picture.
    pub residual: bool,
}

impl Default for Stylegan2GeneratorConfig {
    fn default() -> Self {
        Self {
            latents: 512,
            channels: 3,
            width: 256,
            widest: 512,
            size: 64,
            styles: 512,
            mapping: 2,
            mixing: 0.9,
            residual: false,
        }
    }
}

impl Stylegan2GeneratorConfig {
    /// Checks that there is such a network.
    ///
    /// # Errors
    ///
    /// When a width or the number of mapping layers is zero, `widest` below `width`, the size does not
    /// halve down to 4 or 7, or `mixing` is no share.
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.stages().map(drop)
    }

    /// The network, on `device`; weights wait for [`initialise`](crate::initialise).
    ///
    /// # Errors
    ///
    /// As [`validate`](Self::validate).
    pub fn init(&self, device: &Device) -> Result<Stylegan2Generator, ConfigError> {
        let stages = self.stages()?;
        let (top, start) = (stages.top(), stages.start);
        let first = self.block([top, top], start, false, device);
        let last = stages.widths.len() - 1;
        let others = stages.doublings().zip(stages.sides().skip(1)).enumerate();
        let others = others.map(|(idx, ((inputs, outputs), side))| {
            self.block([inputs, outputs], side, idx + 1 == last, device)
        });
        let blocks: Vec<_> = std::iter::once(StyleBlock { up: None, shortcut: None, ..first })
            .chain(others)
            .collect();
        Ok(Stylegan2Generator {
            mapping: Mapping::new(self.latents, self.styles, self.mapping, device),
            constant: Param::from_tensor(Tensor::zeros([top, start, start], device)),
            n_styles: 2 * blocks.len(),
            blocks,
            latents: self.latents,
            mixing: self.mixing,
        })
    }

    /// A block that doubles the resolution.
    fn block(
        &self,
        [inputs, outputs]: [usize; 2],
        side: usize,
        is_last: bool,
        device: &Device,
    ) -> StyleBlock {
        let layer = |inputs, doubled| {
            let conv = ModulatedConv2dConfig::new(inputs, outputs, 3, self.styles);
            StyleLayer::new(&conv.with_doubling(doubled), side, device)
        };
        let shortcut = || EqualConv2d::new(inputs, outputs, 1, device).without_bias();
        let paint = || ToPicture::new(outputs, self.channels, self.styles, device);
        StyleBlock {
            up: Some(layer(inputs, true)),
            conv: layer(outputs, false),
            shortcut: self.residual.then(shortcut),
            paint: (is_last || !self.residual).then(paint),
        }
    }

    fn stages(&self) -> Result<Stages, ConfigError> {
        at_least_one("latents", self.latents)?;
        at_least_one("channels", self.channels)?;
        at_least_one("styles", self.styles)?;
        at_least_one("mapping", self.mapping)?;
        if !(0.0..=1.0).contains(&self.mixing) {
            let (field, value) = ("mixing", self.mixing);
            return Err(ConfigError::Range { field, value, range: "from 0 to 1" });
        }
        Stages::new(self.size, self.width, self.widest)
    }
}

/// Makes pictures from latent vectors, by way of a style for each of its layers. Values are not bounded;
/// pictures in `[-1, 1]` are what it learns.
#[derive(Module, Debug)]
pub struct Stylegan2Generator {
    /// From latents to styles.
    pub mapping: Mapping,
    /// What every picture grows from, `[channels, side, side]`.
    pub constant: Param<Tensor<3>>,
    /// From the lowest resolution on.
    pub blocks: Vec<StyleBlock>,
    /// Styles of a picture.
    pub n_styles: usize,
    /// Width of a latent.
    pub latents: usize,
    /// Share of samples with two styles.
    pub mixing: f64,
}

impl Stylegan2Generator {
    /// Shape: `[batch, latents]` to `[batch, channels, size, size]`.
    pub fn forward(&self, latents: Dual<2>, pass: &Pass) -> Dual<4> {
        self.paint(self.styles(latents, pass), pass)
    }

    /// The styles of samples, some of two where the pass draws: `[batch, latents]` to `[batch, n_styles,
    /// width]`.
    pub fn styles(&self, latents: Dual<2>, pass: &Pass) -> Dual<3> {
        let [batch, _] = latents.dims();
        let device = latents.value.device();
        let one = self.everywhere(self.mapping.forward(latents, pass));
        let second =
            (self.mixing > 0.0).then(|| pass.second_latents([batch, self.latents], &device));
        let (Some(other), Some(cuts)) =
            (second.flatten(), pass.cuts(self.mixing, [batch, self.n_styles], &device))
        else {
            return one;
        };
        // The mean style is that of first styles.
        let other = self.everywhere(self.mapping.forward(other.into(), &Pass::eval()));
        let kept = cuts.clone() * -1.0 + 1.0;
        one.linear_map(|x| x * kept.clone()) + other.linear_map(|x| x * cuts.clone())
    }

    /// The styles at `share` of the way from the mean style, `[batch, n_styles, width]`: truncation
    /// (Karras et al. 2019, appendix B) with a share below 1.
    pub fn truncated(&self, styles: Tensor<3>, share: f64) -> Tensor<3> {
        let mean = self.mapping.mean.value();
        let [width] = mean.dims();
        let mean = mean.reshape([1, 1, width]);
        (styles - mean.clone()) * share + mean
    }

    /// Shape: `[batch, n_styles, width]` to `[batch, channels, size, size]`.
    pub fn paint(&self, styles: Dual<3>, pass: &Pass) -> Dual<4> {
        let [batch, _, width] = styles.dims();
        let style = |idx: usize| {
            let one = styles.clone().linear_map(|x: Tensor<3>| x.narrow(1, idx, 1));
            one.reshape([batch, width])
        };
        let mut x = Dual::from(self.constant.val().unsqueeze::<4>().repeat_dim(0, batch));
        let (mut picture, mut next): (Option<Dual<4>>, usize) = (None, 0);
        for block in &self.blocks {
            x = block.forward(x, (next..).map(&style), pass); // 4 x 4, 8 x 8, ...
            next += if block.up.is_some() { 2 } else { 1 };
            let below = picture.take().map(Dual::upsample_fir);
            picture = match (&block.paint, below) {
                (Some(paint), Some(below)) => Some(below + paint.forward(x.clone(), style(next))),
                (Some(paint), None) => Some(paint.forward(x.clone(), style(next))),
                (None, below) => below,
            };
        }
        picture.unwrap_or(x) // the last block always paints
    }

    /// The same style for every layer: `[batch, width]` to `[batch, n_styles, width]`.
    pub fn everywhere(&self, style: Dual<2>) -> Dual<3> {
        let [batch, width] = style.dims();
        let style = style.reshape([batch, 1, width]);
        style.linear_map(|x: Tensor<3>| x.repeat_dim(1, self.n_styles))
    }
}
