//! The fused operations against plain compositions of Burn's, on odd shapes.

use burn::tensor::{Device, Tensor, TensorData, Tolerance};
use kiln_core::{Address, Purpose, Stream};
use proptest::prelude::*;

use super::*;

/// The backends of this build that run on any machine.
use crate::testing::devices;

/// What one case computes: output, then gradients of input, gain and shift.
type Outcome = [TensorData; 4];

struct Case {
    shape: [usize; 4],
    slope: f64,
    mean: f32,
    seed: u64,
}

impl Case {
    fn leaf<const D: usize>(
        &self,
        lane: u64,
        mean: f32,
        shape: [usize; D],
        on: &Device,
    ) -> Tensor<D> {
        let address = Address::new(self.seed, Purpose::Data).lane(lane);
        let mut values = Stream::new(address).normals(shape.iter().product());
        values.iter_mut().for_each(|value| *value += mean);
        Tensor::from_data(TensorData::new(values, shape), on)
    }

    fn run(
        &self,
        device: &Device,
        layer: impl Fn(Tensor<4>, Normalization) -> Tensor<4>,
    ) -> Outcome {
        let on = device.clone().autodiff();
        let channels = [self.shape[1]];
        let x = self.leaf(1, self.mean, self.shape, &on).require_grad();
        let gain = self.leaf(2, 1.0, channels, &on).require_grad();
        let shift = self.leaf(3, 0.0, channels, &on).require_grad();
        let how = Normalization {
            gain: gain.clone(),
            shift: shift.clone(),
            epsilon: 1e-3,
            slope: self.slope,
        };
        let y = layer(x.clone(), how);
        let weights = self.leaf(4, 0.0, self.shape, &on);
        let grads = (y.clone() * weights).sum().backward();
        [
            y.into_data(),
            x.grad(&grads).unwrap().into_data(),
            gain.grad(&grads).unwrap().into_data(),
            shift.grad(&grads).unwrap().into_data(),
        ]
    }
}

impl Case {
    fn check(&self) {
        for device in devices() {
            let fused = self.run(&device, fused);
            let plain = self.run(&device, |x, how| plain(x, how, fused[0].clone()));
            let parts = ["output", "input", "gain", "shift"];
            for (part, (fused, plain)) in parts.into_iter().zip(fused.iter().zip(&plain)) {
                assert_close(part, fused, plain);
            }
        }
    }
}

fn fused(x: Tensor<4>, how: Normalization) -> Tensor<4> {
    let moments = channel_moments(x.clone());
    normalize(x, moments, how)
}

/// Differentiated by Burn's autodiff, an operation at a time. The side of the leaky ReLU is given:
/// where rounding decides it, either is right, but the gradients differ.
fn plain(x: Tensor<4>, how: Normalization, positive: TensorData) -> Tensor<4> {
    let mean = |x: Tensor<4>| x.mean_dim(0).mean_dim(2).mean_dim(3);
    let wide = |x: Tensor<1>| x.unsqueeze_dims::<4>(&[0, 2, 3]);
    let centred = x.clone() - mean(x);
    let variance = mean(centred.clone() * centred.clone());
    let unit = centred / (variance + how.epsilon).sqrt();
    let positive = Tensor::<4>::from_data(positive, &unit.device());
    let slope = positive.greater_elem(0.0).float() * (1.0 - how.slope) + how.slope;
    (unit * wide(how.gain) + wide(how.shift)) * slope
}

/// Each part to a share of its greatest value: sums over a batch cancel, so small elements keep
/// the error of the large ones. The gradients of gain and shift are one sum a channel, and where
/// all of these cancel they keep the error of their terms, which are of the order of one.
fn assert_close(part: &str, fused: &TensorData, plain: &TensorData) {
    let floor = if matches!(part, "gain" | "shift") { 1.0 } else { 1e-3 };
    let greatest = plain.iter::<f32>().fold(floor, |most: f32, value| most.max(value.abs()));
    let pairs = fused.iter::<f32>().zip(plain.iter::<f32>());
    let error = pairs.fold(0.0, |most: f32, (f, p)| most.max((f - p).abs()));
    assert_eq!(fused.shape(), plain.shape(), "{part}");
    assert!(error <= 1e-4 * greatest, "{part}: {error} of {greatest}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_fused_layer_is_the_composition_in_value_and_gradients(
        batch in 1usize..9,
        channels in 1usize..71,
        height in 1usize..10,
        width in 1usize..10,
        slope in prop::sample::select(vec![0.0, 0.2, 1.0]),
        mean in prop::sample::select(vec![0.0f32, 30.0]),
        seed in 0u64..1000,
    ) {
        // Of two or three numbers a channel hardly a gradient is left, and all of it is rounding.
        prop_assume!(batch * height * width >= 8);
        let case = Case { shape: [batch, channels, height, width], slope, mean, seed };
        case.check();
    }
}

