//! The blocks at 35 x 35 positions: figure 5 of Szegedy et al. 2016, with 5 x 5 kept.

use burn::module::Module;
use burn::tensor::Device;
use kiln_ops::Dual;

use super::pool::mean_around;
use super::unit::{InceptionUnit, UnitConfig};

/// Four branches side by side; the resolution stays.
#[derive(Module, Debug)]
pub struct Grid35 {
    /// 1 x 1.
    pub branch1x1: InceptionUnit,
    /// 1 x 1, then 5 x 5.
    pub branch5x5_1: InceptionUnit,
    /// See the one before.
    pub branch5x5_2: InceptionUnit,
    /// 1 x 1, then 3 x 3 twice.
    pub branch3x3dbl_1: InceptionUnit,
    /// See the one before.
    pub branch3x3dbl_2: InceptionUnit,
    /// See the one before.
    pub branch3x3dbl_3: InceptionUnit,
    /// The mean of 3 x 3, then 1 x 1.
    pub branch_pool: InceptionUnit,
}

impl Grid35 {
    /// From `inputs` channels to `224 + pooled`.
    pub(super) fn new(inputs: usize, pooled: usize, device: &Device) -> Self {
        let unit = |from, to, side| UnitConfig::new(from, to, [side; 2]).padded().init(device);
        Self {
            branch1x1: unit(inputs, 64, 1),
            branch5x5_1: unit(inputs, 48, 1),
            branch5x5_2: unit(48, 64, 5),
            branch3x3dbl_1: unit(inputs, 64, 1),
            branch3x3dbl_2: unit(64, 96, 3),
            branch3x3dbl_3: unit(96, 96, 3),
            branch_pool: unit(inputs, pooled, 1),
        }
    }

    /// Shape: `[batch, inputs, height, width]` to `[batch, 224 + pooled, height, width]`.
    pub fn forward(&self, x: Dual<4>) -> Dual<4> {
        let wide = self.branch5x5_2.forward(self.branch5x5_1.forward(x.clone()));
        let twice = self.branch3x3dbl_2.forward(self.branch3x3dbl_1.forward(x.clone()));
        let twice = self.branch3x3dbl_3.forward(twice);
        let one = self.branch1x1.forward(x.clone());
        let pooled = self.branch_pool.forward(mean_around(x));
        Dual::concat(vec![one, wide, twice, pooled], 1)
    }
}
