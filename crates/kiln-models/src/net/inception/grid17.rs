//! The blocks at 17 x 17 positions: figure 6 of Szegedy et al. 2016, with lines of 7.

use burn::module::Module;
use burn::tensor::Device;
use kiln_ops::Dual;

use super::pool::mean_around;
use super::unit::{InceptionUnit, UnitConfig};

/// Channels of the input, and of all four branches together.
const CHANNELS: usize = 768;
/// Channels of each branch.
const BRANCH: usize = CHANNELS / 4;

/// Four branches side by side, two of them by rows and columns of 7; resolution and channels stay.
#[derive(Module, Debug)]
pub struct Grid17 {
    /// 1 x 1.
    pub branch1x1: InceptionUnit,
    /// 1 x 1, then 1 x 7, then 7 x 1.
    pub branch7x7_1: InceptionUnit,
    /// See the one before.
    pub branch7x7_2: InceptionUnit,
    /// See the one before.
    pub branch7x7_3: InceptionUnit,
    /// 1 x 1, then 7 x 1, 1 x 7, 7 x 1, 1 x 7.
    pub branch7x7dbl_1: InceptionUnit,
    /// See the one before.
    pub branch7x7dbl_2: InceptionUnit,
    /// See the one before.
    pub branch7x7dbl_3: InceptionUnit,
    /// See the one before.
    pub branch7x7dbl_4: InceptionUnit,
    /// See the one before.
    pub branch7x7dbl_5: InceptionUnit,
    /// The mean of 3 x 3, then 1 x 1.
    pub branch_pool: InceptionUnit,
}

impl Grid17 {
    /// With so many channels within the branches of 7.
    pub(super) fn new(within: usize, device: &Device) -> Self {
        let unit = |from, to, kernel| UnitConfig::new(from, to, kernel).padded().init(device);
        let (dot, row, column) = ([1, 1], [1, 7], [7, 1]);
        Self {
            branch1x1: unit(CHANNELS, BRANCH, dot),
            branch7x7_1: unit(CHANNELS, within, dot),
            branch7x7_2: unit(within, within, row),
            branch7x7_3: unit(within, BRANCH, column),
            branch7x7dbl_1: unit(CHANNELS, within, dot),
            branch7x7dbl_2: unit(within, within, column),
            branch7x7dbl_3: unit(within, within, row),
            branch7x7dbl_4: unit(within, within, column),
            branch7x7dbl_5: unit(within, BRANCH, row),
            branch_pool: unit(CHANNELS, BRANCH, dot),
        }
    }

    /// Shape: `[batch, 768, height, width]`, kept.
    pub fn forward(&self, x: Dual<4>) -> Dual<4> {
        let once = [&self.branch7x7_1, &self.branch7x7_2, &self.branch7x7_3];
        let once = once.into_iter().fold(x.clone(), |x, unit| unit.forward(x));
        let twice = [
            &self.branch7x7dbl_1,
            &self.branch7x7dbl_2,
            &self.branch7x7dbl_3,
            &self.branch7x7dbl_4,
            &self.branch7x7dbl_5,
        ];
        let twice = twice.into_iter().fold(x.clone(), |x, unit| unit.forward(x));
        let one = self.branch1x1.forward(x.clone());
        let pooled = self.branch_pool.forward(mean_around(x));
        Dual::concat(vec![one, once, twice, pooled], 1)
    }
}