/// As norms within samples call it: more channels than one task of an elementwise loop takes.
#[test]
fn a_batch_of_one_may_have_many_channels() {
    Case { shape: [1, 50, 25, 27], slope: 0.2, mean: 1.0, seed: 5 }.check();
}

#[test]
fn moments_are_mean_and_biased_variance() {
    for device in devices() {
        let x =
            Tensor::<3>::from_floats([[[1.0, 3.0], [5.0, 5.0]], [[1.0, 3.0], [7.0, 7.0]]], &device);
        let expected = TensorData::from([[2.0f32, 6.0], [1.0, 1.0]]);
        channel_moments(x).into_data().assert_eq(&expected, false);
    }
}

#[test]
fn moments_survive_a_mean_far_from_zero() {
    for device in devices() {
        let values: Vec<f32> = (0..4096).map(|n| 1000.0 + (n % 2) as f32).collect();
        let x = Tensor::<1>::from_floats(values.as_slice(), &device).reshape([64, 1, 64]);
        let moments = channel_moments::<3>(x).into_data();
        let expected = TensorData::from([[1000.5f32], [0.25]]);
        moments.assert_approx_eq::<f32>(&expected, Tolerance::relative(1e-5));
    }
}

#[test]
fn a_transposed_input_is_read_in_its_own_order() {
    for device in devices() {
        let x = Tensor::<2>::from_floats([[1.0, 3.0], [10.0, 30.0], [5.0, 5.0]], &device);
        let expected = TensorData::from([[2.0f32, 20.0, 5.0], [1.0, 100.0, 0.0]]);
        channel_moments(x.transpose()).into_data().assert_eq(&expected, false);
    }
}

#[test]
fn a_leaky_slope_holds_at_zero_and_below() {
    for device in devices() {
        let x = Tensor::<1>::from_floats([-2.0, 0.0, 3.0], &device.autodiff()).require_grad();
        let y = leaky_relu(x.clone(), 0.25);
        let grads = (y.clone() * 2.0).sum().backward();
        y.into_data().assert_eq(&TensorData::from([-0.5f32, 0.0, 3.0]), false);
        let slope = x.grad(&grads).unwrap().into_data();
        slope.assert_eq(&TensorData::from([0.5f32, 0.5, 2.0]), false);
    }
}

#[test]
fn a_tangent_follows_the_slope_and_so_does_its_gradient() {
    for device in devices() {
        let leaf =
            |x: [f32; 3]| Tensor::<1>::from_floats(x, &device.clone().autodiff()).require_grad();
        let (x, tangent) = (leaf([-2.0, 0.0, 3.0]), leaf([1.0, 10.0, 100.0]));
        let along = leaky_relu_along(leaky_relu(x.clone(), 0.25), 0.25, tangent.clone());
        let grads = (along.clone() * 2.0).sum().backward();
        along.into_data().assert_eq(&TensorData::from([0.25f32, 2.5, 100.0]), false);
        let slope = tangent.grad(&grads).unwrap().into_data();
        slope.assert_eq(&TensorData::from([0.5f32, 0.5, 2.0]), false);
        assert!(x.grad(&grads).is_none(), "nothing flows to the input");
    }
}

