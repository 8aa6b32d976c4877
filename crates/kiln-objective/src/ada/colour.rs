//! Colours: all of the transforms act on the mean of the channels, `m`, and on what sets a pixel
//! apart from it, `d`, so they need no matrix:
//!
//! `m' = (m + brightness) contrast flip`, `d' = contrast saturation R d`,
//!
//! where `R` turns `d` about the grey axis.

use burn::tensor::Tensor;

use super::AdaTransforms;
use super::draws::{Chance, Dice, Normal, Uniform};

/// The pictures `[batch, channels, height, width]` in other colours.
pub(super) fn recolour(images: Tensor<4>, on: &AdaTransforms, dice: &Dice) -> Tensor<4> {
    let still = || Tensor::<2>::ones([dice.batch(), 1], &dice.device());
    let contrast =
        if on.contrast { dice.factor(Chance::Contrast, Normal::Contrast, 0.5) } else { still() };
    let sign = if on.luma_flip {
        dice.coin(Chance::LumaFlip, Uniform::LumaFlip) * -2.0 + 1.0
    } else {
        still()
    };
    let added = if on.brightness {
        dice.normal(Normal::Brightness) * 0.2 * dice.happens(Chance::Brightness)
    } else {
        still() * 0.0
    };
    let light = |mean: Tensor<4>| {
        (mean + a_sample(added.clone())) * a_sample(contrast.clone() * sign.clone())
    };
    if images.dims()[1] == 1 {
        return light(images);
    }
    let mean = images.clone().mean_dim(1); // [batch, 1, height, width]
    let mut apart = images - mean.clone();
    if on.hue && apart.dims()[1] == 3 {
        apart = turned(apart, dice.angle(Chance::Hue, Uniform::Hue));
    }
    let mut colourful = contrast.clone();
    if on.saturation {
        colourful = colourful * dice.factor(Chance::Saturation, Normal::Saturation, 1.0);
    }
    light(mean) + apart * a_sample(colourful)
}

/// Colours without grey, turned about the grey axis `(1, 1, 1) / sqrt(3)` by `angle`:
/// `d cos + (axis x d) sin`.
fn turned(apart: Tensor<4>, angle: Tensor<2>) -> Tensor<4> {
    let part = |start, n| apart.clone().narrow(1, start, n);
    let next = Tensor::cat(vec![part(1, 2), part(0, 1)], 1);
    let after_next = Tensor::cat(vec![part(2, 1), part(0, 2)], 1);
    let sine = a_sample(angle.clone().sin() / 3f64.sqrt());
    apart * a_sample(angle.cos()) + (after_next - next) * sine
}

/// `[batch, 1]` to `[batch, 1, 1, 1]`.
fn a_sample(numbers: Tensor<2>) -> Tensor<4> {
    let [batch, _] = numbers.dims();
    numbers.reshape([batch, 1, 1, 1])
}
