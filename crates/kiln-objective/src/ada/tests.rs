//! Each transform alone on pictures that are small enough to do by hand, then all together.

use burn::tensor::{Device, Int, Tensor, TensorData};
use kiln_core::{Address, Purpose, Stream};

use super::draws::{Chance, Normal, Uniform};
use super::{Ada, AdaDraws, AdaStrength, AdaTransforms};

fn on() -> Device {
    Device::flex().autodiff()
}

/// At `p = 1/4`: nothing happens but `chance`, with these numbers.
fn draws(chance: Chance, uniforms: &[(Uniform, f32)], normals: &[(Normal, f32)]) -> AdaDraws {
    let mut uniform = [0.5; AdaDraws::UNIFORMS];
    let mut normal = [0.7; AdaDraws::NORMALS];
    uniform[chance as usize] = 0.0;
    uniforms.iter().for_each(|(column, value)| uniform[*column as usize] = *value);
    normals.iter().for_each(|(column, value)| normal[*column as usize] = *value);
    let [uniform, normal] = [uniform.to_vec(), normal.to_vec()].map(|row| {
        let shape = [1, row.len()];
        Tensor::<2>::from_data(TensorData::new(row, shape), &on())
    });
    AdaDraws { uniform, normal }
}

fn picture<const N: usize>(values: [f32; N], shape: [usize; 4]) -> Tensor<4> {
    Tensor::<1>::from_floats(values, &on()).reshape(shape)
}

/// One to nine, row by row.
fn three_by_three() -> Tensor<4> {
    Tensor::<1, Int>::arange(1..10, &on()).float().reshape([1, 1, 3, 3])
}

fn values(x: Tensor<4>) -> Vec<f32> {
    x.into_data().iter().collect()
}

fn check(x: Tensor<4>, draws: &AdaDraws, expected: &[f32]) {
    let is = values(AdaTransforms::ALL.apply(x, 0.25, draws));
    let close = is.iter().zip(expected).all(|(is, expected)| (is - expected).abs() < 2e-5);
    assert!(close && is.len() == expected.len(), "{is:?}, not {expected:?}");
}

#[test]
fn a_flip_exchanges_left_and_right() {
    let flip = |u| draws(Chance::Flip, &[(Uniform::Flip, u)], &[]);
    check(three_by_three(), &flip(0.49), &[3.0, 2.0, 1.0, 6.0, 5.0, 4.0, 9.0, 8.0, 7.0]);
    check(three_by_three(), &flip(0.51), &values(three_by_three()));
}

#[test]
fn quarter_turns_are_counted_by_their_number() {
    let turned = [
        [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0],
        [3.0, 6.0, 9.0, 2.0, 5.0, 8.0, 1.0, 4.0, 7.0],
        [9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0],
        [7.0, 4.0, 1.0, 8.0, 5.0, 2.0, 9.0, 6.0, 3.0],
    ];
    for (turns, expected) in turned.iter().enumerate() {
        let u = 0.25 * turns as f32 + 0.1;
        let turns = draws(Chance::QuarterTurns, &[(Uniform::QuarterTurns, u)], &[]);
        check(three_by_three(), &turns, expected);
    }
}

