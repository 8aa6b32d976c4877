//! Sharpness: the variance of the Laplacian, the usual measure of focus (Pech-Pacheco, Cristóbal,
//! Chamorro-Martínez and Fernández-Valdivia 2000, "Diatom autofocusing in brightfield microscopy: a
//! comparative study", section 4; LAPV in the survey of Pertuz, Puig and Garcia 2013).
//!
//! The Laplacian of a pixel is the sum of its four neighbours less four times itself, of values 0 to 255
//! and with the picture mirrored about its border pixels; so the number is OpenCV's
//! `cv2.Laplacian(picture, cv2.CV_64F).var()`. Of a picture in colour it is the mean over the channels.
//! Noise is sharp, too: the number for the real pictures is the yardstick, and a generator that blurs is
//! below it.

use rayon::prelude::*;

use super::plane::Plane;
use crate::metric::Estimate;
use crate::metric::estimate::mean_and_squares;
use crate::{EvalError, Pixels};

/// The mean variance of the Laplacian, with its standard error over the pictures; at least 0, higher
/// where edges are sharper.
///
/// # Errors
///
/// When the pictures are smaller than 2 x 2, so that there is nothing to mirror.
pub fn sharpness(pictures: &Pixels) -> Result<Estimate, EvalError> {
    let [n, _, height, width] = pictures.shape();
    if height.min(width) < 2 {
        return Err(EvalError::Small { height, width, needed: 2 });
    }
    let of_one = |idx| {
        let channels = Plane::channels(pictures, idx);
        let sum: f64 = channels.iter().map(variance_of_laplacian).sum();
        sum / channels.len() as f64
    };
    let values: Vec<f64> = (0..n).into_par_iter().map(of_one).collect();
    Ok(Estimate::of_points(&values))
}

fn variance_of_laplacian(plane: &Plane) -> f64 {
    let [height, width] = [plane.height, plane.width];
    let laplacian = Plane::from_fn([height, width], |y, x| {
        let ([up, down], [left, right]) = (beside(y, height), beside(x, width));
        let around = plane.at(up, x) + plane.at(down, x) + plane.at(y, left) + plane.at(y, right);
        around - 4.0 * plane.at(y, x)
    });
    mean_and_squares(&laplacian.values).1 / laplacian.values.len() as f64
}

/// The places before and after one of `n`, at least 2, the line being mirrored about its ends.
fn beside(at: usize, n: usize) -> [usize; 2] {
    [if at == 0 { 1 } else { at - 1 }, if at + 1 == n { n - 2 } else { at + 1 }]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(shape: [usize; 4], bytes: &[u8]) -> f64 {
        sharpness(&Pixels::new(shape, bytes.to_vec()).unwrap()).unwrap().value
    }

    #[test]
    fn a_dot_has_the_laplacian_of_a_dot() {
        // -4 at the dot, 2 beside it, where the mirror shows it twice, and 0 in the corners: mean 4 / 9,
        // mean square 32 / 9.
        let dot = [0, 0, 0, 0, 1, 0, 0, 0, 0];
        let expected = 32.0 / 9.0 - (4.0_f64 / 9.0).powi(2);
        assert!((of([1, 1, 3, 3], &dot) - expected).abs() < 1e-12);
        // Twice as bright: four times the variance; of another channel that is flat, half.
        assert!((of([1, 1, 3, 3], &dot.map(|v| 2 * v)) - 4.0 * expected).abs() < 1e-12);
        let colour = [dot, [7; 9], [9; 9]].concat();
        assert!((of([1, 3, 3, 3], &colour) - expected / 3.0).abs() < 1e-12);
    }

    #[test]
    fn what_is_blurred_is_less_sharp_and_what_is_flat_not_at_all() {
        let edge = |values: [u8; 6]| of([1, 1, 6, 6], &values.repeat(6));
        let (sharp, blurred) = (edge([0, 0, 0, 200, 200, 200]), edge([0, 25, 75, 125, 175, 200]));
        assert!(sharp > 4.0 * blurred && blurred > 0.0, "{sharp} {blurred}");
        assert_eq!(edge([9; 6]), 0.0);
    }

    #[test]
    fn a_line_of_pixels_is_refused() {
        let line = Pixels::new([1, 1, 1, 9], vec![0; 9]).unwrap();
        let refusal = EvalError::Small { height: 1, width: 9, needed: 2 };
        assert_eq!(sharpness(&line), Err(refusal));
    }
}
