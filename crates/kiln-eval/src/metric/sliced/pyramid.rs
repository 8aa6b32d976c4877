//! Laplacian pyramid (Burt and Adelson 1983): the detail of each size, and what is left.
//!
//! The window is 1, 4, 6, 4, 1 over 16 each way, the picture mirrored at the middle of its border
//! pixels. A level is the picture less its blurred, halved and enlarged self; the last is the rest.

use crate::metric::plane::Plane;

const TAPS: [f64; 5] = [1.0, 4.0, 6.0, 4.0, 1.0];

/// The smaller side of the coarsest level, at least (Karras et al. 2018, section 5).
const COARSEST: usize = 16;

/// How many levels pictures of this size have, at least 1: both sides are halved while they are
/// even and the halves are of 16 pixels or more.
pub(super) fn level_count(height: usize, width: usize) -> usize {
    let (mut sides, mut levels) = ([height, width], 1);
    while sides.iter().all(|side| side % 2 == 0 && side / 2 >= COARSEST) {
        sides = sides.map(|side| side / 2);
        levels += 1;
    }
    levels
}

/// Level `wanted` of a plane, of `levels` in all; level 0 is the finest.
pub(super) fn level(plane: Plane, wanted: usize, levels: usize) -> Plane {
    let mut rest = plane;
    for _ in 0..wanted {
        rest = halved(&rest);
    }
    if wanted + 1 == levels {
        return rest;
    }
    let coarse = enlarged(&halved(&rest));
    rest.zip(&coarse, |fine, coarse| fine - coarse)
}

fn halved(plane: &Plane) -> Plane {
    let blurred = blurred(plane);
    Plane::from_fn([plane.height / 2, plane.width / 2], |y, x| blurred.at(2 * y, 2 * x))
}

/// Twice the size: zeros between the pixels, blurred, and four times as bright.
fn enlarged(plane: &Plane) -> Plane {
    let sparse = Plane::from_fn([2 * plane.height, 2 * plane.width], |y, x| {
        if y % 2 == 0 && x % 2 == 0 { 4.0 * plane.at(y / 2, x / 2) } else { 0.0 }
    });
    blurred(&sparse)
}

fn blurred(plane: &Plane) -> Plane {
    let size = [plane.height, plane.width];
    let weigh = |value: &dyn Fn(usize) -> f64| -> f64 {
        TAPS.iter().enumerate().map(|(k, tap)| tap / 16.0 * value(k)).sum()
    };
    let rows = Plane::from_fn(size, |y, x| weigh(&|k| plane.at(y, mirrored(x + k, plane.width))));
    Plane::from_fn(size, |y, x| weigh(&|k| rows.at(mirrored(y + k, plane.height), x)))
}

/// The pixel at `shifted - 2`, mirrored at the first and the last of `side` pixels (3 or more).
fn mirrored(shifted: usize, side: usize) -> usize {
    let at = shifted.abs_diff(2);
    if at < side { at } else { 2 * (side - 1) - at }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_have_as_many_levels_as_fit() {
        let counts = [7, 16, 28, 31, 32, 128, 1024].map(|side| level_count(side, side));
        assert_eq!(counts, [1, 1, 1, 1, 2, 4, 7]);
    }

    #[test]
    fn a_flat_picture_has_no_detail_and_keeps_its_grey() {
        let flat = Plane::from_fn([32, 32], |_, _| 100.0);
        let near = |plane: Plane, grey: f64| plane.values.iter().all(|v| (v - grey).abs() < 1e-9);
        assert!(near(level(flat.clone(), 0, 2), 0.0));
        assert!(near(level(flat, 1, 2), 100.0));
    }

    #[test]
    fn borders_are_mirrored_at_their_middle() {
        let found: Vec<usize> = (0..8).map(|shifted| mirrored(shifted, 4)).collect();
        assert_eq!(found, [2, 1, 0, 1, 2, 3, 2, 1]);
    }
}
