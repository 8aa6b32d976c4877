//! What the published weights call the parameters of the network.

use kiln_core::ParameterPath;

use crate::tensor_file::Naming;

/// As torch-fidelity's and pytorch-fid's state dicts, whose names are the same.
pub(super) const PUBLISHED: Naming = Naming { name: published, ignored };

/// `mixed_5b.branch1x1.norm.gain` is `Mixed_5b.branch1x1.bn.weight`.
fn published(path: &ParameterPath) -> String {
    let layer = path.layer();
    let (layer, parameter) = match layer.strip_suffix(".norm") {
        Some(unit) => (unit, normalization(path.last())),
        None if layer == "fc" => ("fc", path.last()),
        None => (layer.as_str(), "conv.weight"),
    };
    let (first, rest) = layer.split_at(layer.len().min(1));
    let first = if layer == "fc" { first.to_owned() } else { first.to_uppercase() };
    format!("{first}{rest}.{parameter}")
}

fn normalization(field: &str) -> &str {
    match field {
        "gain" => "bn.weight",
        "shift" => "bn.bias",
        "mean" => "bn.running_mean",
        "variance" => "bn.running_var",
        other => other,
    }
}

/// PyTorch counts the batches that running statistics have seen; nothing depends on it.
fn ignored(name: &str) -> bool {
    name.ends_with(".num_batches_tracked")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(fields: &[&str], name: &str) {
        let mut path = ParameterPath::default();
        fields.iter().for_each(|field| path.enter(field, "Struct:Any"));
        assert_eq!(published(&path), name);
    }

    #[test]
    fn parameters_have_their_published_names() {
        check(&["conv2d_1a_3x3", "weight"], "Conv2d_1a_3x3.conv.weight");
        check(&["conv2d_1a_3x3", "norm", "variance"], "Conv2d_1a_3x3.bn.running_var");
        check(&["mixed_5b", "branch_pool", "norm", "gain"], "Mixed_5b.branch_pool.bn.weight");
        check(&["mixed_7c", "branch3x3_2a", "weight"], "Mixed_7c.branch3x3_2a.conv.weight");
        check(&["fc", "bias"], "fc.bias");
    }
}
