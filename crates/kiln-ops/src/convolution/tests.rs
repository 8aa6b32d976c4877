//! The convolutions against Burn's own, in value and gradients, on every backend of this build.

use burn::tensor::ops::{ConvOptions, ConvTransposeOptions};
use burn::tensor::{Device, Tensor, TensorData, module};
#[cfg(feature = "wgpu")]
use burn::tensor::{DeviceFilter, DeviceType, Tolerance};
use proptest::prelude::*;

use super::{conv_transpose2d, conv2d};
use crate::testing::{devices, normals};

/// Output, then gradients of input, weight and bias (of zeros, where there is none).
type Outcome = Vec<TensorData>;

#[derive(Debug, Clone)]
struct Case {
    x: [usize; 4],
    /// Output channels and kernel.
    outputs: usize,
    kernel: [usize; 2],
    stride: [usize; 2],
    padding: [usize; 2],
    transposed: bool,
    biased: bool,
    /// Of a convolution; inputs and outputs are so many times what is above.
    groups: usize,
}

impl Case {
    fn leaf<const D: usize>(lane: u64, shape: [usize; D], device: &Device) -> Tensor<D> {
        normals(|value| value, lane, shape, device)
    }

    fn run(&self, device: &Device, ours: bool) -> Outcome {
        self.run_on(device, ours, |value| value)
    }

    /// On what `map` makes of the numbers.
    fn run_on(&self, device: &Device, ours: bool, map: fn(f32) -> f32) -> Outcome {
        let device = &device.clone().autodiff();
        let [height, width] = self.kernel;
        let [_, inputs, ..] = self.x;
        let outputs = self.outputs * self.groups;
        let channels = if self.transposed { [inputs, outputs] } else { [outputs, inputs] };
        let [batch, _, rows, columns] = self.x;
        let x = [batch, inputs * self.groups, rows, columns];
        let x = normals(map, 1, x, device).require_grad();
        let weight =
            normals(map, 2, [channels[0], channels[1], height, width], device).require_grad();
        let bias = self.biased.then(|| normals(map, 3, [outputs], device).require_grad());
        let leaves = (x.clone(), weight.clone(), bias.clone());
        let onto = ConvOptions::new(self.stride, self.padding, [1, 1], self.groups);
        let back = ConvTransposeOptions::new(self.stride, self.padding, [0, 0], [1, 1], 1);
        let y = match (self.transposed, ours) {
            (false, true) => conv2d(x, weight, bias, onto),
            (false, false) => module::conv2d(x, weight, bias, onto),
            (true, true) => conv_transpose2d(x, weight, bias, back),
            (true, false) => module::conv_transpose2d(x, weight, bias, back),
        };
        let grads = (y.clone() * normals(map, 4, y.dims(), device)).sum().backward();
        let (x, weight, bias) = leaves;
        let bias = bias.map(|bias| bias.grad(&grads).unwrap().into_data());
        let parts = [y.into_data(), x.grad(&grads).unwrap().into_data()];
        let weight = weight.grad(&grads).unwrap().into_data();
        parts.into_iter().chain([weight]).chain(bias).collect()
    }
}

fn cases() -> impl Strategy<Value = Case> {
    let x = [1usize..4, 1..8, 5..14, 5..14];
    let kernel = prop::sample::select(vec![[1, 1], [3, 3], [4, 4], [5, 3]]);
    let groups = prop::sample::select(vec![1, 1, 2, 3]);
    (x, 1usize..8, kernel, [1usize..3, 1..3], any::<bool>(), any::<bool>(), groups).prop_map(
        |(x, outputs, kernel, stride, transposed, biased, groups)| {
            let padding = kernel.map(|side| (side - 1) / 2);
            let groups = if transposed { 1 } else { groups };
            Case { x, outputs, kernel, stride, padding, transposed, biased, groups }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_layers_are_burns_in_value_and_gradients(case in cases()) {
        for device in devices() {
            let (ours, burns) = (case.run(&device, true), case.run(&device, false));
            let terms = case.run_on(&device, false, f32::abs);
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

#[test]
fn dilation_takes_burns_way_in_groups_too() {
    for device in devices() {
        let x = Case::leaf(1, [2, 4, 9, 9], &device);
        let weight = Case::leaf(2, [4, 2, 3, 3], &device);
        let options = ConvOptions::new([1, 1], [2, 2], [2, 2], 2);
        let ours = conv2d(x.clone(), weight.clone(), None, options.clone()).into_data();
        ours.assert_eq(&module::conv2d(x, weight, None, options).into_data(), true);
    }
}

#[test]
fn a_frozen_weight_gets_no_gradient_and_passes_one_on() {
    for device in devices() {
        let device = &device.autodiff();
        let x = Case::leaf(1, [2, 3, 8, 8], device).require_grad();
        let weight = Case::leaf(2, [5, 3, 4, 4], device);
        let options = ConvOptions::new([2, 2], [1, 1], [1, 1], 1);
        let grads = conv2d(x.clone(), weight.clone(), None, options).sum().backward();
        assert!(x.grad(&grads).is_some());
        assert!(weight.grad(&grads).is_none());
    }
}

/// On a GPU, Burn's convolution answers with a view of channels-last memory, which its fused
/// kernels mix up with one in rows when there is one channel.
#[test]
#[cfg(feature = "wgpu")]
fn device_one_channel_mixes_with_a_picture_in_rows() {
    let mixed = |device: &Device| {
        let x = Case::leaf(1, [8, 4, 8, 8], device);
        let weight = Case::leaf(2, [1, 4, 3, 3], device);
        let y = conv2d(x, weight, None, ConvOptions::new([1, 1], [1, 1], [1, 1], 1));
        (y * 2.0 * Case::leaf(3, [8, 1, 8, 8], device)).into_data()
    };
    let wgpu = DeviceFilter::from(DeviceType::Wgpu);
    let gpu = Device::enumerate(wgpu).into_vec().remove(0);
    mixed(&gpu).assert_approx_eq::<f32>(&mixed(&Device::flex()), Tolerance::default());
}

#[test]
#[should_panic(expected = "channels of the input")]
fn channels_that_do_not_fit_are_refused() {
    let device = Device::flex();
    let (x, weight) = (Case::leaf(1, [2, 4, 8, 8], &device), Case::leaf(2, [4, 3, 3, 3], &device));
    drop(conv2d(x, weight, None, ConvOptions::new([1, 1], [1, 1], [1, 1], 1)));
}
