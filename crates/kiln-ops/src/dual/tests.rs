//! Each rule against central differences, and against the layer without a tangent.

use burn::tensor::{Device, Tensor, TensorData};
use kiln_core::{Address, Purpose, Stream};

use super::Dual;
use crate::{ConvOptions, ConvTransposeOptions, Normalization};

mod features;
mod layers;

const STEP: f64 = 1e-2;

fn normals<const D: usize>(lane: u64, shape: [usize; D]) -> Tensor<D> {
    let address = Address::new(11, Purpose::Data).lane(lane);
    let values = Stream::new(address).normals(shape.iter().product());
    Tensor::from_data(TensorData::new(values, shape), &Device::flex())
}

fn greatest<const D: usize>(x: Tensor<D>) -> f32 {
    x.abs().max().into_scalar()
}

fn check<const D: usize, const E: usize>(shape: [usize; D], layer: impl Fn(Dual<D>) -> Dual<E>) {
    let (x, direction) = (normals(1, shape), normals(2, shape));
    let plain = |x: Tensor<D>| {
        let y = layer(x.into());
        assert!(y.tangent.is_none(), "a tangent out of nothing");
        y.value
    };
    let y = layer(Dual::along(x.clone(), direction.clone()));
    let value_error = greatest(y.value - plain(x.clone()));
    assert!(value_error < 1e-5, "a tangent changes the value by {value_error}");

    let step = direction * STEP;
    let numeric = (plain(x.clone() + step.clone()) - plain(x - step)) / (2.0 * STEP);
    let tangent = y.tangent.unwrap();
    let scale = greatest(numeric.clone());
    let error = greatest(tangent - numeric);
    assert!(scale > 1e-2, "nothing to compare");
    assert!(error < 5e-3 * scale, "error {error} of {scale}");
}

fn how(slope: f64) -> Normalization {
    Normalization { gain: normals(5, [3]) + 2.0, shift: normals(6, [3]), epsilon: 1e-3, slope }
}

#[test]
fn linear() {
    let (weight, bias) = (normals(3, [4, 5]), normals(4, [5]));
    check([3, 4], |x| x.linear(weight.clone(), Some(bias.clone())));
    check([2, 3, 4], |x| x.linear(weight.clone(), None));
}

#[test]
fn convolutions() {
    let (weight, bias) = (normals(3, [5, 3, 4, 4]), normals(4, [5]));
    let options = ConvOptions::new([2, 2], [1, 1], [1, 1], 1);
    check([2, 3, 8, 8], |x| x.conv2d(weight.clone(), Some(bias.clone()), &options));
    let (weight, bias) = (normals(3, [3, 5, 4, 4]), normals(4, [5]));
    let options = ConvTransposeOptions::new([2, 2], [1, 1], [0, 0], [1, 1], 1);
    check([2, 3, 4, 4], |x| x.conv_transpose2d(weight.clone(), Some(bias.clone()), &options));
}

/// At `1` and `-1`, away from the kinks.
fn check_elementwise(activation: impl Fn(Dual<2>) -> Dual<2>) {
    let signs = normals::<2>(7, [3, 4]).sign();
    check([3, 4], |x| {
        let x = x.scale(0.1) + signs.clone().into();
        activation(x)
    });
}

#[test]
fn activations() {
    check_elementwise(Dual::relu);
    check_elementwise(|x| x.leaky_relu(0.2));
    check_elementwise(Dual::tanh);
    check_elementwise(Dual::sigmoid);
    check_elementwise(Dual::softplus);
    check_elementwise(|x| x.elu(0.7));
    check_elementwise(Dual::silu);
    check_elementwise(Dual::gelu);
}

#[test]
fn activations_have_their_values() {
    let x = Tensor::<1>::from_floats([-1.0, 0.0, 2.0, 200.0], &Device::flex());
    let check = |activation: fn(Dual<1>) -> Dual<1>, expected: [f32; 4]| {
        let y = activation(x.clone().into()).value;
        let expected = Tensor::<1>::from_floats(expected, &Device::flex());
        assert!(greatest(y.sub(expected)) < 1e-6);
    };
    // Computed in float64: 0.7 (1 / e - 1); -1 / (1 + e), 2 / (1 + 1 / e^2); x (1 + erf(x / 2^.5)) / 2.
    check(|x| x.elu(0.7), [-0.4424844, 0.0, 2.0, 200.0]);
    check(Dual::silu, [-0.26894143, 0.0, 1.7615942, 200.0]);
    check(Dual::gelu, [-0.15865526, 0.0, 1.9544997, 200.0]);
}

#[test]
fn far_from_zero_the_gradient_of_an_elu_is_finite() {
    let on = Device::flex().autodiff();
    let x = Tensor::<1>::from_floats([-200.0, 200.0], &on).require_grad();
    let grads = Dual::from(x.clone()).elu(1.0).value.sum().backward();
    let slope = x.grad(&grads).unwrap().into_data();
    slope.assert_eq(&TensorData::from([0.0f32, 1.0]), false);
}

