//! The layer against Burn's own, in value and gradients, on every backend of this build.

use burn::tensor::{Device, Tensor, TensorData, module};
use proptest::prelude::*;

use super::linear;
use crate::testing::{devices, normals};

#[derive(Debug, Clone, Copy)]
struct Case {
    rows: [usize; 2],
    inputs: usize,
    outputs: usize,
    biased: bool,
}

impl Case {
    /// Output, then gradients of input, weight and bias, on what `map` makes of the numbers.
    fn run(&self, device: &Device, ours: bool, map: fn(f32) -> f32) -> Vec<TensorData> {
        let device = &device.clone().autodiff();
        let [a, b] = self.rows;
        let x = normals(map, 1, [a, b, self.inputs], device).require_grad();
        let weight = normals(map, 2, [self.inputs, self.outputs], device).require_grad();
        let bias = self.biased.then(|| normals(map, 3, [self.outputs], device).require_grad());
        let leaves = (x.clone(), weight.clone(), bias.clone());
        let y = if ours { linear(x, weight, bias) } else { module::linear(x, weight, bias) };
        let grads = (y.clone() * normals(map, 4, y.dims(), device)).sum().backward();
        let (x, weight, bias) = leaves;
        let bias = bias.map(|bias| bias.grad(&grads).unwrap().into_data());
        let parts = [y.into_data(), x.grad(&grads).unwrap().into_data()];
        let weight = weight.grad(&grads).unwrap().into_data();
        parts.into_iter().chain([weight]).chain(bias).collect()
    }
}

fn cases() -> impl Strategy<Value = Case> {
    ([1usize..4, 1..40], 1usize..150, 1usize..150, any::<bool>())
        .prop_map(|(rows, inputs, outputs, biased)| Case { rows, inputs, outputs, biased })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_layer_is_burns_in_value_and_gradients(case in cases()) {
        for device in devices() {
            let (ours, burns) = (case.run(&device, true, |x| x), case.run(&device, false, |x| x));
            let terms = case.run(&device, false, f32::abs);
            for ((ours, burns), terms) in ours.iter().zip(&burns).zip(&terms) {
                // A sum that cancels keeps the rounding of its terms.
                let greatest = terms.iter::<f32>().fold(1e-3, f32::max);
                let pairs = ours.iter::<f32>().zip(burns.iter::<f32>());
                let error = pairs.fold(0.0, |most: f32, (a, b)| most.max((a - b).abs()));
                prop_assert_eq!(ours.shape(), burns.shape());
                prop_assert!(error <= 1e-6 * greatest, "{} of {}", error, greatest);
            }
        }
    }
}

#[cfg(feature = "flex")]
mod kernels {
    use super::super::kernel::{Sizes, column_sums, forward, weight_backward, x_backward};
    use crate::vector::Isa;
    use kiln_core::{Address, Purpose, Stream};

    fn all(isa: Isa, sizes: Sizes) -> [Vec<f32>; 4] {
        let Sizes { rows, inputs, outputs } = sizes;
        let numbers = |lane, n| Stream::new(Address::new(3, Purpose::Data).lane(lane)).normals(n);
        let (x, grad) = (numbers(1, rows * inputs), numbers(2, rows * outputs));
        let (weight, bias) = (numbers(3, inputs * outputs), numbers(4, outputs));
        [
            forward(isa, sizes, &x, &weight, Some(&bias)),
            x_backward(isa, sizes, &weight, &grad),
            weight_backward(isa, sizes, &x, &grad),
            column_sums(isa, outputs, &grad),
        ]
    }

    #[test]
    fn every_kind_of_vector_gives_the_same_sums() {
        // 784 columns are whole panels and one of a single vector.
        let wide = [(64, 784, 200), (5, 40, 784)];
        let others = [(64, 100, 256), (7, 33, 1), (1, 1, 1), (13, 129, 77)];
        for (rows, inputs, outputs) in others.into_iter().chain(wide) {
            let sizes = Sizes { rows, inputs, outputs };
            let here = all(Isa::here(), sizes);
            for isa in Isa::all() {
                for (other, here) in all(isa, sizes).iter().zip(&here) {
                    let pairs = other.iter().zip(here);
                    let most = pairs.fold(0.0, |most: f32, (a, b)| most.max((a - b).abs()));
                    assert!(most < 1e-4, "{most} with {isa:?} at {sizes:?}");
                }
            }
        }
    }

    #[test]
    fn the_number_of_threads_changes_no_bit() {
        let sizes = Sizes { rows: 37, inputs: 200, outputs: 310 };
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.unwrap().install(|| all(Isa::here(), sizes))
        };
        assert_eq!(with(1), with(3));
    }
}

#[test]
fn a_frozen_weight_gets_no_gradient_and_passes_one_on() {
    for device in devices() {
        let device = &device.autodiff();
        let x = normals(|x| x, 1, [2, 3], device).require_grad();
        let weight = normals(|x| x, 2, [3, 5], device);
        let grads = linear(x.clone(), weight.clone(), None).sum().backward();
        assert!(x.grad(&grads).is_some());
        assert!(weight.grad(&grads).is_none());
    }
}

#[test]
#[should_panic(expected = "numbers of the input")]
fn lengths_that_do_not_fit_are_refused() {
    let device = Device::flex();
    let (x, weight) = (Tensor::<2>::ones([2, 4], &device), Tensor::ones([3, 5], &device));
    drop(linear(x, weight, None));
}
