//! Spectral normalisation against `torch.nn.utils.spectral_norm`: one power iteration, the weight
//! it leads to, the gradients through sigma, and an exact penalty through normalised layers.
//!
//! `golden/spectral_norm.py` wrote the numbers.

use burn::module::{Module, Param};
use burn::tensor::{Device, Gradients, Tensor};
use kiln_models::{
    Conv2d, Conv2dConfig, ConvTranspose2d, ConvTranspose2dConfig, Linear, LinearConfig, Pass,
    Spectral,
};
use kiln_objective::penalty::{Phi, gradient_penalty};
use kiln_ops::Dual;
use kiln_tests::{golden_tensor as tensor, golden_values as values};
use serde_json::Value;

fn golden() -> Value {
    serde_json::from_str(include_str!("../golden/spectral_norm.json")).unwrap()
}

fn close<const D: usize>(what: &str, tensor: &Tensor<D>, reference: &Value, tolerance: f32) {
    let (numbers, reference) = (tensor.to_data().iter().collect::<Vec<f32>>(), values(reference));
    assert_eq!(numbers.len(), reference.len(), "{what}");
    let greatest = |numbers: Vec<f32>| numbers.into_iter().fold(0.0, |m: f32, n| m.max(n.abs()));
    let errors = numbers.iter().zip(&reference).map(|(n, r)| n - r).collect();
    let (error, scale) = (greatest(errors), greatest(reference));
    assert!(scale > 1e-3, "{what}: nothing to compare");
    assert!(error <= tolerance * scale, "{what}: error {error} of {scale}");
}

#[derive(Module, Debug)]
struct Critic {
    conv: Conv2d,
    up: ConvTranspose2d,
    judge: Linear,
    linear: Linear,
}

impl Critic {
    /// With PyTorch's weights and first vectors.
    fn golden(golden: &Value, device: &Device) -> Self {
        let conv = Conv2dConfig::new(2, 6, 4).with_stride(2).with_padding(1);
        let up = ConvTranspose2dConfig::new(6, 3, 4).with_stride(2).with_padding(1);
        let mut critic = Self {
            conv: conv.with_spectral_norm(true).init(device),
            up: up.with_spectral_norm(true).init(device),
            judge: LinearConfig::new(3 * 8 * 8, 1).with_spectral_norm(true).init(device),
            linear: LinearConfig::new(5, 4).with_spectral_norm(true).init(device),
        };
        let layer = |name: &str| (&golden["layers"][name], &golden["start"][name]);
        load(layer("conv"), &mut critic.conv.weight, &mut critic.conv.bias, &critic.conv.spectral);
        load(layer("up"), &mut critic.up.weight, &mut critic.up.bias, &critic.up.spectral);
        let Linear { weight, bias, spectral } = &mut critic.judge;
        load(layer("judge"), weight, bias, spectral);
        let Linear { weight, bias, spectral } = &mut critic.linear;
        load(layer("linear"), weight, bias, spectral);
        critic
    }

    fn forward(&self, x: Dual<4>, slope: f64, pass: &Pass) -> Dual<2> {
        let x = self.conv.forward(x, pass).leaky_relu(slope);
        let x = self.up.forward(x, pass).tanh();
        self.judge.forward(x.flatten(), pass)
    }
}

fn load<const D: usize>(
    (layer, start): (&Value, &Value),
    weight: &mut Param<Tensor<D>>,
    bias: &mut Option<Param<Tensor<1>>>,
    spectral: &Option<Spectral>,
) {
    let device = weight.val().device();
    *weight = Param::from_tensor(tensor(&layer["weight"], &device));
    *bias = Some(Param::from_tensor(tensor(&layer["bias"], &device)));
    spectral.as_ref().unwrap().u.set(tensor(start, &device));
}

fn gradient<const D: usize>(weight: &Param<Tensor<D>>, gradients: &Gradients) -> Tensor<D> {
    weight.val().grad(gradients).unwrap()
}

/// The critic after its first pass, which iterates.
fn iterated(golden: &Value) -> (Critic, f64, Tensor<4>) {
    let device = Device::flex().autodiff();
    let critic = Critic::golden(golden, &device);
    let slope = golden["slope"].as_f64().unwrap();
    let points = tensor::<4>(&golden["points"], &device);
    let pass = Pass::train(None).iterating_power();
    critic.forward(points.clone().into(), slope, &pass);
    critic.linear.forward(Dual::<2>::from(Tensor::ones([1, 5], &device)), &pass);
    (critic, slope, points)
}

