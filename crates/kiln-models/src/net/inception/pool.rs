//! Windows of 3 x 3: the three ways in which blocks pool.

use burn::tensor::ops::{AvgPoolOptions, MaxPoolOptions};
use kiln_ops::Dual;

const WINDOW: [usize; 2] = [3, 3];

/// The mean around each position, of those that are within the picture: TensorFlow's `SAME`.
pub(super) fn mean_around(x: Dual<4>) -> Dual<4> {
    let options = AvgPoolOptions::new(WINDOW).with_stride([1, 1]).with_padding([1, 1]);
    x.avg_pool2d(&options.with_count_include_pad(false))
}

/// The greatest around each position.
pub(super) fn greatest_around(x: Dual<4>) -> Dual<4> {
    x.max_pool2d(&MaxPoolOptions::new(WINDOW).with_stride([1, 1]).with_padding([1, 1]))
}

/// The greatest of every second window.
pub(super) fn halved(x: Dual<4>) -> Dual<4> {
    x.max_pool2d(&MaxPoolOptions::new(WINDOW).with_stride([2, 2]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::values;
    use burn::tensor::{Device, Tensor};

    /// Three rows of 1, 2, 3; 4, 5, 6; 7, 8, 9, or their negatives.
    fn square(sign: f32) -> Dual<4> {
        let numbers: Vec<f32> = (1..=9u8).map(|n| sign * f32::from(n)).collect();
        let row = Tensor::<1>::from_floats(numbers.as_slice(), &Device::flex());
        row.reshape([1, 1, 3, 3]).into()
    }

    #[test]
    fn a_mean_counts_no_padding() {
        // The corner: (1 + 2 + 4 + 5) / 4; the edge beside it: (1 + 2 + 3 + 4 + 5 + 6) / 6.
        assert_eq!(values(&mean_around(square(1.0)).value)[..2], [3.0, 3.5]);
    }

    #[test]
    fn padding_is_never_the_greatest() {
        assert_eq!(values(&greatest_around(square(-1.0)).value)[..3], [-1.0, -1.0, -2.0]);
        assert_eq!(values(&halved(square(-1.0)).value), [-1.0]);
    }
}
