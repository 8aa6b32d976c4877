//! Weights by name, and the layers that take them.

use std::collections::BTreeMap;

use burn::tensor::{Element, Gradients, Shape, Tensor};
use kiln_ops::{ConvOptions, ConvTransposeOptions, Dual, Normalization};

/// The weights of a critic, each a flat leaf of the graph with the shape that layers see it in. A
/// layer has a bias if there is one under its name.
#[derive(Clone)]
pub(crate) struct Weights {
    leaves: BTreeMap<String, (Vec<usize>, Tensor<1>)>,
    epsilon: f64,
}

impl Weights {
    /// None yet; `epsilon` is that of all norms.
    pub(crate) fn new(epsilon: f64) -> Self {
        Self { leaves: BTreeMap::new(), epsilon }
    }

    /// Adds one, given its numbers one after another.
    pub(crate) fn insert(&mut self, name: &str, shape: Vec<usize>, numbers: Tensor<1>) {
        self.leaves.insert(name.to_owned(), (shape, numbers.require_grad()));
    }

    /// The gradient of each by its name; zeros where none arrived.
    pub(crate) fn gradients<E: Element>(&self, grads: &Gradients) -> Vec<(&str, Vec<E>)> {
        let gradient = |leaf: &Tensor<1>| leaf.grad(grads).unwrap_or_else(|| leaf.zeros_like());
        let numbers = |leaf: &Tensor<1>| gradient(leaf).into_data().iter().collect();
        self.leaves.iter().map(|(name, (_, leaf))| (name.as_str(), numbers(leaf))).collect()
    }

    /// The same, with one of them moved.
    pub(crate) fn moved(&self, name: &str, by: Tensor<1>) -> Self {
        let mut moved = self.clone();
        if let Some((_, leaf)) = moved.leaves.get_mut(name) {
            *leaf = leaf.clone().detach() + by;
        }
        moved
    }

    pub(crate) fn get<const D: usize>(&self, name: &str) -> Tensor<D> {
        self.find(name).unwrap_or_else(|| panic!("no weight {name}"))
    }

    fn find<const D: usize>(&self, name: &str) -> Option<Tensor<D>> {
        let (shape, leaf) = self.leaves.get(name)?;
        Some(leaf.clone().reshape(Shape::from(shape.clone())))
    }

    fn pair<const D: usize>(&self, name: &str) -> (Tensor<D>, Option<Tensor<1>>) {
        (self.get(&format!("{name}.weight")), self.find(&format!("{name}.bias")))
    }

    fn affine(&self, name: &str) -> [Tensor<1>; 2] {
        ["gain", "shift"].map(|part| self.get(&format!("{name}.{part}")))
    }

    pub(crate) fn linear<const D: usize>(&self, name: &str, x: Dual<D>) -> Dual<D> {
        let (weight, bias) = self.pair(name);
        x.linear(weight, bias)
    }

    pub(crate) fn conv(&self, name: &str, x: Dual<4>, stride: usize, padding: usize) -> Dual<4> {
        let (weight, bias) = self.pair(name);
        x.conv2d(weight, bias, &ConvOptions::new([stride; 2], [padding; 2], [1, 1], 1))
    }

    /// 3 x 3, keeping the size.
    pub(crate) fn conv_in_groups(&self, name: &str, x: Dual<4>, groups: usize) -> Dual<4> {
        let (weight, bias) = self.pair(name);
        x.conv2d(weight, bias, &ConvOptions::new([1, 1], [1, 1], [1, 1], groups))
    }

    /// Twice the size, by 4 x 4.
    pub(crate) fn up(&self, name: &str, x: Dual<4>) -> Dual<4> {
        let (weight, bias) = self.pair(name);
        let options = ConvTransposeOptions::new([2, 2], [1, 1], [0, 0], [1, 1], 1);
        x.conv_transpose2d(weight, bias, &options)
    }

    pub(crate) fn batch_norm<const D: usize>(&self, name: &str, x: Dual<D>) -> Dual<D> {
        let [gain, shift] = self.affine(name);
        let how = Normalization { gain, shift, epsilon: self.epsilon, slope: 1.0 };
        x.normalize_by_batch(how).0
    }

    pub(crate) fn group_norm<const D: usize>(
        &self,
        name: &str,
        x: Dual<D>,
        groups: usize,
    ) -> Dual<D> {
        let [gain, shift] = self.affine(name);
        x.normalize_groups(groups, self.epsilon).scale_channels(gain, shift)
    }
}
