//! The gradients of one network, by the path of their parameter.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Tensor;
use kiln_core::ParameterPath;
use kiln_ops::{scale, square_sum};

use crate::parameters::flat;

/// Gradients by parameter path, flat and without autodiff. A parameter that the loss does not
/// reach has none, and an optimiser then leaves it alone.
#[derive(Debug, Clone, Default)]
pub struct Gradients {
    by_path: BTreeMap<String, Tensor<1>>,
}

impl Gradients {
    /// Of the parameters of `module` with respect to `loss`, a tensor of one value.
    pub fn of<M: Module>(module: &M, loss: &Tensor<1>) -> Self {
        let tape = loss.backward();
        let path = ParameterPath::default();
        let mut collector = Collector { path, tape, found: Self::default() };
        module.visit(&mut collector);
        collector.found
    }

    /// The gradient of one parameter.
    pub fn get(&self, path: &str) -> Option<&Tensor<1>> {
        self.by_path.get(path)
    }

    /// Takes the gradient of one parameter out.
    pub fn take(&mut self, path: &str) -> Option<Tensor<1>> {
        self.by_path.remove(path)
    }

    /// Whether the loss reached no parameter.
    pub fn is_empty(&self) -> bool {
        self.by_path.is_empty()
    }

    /// With another term of one parameter's gradient, flat and without autodiff.
    #[must_use]
    pub fn with(mut self, path: String, term: Tensor<1>) -> Self {
        let sum = match self.by_path.remove(&path) {
            Some(before) => before + term,
            None => term,
        };
        self.by_path.insert(path, sum);
        self
    }

    /// The sum with other gradients of the same network: gradient accumulation.
    pub fn plus(self, other: Self) -> Self {
        let terms = other.by_path.into_iter();
        terms.fold(self, |sum, (path, gradient)| sum.with(path, gradient))
    }

    /// The Euclidean norm over all parameters together, `[1]`; zero when there are none.
    pub fn norm(&self) -> Option<Tensor<1>> {
        let squares: Vec<_> = self.by_path.values().map(|g| square_sum(g.clone())).collect();
        if squares.is_empty() { None } else { Some(Tensor::cat(squares, 0).sum().sqrt()) }
    }

    /// Scales all gradients so that their norm, given as `norm`, is at most `largest`
    /// (Pascanu, Mikolov and Bengio 2013, algorithm 1).
    pub fn clipped(mut self, norm: &Tensor<1>, largest: f64) -> Self {
        let factor = (norm.clone() + 1e-12).recip().mul_scalar(largest).clamp_max(1.0);
        let scaled = |(path, gradient)| (path, scale(gradient, factor.clone()));
        self.by_path = std::mem::take(&mut self.by_path).into_iter().map(scaled).collect();
        self
    }
}

struct Collector {
    path: ParameterPath,
    tape: burn::tensor::Gradients,
    found: Gradients,
}

impl ModuleVisitor for Collector {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.path.enter(name, container);
    }

    fn exit_module(&mut self, _name: &str, container: &str) {
        self.path.exit(container);
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = param.val().grad_remove(&mut self.tape) {
            self.found.by_path.insert(self.path.join(), flat(gradient));
        }
    }
}
