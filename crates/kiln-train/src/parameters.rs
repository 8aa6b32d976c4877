//! The parameters of a network by path, each as one flat tensor.
//!
//! Optimisers, averages, checkpoints and snapshots all see a network this way, so none of them
//! depends on Burn's parameter ids, which are random in every process.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::Tensor;
use kiln_core::ParameterPath;

/// One parameter or buffer of a network.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Where it is in the network, such as `blocks.0.convolution.weight`.
    pub path: String,
    /// Its shape in the network.
    pub shape: Vec<usize>,
    /// Its values as one row, without autodiff.
    pub values: Tensor<1>,
    /// Whether an optimiser may move it; running statistics and frozen weights are not trained.
    pub trained: bool,
}

/// Every floating point parameter and buffer of `module`, in the order of its fields.
pub fn parameters<M: Module>(module: &M) -> Vec<Parameter> {
    let mut collector = Collector { path: ParameterPath::default(), found: Vec::new() };
    module.visit(&mut collector);
    collector.found
}

/// Gives every parameter the value that `new` makes of its path and its old value, both flat and
/// without autodiff. Whether it requires gradients does not change. The old value is handed over:
/// where nobody else holds it, it can be changed in place.
pub fn replace<M: Module>(module: M, new: impl FnMut(&str, Tensor<1>) -> Tensor<1>) -> M {
    module.map(&mut Replacer { path: ParameterPath::default(), new })
}

/// Cuts every trained parameter to `[-bound, bound]` (Arjovsky et al. 2017, WGAN, algorithm 1); gains
/// and offsets too, as the authors do.
pub fn clip_weights<M: Module>(module: M, bound: f64) -> M {
    let trained: Vec<_> =
        parameters(&module).into_iter().filter(|p| p.trained).map(|p| p.path).collect();
    replace(module, |path, values| {
        let moved = trained.iter().any(|name| name == path);
        if moved { values.clamp(-bound, bound) } else { values }
    })
}

struct Collector {
    path: ParameterPath,
    found: Vec<Parameter>,
}

impl ModuleVisitor for Collector {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.path.enter(name, container);
    }

    fn exit_module(&mut self, _name: &str, container: &str) {
        self.path.exit(container);
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let tensor = param.val();
        self.found.push(Parameter {
            path: self.path.join(),
            shape: tensor.dims().to_vec(),
            trained: tensor.is_require_grad(),
            values: flat(tensor.without_autodiff()),
        });
    }
}

struct Replacer<F> {
    path: ParameterPath,
    new: F,
}

impl<F: FnMut(&str, Tensor<1>) -> Tensor<1>> ModuleMapper for Replacer<F> {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.path.enter(name, container);
    }

    fn exit_module(&mut self, _name: &str, container: &str) {
        self.path.exit(container);
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, tensor, mapper) = param.consume();
        let dims = tensor.dims();
        let (autodiff, trained) = (tensor.is_autodiff(), tensor.is_require_grad());
        let values = flat(tensor.without_autodiff());
        let value = (self.new)(&self.path.join(), values).reshape(dims);
        let value = if autodiff { value.autodiff() } else { value };
        let value = if trained { value.require_grad() } else { value };
        Param::from_mapped_value(id, value, mapper)
    }
}

/// `[..]` to one row.
pub(crate) fn flat<const D: usize>(tensor: Tensor<D>) -> Tensor<1> {
    let count = tensor.shape().num_elements();
    tensor.reshape([count])
}
