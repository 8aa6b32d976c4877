//! From a file into a network: every parameter gets its tensor, every tensor goes somewhere.

use std::collections::BTreeSet;

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Tensor, TensorData};
use kiln_core::ParameterPath;

use super::{Misfit, Misshaped, TensorFile, TensorFileError};

/// What a file calls the parameters of a network.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Naming {
    /// The name of the parameter at a path.
    pub(crate) name: fn(&ParameterPath) -> String,
    /// Whether a tensor of this name is left aside.
    pub(crate) ignored: fn(&str) -> bool,
}

/// The network with the weights of the file, each of them; on the network's device.
///
/// PyTorch keeps the weight of a linear layer as `[outputs, inputs]`: it is transposed.
pub(crate) fn fill<M: Module>(
    network: M,
    file: &TensorFile,
    naming: Naming,
) -> Result<M, TensorFileError> {
    let names = file.entries.keys().map(String::as_str);
    let mut filler = Filler {
        file,
        naming,
        path: ParameterPath::default(),
        left: names.filter(|name| !(naming.ignored)(name)).collect(),
        misfit: Misfit::default(),
        failure: None,
    };
    let network = network.map(&mut filler);
    let Filler { left, mut misfit, failure, .. } = filler;
    misfit.unknown = left.into_iter().map(str::to_owned).collect();
    if !misfit.is_empty() {
        let (path, misfit) = (file.path().to_owned(), Box::new(misfit));
        return Err(TensorFileError::Misfit { path, misfit });
    }
    failure.map_or(Ok(network), Err)
}

struct Filler<'a> {
    file: &'a TensorFile,
    naming: Naming,
    path: ParameterPath,
    /// Names that no parameter has asked for.
    left: BTreeSet<&'a str>,
    misfit: Misfit,
    /// The first tensor that could not be read.
    failure: Option<TensorFileError>,
}

impl Filler<'_> {
    /// The values for a parameter of this shape, row-major; else nothing, and the reason is kept.
    fn take(&mut self, shape: &[usize]) -> Option<Vec<f32>> {
        let name = (self.naming.name)(&self.path);
        let turned = self.path.container() == "Struct:Linear" && self.path.last() == "weight";
        let mut expected = shape.to_vec();
        if turned {
            expected.reverse();
        }
        self.left.remove(name.as_str());
        match self.file.entries.get(&name).map(|entry| &entry.shape) {
            None => self.misfit.missing.push(name),
            Some(saved) if *saved != expected => {
                self.misfit.misshaped.push(Misshaped { name, saved: saved.clone(), expected });
            }
            Some(_) if self.misfit.is_empty() && self.failure.is_none() => {
                match self.file.values(&name)? {
                    Ok(values) if turned => return Some(transposed(&values, shape)),
                    Ok(values) => return Some(values),
                    Err(failure) => self.failure = Some(failure),
                }
            }
            Some(_) => (),
        }
        None
    }
}

impl ModuleMapper for Filler<'_> {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.path.enter(name, container);
    }

    fn exit_module(&mut self, _name: &str, container: &str) {
        self.path.exit(container);
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let shape = param.lazy_shape().to_vec();
        match self.take(&shape) {
            Some(values) => {
                param.map(|old| Tensor::from_data(TensorData::new(values, shape), &old.device()))
            }
            None => param,
        }
    }
}

/// From rows of `outputs` to rows of `inputs`, as `shape` (`[inputs, outputs]`) says.
fn transposed(values: &[f32], shape: &[usize]) -> Vec<f32> {
    let inputs = shape[0];
    (0..values.len())
        .map(|idx| (idx / shape[1], idx % shape[1]))
        .map(|(input, output)| values[output * inputs + input])
        .collect()
}