#[test]
fn tanh_and_its_slope_are_burns() {
    for device in devices() {
        let address = Address::new(1, Purpose::Data);
        let values = Stream::new(address).normals(5000);
        let leaf = || Tensor::<1>::from_floats(values.as_slice(), &device.clone().autodiff());
        let (ours, burns) = (leaf().require_grad(), leaf().require_grad());
        let (y, expected) = (tanh(ours.clone()), burns.clone().tanh());
        let weigh = |y: Tensor<1>| (y.clone() * y).sum().backward();
        let slopes = (ours.grad(&weigh(y.clone())), burns.grad(&weigh(expected.clone())));
        let tolerance = Tolerance::<f32>::absolute(1e-6);
        y.into_data().assert_approx_eq(&expected.into_data(), tolerance);
        let (slope, expected) = (slopes.0.unwrap(), slopes.1.unwrap());
        slope.into_data().assert_approx_eq(&expected.into_data(), tolerance);
    }
}

#[test]
fn elu_and_its_slope_are_the_compositions_and_large_inputs_stay_finite() {
    for device in devices() {
        let address = Address::new(1, Purpose::Data);
        let mut values = Stream::new(address).normals(5000);
        values.extend([0.0, 300.0, -300.0]);
        let leaf = || Tensor::<1>::from_floats(values.as_slice(), &device.clone().autodiff());
        let (ours, plain) = (leaf().require_grad(), leaf().require_grad());
        let dip = (plain.clone().clamp_max(0.0).exp() - 1.0) * 0.5;
        let positive = plain.clone().greater_elem(0.0);
        let (y, expected) = (elu(ours.clone(), 0.5), dip.mask_where(positive, plain.clone()));
        let weigh = |y: Tensor<1>| (y.clone().square() + y).sum().backward();
        let slopes = (ours.grad(&weigh(y.clone())), plain.grad(&weigh(expected.clone())));
        let tolerance = Tolerance::<f32>::absolute(1e-6);
        y.into_data().assert_approx_eq(&expected.into_data(), tolerance);
        let (slope, expected) = (slopes.0.unwrap(), slopes.1.unwrap());
        slope.into_data().assert_approx_eq(&expected.into_data(), tolerance);
    }
}

#[test]
fn a_gradient_that_somebody_else_holds_is_not_overwritten() {
    for device in devices() {
        let x = Tensor::<1>::from_floats([-2.0, 3.0], &device.autodiff()).require_grad();
        // Both factors of the sum receive the same gradient tensor.
        let sum = leaky_relu(x.clone(), 0.0) + x.clone();
        let slope = x.grad(&sum.sum().backward()).unwrap().into_data();
        slope.assert_eq(&TensorData::from([1.0f32, 2.0]), false);
    }
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let case = Case { shape: [7, 37, 5, 3], slope: 0.2, mean: 1.0, seed: 5 };
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.unwrap().install(|| case.run(&Device::flex(), fused))
    };
    assert_eq!(with(1), with(4));
}

/// Against the functions in f64, from the smallest inputs to those beyond the largest results.
#[test]
#[cfg(feature = "flex")]
fn tanh_and_elu_are_right_to_a_few_units_in_the_last_place() {
    let magnitudes = (-30..9).flat_map(|power| [1.0_f32, 1.37, 1.71].map(|x| x * 2f32.powi(power)));
    let mut inputs: Vec<f32> = magnitudes.flat_map(|x| [x, -x]).collect();
    inputs.extend([0.0, -0.0, f32::INFINITY, f32::NEG_INFINITY]);
    let of = |function: fn(Tensor<1>) -> Tensor<1>| {
        let x = Tensor::<1>::from_floats(inputs.as_slice(), &Device::flex());
        function(x).into_data().try_to_vec::<f32>().unwrap()
    };
    let elus = |x: f64| if x > 0.0 { x } else { x.exp_m1() };
    for (values, exact) in [(of(tanh), f64::tanh as fn(f64) -> f64), (of(|x| elu(x, 1.0)), elus)] {
        for (x, value) in inputs.iter().zip(values) {
            let exact = exact(f64::from(*x));
            let unit = f64::from(f32::EPSILON) * exact.abs();
            let error = (f64::from(value) - exact).abs();
            assert!(
                value.is_infinite() && exact.is_infinite() || error <= 3.0 * unit,
                "{x}: {value}"
            );
        }
    }
    let nan = Tensor::<1>::from_floats([f32::NAN], &Device::flex());
    for value in [tanh(nan.clone()), elu(nan, 1.0)] {
        assert!(value.into_scalar::<f32>().is_nan());
    }
}