#[test]
fn a_whole_shift_moves_whole_pixels_and_mirrors_the_edge() {
    let row = || picture([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0], [1, 1, 1, 8]);
    let by = |u| draws(Chance::WholeShift, &[(Uniform::WholeShiftX, u)], &[]);
    check(row(), &by(0.99), &[1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    check(row(), &by(0.0), &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 6.0]);
    // Under half a pixel of the one that 8 / 8 allows.
    check(row(), &by(0.74), &values(row()));
    let column = row().reshape([1, 1, 8, 1]);
    let down = draws(Chance::WholeShift, &[(Uniform::WholeShiftY, 0.99)], &[]);
    check(column, &down, &[1.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
}

#[test]
fn a_scale_is_about_the_middle() {
    // 2^(5 / 5): twice as large shows the middle half.
    let row = picture([0.0, 1.0, 2.0, 3.0, 4.0], [1, 1, 1, 5]);
    let twice = draws(Chance::Scale, &[], &[(Normal::Scale, 5.0)]);
    check(row, &twice, &[1.0, 1.5, 2.0, 2.5, 3.0]);
    // Half as large reaches beyond the edges: places -2, 0, 2, 4, 6, mirrored.
    let row = picture([0.0, 1.0, 2.0, 3.0, 4.0], [1, 1, 1, 5]);
    let half = draws(Chance::Scale, &[], &[(Normal::Scale, -5.0)]);
    check(row, &half, &[2.0, 0.0, 2.0, 4.0, 2.0]);
}

#[test]
fn a_stretch_widens_as_much_as_it_lowers() {
    let stretch = || draws(Chance::Stretch, &[], &[(Normal::Stretch, 5.0)]);
    let row = picture([0.0, 1.0, 2.0, 3.0, 4.0], [1, 1, 1, 5]);
    check(row, &stretch(), &[1.0, 1.5, 2.0, 2.5, 3.0]);
    let column = picture([0.0, 1.0, 2.0, 3.0, 4.0], [1, 1, 5, 1]);
    check(column, &stretch(), &[2.0, 0.0, 2.0, 4.0, 2.0]);
}

#[test]
fn a_turn_by_ninety_degrees_is_a_quarter_turn() {
    let turned = [3.0, 6.0, 9.0, 2.0, 5.0, 8.0, 1.0, 4.0, 7.0];
    let before = draws(Chance::TurnBefore, &[(Uniform::TurnBefore, 0.75)], &[]);
    check(three_by_three(), &before, &turned);
    let after = draws(Chance::TurnAfter, &[(Uniform::TurnAfter, 0.75)], &[]);
    check(three_by_three(), &after, &turned);
}

#[test]
fn a_shift_of_half_a_pixel_is_the_mean_of_two() {
    // An eighth of 8 pixels, times one half.
    let row = picture([0.0, 1.0, 4.0, 9.0, 16.0, 25.0, 36.0, 49.0], [1, 1, 1, 8]);
    let half = draws(Chance::Shift, &[], &[(Normal::ShiftX, 0.5)]);
    check(row, &half, &[0.5, 0.5, 2.5, 6.5, 12.5, 20.5, 30.5, 42.5]);
    let column = picture([0.0, 1.0, 4.0, 9.0, 16.0, 25.0, 36.0, 49.0], [1, 1, 8, 1]);
    let half = draws(Chance::Shift, &[], &[(Normal::ShiftY, -0.5)]);
    check(column, &half, &[0.5, 2.5, 6.5, 12.5, 20.5, 30.5, 42.5, 42.5]);
}

/// A grey picture of two pixels, and one of three channels in one pixel.
fn grey_and_coloured() -> [Tensor<4>; 2] {
    [picture([0.1, -0.3], [1, 1, 1, 2]), picture([0.1, 0.2, 0.6], [1, 3, 1, 1])]
}

fn check_colours(draws: &AdaDraws, grey_expected: [f32; 2], colour_expected: [f32; 3]) {
    let [grey, coloured] = grey_and_coloured();
    check(grey, draws, &grey_expected);
    check(coloured, draws, &colour_expected);
}

#[test]
fn brightness_is_added_and_contrast_multiplies() {
    let lighter = draws(Chance::Brightness, &[], &[(Normal::Brightness, 2.0)]);
    check_colours(&lighter, [0.5, 0.1], [0.5, 0.6, 1.0]);
    let harder = draws(Chance::Contrast, &[], &[(Normal::Contrast, 2.0)]);
    check_colours(&harder, [0.2, -0.6], [0.2, 0.4, 1.2]);
}

#[test]
fn a_luma_flip_turns_the_mean_of_the_channels_and_keeps_the_colour() {
    // The mean 0.3 becomes -0.3; the distances -0.2, -0.1, 0.3 stay.
    let flip = |u| draws(Chance::LumaFlip, &[(Uniform::LumaFlip, u)], &[]);
    check_colours(&flip(0.4), [-0.1, 0.3], [-0.5, -0.4, 0.0]);
    check_colours(&flip(0.6), [0.1, -0.3], [0.1, 0.2, 0.6]);
}

#[test]
fn a_third_of_the_hues_moves_each_channel_on() {
    // (2 u - 1) pi = 2 pi / 3.
    let hue = |u| draws(Chance::Hue, &[(Uniform::Hue, u)], &[]);
    check_colours(&hue(5.0 / 6.0), [0.1, -0.3], [0.6, 0.1, 0.2]);
    check_colours(&hue(1.0 / 6.0), [0.1, -0.3], [0.2, 0.6, 0.1]);
}

#[test]
fn saturation_is_about_the_mean_of_the_channels() {
    let more = draws(Chance::Saturation, &[], &[(Normal::Saturation, 1.0)]);
    check_colours(&more, [0.1, -0.3], [-0.1, 0.1, 0.9]);
}

/// Draws for many samples, in which anything may happen.
fn many(batch: usize) -> AdaDraws {
    let stream = |lane| Stream::new(Address::new(3, Purpose::Augment).lane(lane));
    let (m, n) = (AdaDraws::UNIFORMS, AdaDraws::NORMALS);
    let uniform = TensorData::new(stream(0).uniforms(batch * m, 0.0, 1.0), [batch, m]);
    let normal = TensorData::new(stream(1).normals(batch * n), [batch, n]);
    let [uniform, normal] = [uniform, normal].map(|data| Tensor::from_data(data, &on()));
    AdaDraws { uniform, normal }
}

/// Samples of three channels, 6 x 5, all different.
fn pictures(batch: usize) -> Tensor<4> {
    let values = Stream::new(Address::new(4, Purpose::Data)).normals(batch * 90);
    Tensor::from_data(TensorData::new(values, [batch, 3, 6, 5]), &on())
}

#[test]
fn at_zero_nothing_changes_to_the_bit() {
    let x = values(pictures(4));
    let bits = |x: &[f32]| x.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&values(AdaTransforms::ALL.apply(pictures(4), 0.0, &many(4)))), bits(&x));
    assert_eq!(bits(&values(AdaTransforms::NONE.apply(pictures(4), 1.0, &many(4)))), bits(&x));
    // And at one, with everything, hardly a pixel stays.
    let all = values(AdaTransforms::ALL.apply(pictures(4), 1.0, &many(4)));
    let same = all.iter().zip(&x).filter(|(a, b)| a == b).count();
    assert!(same < 10, "{same} of {}", x.len());
}

#[test]
fn samples_to_which_nothing_happens_stay_where_they_are() {
    let still = AdaDraws { uniform: many(2).uniform * 0.0 + 0.5, ..many(2) };
    let blits = AdaTransforms::ALL.apply(pictures(2), 0.25, &still);
    let error = (blits - pictures(2)).abs().max().into_scalar::<f32>();
    assert!(error < 1e-6, "{error}");
}

#[test]
fn gradients_equal_differences() {
    let weight = pictures(5).narrow(0, 3, 2);
    let (x, draws) = (pictures(2), many(2));
    let loss = |x: Tensor<4>| {
        (AdaTransforms::ALL.apply(x, 1.0, &draws) * weight.clone()).sum().into_scalar::<f32>()
    };
    let leaf = x.clone().require_grad();
    let y = AdaTransforms::ALL.apply(leaf.clone(), 1.0, &draws) * weight.clone();
    let gradient = values(leaf.grad(&y.sum().backward()).unwrap());
    let n_reached = gradient.iter().filter(|g| g.abs() > 0.1).count();
    assert!(n_reached > 90, "{n_reached} of 180");
    for idx in (0..180).step_by(7) {
        let mut step = [0.0f32; 180];
        step[idx] = 0.5; // all of it is affine, so that no step is too long
        let step = picture(step, [2, 3, 6, 5]);
        let slope = loss(x.clone() + step.clone()) - loss(x.clone() - step);
        assert!((slope - gradient[idx]).abs() < 2e-3, "{idx}: {slope}, not {}", gradient[idx]);
    }
}

#[test]
fn the_same_draws_do_the_same_to_real_and_fake() {
    // All is affine: A(x) + A(y) = A(x + y) + A(0), if it is one and the same A.
    let draws = many(3);
    let seen = |x: Tensor<4>| AdaTransforms::ALL.apply(x, 0.8, &draws);
    let (real, fake) = (pictures(3), pictures(6).narrow(0, 3, 3));
    let apart = seen(real.clone()) + seen(fake.clone()) - seen(real.clone() + fake);
    let error = (apart - seen(real.zeros_like())).abs().max().into_scalar::<f32>();
    assert!(error < 1e-4, "{error}");
    // And other draws would not do.
    let others = AdaDraws { uniform: many(6).uniform.narrow(0, 3, 3), ..draws.clone() };
    let apart = (AdaTransforms::ALL.apply(real.clone(), 0.8, &others) - seen(real)).abs().max();
    assert!(apart.into_scalar::<f32>() > 0.1);
}

#[test]
fn a_recipe_starts_at_zero_or_at_the_fixed_probability() {
    let adaptive = Ada { strength: AdaStrength::adaptive(), transforms: AdaTransforms::ALL };
    assert_eq!((adaptive.validate(), adaptive.start().p), (Ok(()), 0.0));
    let fixed = Ada { strength: AdaStrength::Fixed { probability: 0.3 }, ..adaptive };
    assert_eq!(fixed.start().p, 0.3);
    let wrong = Ada { strength: AdaStrength::Fixed { probability: -0.3 }, ..adaptive };
    assert!(wrong.validate().is_err());
}

#[test]
fn a_batch_of_one_sees_what_it_would_in_a_larger_batch() {
    let (draws, x) = (many(3), pictures(3));
    let all = AdaTransforms::ALL.apply(x.clone(), 0.6, &draws);
    for idx in 0..3 {
        let one = |x: &Tensor<2>| x.clone().narrow(0, idx, 1);
        let draws = AdaDraws { uniform: one(&draws.uniform), normal: one(&draws.normal) };
        let alone = AdaTransforms::ALL.apply(x.clone().narrow(0, idx, 1), 0.6, &draws);
        let error = (alone - all.clone().narrow(0, idx, 1)).abs().max().into_scalar::<f32>();
        assert!(error < 1e-4, "{idx}: {error}");
    }
}

/// The share of many samples that change, of one picture, at `p = 0.4`.
fn changed(only: AdaTransforms, x: Tensor<4>) -> f32 {
    const BATCH: usize = 4000;
    let [_, channels, height, width] = x.dims();
    let x = x.repeat_dim(0, BATCH);
    let apart = (only.apply(x.clone(), 0.4, &many(BATCH)) - x).abs();
    let apart = apart.reshape([BATCH, channels * height * width]).max_dim(1);
    apart.greater_elem(1e-4).float().mean().into_scalar()
}

#[test]
fn each_happens_as_often_as_it_should() {
    let none = AdaTransforms::NONE;
    let square = three_by_three;
    let cases = [
        (AdaTransforms { flip: true, ..none }, square(), 0.2),
        (AdaTransforms { quarter_turns: true, ..none }, square(), 0.3),
        (AdaTransforms { scale: true, ..none }, square(), 0.4),
        // One turn or the other, or both.
        (AdaTransforms { turn: true, ..none }, square(), 0.4),
        (AdaTransforms { stretch: true, ..none }, square(), 0.4),
        (AdaTransforms { shift: true, ..none }, square(), 0.4),
        (AdaTransforms { brightness: true, ..none }, square(), 0.4),
        (AdaTransforms { contrast: true, ..none }, square(), 0.4),
        (AdaTransforms { luma_flip: true, ..none }, square(), 0.2),
        (AdaTransforms { hue: true, ..none }, picture([0.1, 0.2, 0.6], [1, 3, 1, 1]), 0.4),
        (AdaTransforms { saturation: true, ..none }, picture([0.1, 0.2, 0.6], [1, 3, 1, 1]), 0.4),
    ];
    for (only, x, expected) in cases {
        let share = changed(only, x);
        // Four standard errors of 4000 samples.
        assert!((share - expected).abs() < 0.031, "{only:?}: {share}, not {expected}");
    }
}

/// `cargo nextest run -p kiln-objective --run-ignored only --no-capture speed`, in release.
#[test]
#[ignore = "a measurement"]
fn speed_on_flex() {
    for shape in [[64, 1, 28, 28], [16, 3, 64, 64]] {
        let draws = many(shape[0]);
        let x = Tensor::<4>::ones(shape, &on()).require_grad();
        let step = || {
            let y = AdaTransforms::ALL.apply(x.clone(), 0.6, &draws);
            x.grad(&y.square().sum().backward()).unwrap().into_data()
        };
        let forward = || AdaTransforms::ALL.apply(x.clone(), 0.6, &draws).into_data();
        let best = |run: &dyn Fn() -> TensorData| {
            let times = (0..20).map(|_| {
                let start = std::time::Instant::now();
                let _ = run();
                start.elapsed().as_secs_f64() * 1e3
            });
            times.fold(f64::INFINITY, f64::min)
        };
        let (forward, both) = (best(&forward), best(&step));
        eprintln!("{shape:?}: forward {forward:.2} ms, with backward {both:.2} ms");
    }
}
