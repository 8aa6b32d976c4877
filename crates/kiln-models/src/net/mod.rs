//! Networks: plain configurations in which the resolution is a field, and the modules they make.

mod dcgan;
mod digits;
mod maxout_critic;
mod perceptron;

pub use dcgan::{DcganCritic, DcganCriticConfig, DcganGenerator, DcganGeneratorConfig};
pub use digits::{DigitsClassifier, DigitsClassifierConfig};
pub use maxout_critic::{MaxoutCritic, MaxoutCriticConfig};
pub use perceptron::{Perceptron, PerceptronConfig};

/// Rows of the layer table, for tests that pin a network.
#[cfg(test)]
pub(crate) fn table<M: burn::module::Module>(module: &M) -> String {
    let row = |row: crate::LayerRow| {
        let shape = row.shape.iter().map(usize::to_string).collect::<Vec<_>>();
        let shape = shape.join("x");
        format!("{} {} {shape} {}", row.path, row.kind, row.parameters)
    };
    let rows: Vec<_> = crate::layers(module).into_iter().map(row).collect();
    format!(
        "{}\ntotal {}",
        rows.join("\n"),
        crate::parameter_count(module)
    )
}
