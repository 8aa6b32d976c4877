//! What a penalty asks of the norm `r` of the critic's gradient at a point.

use burn::tensor::Tensor;
use burn::tensor::activation::relu;
use serde::{Deserialize, Serialize};

/// A function of the norm, at least 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phi {
    /// `(r - 1)^2`: a slope of one.
    UnitNorm,
    /// `relu(r - 1)^2`: a slope of one at most.
    AtMostUnitNorm,
    /// `r^2`: a slope of zero.
    Square,
    /// `r^6`: the same, gentle on small slopes and hard on large ones.
    SixthPower,
}

impl Phi {
    /// Every one.
    pub const ALL: [Self; 4] =
        [Self::UnitNorm, Self::AtMostUnitNorm, Self::Square, Self::SixthPower];

    /// `phi(r)`, given `r^2`, `[batch, 1]`.
    pub(super) fn value(self, squares: Tensor<2>) -> Tensor<2> {
        match self {
            Self::UnitNorm => (squares.sqrt() - 1.0).square(),
            Self::AtMostUnitNorm => relu(squares.sqrt() - 1.0).square(),
            Self::Square => squares,
            Self::SixthPower => squares.clone().square() * squares,
        }
    }

    /// `phi'(r) / r`, given `r^2`; where the gradient vanishes, so must its product with it.
    pub(super) fn pull(self, squares: Tensor<2>) -> Tensor<2> {
        // 2 (r - 1) / r.
        let to_one = |squares: Tensor<2>| squares.clamp_min(TINY).sqrt().recip() * -2.0 + 2.0;
        match self {
            Self::UnitNorm => to_one(squares),
            Self::AtMostUnitNorm => relu(to_one(squares)),
            Self::Square => squares.ones_like() * 2.0,
            Self::SixthPower => squares.square() * 6.0,
        }
    }
}

/// Keeps the direction of a vanishing gradient finite.
const TINY: f32 = 1e-24;
