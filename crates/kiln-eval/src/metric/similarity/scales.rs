//! Multi-scale structural similarity of two pictures (Wang, Simoncelli and Bovik 2003).
//!
//! `luminance(last scale)^w * prod_scales (contrast * structure)^w`, the means over windows of
//! 11 x 11 Gaussian weights of deviation 1.5 that lie wholly inside; each scale halves the picture
//! by means of 2 x 2. Constants `(0.01 * 255)^2` and `(0.03 * 255)^2`; a negative factor counts as
//! 0. For channels of colour the mean over channels. As pytorch-msssim computes it.
//!
//! A window needs 11 pixels, so small pictures have fewer scales: the weights are then the first
//! ones, made to sum to one.

use crate::metric::plane::Plane;

/// Weights of the scales, the finest first (section 3.2 of the paper).
const WEIGHTS: [f64; MOST_SCALES] = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333];

/// Scales of the paper.
pub(super) const MOST_SCALES: usize = 5;

/// Pixels of a window.
pub(super) const WINDOW: usize = 11;

/// Deviation of its weights, in pixels.
const DEVIATION: f64 = 1.5;

/// The constants that keep ratios of small numbers in bounds, for pixels of 0 to 255.
const LUMINANCE: f64 = 2.55 * 2.55;
const CONTRAST: f64 = 7.65 * 7.65;

/// How many scales pictures of this size have: 0 to 5.
pub(super) fn scale_count(height: usize, width: usize) -> usize {
    let side = height.min(width);
    (0..MOST_SCALES).take_while(|scale| side > (WINDOW - 1) << scale).count()
}

/// The similarity of two pictures by their channels, over this many scales, at least one.
pub(super) fn similarity(left: &[Plane], right: &[Plane], scales: usize) -> f64 {
    let channels = left.iter().zip(right);
    let sum: f64 = channels.map(|(left, right)| of_channel(left, right, scales)).sum();
    sum / left.len() as f64
}

fn of_channel(left: &Plane, right: &Plane, scales: usize) -> f64 {
    let weights = &WEIGHTS[..scales];
    let total: f64 = weights.iter().sum();
    let (mut left, mut right) = (left.clone(), right.clone());
    let mut value = 1.0;
    for (scale, weight) in weights.iter().enumerate() {
        let (whole, contrast) = similarity_at(&left, &right);
        let last = scale + 1 == scales;
        let factor: f64 = if last { whole } else { contrast };
        value *= factor.max(0.0).powf(weight / total);
        if !last {
            (left, right) = (halved(&left), halved(&right));
        }
    }
    value
}

/// At one scale: the similarity, and its part that is contrast and structure.
fn similarity_at(left: &Plane, right: &Plane) -> (f64, f64) {
    let product = |a: &Plane, b: &Plane| windowed(&a.zip(b, |a, b| a * b));
    let (mean_left, mean_right) = (windowed(left), windowed(right));
    let variances = product(left, left).zip(&product(right, right), |l, r| l + r);
    let squares = mean_left.zip(&mean_right, |l, r| l * l + r * r);
    let means = mean_left.zip(&mean_right, |l, r| l * r);
    let covariance = product(left, right).zip(&means, |product, means| product - means);
    let variances = variances.zip(&squares, |raw, squares| raw - squares);
    let contrast =
        covariance.zip(&variances, |both, each| (2.0 * both + CONTRAST) / (each + CONTRAST));
    let luminance = means.zip(&squares, |both, each| (2.0 * both + LUMINANCE) / (each + LUMINANCE));
    (luminance.zip(&contrast, |l, c| l * c).mean(), contrast.mean())
}

/// The weighted mean of every window that lies inside: smaller by 10 each way.
fn windowed(plane: &Plane) -> Plane {
    let weights = gaussian();
    let [height, width] = [plane.height, plane.width].map(|side| side + 1 - WINDOW);
    let weigh = |value: &dyn Fn(usize) -> f64| -> f64 {
        weights.iter().enumerate().map(|(k, weight)| weight * value(k)).sum()
    };
    let rows = Plane::from_fn([plane.height, width], |y, x| weigh(&|k| plane.at(y, x + k)));
    Plane::from_fn([height, width], |y, x| weigh(&|k| rows.at(y + k, x)))
}

fn gaussian() -> [f64; WINDOW] {
    let mut weights = [0.0; WINDOW];
    for (k, weight) in weights.iter_mut().enumerate() {
        let offset = k as f64 - (WINDOW / 2) as f64;
        *weight = (-offset * offset / (2.0 * DEVIATION * DEVIATION)).exp();
    }
    let sum: f64 = weights.iter().sum();
    weights.map(|weight| weight / sum)
}

/// Means of 2 x 2; an odd side has zeros around it, as in pytorch-msssim.
fn halved(plane: &Plane) -> Plane {
    let (odd_y, odd_x) = (plane.height % 2, plane.width % 2);
    let value = |y: usize, x: usize| {
        let outside =
            y < odd_y || x < odd_x || y - odd_y >= plane.height || x - odd_x >= plane.width;
        if outside { 0.0 } else { plane.at(y - odd_y, x - odd_x) }
    };
    let size = [plane.height, plane.width].map(|side| side.div_ceil(2));
    Plane::from_fn(size, |y, x| {
        let (y, x) = (2 * y, 2 * x);
        (value(y, x) + value(y, x + 1) + value(y + 1, x) + value(y + 1, x + 1)) / 4.0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_wholly_similar_to_itself_at_any_number_of_scales() {
        let plane = Plane::from_fn([48, 41], |y, x| ((3 * x + y * y) % 256) as f64);
        for scales in 1..=scale_count(48, 41) {
            let found =
                similarity(std::slice::from_ref(&plane), std::slice::from_ref(&plane), scales);
            assert!((found - 1.0).abs() < 1e-12, "{found}");
        }
    }

    #[test]
    fn two_flat_pictures_differ_in_luminance_alone() {
        let [black, white] = [0.0, 255.0].map(|grey| vec![Plane::from_fn([11, 11], |_, _| grey)]);
        // (2 * 0 + C1) / (255^2 + C1), with C1 = 2.55^2: 1e-4 / (1 + 1e-4).
        let found = similarity(&black, &white, 1);
        assert!((found - 1e-4 / 1.0001).abs() < 1e-9, "{found}");
    }

    #[test]
    fn the_number_of_scales_follows_the_smaller_side() {
        let counts = [10, 11, 20, 21, 28, 64, 160, 161, 1024].map(|side| scale_count(side, 2000));
        assert_eq!(counts, [0, 1, 1, 2, 2, 3, 4, 5, 5]);
    }
}
