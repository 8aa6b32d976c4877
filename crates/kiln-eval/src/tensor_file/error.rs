//! What is wrong with a file of weights.

use std::fmt;
use std::path::PathBuf;

use thiserror::Error;

/// A file whose tensors do not become a network's weights.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TensorFileError {
    /// It cannot be read.
    #[error("cannot read the weights `{}`: {cause}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        cause: String,
    },
    /// It holds no named tensors.
    #[error(
        "`{}` holds no named tensors as PyTorch (`torch.save` of a state dict) or safetensors write \
         them: {cause}",
        path.display()
    )]
    Format {
        /// The file.
        path: PathBuf,
        /// What the reader says.
        cause: String,
    },
    /// Its tensors are not those of the network.
    #[error("`{}` holds the weights of another network: {misfit}", path.display())]
    Misfit {
        /// The file.
        path: PathBuf,
        /// Each difference.
        misfit: Box<Misfit>,
    },
    /// One of its tensors cannot be used.
    #[error("the tensor `{name}` in `{}`: {cause}", path.display())]
    Tensor {
        /// The file.
        path: PathBuf,
        /// Which tensor.
        name: String,
        /// Why.
        cause: String,
    },
}

/// How the tensors of a file differ from the parameters of a network.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Misfit {
    /// Names that the network has and the file has not.
    pub missing: Vec<String>,
    /// Names that the file has and the network has not.
    pub unknown: Vec<String>,
    /// Names that both have, with other shapes.
    pub misshaped: Vec<Misshaped>,
}

/// A tensor of another shape than the network's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misshaped {
    /// Which tensor.
    pub name: String,
    /// Its shape in the file.
    pub saved: Vec<usize>,
    /// Its shape in the network.
    pub expected: Vec<usize>,
}

/// Names of a kind that a message spells out; the rest is counted.
const SPELT_OUT: usize = 8;

impl Misfit {
    /// Whether there is no difference.
    pub fn is_empty(&self) -> bool {
        self.missing.is_empty() && self.unknown.is_empty() && self.misshaped.is_empty()
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds = [
            ("missing", listed(&self.missing)),
            ("unknown", listed(&self.unknown)),
            ("of another shape", listed(&self.misshaped)),
        ];
        let parts: Vec<String> = kinds
            .into_iter()
            .filter(|(_, names)| !names.is_empty())
            .map(|(kind, names)| format!("{kind}: {names}"))
            .collect();
        f.write_str(&parts.join("; "))
    }
}

impl fmt::Display for Misshaped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({:?} instead of {:?})", self.name, self.saved, self.expected)
    }
}

fn listed(names: &[impl fmt::Display]) -> String {
    let mut list: Vec<String> = names.iter().take(SPELT_OUT).map(ToString::to_string).collect();
    if names.len() > SPELT_OUT {
        list.push(format!("and {} more", names.len() - SPELT_OUT));
    }
    list.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_difference_is_named_and_long_lists_are_counted() {
        let misshaped = Misshaped { name: "fc.bias".into(), saved: vec![3], expected: vec![2] };
        let unknown = (0..10).map(|n| format!("t{n}")).collect();
        let misfit = Misfit { missing: vec![], unknown, misshaped: vec![misshaped] };
        let expected = "unknown: t0, t1, t2, t3, t4, t5, t6, t7, and 2 more; \
                        of another shape: fc.bias ([3] instead of [2])";
        assert_eq!(misfit.to_string(), expected);
        assert!(Misfit::default().is_empty());
    }
}
