//! The rule of a border that mirrors what is inside.

use burn::tensor::ops::PadMode;

use super::Dual;
use super::shape::settled;

impl Dual<4> {
    /// `border` more pixels on each side, that mirror those inside around the outermost ones, which
    /// themselves come once: `b a | a` would repeat, this is `c b | a b c`. A side must have more
    /// than `border` pixels.
    ///
    /// Shape: `[batch, channels, height, width]` to `[batch, channels, height + 2 border, width + 2
    /// border]`.
    pub fn reflect(self, border: usize) -> Self {
        if border == 0 {
            return self;
        }
        self.linear_map(|x| settled(settled(x).pad([(border, border); 2], PadMode::Reflect)))
    }
}
