//! Networks as text, for tests that pin one.

/// Rows of the layer table, for tests that pin a network.
pub(crate) fn table<M: burn::module::Module>(module: &M) -> String {
    let row = |row: crate::LayerRow| {
        let shape = row.shape.iter().map(usize::to_string).collect::<Vec<_>>();
        let shape = shape.join("x");
        format!("{} {} {shape} {}", row.path, row.kind, row.parameters)
    };
    let rows: Vec<_> = crate::layers(module).into_iter().map(row).collect();
    format!("{}\ntotal {}", rows.join("\n"), crate::parameter_count(module))
}
