//! Our optimisers, which work in place with kernels of their own, against Burn's: a hundred steps.

use burn::module::Param;
use burn::tensor::{Device, Tensor, TensorData};
use burn_optim::{AdamConfig, AdamWConfig, GradientsParams, ModuleOptimizer, RmsPropConfig};
use kiln_core::{Address, Purpose, SamplesSeen, Schedule, Stream};
use kiln_models::{Linear, LinearConfig};
use kiln_train::{Gradients, OptimizerConfig, Rule};

const RATE: f64 = 0.01;

fn normals<const D: usize>(lane: u64, shape: [usize; D], device: &Device) -> Tensor<D> {
    let address = Address::new(1, Purpose::Data).lane(lane);
    let values = Stream::new(address).normals(shape.iter().product());
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// A layer to begin with, and what is made of it by a hundred gradients that are given: those of an
/// error would carry a difference in the last place on and on.
struct Task(Linear);

impl Task {
    fn new(device: &Device) -> Self {
        let device = &device.clone().autodiff();
        let mut layer = LinearConfig::new(70, 90).init(device);
        layer.weight = Param::from_tensor(normals(1, [70, 90], device));
        Self(layer)
    }

    /// A loss whose gradient is drawn for each step.
    fn loss(layer: &Linear, step: u64) -> Tensor<1> {
        let device = &layer.weight.val().device();
        let weight = layer.weight.val() * normals(2 * step, [70, 90], device);
        let bias = layer.bias.as_ref().unwrap().val() * normals(2 * step + 1, [90], device);
        weight.sum() + bias.sum()
    }

    fn ours(&self, config: OptimizerConfig) -> Linear {
        let mut optimizer = config.init();
        (1..=100).fold(self.0.clone(), |layer, step| {
            let gradients = Gradients::of(&layer, &Self::loss(&layer, step));
            optimizer.step(layer, gradients, Rule { rate: RATE, now: SamplesSeen(0) })
        })
    }

    fn burns(&self, mut optimizer: ModuleOptimizer) -> Linear {
        (1..=100).fold(self.0.clone(), |layer, step| {
            let gradients = Self::loss(&layer, step).backward();
            let gradients = GradientsParams::from_grads(gradients, &layer);
            optimizer.step(RATE, layer, gradients)
        })
    }

    fn check(&self, config: OptimizerConfig, burns: ModuleOptimizer) {
        let values = |layer: Linear| {
            let bias = layer.bias.unwrap().val().into_data();
            [layer.weight.val().into_data(), bias].map(|data| data.try_to_vec::<f32>().unwrap())
        };
        let begun = values(self.0.clone());
        let pairs = values(self.ours(config)).into_iter().zip(values(self.burns(burns)));
        for ((ours, burns), begun) in pairs.zip(begun) {
            let apart = |a: &[f32], b: &[f32]| {
                a.iter().zip(b).fold(0.0, |most: f32, (a, b)| most.max((a - b).abs()))
            };
            assert!(apart(&begun, &burns) > 0.1, "{config:?} went nowhere");
            let error = apart(&ours, &burns);
            assert!(error < 2e-6, "{config:?}: {error}");
        }
    }
}

#[test]
fn a_hundred_steps_are_burns_to_rounding() {
    let task = Task::new(&Device::flex());
    let (beta1, beta2, epsilon) = (0.5, Schedule::constant(0.99), 1e-8);
    let adam = AdamConfig::new().with_beta_1(0.5).with_beta_2(0.99).with_epsilon(1e-8).init();
    let plain = OptimizerConfig::Adam { beta1, beta2, epsilon, weight_decay: 0.0 };
    task.check(plain, adam);

    let adamw = AdamWConfig::new().with_beta_1(0.5).with_beta_2(0.99).with_epsilon(1e-8);
    let decayed = OptimizerConfig::Adam { beta1, beta2, epsilon, weight_decay: 0.1 };
    task.check(decayed, adamw.with_weight_decay(0.1).init());

    let rms_prop = RmsPropConfig::new().with_alpha(0.99).with_momentum(0.0).with_epsilon(1e-8);
    task.check(OptimizerConfig::RmsProp { alpha: 0.99, epsilon }, rms_prop.init());
}
