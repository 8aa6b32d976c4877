//! The parameters of a network by path, each as one flat tensor.
//!
//! Optimisers, averages, checkpoints and snapshots all see a network this way, so none of them
//! depends on Burn's parameter ids, which are random in every process.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::Tensor;

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
    let mut collector = Collector { path: Vec::new(), found: Vec::new() };
    module.visit(&mut collector);
    collector.found
}

/// Gives every parameter for which `new` has a value that value, given its path and its old
/// values; both are flat and without autodiff. Whether it requires gradients does not change.
pub fn replace<M: Module>(module: M, new: impl FnMut(&str, Tensor<1>) -> Option<Tensor<1>>) -> M {
    module.map(&mut Replacer { path: Vec::new(), new })
}

struct Collector {
    path: Vec<String>,
    found: Vec<Parameter>,
}

impl ModuleVisitor for Collector {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let tensor = param.val();
        self.found.push(Parameter {
            path: self.path.join("."),
            shape: tensor.dims().to_vec(),
            trained: tensor.is_require_grad(),
            values: flat(tensor.without_autodiff()),
        });
    }
}

struct Replacer<F> {
    path: Vec<String>,
    new: F,
}

impl<F: FnMut(&str, Tensor<1>) -> Option<Tensor<1>>> ModuleMapper for Replacer<F> {
    fn enter_module(&mut self, name: &str, _container: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _name: &str, _container: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, tensor, mapper) = param.consume();
        let dims = tensor.dims();
        let (autodiff, trained) = (tensor.is_autodiff(), tensor.is_require_grad());
        let plain = tensor.clone().without_autodiff();
        let Some(values) = (self.new)(&self.path.join("."), flat(plain)) else {
            return Param::from_mapped_value(id, tensor, mapper);
        };
        let value = values.reshape(dims);
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
