//! How colourful pictures look (Hasler and Süsstrunk 2003, "Measuring Colourfulness in Natural
//! Images", section 7).
//!
//! With `rg = R - G` and `yb = (R + G) / 2 - B` of each pixel, of values in `[0, 255]`, a picture's is
//! `sqrt(var(rg) + var(yb)) + 0.3 sqrt(mean(rg)^2 + mean(yb)^2)`. Grey is 0; people called pictures
//! slightly colourful from 15, averagely from 45 and extremely from 109 on.

use rayon::prelude::*;

use super::Estimate;
use super::estimate::mean_and_squares;
use crate::{EvalError, Pixels};

/// How much the means count beside the deviations.
const MEANS: f64 = 0.3;

/// The mean colourfulness of pictures, and its standard error; grey pictures have none.
///
/// # Errors
///
/// When there is no picture.
pub fn colourfulness(pictures: &Pixels) -> Result<Estimate, EvalError> {
    let [n, channels, height, width] = pictures.shape();
    if n == 0 {
        return Err(EvalError::Empty);
    }
    let of_one = |picture: &[u8]| match channels {
        3 => of_picture(picture, height * width),
        _ => 0.0,
    };
    let pictures = pictures.bytes().par_chunks_exact((channels * height * width).max(1));
    let values: Vec<f64> = pictures.map(of_one).collect();
    Ok(Estimate::of_points(&values))
}

/// Of one picture, `[3, plane]`.
fn of_picture(picture: &[u8], plane: usize) -> f64 {
    let at = |channel: usize, idx: usize| f64::from(picture[channel * plane + idx]);
    let red_green = |idx| at(0, idx) - at(1, idx);
    let yellow_blue = |idx| (at(0, idx) + at(1, idx)) / 2.0 - at(2, idx);
    let moments = |opponent: &dyn Fn(usize) -> f64| {
        let values: Vec<f64> = (0..plane).map(opponent).collect();
        let (mean, squares) = mean_and_squares(&values);
        (mean, squares / plane.max(1) as f64)
    };
    let (rg, yb) = (moments(&red_green), moments(&yellow_blue));
    (rg.1 + yb.1).sqrt() + MEANS * rg.0.hypot(yb.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of a picture of two pixels.
    fn check(pixels: [[u8; 3]; 2], expected: f64) {
        let bytes = (0..3).flat_map(|channel| pixels.map(|pixel| pixel[channel])).collect();
        let found = colourfulness(&Pixels::new([1, 3, 1, 2], bytes).unwrap()).unwrap();
        assert!((found.value - expected).abs() < 1e-9, "{pixels:?}: {}", found.value);
    }

    #[test]
    fn pictures_of_two_pixels_have_the_values_of_the_formula() {
        check([[7, 7, 7], [200, 200, 200]], 0.0);
        // rg = 255, yb = 127.5, without a deviation.
        check([[255, 0, 0]; 2], 0.3 * (255.0_f64.powi(2) + 127.5_f64.powi(2)).sqrt());
        // rg = 255 and -255, yb = 127.5 both times.
        check([[255, 0, 0], [0, 255, 0]], 255.0 + 0.3 * 127.5);
        // rg = 0; yb = 255 and -255.
        check([[255, 255, 0], [0, 0, 255]], 255.0);
    }

    #[test]
    fn the_mean_is_over_pictures_and_grey_ones_have_no_colour() {
        let bytes = vec![255, 0, 0, 9, 9, 9];
        let two = colourfulness(&Pixels::new([2, 3, 1, 1], bytes).unwrap()).unwrap();
        let red = 0.3 * (255.0_f64.powi(2) + 127.5_f64.powi(2)).sqrt();
        assert!((two.value - red / 2.0).abs() < 1e-9);
        let grey = colourfulness(&Pixels::new([1, 1, 1, 1], vec![9]).unwrap()).unwrap();
        assert_eq!(grey.value, 0.0);
    }
}
