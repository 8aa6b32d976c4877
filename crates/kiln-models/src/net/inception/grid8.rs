//! The blocks at 8 x 8 positions: figure 7 of Szegedy et al. 2016.

use burn::module::Module;
use burn::tensor::Device;
use kiln_ops::Dual;

use super::pool::{greatest_around, mean_around};
use super::unit::{InceptionUnit, UnitConfig};

/// What the last branch of a [`Grid8`] pools by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grid8Pool {
    /// The mean, as the paper has it.
    Mean,
    /// The maximum, as the last block of the graph of 2015-12-05 has it.
    Greatest,
}

/// Four branches side by side, two of which end in a row and a column; the resolution stays.
#[derive(Module, Debug)]
pub struct Grid8 {
    /// 1 x 1.
    pub branch1x1: InceptionUnit,
    /// 1 x 1, then 1 x 3 and 3 x 1 side by side.
    pub branch3x3_1: InceptionUnit,
    /// See the one before.
    pub branch3x3_2a: InceptionUnit,
    /// See the one before.
    pub branch3x3_2b: InceptionUnit,
    /// 1 x 1, then 3 x 3, then 1 x 3 and 3 x 1 side by side.
    pub branch3x3dbl_1: InceptionUnit,
    /// See the one before.
    pub branch3x3dbl_2: InceptionUnit,
    /// See the one before.
    pub branch3x3dbl_3a: InceptionUnit,
    /// See the one before.
    pub branch3x3dbl_3b: InceptionUnit,
    /// 3 x 3 pooled, then 1 x 1.
    pub branch_pool: InceptionUnit,
    /// How the last branch pools.
    #[module(skip)]
    pub pool: Grid8Pool,
}

impl Grid8 {
    /// From `inputs` channels to 2048.
    pub(super) fn new(inputs: usize, pool: Grid8Pool, device: &Device) -> Self {
        let unit = |from, to, kernel| UnitConfig::new(from, to, kernel).padded().init(device);
        let (dot, row, column) = ([1, 1], [1, 3], [3, 1]);
        Self {
            branch1x1: unit(inputs, 320, dot),
            branch3x3_1: unit(inputs, 384, dot),
            branch3x3_2a: unit(384, 384, row),
            branch3x3_2b: unit(384, 384, column),
            branch3x3dbl_1: unit(inputs, 448, dot),
            branch3x3dbl_2: unit(448, 384, [3, 3]),
            branch3x3dbl_3a: unit(384, 384, row),
            branch3x3dbl_3b: unit(384, 384, column),
            branch_pool: unit(inputs, 192, dot),
            pool,
        }
    }

    /// Shape: `[batch, inputs, height, width]` to `[batch, 2048, height, width]`.
    pub fn forward(&self, x: Dual<4>) -> Dual<4> {
        let one = self.branch1x1.forward(x.clone());
        let once = self.branch3x3_1.forward(x.clone());
        let twice = self.branch3x3dbl_2.forward(self.branch3x3dbl_1.forward(x.clone()));
        let pooled = match self.pool {
            Grid8Pool::Mean => mean_around(x),
            Grid8Pool::Greatest => greatest_around(x),
        };
        let branches = vec![
            one,
            self.branch3x3_2a.forward(once.clone()),
            self.branch3x3_2b.forward(once),
            self.branch3x3dbl_3a.forward(twice.clone()),
            self.branch3x3dbl_3b.forward(twice),
            self.branch_pool.forward(pooled),
        ];
        Dual::concat(branches, 1)
    }
}
