//! Networks held to what PyTorch says of them: values, and gradients of all that learns.

use std::collections::BTreeMap;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use kiln_ops::Dual;
use kiln_train::{Gradients, parameters, replace};
use serde_json::Value;

use crate::{golden_tensor as tensor, golden_values as values};

/// Holds numbers to a reference: to 2e-4 of its greatest, or of 0.03 where a norm that follows takes
/// nearly all of it away and leaves rounding.
///
/// # Panics
///
/// When one is farther away.
#[track_caller]
pub fn close(what: &str, found: Tensor<1>, reference: &[f32]) {
    let found: Vec<f32> = found.into_data().iter().collect();
    assert_eq!(found.len(), reference.len(), "{what}");
    let scale = reference.iter().fold(0.0, |m: f32, r| m.max(r.abs()));
    let error = found.iter().zip(reference).fold(0.0, |m: f32, (f, r)| m.max((f - r).abs()));
    assert!(error <= 2e-4 * scale.max(3e-2), "{what}: error {error} of {scale}");
}

/// The network with PyTorch's weights, by our paths; every one of them is used.
///
/// # Panics
///
/// When one is not.
pub fn weighed<M: Module>(network: M, golden: &Value) -> M {
    let weights = golden["weights"].as_object().expect("weights by path");
    let mut weights: BTreeMap<String, &Value> =
        weights.iter().map(|(path, weight)| (path.clone(), weight)).collect();
    let network = replace(network, |path, old| match weights.remove(path) {
        Some(weight) => Tensor::from_floats(values(weight).as_slice(), &Device::flex()),
        None => old, // a running statistic
    });
    assert!(weights.is_empty(), "not taken: {:?}", weights.keys());
    network
}

/// Holds the gradients of all that learns to the list of this name beside each weight.
///
/// # Panics
///
/// When one is farther from it than [`close`] allows; none is zeros.
pub fn check_gradients<M: Module>(network: &M, loss: &Tensor<1>, golden: &Value, list: &str) {
    let gradients = Gradients::of(network, loss);
    for parameter in parameters(network).iter().filter(|parameter| parameter.trained) {
        let path = &parameter.path;
        let reference = golden["weights"][path][list].as_array().expect("a list");
        let reference: Vec<f32> =
            reference.iter().map(|g| g.as_f64().expect("a number") as f32).collect();
        let still = || Tensor::zeros([reference.len()], &Device::flex());
        close(path, gradients.get(path).cloned().unwrap_or_else(still), &reference);
    }
}

/// Holds value and gradients of a network to PyTorch's.
///
/// # Panics
///
/// When they differ by more than [`close`] allows.
pub fn check<M: Module, const D: usize, const E: usize>(
    network: M,
    golden: &Value,
    forward: impl Fn(&M, Dual<D>) -> Dual<E>,
) {
    let device = Device::flex().autodiff();
    let network = weighed(network, golden);
    let x = tensor::<D>(&golden["input"], &device).require_grad();
    let y = forward(&network, x.clone().into()).value;
    close("output", flat(y.clone()).inner(), &values(&golden["output"]));
    let loss = (y * tensor::<E>(&golden["probe"], &device)).sum();
    let slope = x.grad(&loss.backward()).expect("the input counts");
    close("input", flat(slope), &values(&golden["gradient"]));
    // The loss once more: its graph is used up by a backward pass.
    let y = forward(&network, tensor::<D>(&golden["input"], &device).into()).value;
    let loss = (y * tensor::<E>(&golden["probe"], &device)).sum();
    check_gradients(&network, &loss, golden, "gradient");
}

fn flat<const D: usize>(x: Tensor<D>) -> Tensor<1> {
    let n = x.dims().iter().product::<usize>();
    x.reshape([n])
}