#[test]
fn one_power_iteration_is_pytorchs() {
    let golden = golden();
    let (critic, ..) = iterated(&golden);
    let check = |name: &str, spectral: &Option<Spectral>| {
        let (layer, spectral) = (&golden["layers"][name], spectral.as_ref().unwrap());
        close(name, &spectral.u.value(), &layer["u"], 1e-5);
        close(name, &spectral.v.value(), &layer["v"], 1e-5);
    };
    check("conv", &critic.conv.spectral);
    check("up", &critic.up.spectral);
    check("judge", &critic.judge.spectral);
    check("linear", &critic.linear.spectral);
}

#[test]
fn the_critic_judges_as_pytorchs_does() {
    let golden = golden();
    let (critic, slope, points) = iterated(&golden);
    let logits = critic.forward(points.into(), slope, &Pass::train(None)).value;
    close("logits", &logits, &golden["logits"], 1e-5);
}

/// Gradients of `sum(probe * W / sigma)`: the layer's map is linear, so an input of unit vectors
/// shows the weight that it uses.
#[test]
fn gradients_flow_through_sigma_as_pytorchs_do() {
    let golden = golden();
    let (critic, ..) = iterated(&golden);
    let layer = &golden["layers"]["linear"];
    let on = Device::flex().autodiff();
    let inputs = Tensor::<2>::eye(5, &on);
    let unbiased = Linear { bias: None, ..critic.linear.clone() };
    let used = unbiased.forward(Dual::from(inputs), &Pass::train(None)).value;
    close("linear", &used, &layer["normalised"], 1e-5);
    let grads = (used * tensor(&layer["probe"], &on)).sum().backward();
    close("linear", &gradient(&unbiased.weight, &grads), &layer["gradient"], 1e-5);

    let layer = &golden["layers"]["conv"];
    let unbiased = Conv2d { bias: None, padding: 0, stride: 1, ..critic.conv.clone() };
    let probe = tensor::<4>(&layer["probe"], &on); // [6, 2, 4, 4]
    // With sample `o` = probe[o], the layer's output `o` at its only place is what is summed.
    let y = unbiased.forward(probe.into(), &Pass::train(None)).value.reshape([6, 6]);
    let grads = (y * Tensor::eye(6, &on)).sum().backward();
    close("conv", &gradient(&unbiased.weight, &grads), &layer["gradient"], 1e-5);

    let layer = &golden["layers"]["up"];
    let unbiased = ConvTranspose2d { bias: None, padding: 0, stride: 1, ..critic.up.clone() };
    // A sample for each input channel, one there: its picture is that channel's kernels.
    let x = Tensor::<2>::eye(6, &on).reshape([6, 6, 1, 1]);
    let used = unbiased.forward(x.into(), &Pass::train(None)).value; // [6, 3, 4, 4]
    close("up", &used, &layer["normalised"], 1e-5);
    let grads = (used * tensor(&layer["probe"], &on)).sum().backward();
    close("up", &gradient(&unbiased.weight, &grads), &layer["gradient"], 1e-5);
}

#[test]
fn an_exact_penalty_goes_through_normalised_layers() {
    let golden = golden();
    let (critic, slope, points) = iterated(&golden);
    let pass = Pass::train(None).iterating_power();
    let penalty =
        gradient_penalty(points, Phi::Square, |x| critic.forward(x, slope, &pass.again()));
    let reference = golden["penalty"].as_f64().unwrap() as f32;
    let value = penalty.value.into_scalar::<f32>();
    assert!((value / reference - 1.0).abs() < 1e-5, "{value}, not {reference}");
    let grads = penalty.surrogate.backward();
    let expected = |name: &str| &golden["layers"][name]["penalty-gradient"];
    close("conv", &gradient(&critic.conv.weight, &grads), expected("conv"), 1e-4);
    close("up", &gradient(&critic.up.weight, &grads), expected("up"), 1e-4);
    close("judge", &gradient(&critic.judge.weight, &grads), expected("judge"), 1e-4);
}
