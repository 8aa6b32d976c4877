//! The blocks that halve the resolution: figure 10 of Szegedy et al. 2016.

use burn::module::Module;
use burn::tensor::Device;
use kiln_ops::Dual;

use super::pool::halved;
use super::unit::{InceptionUnit, UnitConfig};

/// From 35 x 35 to 17 x 17.
#[derive(Module, Debug)]
pub struct Reduction35 {
    /// 3 x 3, halving.
    pub branch3x3: InceptionUnit,
    /// 1 x 1, then 3 x 3, then 3 x 3 halving.
    pub branch3x3dbl_1: InceptionUnit,
    /// See the one before.
    pub branch3x3dbl_2: InceptionUnit,
    /// See the one before.
    pub branch3x3dbl_3: InceptionUnit,
}

impl Reduction35 {
    pub(super) fn new(device: &Device) -> Self {
        Self {
            branch3x3: UnitConfig::new(288, 384, [3, 3]).halving().init(device),
            branch3x3dbl_1: UnitConfig::new(288, 64, [1, 1]).init(device),
            branch3x3dbl_2: UnitConfig::new(64, 96, [3, 3]).padded().init(device),
            branch3x3dbl_3: UnitConfig::new(96, 96, [3, 3]).halving().init(device),
        }
    }

    /// Shape: `[batch, 288, height, width]` to `[batch, 768, height', width']`.
    pub fn forward(&self, x: Dual<4>) -> Dual<4> {
        let twice = self.branch3x3dbl_2.forward(self.branch3x3dbl_1.forward(x.clone()));
        let twice = self.branch3x3dbl_3.forward(twice);
        let once = self.branch3x3.forward(x.clone());
        Dual::concat(vec![once, twice, halved(x)], 1)
    }
}

/// From 17 x 17 to 8 x 8.
#[derive(Module, Debug)]
pub struct Reduction17 {
    /// 1 x 1, then 3 x 3 halving.
    pub branch3x3_1: InceptionUnit,
    /// See the one before.
    pub branch3x3_2: InceptionUnit,
    /// 1 x 1, then 1 x 7, then 7 x 1, then 3 x 3 halving.
    pub branch7x7x3_1: InceptionUnit,
    /// See the one before.
    pub branch7x7x3_2: InceptionUnit,
    /// See the one before.
    pub branch7x7x3_3: InceptionUnit,
    /// See the one before.
    pub branch7x7x3_4: InceptionUnit,
}

impl Reduction17 {
    pub(super) fn new(device: &Device) -> Self {
        Self {
            branch3x3_1: UnitConfig::new(768, 192, [1, 1]).init(device),
            branch3x3_2: UnitConfig::new(192, 320, [3, 3]).halving().init(device),
            branch7x7x3_1: UnitConfig::new(768, 192, [1, 1]).init(device),
            branch7x7x3_2: UnitConfig::new(192, 192, [1, 7]).padded().init(device),
            branch7x7x3_3: UnitConfig::new(192, 192, [7, 1]).padded().init(device),
            branch7x7x3_4: UnitConfig::new(192, 192, [3, 3]).halving().init(device),
        }
    }

    /// Shape: `[batch, 768, height, width]` to `[batch, 1280, height', width']`.
    pub fn forward(&self, x: Dual<4>) -> Dual<4> {
        let lines = self.branch7x7x3_2.forward(self.branch7x7x3_1.forward(x.clone()));
        let lines = self.branch7x7x3_4.forward(self.branch7x7x3_3.forward(lines));
        let once = self.branch3x3_2.forward(self.branch3x3_1.forward(x.clone()));
        Dual::concat(vec![once, lines, halved(x)], 1)
    }
}
