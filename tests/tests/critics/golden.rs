//! The golden file: points, weights by name with the layers that take them, and the comparison.

use burn::tensor::{Device, Shape, Tensor};
use kiln_objective::penalty::{Phi, gradient_penalty};
use kiln_ops::Dual;
use serde_json::Value;

use crate::weights::Weights;

/// Of the greatest gradient of a weight, of the greatest logit, and of the penalty.
const TOLERANCE: f32 = 1e-4;

/// The gradients of both penalties on `critic` are the file's.
pub(crate) fn check<const D: usize>(name: &str, critic: impl Fn(&Weights, Dual<D>) -> Dual<2>) {
    let golden = &file()[name];
    let points = grid(&golden["points"]).reshape(Shape::from(shape(&golden["points"])));
    let mut weights = Weights::new(file()["epsilon"].as_f64().unwrap());
    for (name, weight) in golden["weights"].as_object().unwrap() {
        weights.insert(name, shape(weight), grid(weight));
    }
    let critic = |x: Dual<D>| critic(&weights, x);

    let logits: Vec<f32> = critic(points.clone().into()).value.into_data().iter().collect();
    compare("logits", &logits, &numbers(&golden["logits"]));
    for (phi, name) in [(Phi::UnitNorm, "unit-norm"), (Phi::Square, "square")] {
        let penalty = gradient_penalty(points.clone(), phi, critic);
        let reference = golden[name]["value"].as_f64().unwrap() as f32;
        compare("value", &[penalty.value.into_scalar()], &[reference]);
        let grads = penalty.surrogate.backward();
        for (weight, gradient) in weights.gradients(&grads) {
            compare(weight, &gradient, &numbers(&golden[name]["gradients"][weight]));
        }
    }
}

/// The names of its critics.
pub(crate) fn names() -> Vec<String> {
    let file = file();
    let critics = file.as_object().unwrap().iter().filter(|(_, critic)| critic.is_object());
    critics.map(|(name, _)| name.clone()).collect()
}

fn file() -> Value {
    serde_json::from_str(include_str!("../../golden/critics.json")).unwrap()
}

fn numbers(json: &Value) -> Vec<f32> {
    json.as_array().unwrap().iter().map(|n| n.as_f64().unwrap() as f32).collect()
}

fn shape(json: &Value) -> Vec<usize> {
    numbers(&json["shape"]).into_iter().map(|n| n as usize).collect()
}

/// Numbers that the file has in 256ths, one after another.
fn grid(json: &Value) -> Tensor<1> {
    let values: Vec<f32> = numbers(&json["256ths"]).into_iter().map(|n| n / 256.0).collect();
    Tensor::from_floats(values.as_slice(), &Device::flex().autodiff())
}

fn compare(what: &str, numbers: &[f32], reference: &[f32]) {
    assert_eq!(numbers.len(), reference.len(), "{what}");
    let greatest = |most: f32, x: f32| most.max(x.abs());
    let error = numbers.iter().zip(reference).map(|(n, r)| n - r).fold(0.0, greatest);
    let scale = reference.iter().copied().fold(0.0, greatest);
    assert!(error <= TOLERANCE * scale, "{what}: error {error} of {scale}");
}
