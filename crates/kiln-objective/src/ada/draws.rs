//! The random numbers of an augmentation, and what they decide.

use burn::tensor::{Device, Tensor};

/// Random numbers for a batch; the same ones do the same.
#[derive(Debug, Clone)]
pub struct AdaDraws {
    /// Uniform in `[0, 1)`, `[batch, AdaDraws::UNIFORMS]`.
    pub uniform: Tensor<2>,
    /// Standard normal, `[batch, AdaDraws::NORMALS]`.
    pub normal: Tensor<2>,
}

impl AdaDraws {
    /// Uniform numbers that one sample needs.
    pub const UNIFORMS: usize = 21;
    /// Normal numbers that one sample needs.
    pub const NORMALS: usize = 7;
}

/// Columns that decide whether a transform happens.
#[derive(Debug, Clone, Copy)]
pub(super) enum Chance {
    Flip,
    QuarterTurns,
    WholeShift,
    Scale,
    TurnBefore,
    Stretch,
    TurnAfter,
    Shift,
    Brightness,
    Contrast,
    LumaFlip,
    Hue,
    Saturation,
}

/// Columns that say how much, uniform ones; they follow the chances.
#[derive(Debug, Clone, Copy)]
pub(super) enum Uniform {
    Flip = Chance::Saturation as isize + 1,
    QuarterTurns,
    WholeShiftX,
    WholeShiftY,
    TurnBefore,
    TurnAfter,
    LumaFlip,
    Hue,
}

/// Columns that say how much, normal ones.
#[derive(Debug, Clone, Copy)]
pub(super) enum Normal {
    Scale,
    Stretch,
    ShiftX,
    ShiftY,
    Brightness,
    Contrast,
    Saturation,
}

/// The draws, read with a probability in mind. Every number is `[batch, 1]`, without autodiff.
pub(super) struct Dice {
    p: f64,
    uniform: Tensor<2>,
    normal: Tensor<2>,
}

impl Dice {
    pub(super) fn new(p: f64, draws: &AdaDraws) -> Self {
        let plain = |numbers: &Tensor<2>| numbers.clone().without_autodiff();
        Self { p, uniform: plain(&draws.uniform), normal: plain(&draws.normal) }
    }

    pub(super) fn batch(&self) -> usize {
        self.uniform.dims()[0]
    }

    pub(super) fn device(&self) -> Device {
        self.uniform.device()
    }

    /// One where it happens, zero elsewhere.
    pub(super) fn happens(&self, chance: Chance) -> Tensor<2> {
        let p = match chance {
            // Two turns, of which at least one happens with probability p.
            Chance::TurnBefore | Chance::TurnAfter => 1.0 - (1.0 - self.p.min(1.0)).sqrt(),
            _ => self.p,
        };
        column(&self.uniform, chance as usize).lower_elem(p).float()
    }

    /// Uniform in `[0, 1)`.
    pub(super) fn uniform(&self, number: Uniform) -> Tensor<2> {
        column(&self.uniform, number as usize)
    }

    /// Standard normal.
    pub(super) fn normal(&self, number: Normal) -> Tensor<2> {
        column(&self.normal, number as usize)
    }

    /// One or zero with equal odds, zero where it does not happen.
    pub(super) fn coin(&self, chance: Chance, number: Uniform) -> Tensor<2> {
        self.happens(chance) * self.uniform(number).lower_elem(0.5).float()
    }

    /// An angle in `[-pi, pi)`, zero where it does not happen.
    pub(super) fn angle(&self, chance: Chance, number: Uniform) -> Tensor<2> {
        let pi = std::f64::consts::PI;
        (self.uniform(number) * (2.0 * pi) - pi) * self.happens(chance)
    }

    /// `2^(octaves n)`, one where it does not happen.
    pub(super) fn factor(&self, chance: Chance, number: Normal, octaves: f64) -> Tensor<2> {
        let exponent = self.normal(number) * (octaves * std::f64::consts::LN_2);
        (exponent * self.happens(chance)).exp()
    }
}

fn column(numbers: &Tensor<2>, idx: usize) -> Tensor<2> {
    let [batch, _] = numbers.dims();
    numbers.clone().narrow(1, idx, 1).reshape([batch, 1])
}
