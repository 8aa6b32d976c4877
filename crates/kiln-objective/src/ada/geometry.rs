//! Where each pixel comes from: the inverses of the transforms, one after the other.
//!
//! A picture that goes through `M_1`, then `M_2`, up to `M_k`, shows at `x` what it showed at
//! `M_1^-1 M_2^-1 ... M_k^-1 x`: each transform joins on the right. Places are in pixels from the
//! middle, so that scale and turns are about it.

use burn::tensor::{Device, Tensor};

use super::AdaTransforms;
use super::draws::{Chance, Dice, Normal, Uniform};

/// An affine map of the plane, one a sample: `(x, y)` goes to `x right + y down + origin`, each
/// `[batch, 2]`, across and then down, without autodiff.
pub(super) struct Map {
    pub(super) right: Tensor<2>,
    pub(super) down: Tensor<2>,
    pub(super) origin: Tensor<2>,
}

impl Map {
    /// The map that moves nothing.
    pub(super) fn identity(batch: usize, device: &Device) -> Self {
        let (zero, one) =
            (Tensor::<2>::zeros([batch, 1], device), Tensor::<2>::ones([batch, 1], device));
        Self {
            right: Tensor::cat(vec![one.clone(), zero.clone()], 1),
            down: Tensor::cat(vec![zero.clone(), one], 1),
            origin: Tensor::cat(vec![zero.clone(), zero], 1),
        }
    }

    /// First times `across` and `down`, `[batch, 1]`, then this map.
    fn after_scale(self, across: Tensor<2>, down: Tensor<2>) -> Self {
        Self { right: self.right * across, down: self.down * down, origin: self.origin }
    }

    /// First a turn with these, `[batch, 1]`, then this map.
    fn after_turn(self, cosine: Tensor<2>, sine: Tensor<2>) -> Self {
        let (right, down) = (self.right, self.down);
        Self {
            right: right.clone() * cosine.clone() + down.clone() * sine.clone(),
            down: down * cosine - right * sine,
            origin: self.origin,
        }
    }

    /// First a shift by these, `[batch, 1]`, then this map.
    fn after_shift(self, across: Tensor<2>, down: Tensor<2>) -> Self {
        let origin = self.origin + self.right.clone() * across + self.down.clone() * down;
        Self { right: self.right, down: self.down, origin }
    }
}

/// Where the pixels of the augmented pictures come from.
pub(super) fn source_of(on: &AdaTransforms, dice: &Dice, sides: [usize; 2]) -> Map {
    let map = Map::identity(dice.batch(), &dice.device());
    let map = blit(map, on, dice, sides);
    geometry(map, on, dice, sides)
}

/// The transforms that only move whole pixels.
fn blit(mut map: Map, on: &AdaTransforms, dice: &Dice, [height, width]: [usize; 2]) -> Map {
    if on.flip {
        let across = dice.coin(Chance::Flip, Uniform::Flip) * -2.0 + 1.0;
        map = map.after_scale(across.clone(), across.ones_like());
    }
    if on.quarter_turns {
        let turns = (dice.uniform(Uniform::QuarterTurns) * 4.0).floor();
        let turns = turns * dice.happens(Chance::QuarterTurns);
        // Cosine and sine of 0, 90, 180, 270 degrees are 1, 0, -1, 0 and 0, 1, 0, -1: exact, so
        // that pixels stay whole.
        let cosine = (turns.clone() - 2.0).abs() - 1.0;
        let sine = (turns - 1.0).abs() * -1.0 + 1.0;
        map = map.after_turn(cosine, sine);
    }
    if on.whole_shift {
        let happens = dice.happens(Chance::WholeShift);
        let by = |number: Uniform, side: usize| {
            let share = (dice.uniform(number) * -2.0 + 1.0) / 8.0;
            (share * side as f64).round() * happens.clone()
        };
        map = map.after_shift(by(Uniform::WholeShiftX, width), by(Uniform::WholeShiftY, height));
    }
    map
}

/// The transforms that need values between pixels.
fn geometry(mut map: Map, on: &AdaTransforms, dice: &Dice, [height, width]: [usize; 2]) -> Map {
    let turned = |map: Map, chance: Chance, number: Uniform| {
        let angle = dice.angle(chance, number);
        map.after_turn(angle.clone().cos(), angle.sin())
    };
    if on.scale {
        let larger = dice.factor(Chance::Scale, Normal::Scale, 0.2).recip();
        map = map.after_scale(larger.clone(), larger);
    }
    if on.turn {
        map = turned(map, Chance::TurnBefore, Uniform::TurnBefore);
    }
    if on.stretch {
        let wider = dice.factor(Chance::Stretch, Normal::Stretch, 0.2);
        map = map.after_scale(wider.clone().recip(), wider);
    }
    if on.turn {
        map = turned(map, Chance::TurnAfter, Uniform::TurnAfter);
    }
    if on.shift {
        let happens = dice.happens(Chance::Shift);
        let by = |number: Normal, side: usize| {
            dice.normal(number) * (side as f64 / -8.0) * happens.clone()
        };
        map = map.after_shift(by(Normal::ShiftX, width), by(Normal::ShiftY, height));
    }
    map
}
