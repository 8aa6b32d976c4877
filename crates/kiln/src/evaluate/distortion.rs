//! Small changes of a digit that leave it the same digit: turned, resized, shifted.

use kiln_core::Stream;
use serde::{Deserialize, Serialize};

/// How far pictures are changed; each change is uniform between both signs of its limit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Distortion {
    /// Largest turn, in degrees.
    pub turn: f32,
    /// Largest change of size, as a share.
    pub zoom: f32,
    /// Largest shift along each axis, in pixels.
    pub shift: f32,
}

impl Default for Distortion {
    fn default() -> Self {
        Self { turn: 10.0, zoom: 0.1, shift: 2.0 }
    }
}

impl Distortion {
    /// None.
    pub const NONE: Self = Self { turn: 0.0, zoom: 0.0, shift: 0.0 };

    /// A change of square pictures of this side, drawn from `stream`.
    pub fn draw(&self, side: usize, stream: &mut Stream) -> Change {
        let mut between = |limit: f32| limit * (2.0 * stream.uniform() - 1.0);
        let (sin, cos) = between(self.turn).to_radians().sin_cos();
        let scale = 1.0 / (1.0 + between(self.zoom));
        let (right, down) = (between(self.shift), between(self.shift));
        let middle = (side as f32 - 1.0) / 2.0;
        let (a, b) = (scale * cos, scale * sin);
        // From a pixel of the new picture back to where it comes from in the old one.
        let (x, y) = (middle + right, middle + down);
        Change { side, x: [a, b, middle - a * x - b * y], y: [-b, a, middle + b * x - a * y] }
    }
}

/// One change of a picture: where each new pixel comes from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    side: usize,
    /// `old x = x[0] * new x + x[1] * new y + x[2]`
    x: [f32; 3],
    /// The same for y.
    y: [f32; 3],
}

impl Change {
    /// Puts the changed picture into `new`; outside of the old one there is `background`.
    pub fn apply(&self, old: &[f32], background: f32, new: &mut [f32]) {
        for (row, values) in new.chunks_exact_mut(self.side).enumerate() {
            for (column, value) in values.iter_mut().enumerate() {
                let from = |k: &[f32; 3]| k[0] * column as f32 + k[1] * row as f32 + k[2];
                *value = self.between(old, background, from(&self.x), from(&self.y));
            }
        }
    }

    /// The old picture between its pixels, bilinear.
    fn between(&self, old: &[f32], background: f32, x: f32, y: f32) -> f32 {
        let (left, top) = (x.floor(), y.floor());
        let (right_share, lower_share) = (x - left, y - top);
        let at = |dx: f32, dy: f32| self.pixel(old, background, left + dx, top + dy);
        let upper = at(0.0, 0.0) * (1.0 - right_share) + at(1.0, 0.0) * right_share;
        let lower = at(0.0, 1.0) * (1.0 - right_share) + at(1.0, 1.0) * right_share;
        upper * (1.0 - lower_share) + lower * lower_share
    }

    fn pixel(&self, old: &[f32], background: f32, x: f32, y: f32) -> f32 {
        let inside = 0.0..self.side as f32;
        if inside.contains(&x) && inside.contains(&y) {
            old[y as usize * self.side + x as usize]
        } else {
            background
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kiln_core::{Address, Purpose};

    fn change(distortion: Distortion, seed: u64) -> Change {
        distortion.draw(3, &mut Stream::new(Address::new(seed, Purpose::Augment)))
    }

    fn apply(change: Change) -> Vec<f32> {
        let old: Vec<f32> = (1..=9).map(|value| value as f32).collect();
        let mut new = vec![f32::NAN; 9];
        change.apply(&old, 0.0, &mut new);
        new
    }

    fn close(new: &[f32], expected: [f32; 9]) {
        let near = new.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5);
        assert!(near, "{new:?} is not {expected:?}");
    }

    #[test]
    fn no_distortion_changes_nothing() {
        let same = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];
        close(&apply(change(Distortion::NONE, 1)), same);
    }

    #[test]
    fn a_shift_moves_right_and_down_and_lets_the_background_in() {
        let shifted = Change { side: 3, x: [1.0, 0.0, -1.0], y: [0.0, 1.0, -0.5] };
        // One to the right, half a pixel down.
        close(&apply(shifted), [0.0, 0.5, 1.0, 0.0, 2.5, 3.5, 0.0, 5.5, 6.5]);
    }

    #[test]
    fn a_quarter_turn_goes_round_the_middle() {
        let turned = Change { side: 3, x: [0.0, 1.0, 0.0], y: [-1.0, 0.0, 2.0] };
        close(&apply(turned), [7.0, 4.0, 1.0, 8.0, 5.0, 2.0, 9.0, 6.0, 3.0]);
    }

    #[test]
    fn a_turn_keeps_the_middle_where_it_is() {
        let turn = Distortion { turn: 90.0, ..Distortion::NONE };
        for seed in 0..20 {
            assert!((apply(change(turn, seed))[4] - 5.0).abs() < 1e-5);
        }
    }

    #[test]
    fn each_limit_holds_and_draws_differ() {
        let shift = Distortion { shift: 2.0, ..Distortion::NONE };
        let shifts: Vec<f32> = (0..100).map(|seed| change(shift, seed).x[2]).collect();
        assert!(shifts.iter().all(|shift| shift.abs() <= 2.0));
        assert!(shifts.iter().any(|shift| *shift > 1.0) && shifts.iter().any(|s| *s < -1.0));
    }
}
