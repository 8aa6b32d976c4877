//! Networks as text, for tests.

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Gradients, Tensor};
use kiln_core::ParameterPath;
use kiln_ops::Dual;

/// Rows of the layer table, for tests that pin a network.
pub(crate) fn table<M: Module>(module: &M) -> String {
    let row = |row: crate::LayerRow| {
        let shape = row.shape.iter().map(usize::to_string).collect::<Vec<_>>();
        let shape = shape.join("x");
        format!("{} {} {shape} {}", row.path, row.kind, row.parameters)
    };
    let rows: Vec<_> = crate::layers(module).into_iter().map(row).collect();
    format!("{}\ntotal {}", rows.join("\n"), crate::parameter_count(module))
}

/// `everywhere`, or else the paths of the parameters that a gradient of zeros or none has reached.
pub(crate) fn reached<M: Module>(module: &M, gradients: &Gradients) -> String {
    let mut seen = Seen { gradients, path: ParameterPath::default(), dry: Vec::new() };
    module.visit(&mut seen);
    match seen.dry.is_empty() {
        true => "everywhere".to_owned(),
        false => format!("everywhere but {}", seen.dry.join(", ")),
    }
}

struct Seen<'a> {
    gradients: &'a Gradients,
    path: ParameterPath,
    dry: Vec<String>,
}

impl ModuleVisitor for Seen<'_> {
    fn enter_module(&mut self, name: &str, container: &str) {
        self.path.enter(name, container);
    }

    fn exit_module(&mut self, _name: &str, container: &str) {
        self.path.exit(container);
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if !param.is_require_grad() {
            return; // a buffer
        }
        let reached = param.val().grad(self.gradients).is_some_and(|gradient| {
            let values: Vec<f32> = gradient.into_data().iter().collect();
            values.iter().any(|g| *g != 0.0) && values.iter().all(|g| g.is_finite())
        });
        if !reached {
            self.dry.push(self.path.join());
        }
    }
}

/// Holds a critic's tangent at `x`, along its mirror image, to the gradient that the backward pass
/// finds: the two sums over the batch must be one.
pub(crate) fn check_tangent(x: &Tensor<4>, judge: impl Fn(Dual<4>) -> Dual<2>) {
    let along = x.clone().flip([3]);
    let x = x.clone().detach().require_grad();
    let sum = |t: Tensor<1>| t.into_scalar::<f32>();
    let grads = judge(x.clone().into()).value.sum().backward();
    let terms = x.grad(&grads).unwrap() * along.clone().without_autodiff();
    let (expected, scale) = (sum(terms.clone().sum()), sum(terms.abs().sum()));
    let tangent = sum(judge(Dual::along(x, along)).tangent.unwrap().sum());
    assert!(scale > 1e-2, "nothing to compare");
    assert!((tangent - expected).abs() < 1e-4 * scale, "{tangent}, not {expected}, of {scale}");
}
