//! What a network consists of, for people.

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Tensor;
use kiln_core::ParameterPath;

/// A layer that holds parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerRow {
    /// Where it is, such as `blocks.0.conv`; empty for a network that is one layer.
    pub path: String,
    /// What it is, such as `Conv2d`.
    pub kind: String,
    /// Shape of its first parameter: the weight, or the gain.
    pub shape: Vec<usize>,
    /// How many numbers it learns; running statistics do not count.
    pub parameters: usize,
}

/// The layers of `module` that hold parameters, in order.
pub fn layers<M: Module>(module: &M) -> Vec<LayerRow> {
    let mut table = Table::default();
    module.visit(&mut table);
    table.rows
}

/// How many numbers `module` learns.
pub fn parameter_count<M: Module>(module: &M) -> usize {
    layers(module).iter().map(|row| row.parameters).sum()
}

#[derive(Default)]
struct Table {
    rows: Vec<LayerRow>,
    path: ParameterPath,
}

impl ModuleVisitor for Table {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.path.enter(name, container);
    }

    fn exit_module(&mut self, _name: &str, container: &str) {
        self.path.exit(container);
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if ["mean", "variance", "u", "v", "grain"].contains(&self.path.last()) {
            return; // moves, but is not learned
        }
        let shape = param.lazy_shape();
        let path = self.path.layer();
        if self.rows.last().is_none_or(|row| row.path != path) {
            self.rows.push(LayerRow {
                path,
                kind: self.path.container().trim_start_matches("Struct:").to_owned(),
                shape: shape.to_vec(),
                parameters: 0,
            });
        }
        if let Some(row) = self.rows.last_mut() {
            row.parameters += shape.num_elements();
        }
    }
}
