//! Norms within a sample, pooling and resampling.

use burn::tensor::ops::{AvgPoolOptions, MaxPoolOptions};
use burn::tensor::{Device, Tensor, TensorData};

use super::{Dual, check, greatest, normals};

fn floats<const D: usize>(data: impl Into<TensorData>) -> Tensor<D> {
    Tensor::from_data(data, &Device::flex())
}

/// The layer without a tangent, on numbers done by hand.
fn check_value<const D: usize, const E: usize>(
    x: impl Into<TensorData>,
    layer: impl Fn(Dual<D>) -> Dual<E>,
    expected: impl Into<TensorData>,
) {
    let y = layer(floats(x).into()).value;
    let expected: Tensor<E> = floats(expected);
    assert_eq!(y.dims(), expected.dims());
    assert!(greatest(y.clone() - expected) < 1e-5, "{y}");
}

#[test]
fn group_instance_and_layer_norm() {
    check([2, 6, 2, 2], |x| x.normalize_groups(3, 1e-3));
    check([2, 6, 2, 2], |x| x.normalize_groups(6, 1e-3));
    check([2, 6, 2, 2], |x| x.normalize_groups(1, 1e-3));
    check([3, 6], |x| x.normalize_groups(1, 1e-3));
    // Of (1, 3) the mean is 2 and the deviation 1; of (1, 3, 5, 7) they are 4 and 5^(1/2).
    let x = [[1.0f32, 3.0, 5.0, 7.0]];
    let r = 5f32.sqrt();
    check_value(x, |x: Dual<2>| x.normalize_groups(2, 0.0), [[-1.0f32, 1.0, -1.0, 1.0]]);
    let layer = [[-3.0 / r, -1.0 / r, 1.0 / r, 3.0 / r]];
    check_value(x, |x: Dual<2>| x.normalize_groups(1, 0.0), layer);
}

#[test]
fn channels_are_scaled_by_numbers_of_their_own() {
    check([2, 3, 2, 2], |x| x.scale_channels(normals(3, [3]), normals(4, [3])));
    let [gain, shift] = [[2.0f32, 3.0], [1.0, -1.0]].map(floats::<1>);
    let scale = |x: Dual<3>| x.scale_channels(gain.clone(), shift.clone());
    check_value([[[1.0f32, 2.0], [3.0, 4.0]]], scale, [[[3.0f32, 5.0], [8.0, 11.0]]]);
}

#[test]
fn average_pooling() {
    let halves = AvgPoolOptions::new([2, 2]);
    let blur = AvgPoolOptions::new([3, 3]).with_stride([2, 2]).with_padding([1, 1]);
    check([2, 3, 4, 4], |x| x.avg_pool2d(&halves));
    check([2, 3, 5, 4], |x| x.avg_pool2d(&blur));
    check([2, 1, 2, 2], |x| x.avg_pool2d(&halves));
    let x = [[[[1.0f32, 2.0], [3.0, 6.0]]]];
    check_value(x, |x: Dual<4>| x.avg_pool2d(&halves), [[[[3.0f32]]]]);
}

#[test]
fn max_pooling() {
    let halves = MaxPoolOptions::new([2, 2]);
    let wide = MaxPoolOptions::new([3, 3]).with_stride([2, 2]).with_padding([1, 1]);
    check([2, 3, 4, 4], |x| x.max_pool2d(&halves));
    check([2, 3, 5, 4], |x| x.max_pool2d(&wide));
    check([2, 1, 2, 2], |x| x.max_pool2d(&halves));
    let x = [[[[1.0f32, 2.0], [-3.0, 6.0]]]];
    check_value(x, |x: Dual<4>| x.max_pool2d(&halves), [[[[6.0f32]]]]);
}

#[test]
fn pooling_over_all_positions() {
    check([2, 3, 2, 4], Dual::sum_over_positions);
    check([2, 3, 2, 4], Dual::mean_over_positions);
    let x = [[[1.0f32, 3.0], [5.0, 9.0]]];
    check_value(x, |x: Dual<3>| x.sum_over_positions(), [[4.0f32, 14.0]]);
    check_value(x, |x: Dual<3>| x.mean_over_positions(), [[2.0f32, 7.0]]);
}

#[test]
fn nearest_upsampling() {
    check([2, 3, 2, 4], |x| x.upsample_nearest(2));
    check([2, 1, 1, 3], |x| x.upsample_nearest(3));
    let x = [[[[1.0f32, 2.0]]]];
    let twice = [[[[1.0f32, 1.0, 2.0, 2.0], [1.0, 1.0, 2.0, 2.0]]]];
    check_value(x, |x: Dual<4>| x.upsample_nearest(2), twice);
}

