//! Points of the plane as a picture.

use std::io;

use image::{Rgb, RgbImage};
use kiln_core::Sheet;

use super::picture::{NOT_FINITE, invalid};

/// Pixels of a side.
const SIDE: u32 = 640;
/// Radius of a point, in pixels.
const RADIUS: f32 = 3.5;
/// How much of what lies below a point it covers: where many are, it is brighter.
const OPACITY: f32 = 0.6;
const GROUND: Rgb<u8> = Rgb([24, 26, 32]);
const AXIS: Rgb<u8> = Rgb([58, 62, 74]);
const POINT: Rgb<u8> = Rgb([255, 196, 84]);
/// A point outside of the window, drawn at its edge.
const OUTSIDE: Rgb<u8> = Rgb([230, 90, 60]);

/// The part of the plane that is shown: a square around the origin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Window {
    reach: f32,
}

impl Window {
    /// `[-1, 1]` and a margin: where the samples of a generator that ends in tanh lie.
    pub(crate) const UNIT: Self = Self { reach: 1.25 };

    /// A window that shows every finite value of `sheet`, with a margin of a quarter.
    pub(crate) fn around(sheet: &Sheet) -> Self {
        let finite = sheet.values.iter().filter(|value| value.is_finite());
        let largest = finite.fold(0.0, |largest: f32, value| largest.max(value.abs()));
        match largest * Self::UNIT.reach {
            reach if reach.is_normal() => Self { reach },
            _ => Self::UNIT,
        }
    }

    /// Where a coordinate lies across the picture, in pixels.
    fn pixels(self, coordinate: f32) -> f32 {
        (coordinate / self.reach + 1.0) / 2.0 * SIDE as f32
    }
}

/// The first two coordinates of each point of `sheet`; of points with one, the height is zero.
/// One that is not finite is a magenta dot at the left or upper edge.
///
/// # Errors
///
/// When a point has no coordinate.
pub(super) fn scatter(sheet: &Sheet, window: Window) -> io::Result<RgbImage> {
    if sheet.sample_len() == 0 {
        return Err(invalid("points without coordinates cannot be drawn".into()));
    }
    let mut picture = RgbImage::from_pixel(SIDE, SIDE, GROUND);
    for along in 0..SIDE {
        picture.put_pixel(along, SIDE / 2, AXIS);
        picture.put_pixel(SIDE / 2, along, AXIS);
    }
    for sample in sheet.samples() {
        let across = window.pixels(sample[0]);
        let down = window.pixels(-sample.get(1).copied().unwrap_or(0.0));
        dot(&mut picture, across, down);
    }
    Ok(picture)
}

fn dot(picture: &mut RgbImage, across: f32, down: f32) {
    let room = RADIUS..=SIDE as f32 - RADIUS;
    let colour = match (across, down) {
        _ if !(across.is_finite() && down.is_finite()) => NOT_FINITE,
        _ if room.contains(&across) && room.contains(&down) => POINT,
        _ => OUTSIDE,
    };
    // Not `clamp`, of which a NaN stays a NaN: the maximum makes it the start of the room.
    let within = |at: f32| at.max(*room.start()).min(*room.end());
    disc(picture, within(across), within(down), colour);
}

/// A disc with a soft edge.
fn disc(picture: &mut RgbImage, across: f32, down: f32, colour: Rgb<u8>) {
    let span = |centre: f32| (centre - RADIUS) as u32..((centre + RADIUS) as u32 + 1).min(SIDE);
    for y in span(down) {
        for x in span(across) {
            let distance = (x as f32 + 0.5 - across).hypot(y as f32 + 0.5 - down);
            let cover = OPACITY * (RADIUS - distance + 0.5).clamp(0.0, 1.0);
            let pixel = picture.get_pixel_mut(x, y);
            for (below, above) in pixel.0.iter_mut().zip(colour.0) {
                let (low, high) = (f32::from(*below), f32::from(above));
                *below = (low + (high - low) * cover).round() as u8;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use kiln_core::Medium;

    use super::*;

    fn points(coordinates: usize, values: Vec<f32>) -> Sheet {
        Sheet { medium: Medium::Point, shape: vec![coordinates], values, columns: None }
    }

    /// Where the picture differs from one without points: the mean of the pixels.
    fn centre(sheet: &Sheet, window: Window) -> (u32, u32) {
        let empty = scatter(&points(2, Vec::new()), window).unwrap();
        let picture = scatter(sheet, window).unwrap();
        let changed: Vec<(u32, u32)> = picture
            .enumerate_pixels()
            .filter(|(x, y, pixel)| empty[(*x, *y)] != **pixel)
            .map(|(x, y, _)| (x, y))
            .collect();
        let n = changed.len() as u32;
        let (x, y) = changed.iter().fold((0, 0), |sum, at| (sum.0 + at.0, sum.1 + at.1));
        (x / n, y / n)
    }

    #[test]
    fn up_and_right_are_positive() {
        // 3/4 of 640 across, 1/4 down, less the half pixel that the mean is rounded down.
        let sheet = points(2, vec![0.5, 0.5]);
        assert_eq!(centre(&sheet, Window { reach: 1.0 }), (479, 159));
    }

    #[test]
    fn the_window_holds_every_point_of_its_sheet() {
        let sheet = points(2, vec![0.5, -2.0, f32::NAN, 1.0]);
        assert_eq!(Window::around(&sheet), Window { reach: 2.5 });
        assert_eq!(Window::around(&points(2, Vec::new())), Window::UNIT);
    }

    #[test]
    fn points_outside_and_nowhere_are_drawn_in_their_own_colours() {
        let sheet = points(2, vec![5.0, 0.0, f32::NAN, 0.0]);
        let picture = scatter(&sheet, Window::UNIT).unwrap();
        let redder = |pixel: &Rgb<u8>| pixel.0[0] > 100;
        assert!(redder(picture.get_pixel(SIDE - 3, SIDE / 2)));
        assert!(picture.get_pixel(3, SIDE / 2).0[2] > 100);
    }

    #[test]
    fn a_line_of_numbers_lies_on_the_axis() {
        assert_eq!(centre(&points(1, vec![0.0]), Window::UNIT), (319, 319));
    }

    #[test]
    fn where_points_heap_up_it_is_brighter() {
        let window = Window { reach: 1.0 };
        let at = |n: usize| scatter(&points(2, vec![0.5; 2 * n]), window).unwrap()[(480, 160)].0[0];
        assert!(at(3) > at(1));
    }

    #[test]
    fn points_without_coordinates_are_refused() {
        assert!(scatter(&points(0, vec![1.0]), Window::UNIT).is_err());
    }
}
