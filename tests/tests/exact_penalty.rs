//! Exact gradient penalties against PyTorch's double backward.
//!
//! `golden/exact_penalty.py` wrote the numbers: a critic of convolution, batch norm by batch
//! statistics, leaky ReLU, transposed convolution, tanh and a linear layer.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Gradients, Tensor};
use kiln_models::{
    Activation, BatchNorm, BatchNormConfig, Conv2d, Conv2dConfig, ConvTranspose2d,
    ConvTranspose2dConfig, Linear, LinearConfig, Pass,
};
use kiln_objective::penalty::{Phi, gradient_penalty, input_gradient, penalty_along};
use kiln_ops::Dual;
use kiln_tests::{golden_tensor as tensor, golden_values as values};
use serde_json::Value;

#[derive(Module, Debug)]
struct Critic {
    conv: Conv2d,
    norm: BatchNorm,
    up: ConvTranspose2d,
    judge: Linear,
}

impl Critic {
    fn golden(golden: &Value, device: &Device) -> Self {
        let slope = golden["slope"].as_f64().unwrap();
        let critic = Self {
            conv: Conv2dConfig::new(2, 6, 4)
                .with_stride(2)
                .with_padding(1)
                .with_bias(false)
                .init(device),
            norm: BatchNormConfig::new(6)
                .with_activation(Activation::LeakyRelu { slope })
                .init(device),
            up: ConvTranspose2dConfig::new(6, 3, 4).with_stride(2).with_padding(1).init(device),
            judge: LinearConfig::new(3 * 8 * 8, 1).init(device),
        };
        assert_eq!(Some(critic.norm.epsilon), golden["epsilon"].as_f64());
        critic.map(&mut Load(golden, Vec::new()))
    }

    fn forward(&self, x: Dual<4>, pass: &Pass) -> Dual<2> {
        let x = self.norm.forward(self.conv.forward(x, pass), pass);
        let x = self.up.forward(x, pass).tanh();
        self.judge.forward(x.flatten(), pass)
    }

    fn gradients(&self, grads: &Gradients) -> BTreeMap<String, Vec<f32>> {
        let mut collect = Collect(grads, Vec::new(), BTreeMap::new());
        self.visit(&mut collect);
        collect.2
    }
}

/// Overwrites each parameter with the golden file's.
struct Load<'a>(&'a Value, Vec<String>);

impl ModuleMapper for Load<'_> {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.1.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.1.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let weight = &self.0["weights"][self.1.join(".")];
        if weight.is_null() {
            return param; // a running statistic
        }
        param.map(|old| tensor(weight, &old.device()).require_grad())
    }
}

/// The gradient of each parameter by its path; zeros where none arrived.
struct Collect<'a>(&'a Gradients, Vec<String>, BTreeMap<String, Vec<f32>>);

impl ModuleVisitor for Collect<'_> {
    fn enter_module(&mut self, name: &str, _container_type: &str) {
        self.1.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container_type: &str) {
        self.1.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if param.is_require_grad() {
            let weight = param.val();
            let grad = weight.grad(self.0).unwrap_or_else(|| weight.zeros_like());
            self.2.insert(self.1.join("."), grad.into_data().iter().collect());
        }
    }
}

fn golden() -> Value {
    serde_json::from_str(include_str!("../golden/exact_penalty.json")).unwrap()
}

fn greatest(values: impl Iterator<Item = f32>) -> f32 {
    values.fold(0.0, |most, value| most.max(value.abs()))
}

fn check(phi: Phi, name: &str) {
    let (golden, device) = (golden(), Device::flex().autodiff());
    let critic = Critic::golden(&golden, &device);
    let pass = Pass::train(None).keeping_statistics();
    let penalty = gradient_penalty(tensor(&golden["points"], &device), phi, |x| {
        critic.forward(x, &pass.again())
    });

    let expected = &golden[name];
    let value = penalty.value.into_scalar::<f32>();
    let reference = expected["value"].as_f64().unwrap() as f32;
    assert!((value / reference - 1.0).abs() < 1e-5, "{value}, not {reference}");

    let gradients = critic.gradients(&penalty.surrogate.backward());
    assert_eq!(gradients.len(), golden["weights"].as_object().unwrap().len());
    for (path, gradient) in gradients {
        let reference = values(&expected["gradients"][&path]);
        assert_eq!(gradient.len(), reference.len(), "{path}");
        let error = greatest(gradient.iter().zip(&reference).map(|(g, r)| g - r));
        let scale = greatest(reference.into_iter());
        assert!(error <= 1e-4 * scale, "{path}: error {error} of {scale}");
    }
}

#[test]
fn the_critic_judges_as_pytorchs_does() {
    let (golden, device) = (golden(), Device::flex());
    let points = tensor::<4>(&golden["points"], &device);
    let logits = Critic::golden(&golden, &device.autodiff())
        .forward(points.into(), &Pass::train(None))
        .value;
    let logits = logits.into_data();
    let pairs = logits.iter::<f32>().zip(values(&golden["logits"]));
    assert!(greatest(pairs.map(|(logit, reference)| logit - reference)) < 1e-4);
}

#[test]
fn wgan_gp_has_pytorchs_gradient() {
    check(Phi::UnitNorm, "unit-norm");
}

#[test]
fn r1_has_pytorchs_gradient() {
    check(Phi::Square, "square");
}

#[test]
fn wgan_div_has_pytorchs_gradient() {
    check(Phi::SixthPower, "sixth-power");
}

#[test]
fn a_frozen_copy_for_the_reverse_pass_changes_no_bit() {
    let (golden, device) = (golden(), Device::flex().autodiff());
    let critic = Critic::golden(&golden, &device);
    let frozen = critic.clone().no_grad();
    let pass = Pass::train(None).keeping_statistics();
    let points = tensor::<4>(&golden["points"], &device);
    let live = |x| critic.forward(x, &pass);
    let whole = gradient_penalty(points.clone(), Phi::UnitNorm, live);
    let gradient = input_gradient(points.clone(), |x| frozen.forward(x, &pass));
    let halves = penalty_along(points, gradient, Phi::UnitNorm, live);
    assert_eq!(
        critic.gradients(&whole.surrogate.backward()),
        critic.gradients(&halves.surrogate.backward()),
    );
}

#[test]
fn a_penalty_moves_no_running_statistic() {
    let (golden, device) = (golden(), Device::flex().autodiff());
    let critic = Critic::golden(&golden, &device);
    let pass = Pass::train(None);
    let points = tensor::<4>(&golden["points"], &device);
    gradient_penalty(points, Phi::UnitNorm, |x| critic.forward(x, &pass.again()));
    let mean: Vec<f32> = critic.norm.mean.value().into_data().iter().collect();
    assert_eq!(mean, [0.0; 6]);
}