#[test]
fn batch_norm_by_the_statistics_of_the_batch() {
    check([6, 3, 2, 2], |x| x.normalize_by_batch(how(1.0)).0);
    check([6, 3], |x| x.normalize_by_batch(how(1.0)).0);
    // Gains of 0.05 and shifts of one keep every element on one side of the kink.
    let far = |slope: f64, side: f64| Normalization {
        gain: Tensor::full([3], 0.05, &Device::flex()),
        shift: Tensor::full([3], side, &Device::flex()),
        epsilon: 1e-3,
        slope,
    };
    check([6, 3, 2, 2], |x| x.normalize_by_batch(far(0.2, -1.0)).0.scale(10.0));
    check([6, 3, 2, 2], |x| x.normalize_by_batch(far(0.0, 1.0)).0.scale(10.0));
}

#[test]
fn batch_norm_by_given_statistics() {
    let moments = Tensor::stack::<2>(vec![normals(8, [3]), normals(9, [3]).square()], 0);
    check([6, 3, 2, 2], |x| x.normalize_by(moments.clone(), how(1.0)));
    let y = Dual::from(Tensor::<2>::from_floats([[1.0], [7.0]], &Device::flex()));
    let how = Normalization {
        gain: Tensor::from_floats([3.0], &Device::flex()),
        shift: Tensor::from_floats([1.0], &Device::flex()),
        epsilon: 0.0,
        slope: 0.5,
    };
    let moments = Tensor::from_floats([[5.0], [4.0]], &Device::flex());
    // (1 - 5) / 2 * 3 + 1 = -5, halved; (7 - 5) / 2 * 3 + 1 = 4.
    let expected = TensorData::from([[-2.5f32], [4.0]]);
    y.normalize_by(moments, how).value.into_data().assert_eq(&expected, false);
}

#[test]
fn given_statistics_stay_constant_under_differentiation() {
    // y = (x - 5) / 2 * gain: dy/dx = gain / 2, whatever the batch.
    let on = Device::flex().autodiff();
    let x = Tensor::<2>::from_floats([[1.0], [7.0]], &on).require_grad();
    let gain = Tensor::<1>::from_floats([3.0], &on).require_grad();
    let how =
        Normalization { gain: gain.clone(), shift: gain.zeros_like(), epsilon: 0.0, slope: 1.0 };
    let moments = Tensor::from_floats([[5.0], [4.0]], &Device::flex());
    let y = Dual::from(x.clone()).normalize_by(moments, how).value;
    let grads = y.sum().backward();
    let slope = x.grad(&grads).unwrap().into_data();
    slope.assert_eq(&TensorData::from([[1.5f32], [1.5]]), false);
    // (1 - 5) / 2 + (7 - 5) / 2 = -1.
    let slope = gain.grad(&grads).unwrap().into_data();
    slope.assert_eq(&TensorData::from([-1.0f32]), false);
}

#[test]
fn dropout_and_arithmetic() {
    let mask = normals(3, [3, 4]);
    check([3, 4], |x| x.masked(mask.clone()));
    check([3, 4], |x| x.scale(-3.0).offset(2.0));
    check([3, 4], |x| x.clone().tanh() + x.scale(0.5));
    check([3, 4], |x| x.tanh() + mask.clone().into());
}

#[test]
fn shapes_and_sums() {
    check([2, 3, 4], |x| x.reshape([4, 6]));
    check([2, 3, 2, 2], Dual::flatten);
    check([3, 4], Dual::sum);
    check([3, 4], Dual::mean);
    check([3, 4], |x| Dual::concat(vec![x.clone().tanh(), x.scale(2.0)], 1));
    let still = normals(3, [3, 2]);
    check([3, 4], |x| Dual::concat(vec![x, still.clone().into()], 1));
}

#[test]
fn a_tangent_can_be_differentiated_once_more() {
    // t = tanh'(w x) w v with v = 1: dt/dw = s - 2 y s w x, where y = tanh(w x), s = 1 - y^2.
    let on = Device::flex().autodiff();
    let w = Tensor::<2>::from_floats([[0.7]], &on).require_grad();
    let x = Tensor::<2>::from_floats([[0.5]], &on);
    let y = Dual::along(x.clone(), x.ones_like()).linear(w.clone(), None).tanh();
    let grads = y.tangent.unwrap().backward();
    let (y, wx) = (0.35f32.tanh(), 0.35);
    let s = 1.0 - y * y;
    let slope = w.grad(&grads).unwrap().into_scalar::<f32>();
    assert!((slope - (s - 2.0 * y * s * wx)).abs() < 1e-6, "{slope}");
}
