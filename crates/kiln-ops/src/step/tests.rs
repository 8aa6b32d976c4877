//! The steps against their formulas, on every backend of this build.

use burn::tensor::Tensor;
use kiln_core::{Address, Purpose, Stream};

use super::{AdamStep, RmsPropStep, adam, approach, rms_prop, scale, square_sum};
use crate::testing::devices;

fn numbers(lane: u64, n: usize) -> Vec<f32> {
    Stream::new(Address::new(3, Purpose::Data).lane(lane)).normals(n)
}

fn values(tensor: Tensor<1>) -> Vec<f32> {
    tensor.into_data().try_to_vec().unwrap()
}

const STEP: AdamStep =
    AdamStep { beta1: 0.5, beta2: 0.99, epsilon: 1e-8, unbias2: 0.3, rate: 0.01, keep: 0.9 };

#[test]
fn adam_is_its_formula() {
    // More numbers than one task takes.
    let n = 40_001;
    let [w, g, m] = [1, 2, 3].map(|lane| numbers(lane, n));
    let v: Vec<f32> = numbers(4, n).iter().map(|v| v * v).collect();
    for device in devices() {
        let on = |values: &Vec<f32>| Tensor::<1>::from_floats(values.as_slice(), &device);
        let [weights, first, second] = adam(on(&w), on(&g), on(&m), on(&v), STEP).map(values);
        for idx in 0..n {
            let [w, g, m, v] = [w[idx], g[idx], m[idx], v[idx]].map(f64::from);
            let m = STEP.beta1 * m + (1.0 - STEP.beta1) * g;
            let v = STEP.beta2 * v + (1.0 - STEP.beta2) * g * g;
            let w = STEP.keep * w - m / ((v / STEP.unbias2).sqrt() + STEP.epsilon) * STEP.rate;
            for (got, expected) in [(weights[idx], w), (first[idx], m), (second[idx], v)] {
                let error = (f64::from(got) - expected).abs();
                assert!(error <= 1e-6 * expected.abs().max(1.0), "{idx}: {got}, {expected}");
            }
        }
    }
}

#[test]
fn an_approach_goes_its_share_of_the_way() {
    for device in devices() {
        let value = Tensor::<1>::from_floats([1.0, 2.0], &device);
        let target = Tensor::<1>::from_floats([3.0, -2.0], &device);
        assert_eq!(values(approach(value.clone(), target, 0.25)), [1.5, 1.0]);
        // What somebody else holds is not written over.
        assert_eq!(values(value), [1.0, 2.0]);
    }
}

#[test]
fn rms_prop_is_its_formula() {
    let n = 40_001;
    let [w, g] = [1, 2].map(|lane| numbers(lane, n));
    let v: Vec<f32> = numbers(4, n).iter().map(|v| v * v).collect();
    let step = RmsPropStep { alpha: 0.9, epsilon: 1e-8, rate: 0.01 };
    for device in devices() {
        let on = |values: &Vec<f32>| Tensor::<1>::from_floats(values.as_slice(), &device);
        let [weights, second] = rms_prop(on(&w), on(&g), on(&v), step).map(values);
        for idx in 0..n {
            let [w, g, v] = [w[idx], g[idx], v[idx]].map(f64::from);
            let v = step.alpha * v + (1.0 - step.alpha) * g * g;
            let w = w - g / (v.sqrt() + step.epsilon) * step.rate;
            for (got, expected) in [(weights[idx], w), (second[idx], v)] {
                let error = (f64::from(got) - expected).abs();
                assert!(error <= 1e-6 * expected.abs().max(1.0), "{idx}: {got}, {expected}");
            }
        }
    }
}

#[test]
fn squares_are_summed_and_numbers_scaled() {
    let x = numbers(1, 40_001);
    let expected: f64 = x.iter().map(|x| f64::from(*x).powi(2)).sum();
    for device in devices() {
        let on = Tensor::<1>::from_floats(x.as_slice(), &device);
        let sum = f64::from(values(square_sum(on.clone()))[0]);
        assert!((sum / expected - 1.0).abs() < 1e-5, "{sum}, {expected}");
        let scaled = values(scale(on.clone(), Tensor::from_floats([0.5], &device)));
        assert!(scaled.iter().zip(&x).all(|(scaled, x)| *scaled == x * 0.5));
        // What somebody else holds is not written over.
        assert_eq!(values(on), x);
    }
}
