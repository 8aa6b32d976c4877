//! Brings pictures to what the classifier was taught on: grey, 28 x 28.

use burn::tensor::{Device, Tensor, TensorData};

use crate::EvalError;

/// Side of MNIST's pictures.
pub(crate) const SIDE: usize = 28;
/// Side to which MNIST is customarily padded; such pictures lose their margin again.
const PADDED: usize = 32;
/// Luma of RGB: ITU-R BT.601, section 2.5.1.
const LUMA: [f32; 3] = [0.299, 0.587, 0.114];

/// Shape: `[batch, 1 or 3, height, width]` to `[batch, 1, 28, 28]`.
///
/// 32 x 32 is cut to its centre; any other size is resized, each axis on its own.
pub(crate) fn conform(pictures: Tensor<4>) -> Result<Tensor<4>, EvalError> {
    let [batch, channels, height, width] = pictures.dims();
    if batch == 0 {
        return Err(EvalError::Empty);
    }
    if height == 0 || width == 0 {
        return Err(EvalError::NoPixels { height, width });
    }
    let grey = match channels {
        1 => pictures,
        3 => luma(pictures),
        _ => return Err(EvalError::Channels { channels }),
    };
    Ok(match (height, width) {
        (SIDE, SIDE) => grey,
        (PADDED, PADDED) => centre(grey),
        _ => resize(grey),
    })
}

/// `[batch, 3, height, width]` to `[batch, 1, height, width]`.
fn luma(pictures: Tensor<4>) -> Tensor<4> {
    let weights = Tensor::<1>::from_floats(LUMA, &pictures.device()).reshape([1, 3, 1, 1]);
    (pictures * weights).sum_dim(1)
}

/// `[batch, 1, 32, 32]` to `[batch, 1, 28, 28]`.
fn centre(pictures: Tensor<4>) -> Tensor<4> {
    let [batch, ..] = pictures.dims();
    let (from, to) = ((PADDED - SIDE) / 2, (PADDED + SIDE) / 2);
    pictures.slice([0..batch, 0..1, from..to, from..to])
}

/// `[batch, 1, height, width]` to `[batch, 1, 28, 28]`: a matrix product an axis.
fn resize(pictures: Tensor<4>) -> Tensor<4> {
    let [batch, _, height, width] = pictures.dims();
    let device = pictures.device();
    let x = pictures.reshape([batch * height, width]);
    let x = x.matmul(resampling(width, &device)); // [batch * height, 28]
    let x = x.reshape([batch, height, SIDE]).swap_dims(1, 2); // [batch, 28, height]
    let x = x.reshape([batch * SIDE, height]);
    let x = x.matmul(resampling(height, &device)); // [batch * 28, 28], columns first
    let x = x.reshape([batch, SIDE, SIDE]).swap_dims(1, 2);
    x.reshape([batch, 1, SIDE, SIDE])
}

/// `[from, 28]`: the share of each old pixel in each new one.
fn resampling(from: usize, device: &Device) -> Tensor<2> {
    let columns: Vec<Vec<f32>> = (0..SIDE).map(|to| shares(from, to)).collect();
    let values: Vec<f32> =
        (0..from).flat_map(|pixel| columns.iter().map(move |column| column[pixel])).collect();
    Tensor::from_data(TensorData::new(values, [from, SIDE]), device)
}

/// Bilinear, as wide as a new pixel is (Pillow's `BILINEAR`), so that shrinking does not alias.
fn shares(from: usize, to: usize) -> Vec<f32> {
    let scale = from as f64 / SIDE as f64;
    let (centre, reach) = ((to as f64 + 0.5) * scale, scale.max(1.0));
    let weight = |pixel: usize| (1.0 - (pixel as f64 + 0.5 - centre).abs() / reach).max(0.0);
    let total: f64 = (0..from).map(weight).sum();
    (0..from).map(|pixel| (weight(pixel) / total) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(channels: usize, side: usize) -> Tensor<4> {
        let values: Vec<f32> = (0..channels * side * side).map(|idx| (idx % side) as f32).collect();
        let shape = [1, channels, side, side];
        Tensor::from_data(TensorData::new(values, shape), &Device::flex())
    }

    fn row(pictures: Tensor<4>, y: usize) -> Vec<f32> {
        let row = pictures.slice([0..1, 0..1, y..y + 1, 0..SIDE]);
        row.into_data().iter().collect()
    }

    #[test]
    fn the_margin_of_a_padded_picture_is_cut_off() {
        let cut = conform(picture(1, 32)).unwrap();
        assert_eq!(row(cut, 0), (2..30).map(|x| x as f32).collect::<Vec<_>>());
    }

    #[test]
    fn a_picture_of_the_right_size_is_left_alone() {
        let same = conform(picture(1, 28)).unwrap();
        assert_eq!(row(same, 27), (0..28).map(|x| x as f32).collect::<Vec<_>>());
    }

    #[test]
    fn halving_weighs_four_pixels() {
        // Distances 1.5, 0.5, 0.5, 1.5 of a reach of 2: weights 1/4, 3/4, 3/4, 1/4, over 2.
        assert_eq!(shares(56, 3)[5..9], [0.125, 0.375, 0.375, 0.125]);
        // At the edge only three are there: 3/4, 3/4, 1/4, over 7/4.
        assert!((shares(56, 0)[2] - 1.0 / 7.0).abs() < 1e-7);
    }

    #[test]
    fn resizing_keeps_axes_apart() {
        // Columns hold 0, 1, .., 55; new pixel 3 lies between old ones 6 and 7, on every row.
        let half = conform(picture(1, 56)).unwrap();
        for y in [0, 27] {
            assert!((row(half.clone(), y)[3] - 6.5).abs() < 1e-5);
        }
    }

    #[test]
    fn a_grey_picture_in_colour_stays_as_it_is() {
        // The luma weights add up to one.
        let (grey, colour) = (picture(1, 28), picture(3, 28));
        let (grey, colour) = (conform(grey).unwrap(), conform(colour).unwrap());
        for (a, b) in row(grey, 5).iter().zip(row(colour, 5)) {
            assert!((a - b).abs() < 1e-5);
        }
    }

    #[test]
    fn green_is_brightest() {
        let green = Tensor::<1>::from_floats([-1.0, 1.0, -1.0], &Device::flex());
        let green = green.reshape([1, 3, 1, 1]).expand([1, 3, 28, 28]);
        // -0.299 + 0.587 - 0.114
        assert!((row(conform(green).unwrap(), 0)[0] - 0.174).abs() < 1e-6);
    }

    #[test]
    fn pictures_that_cannot_be_looked_at_are_refused() {
        let refusal = conform(picture(2, 28)).unwrap_err();
        assert_eq!(refusal, EvalError::Channels { channels: 2 });
        let none = Tensor::<4>::zeros([0, 1, 28, 28], &Device::flex());
        assert_eq!(conform(none).unwrap_err(), EvalError::Empty);
    }
}
