//! The whole network.

use burn::module::Module;
use burn::tensor::Device;
use kiln_ops::Dual;
use serde::{Deserialize, Serialize};

use super::grid8::{Grid8, Grid8Pool};
use super::grid17::Grid17;
use super::grid35::Grid35;
use super::layer::InceptionLayer;
use super::pool::halved;
use super::reduction::{Reduction17, Reduction35};
use super::unit::{InceptionUnit, UnitConfig};
use crate::config::at_least_one;
use crate::{ConfigError, Linear, LinearConfig};

/// Configuration of an [`Inception`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InceptionConfig {
    /// Classes that it tells apart: 1008 in the graph of 2015-12-05.
    pub classes: usize,
}

impl Default for InceptionConfig {
    fn default() -> Self {
        Self { classes: 1008 }
    }
}

impl InceptionConfig {
    /// Side of the pictures that the network was taught on.
    pub const SIDE: usize = 299;

    /// The network, on `device`; all weights are zero until they are loaded.
    ///
    /// # Errors
    ///
    /// When there is no class.
    pub fn init(&self, device: &Device) -> Result<Inception, ConfigError> {
        at_least_one("classes", self.classes)?;
        let unit = |from, to, side| UnitConfig::new(from, to, [side; 2]);
        Ok(Inception {
            conv2d_1a_3x3: unit(3, 32, 3).halving().init(device),
            conv2d_2a_3x3: unit(32, 32, 3).init(device),
            conv2d_2b_3x3: unit(32, 64, 3).padded().init(device),
            conv2d_3b_1x1: unit(64, 80, 1).init(device),
            conv2d_4a_3x3: unit(80, 192, 3).init(device),
            mixed_5b: Grid35::new(192, 32, device),
            mixed_5c: Grid35::new(256, 64, device),
            mixed_5d: Grid35::new(288, 64, device),
            mixed_6a: Reduction35::new(device),
            mixed_6b: Grid17::new(128, device),
            mixed_6c: Grid17::new(160, device),
            mixed_6d: Grid17::new(160, device),
            mixed_6e: Grid17::new(192, device),
            mixed_7a: Reduction17::new(device),
            mixed_7b: Grid8::new(1280, Grid8Pool::Mean, device),
            mixed_7c: Grid8::new(2048, Grid8Pool::Greatest, device),
            fc: LinearConfig::new(2048, self.classes).init(device),
        })
    }
}

/// Inception v3 as the statistics of generators know it. Fields are named as the layers of the
/// published weights.
#[derive(Module, Debug)]
#[expect(missing_docs, reason = "the names are those of the graph; the blocks say what they are")]
pub struct Inception {
    pub conv2d_1a_3x3: InceptionUnit,
    pub conv2d_2a_3x3: InceptionUnit,
    pub conv2d_2b_3x3: InceptionUnit,
    pub conv2d_3b_1x1: InceptionUnit,
    pub conv2d_4a_3x3: InceptionUnit,
    pub mixed_5b: Grid35,
    pub mixed_5c: Grid35,
    pub mixed_5d: Grid35,
    pub mixed_6a: Reduction35,
    pub mixed_6b: Grid17,
    pub mixed_6c: Grid17,
    pub mixed_6d: Grid17,
    pub mixed_6e: Grid17,
    pub mixed_7a: Reduction17,
    pub mixed_7b: Grid8,
    pub mixed_7c: Grid8,
    pub fc: Linear,
}

impl Inception {
    /// The features at a layer; what lies above it is not computed.
    ///
    /// Shape: `[batch, 3, 299, 299]`, values in `[-1, 1]`, to `[batch, channels of the layer]`.
    pub fn features(&self, pictures: Dual<4>, layer: InceptionLayer) -> Dual<2> {
        let below = InceptionLayer::ALL.into_iter().take_while(|below| *below <= layer);
        below.fold(pictures, |x, stage| self.stage(x, stage)).mean_over_positions()
    }

    /// The logits without the offset of the last layer, which the Inception score goes by: its
    /// reference implementation takes the graph's last product.
    ///
    /// Shape: `[batch, 2048]`, the features of the last layer, to `[batch, classes]`.
    pub fn logits_unbiased(&self, features: Dual<2>) -> Dual<2> {
        features.linear(self.fc.weight.val(), None)
    }

    /// From the layer below to this one; to the first from the pictures.
    ///
    /// Shape: `[batch, channels below, height, width]` to `[batch, channels, height', width']`.
    pub fn stage(&self, x: Dual<4>, layer: InceptionLayer) -> Dual<4> {
        match layer {
            InceptionLayer::First => self.first(x),
            InceptionLayer::Second => self.second(x),
            InceptionLayer::Third => self.third(x),
            InceptionLayer::Last => self.last(x),
        }
    }

    fn first(&self, x: Dual<4>) -> Dual<4> {
        let x = self.conv2d_1a_3x3.forward(x); // [batch, 32, 149, 149]
        let x = self.conv2d_2a_3x3.forward(x); // [batch, 32, 147, 147]
        let x = self.conv2d_2b_3x3.forward(x); // [batch, 64, 147, 147]
        halved(x) // [batch, 64, 73, 73]
    }

    fn second(&self, x: Dual<4>) -> Dual<4> {
        let x = self.conv2d_3b_1x1.forward(x); // [batch, 80, 73, 73]
        let x = self.conv2d_4a_3x3.forward(x); // [batch, 192, 71, 71]
        halved(x) // [batch, 192, 35, 35]
    }

    fn third(&self, x: Dual<4>) -> Dual<4> {
        let x = self.mixed_5b.forward(x); // [batch, 256, 35, 35]
        let x = self.mixed_5c.forward(x); // [batch, 288, 35, 35]
        let x = self.mixed_5d.forward(x);
        let x = self.mixed_6a.forward(x); // [batch, 768, 17, 17]
        let x = self.mixed_6b.forward(x);
        let x = self.mixed_6c.forward(x);
        let x = self.mixed_6d.forward(x);
        self.mixed_6e.forward(x)
    }

    fn last(&self, x: Dual<4>) -> Dual<4> {
        let x = self.mixed_7a.forward(x); // [batch, 1280, 8, 8]
        let x = self.mixed_7b.forward(x); // [batch, 2048, 8, 8]
        self.mixed_7c.forward(x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{layers, parameter_count};
    use burn::tensor::Tensor;

    fn inception() -> Inception {
        InceptionConfig::default().init(&Device::flex()).unwrap()
    }

    #[test]
    fn it_has_the_layers_of_the_published_weights() {
        // Counted in torch-fidelity's FeatureExtractorInceptionV3, `fc` and all.
        let norms = layers(&inception()).iter().filter(|row| row.kind == "BatchNorm").count();
        assert_eq!((norms, parameter_count(&inception())), (94, 23_850_960));
    }

    #[test]
    fn each_layer_is_as_wide_as_it_says() {
        let inception = inception();
        // The smallest picture of which a position is left at the last layer.
        let picture = Tensor::<4>::zeros([1, 3, 75, 75], &Device::flex());
        let mut x = Dual::from(picture);
        for (layer, side) in InceptionLayer::ALL.into_iter().zip([17, 7, 3, 1]) {
            x = inception.stage(x, layer);
            assert_eq!(x.dims(), [1, layer.channels(), side, side]);
        }
        let features = x.mean_over_positions();
        assert_eq!(inception.logits_unbiased(features).dims(), [1, 1008]);
    }
}
