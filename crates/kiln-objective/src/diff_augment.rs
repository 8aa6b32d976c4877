//! Differentiable augmentation of what the critic sees, real and fake alike (Zhao et al. 2020,
//! "Differentiable Augmentation for Data-Efficient GAN Training", and the authors' code).
//!
//! | policy | what happens to a sample |
//! |---|---|
//! | colour | brightness `+ (u - 1/2)`, saturation `x 2 u` about the mean of its channels, contrast `x (u + 1/2)` about its mean |
//! | translation | by up to 1/8 of each side, by whole pixels; zeros move in |
//! | cutout | a rectangle of half each side becomes zero |

use burn::tensor::{Device, Int, Tensor};
use serde::{Deserialize, Serialize};

/// Which policies are applied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DiffAugment {
    /// Brightness, saturation, contrast.
    pub colour: bool,
    /// Up to an eighth of the side.
    pub translation: bool,
    /// A rectangle of half the side.
    pub cutout: bool,
}

impl DiffAugment {
    /// Random numbers that one sample needs.
    pub const DRAWS: usize = 7;

    /// Whether nothing is done.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Augments `[batch, channels, height, width]`. `draws` are uniform in `[0, 1)`, of the shape
    /// `[batch, DRAWS]`; the same ones do the same.
    pub fn apply(&self, images: Tensor<4>, draws: &Tensor<2>) -> Tensor<4> {
        let [batch, _, height, width] = images.dims();
        let draw =
            |idx: usize| draws.clone().slice([0..batch, idx..idx + 1]).reshape([batch, 1, 1, 1]);
        let mut x = images;
        if self.colour {
            x = x + (draw(0) - 0.5);
            let grey = x.clone().mean_dim(1); // [batch, 1, height, width]
            x = (x - grey.clone()) * (draw(1) * 2.0) + grey;
            let mean = x.clone().mean_dim(1).mean_dim(2).mean_dim(3); // [batch, 1, 1, 1]
            x = (x - mean.clone()) * (draw(2) + 0.5) + mean;
        }
        if self.translation {
            let device = x.device();
            // Rows move by a product from the left, columns by one from the right.
            x = moves(height, draw(3), &device).matmul(x);
            x = x.matmul(moves(width, draw(4), &device).swap_dims(2, 3));
        }
        if self.cutout {
            let device = x.device();
            let rows = hidden(height, draw(5), &device); // [batch, 1, height, 1]
            let columns = hidden(width, draw(6), &device).reshape([batch, 1, 1, width]);
            x = x * (rows * columns * -1.0 + 1.0);
        }
        x
    }
}

/// `0, 1, ..., side - 1`, `[1, 1, side, 1]`.
fn places(side: usize, device: &Device) -> Tensor<4> {
    Tensor::<1, Int>::arange(0..side as i64, device).float().reshape([1, 1, side, 1])
}

/// The matrices, `[batch, 1, side, side]`, that put place `i + s` at `i`, with `s` a whole number
/// of up to an eighth of the side either way: `draw` is `[batch, 1, 1, 1]`.
fn moves(side: usize, draw: Tensor<4>, device: &Device) -> Tensor<4> {
    let reach = (side as f64 / 8.0 + 0.5).floor();
    let shift = (draw * (2.0 * reach + 1.0)).floor() - reach;
    let to = places(side, device);
    let from = to.clone().reshape([1, 1, 1, side]);
    (to + shift - from).abs().lower_elem(0.5).float()
}

