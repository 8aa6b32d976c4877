//! Which transforms are applied, and their application.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::AdaDraws;
use super::colour::recolour;
use super::draws::Dice;
use super::geometry::source_of;
use super::resample::resample;

/// The transforms that may happen; all of them unless said otherwise.
///
/// Up to a `p` of about 0.8 none of them leaks into what the generator makes (section 2.2), but
/// where a turned or mirrored sample means something else, as a digit's, they are better off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct AdaTransforms {
    /// Left and right change places.
    pub flip: bool,
    /// Turns by a multiple of 90 degrees.
    pub quarter_turns: bool,
    /// Shifts by whole pixels, up to an eighth of the side.
    pub whole_shift: bool,
    /// Larger or smaller.
    pub scale: bool,
    /// Turns by any angle, before and after the stretch.
    pub turn: bool,
    /// Wider and lower, or the other way round.
    pub stretch: bool,
    /// Shifts by parts of pixels.
    pub shift: bool,
    /// Lighter or darker.
    pub brightness: bool,
    /// All values times one factor.
    pub contrast: bool,
    /// Light and dark change places.
    pub luma_flip: bool,
    /// Colours turn about the grey axis.
    pub hue: bool,
    /// More colour or less.
    pub saturation: bool,
}

impl AdaTransforms {
    /// The authors' set "bgc".
    pub const ALL: Self = Self {
        flip: true,
        quarter_turns: true,
        whole_shift: true,
        scale: true,
        turn: true,
        stretch: true,
        shift: true,
        brightness: true,
        contrast: true,
        luma_flip: true,
        hue: true,
        saturation: true,
    };

    /// None.
    pub const NONE: Self = Self {
        flip: false,
        quarter_turns: false,
        whole_shift: false,
        scale: false,
        turn: false,
        stretch: false,
        shift: false,
        brightness: false,
        contrast: false,
        luma_flip: false,
        hue: false,
        saturation: false,
    };

    /// Augments `[batch, channels, height, width]`, each transform with probability `p`; the same
    /// draws do the same. At `p = 0` the images come back as they are, at no cost.
    pub fn apply(&self, images: Tensor<4>, p: f64, draws: &AdaDraws) -> Tensor<4> {
        if p <= 0.0 {
            return images;
        }
        let [_, _, height, width] = images.dims();
        let dice = Dice::new(p, draws);
        let mut images = images;
        if self.moves_pixels() {
            images = resample(images, source_of(self, &dice, [height, width]));
        }
        if self.changes_colours() {
            images = recolour(images, self, &dice);
        }
        images
    }

    fn moves_pixels(&self) -> bool {
        let blits = self.flip || self.quarter_turns || self.whole_shift;
        blits || self.scale || self.turn || self.stretch || self.shift
    }

    fn changes_colours(&self) -> bool {
        let light = self.brightness || self.contrast || self.luma_flip;
        light || self.hue || self.saturation
    }
}

impl Default for AdaTransforms {
    fn default() -> Self {
        Self::ALL
    }
}
