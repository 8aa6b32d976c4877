//! Networks against PyTorch: value and gradients, by a golden file.

use std::collections::BTreeMap;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use kiln_ops::Dual;
use kiln_train::{Gradients, parameters, replace};
use serde_json::Value;

use crate::{golden_tensor as tensor, golden_values as values};

#[track_caller]
fn close(what: &str, found: Tensor<1>, reference: &[f32]) {
    let found: Vec<f32> = found.into_data().iter().collect();
    assert_eq!(found.len(), reference.len(), "{what}");
    let scale = reference.iter().fold(0.0, |m: f32, r| m.max(r.abs()));
    let error = found.iter().zip(reference).fold(0.0, |m: f32, (f, r)| m.max((f - r).abs()));
    assert!(error <= 2e-4 * scale.max(1e-2), "{what}: error {error} of {scale}");
}

/// The network with PyTorch's weights; every one of them is used.
fn weighed<M: Module>(network: M, golden: &Value, device: &Device) -> M {
    let weights = golden["weights"].as_object().expect("weights by their paths");
    let mut weights: BTreeMap<String, &Value> =
        weights.iter().map(|(path, weight)| (path.clone(), weight)).collect();
    let network = replace(network, |path, old| match weights.remove(path) {
        Some(weight) => Tensor::from_floats(values(weight).as_slice(), device),
        None => old, // a running statistic
    });
    assert!(weights.is_empty(), "not taken: {:?}", weights.keys());
    network
}

fn flat<const D: usize>(tensor: Tensor<D>) -> Tensor<1> {
    let n = tensor.dims().iter().product::<usize>();
    tensor.reshape([n])
}

/// Holds value and gradients of a network on Flex with autodiff to PyTorch's: those of its input and of
/// every weight, of `sum(probe * output)`.
///
/// # Panics
///
/// When they differ, or the golden file is none of this network.
pub fn check_golden<M: Module, const D: usize, const E: usize>(
    network: M,
    golden: &Value,
    forward: impl Fn(&M, Dual<D>) -> Dual<E>,
) {
    let device = Device::flex().autodiff();
    let network = weighed(network, golden, &Device::flex());
    // Once for the input and once for the weights: a graph is used up by a backward pass.
    let run = || {
        let x = tensor::<D>(&golden["input"], &device).require_grad();
        let y = forward(&network, x.clone().into()).value;
        (x, y.clone(), (y * tensor::<E>(&golden["probe"], &device)).sum())
    };
    let (x, y, loss) = run();
    close("output", flat(y).inner(), &values(&golden["output"]));
    let slope = x.grad(&loss.backward()).expect("a gradient of the input");
    close("input", flat(slope), &values(&golden["gradient"]));
    let gradients = Gradients::of(&network, &run().2);
    for parameter in parameters(&network).iter().filter(|parameter| parameter.trained) {
        let path = &parameter.path;
        let reference = golden["weights"][path]["gradient"].as_array().expect("its gradient");
        let number = |g: &Value| g.as_f64().expect("a number") as f32;
        let reference: Vec<f32> = reference.iter().map(number).collect();
        close(path, gradients.get(path).expect("a gradient").clone(), &reference);
    }
}