/// One where a stretch of half the side lies, `[batch, 1, side, 1]`; its middle is anywhere.
fn hidden(side: usize, draw: Tensor<4>, device: &Device) -> Tensor<4> {
    let length = (side as f64 / 2.0 + 0.5).floor();
    let middles = side as f64 + (1.0 - length % 2.0);
    let start = (draw * middles).floor() - (length / 2.0).floor();
    let place = places(side, device) - start; // within the stretch: 0 to length - 1
    let inside = place.clone().greater_elem(-0.5).float();
    inside * place.lower_elem(length - 0.5).float()
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Tolerance;

    const ALL: DiffAugment = DiffAugment { colour: true, translation: true, cutout: true };

    fn on() -> Device {
        Device::flex().autodiff()
    }

    /// Two samples of two channels, 8 x 8, all different.
    fn images() -> Tensor<4> {
        Tensor::<1, Int>::arange(0..256, &on()).float().reshape([2, 2, 8, 8]) / 128.0 - 1.0
    }

    fn draws(value: [f32; DiffAugment::DRAWS]) -> Tensor<2> {
        Tensor::<2>::from_floats([value, value], &on())
    }

    fn values(x: Tensor<4>) -> Vec<f32> {
        x.into_data().iter().collect()
    }

    #[test]
    fn without_a_policy_nothing_changes() {
        let none = DiffAugment::default();
        assert!(none.is_none() && !ALL.is_none());
        assert_eq!(values(none.apply(images(), &draws([0.9; 7]))), values(images()));
    }

    #[test]
    fn middling_draws_change_neither_colour_nor_place() {
        let still = DiffAugment { cutout: false, ..ALL };
        let (was, is) = (values(images()), values(still.apply(images(), &draws([0.5; 7]))));
        assert!(was.iter().zip(is).all(|(a, b)| (a - b).abs() < 1e-6));
    }

    #[test]
    fn brightness_is_added_and_contrast_is_about_the_mean() {
        let colour = DiffAugment { colour: true, ..DiffAugment::default() };
        let x = Tensor::<2>::from_floats([[0.0, 0.4]], &on()).reshape([1, 1, 1, 2]);
        let u = [0.75, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0];
        // 0.25 and 0.65, mean 0.45, half the distance to it; one channel has no saturation.
        let y = values(colour.apply(x, &draws(u).narrow(0, 0, 1)));
        assert!((y[0] - 0.35).abs() < 1e-6 && (y[1] - 0.55).abs() < 1e-6, "{y:?}");
    }

    #[test]
    fn saturation_is_about_the_mean_of_the_channels() {
        let colour = DiffAugment { colour: true, ..DiffAugment::default() };
        let x = Tensor::<2>::from_floats([[0.0, 0.4]], &on()).reshape([1, 2, 1, 1]);
        let grey =
            values(colour.apply(x, &draws([0.5, 0.0, 0.5, 0.0, 0.0, 0.0, 0.0]).narrow(0, 0, 1)));
        assert!(grey.iter().all(|v| (v - 0.2).abs() < 1e-6), "{grey:?}");
    }

    #[test]
    fn a_translation_moves_whole_pixels_and_zeros_move_in() {
        let translation = DiffAugment { translation: true, ..DiffAugment::default() };
        // An eighth of 8 is 1: rows take the one below (s = 1), columns stay (s = 0).
        let y = translation.apply(images(), &draws([0.0, 0.0, 0.0, 0.99, 0.5, 0.0, 0.0]));
        let below = images().slice([0..2, 0..2, 1..8]);
        assert_eq!(values(y.clone().slice([0..2, 0..2, 0..7])), values(below));
        assert!(values(y.slice([0..2, 0..2, 7..8])).iter().all(|v| *v == 0.0));
        // Columns take the one to their left (s = -1).
        let y = translation.apply(images(), &draws([0.0, 0.0, 0.0, 0.5, 0.0, 0.0, 0.0]));
        let left = images().slice([0..2, 0..2, 0..8, 0..7]);
        assert_eq!(values(y.slice([0..2, 0..2, 0..8, 1..8])), values(left));
    }

    #[test]
    fn a_cutout_hides_half_of_each_side() {
        let cutout = DiffAugment { cutout: true, ..DiffAugment::default() };
        let ones = || Tensor::<4>::ones([2, 1, 8, 8], &on());
        // The middle is at 4.5 of 9 places: rows and columns 2 to 5.
        let y = values(cutout.apply(ones(), &draws([0.5; 7])));
        let hidden = |row: usize, column: usize| (2..6).contains(&row) && (2..6).contains(&column);
        for (idx, value) in y.into_iter().enumerate() {
            let expected = if hidden(idx / 8 % 8, idx % 8) { 0.0 } else { 1.0 };
            assert_eq!(value, expected, "{idx}");
        }
        // At the corner a quarter of it is left.
        let y = values(cutout.apply(ones(), &draws([0.0; 7])));
        assert_eq!(y.iter().filter(|v| **v == 0.0).count(), 2 * 2 * 2);
    }

    #[test]
    fn gradients_flow_back_to_where_a_pixel_came_from() {
        let x = images().require_grad();
        let y = ALL.apply(x.clone(), &draws([0.9, 0.3, 0.7, 0.99, 0.01, 0.6, 0.2]));
        let gradient = x.grad(&y.square().sum().backward()).unwrap();
        let reached = gradient.into_data().iter::<f32>().filter(|g| *g != 0.0).count();
        assert!(reached > 128, "{reached} of 256");
    }

    #[test]
    fn every_sample_has_its_own_draws() {
        let two = Tensor::<2>::from_floats([[0.1; 7], [0.9; 7]], &on());
        let both = ALL.apply(images(), &two);
        let first = ALL.apply(images().narrow(0, 0, 1), &two.narrow(0, 0, 1));
        let data = both.narrow(0, 0, 1).into_data();
        data.assert_approx_eq::<f32>(&first.into_data(), Tolerance::default());
    }
}