#[test]
fn nearest_upsampling_repeats_each_pixel_as_often_whatever_the_factor() {
    for factor in 1..=9 {
        let row = Tensor::<4>::from_data(
            TensorData::new((0..50).map(|pixel| pixel as f32).collect(), [1, 1, 1, 50]),
            &Device::flex(),
        );
        let wide: Vec<f32> =
            Dual::from(row).upsample_nearest(factor).value.into_data().iter().collect();
        let expected = (0..50 * factor).map(|pixel| (pixel / factor) as f32);
        assert!(wide[..50 * factor].iter().copied().eq(expected), "{factor}");
    }
}

#[test]
fn reflected_borders() {
    check([2, 3, 4, 5], |x| x.reflect(3));
    check([2, 1, 2, 2], |x| x.reflect(1));
    let x = [[[[1.0f32, 2.0, 3.0], [4.0, 5.0, 6.0]]]];
    // The rows 4 5 6, 1 2 3, 4 5 6, 1 2 3, each with a pixel more at both ends.
    let (one, other) = ([2.0f32, 1.0, 2.0, 3.0, 2.0], [5.0f32, 4.0, 5.0, 6.0, 5.0]);
    check_value(x, |x: Dual<4>| x.reflect(1), [[[other, one, other, one]]]);
    check_value(x, |x: Dual<4>| x.reflect(0), x);
}

#[test]
fn bilinear_resampling() {
    check([2, 3, 2, 4], |x| x.upsample_bilinear(2));
    check([2, 1, 5, 3], |x| x.resize_bilinear([2, 7]));
    // Centres at -1/4, 1/4, 3/4 and 5/4 of the way from the first to the second.
    let x = [[[[0.0f32, 4.0]]]];
    let twice = [[[[0.0f32, 1.0, 3.0, 4.0], [0.0, 1.0, 3.0, 4.0]]]];
    check_value(x, |x: Dual<4>| x.upsample_bilinear(2), twice);
    check_value(x, |x: Dual<4>| x.resize_bilinear([1, 1]), [[[[2.0f32]]]]);
}

#[test]
fn resampling_by_stylegans_kernel() {
    check([2, 3, 4, 5], |x| x.upsample_fir());
    check([2, 3, 4, 6], |x| x.downsample_fir());
    check([2, 3, 4, 5], |x| x.blur_fir());
    // One row of a picture of one row: along the columns 3/4 and 1/4, along the rows 3/4 twice.
    let x = [[[[4.0f32, 8.0]]]];
    let row = [2.25f32, 3.75, 5.25, 4.5]; // 3/4 of 3, 5, 7, 6
    check_value(x, |x: Dual<4>| x.upsample_fir(), [[[row, row]]]);
    let x = [[[[8.0f32, 16.0], [8.0, 16.0]]]];
    // Along the columns (3 8 + 3 16) / 8 = 9, along the rows 9 (3 + 3) / 8.
    check_value(x, |x: Dual<4>| x.downsample_fir(), [[[[6.75f32]]]]);
    // Along the columns (3 8 + 16) / 8, 9, (8 + 3 16) / 8; along the rows a half, three quarters, a half.
    let [a, b] = [[2.5f32, 4.5, 3.5], [3.75, 6.75, 5.25]];
    check_value(x, |x: Dual<4>| x.blur_fir(), [[[a, b, a]]]);
}

#[test]
fn squares_and_reciprocal_roots() {
    check([3, 4], |x: Dual<2>| x.square());
    check([3, 4], |x: Dual<2>| x.square().offset(0.5).rsqrt());
    check_value([4.0f32, 0.25], |x: Dual<1>| x.rsqrt(), [0.5f32, 2.0]);
}

#[test]
fn channels_become_places_and_blocks_pixels() {
    check([2, 8, 3, 2], |x| x.pixel_shuffle(2));
    check([1, 9, 1, 2], |x| x.pixel_shuffle(3));
    check([2, 3, 4, 6], |x| x.first_of_blocks(2));
    let channels = [[[[0.0f32]], [[1.0]], [[2.0]], [[3.0]]]];
    check_value(channels, |x: Dual<4>| x.pixel_shuffle(2), [[[[0.0f32, 1.0], [2.0, 3.0]]]]);
    let blocks = [[[[1.0f32, 9.0, 2.0, 9.0], [9.0, 9.0, 9.0, 9.0]]]];
    check_value(blocks, |x: Dual<4>| x.first_of_blocks(2), [[[[1.0f32, 2.0]]]]);
}

#[test]
fn slopes_of_channels() {
    check([1, 3, 2, 2], |x| x.parametric_relu(normals(5, [3])));
    let device = Device::flex();
    let slope = || Tensor::from_floats([0.5, -1.0], &device);
    let x = [[[-2.0f32, 2.0], [-2.0, 2.0]]];
    check_value(x, |x: Dual<3>| x.parametric_relu(slope()), [[[-1.0f32, 2.0], [2.0, 2.0]]]);
}
