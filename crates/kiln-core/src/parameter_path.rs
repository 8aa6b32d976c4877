//! The path of a parameter in its network, as a walk over the network finds it.

/// Where a walk over a network stands: the names of the fields on the way, such as
/// `blocks.0.conv.weight`, which address first weights, name saved tensors and key optimisers.
///
/// A choice among networks (an enum) adds nothing to the path, so that a network starts and is
/// saved alike on its own and as one of several.
#[derive(Debug, Clone, Default)]
pub struct ParameterPath {
    names: Vec<String>,
    containers: Vec<String>,
}

/// How Burn marks a choice among networks.
const CHOICE: &str = "Enum:";

impl ParameterPath {
    /// Goes into a field of a container, given in Burn's words, such as `Struct:Linear`.
    pub fn enter(&mut self, name: &str, container: &str) {
        if !container.starts_with(CHOICE) {
            self.names.push(name.to_owned());
            self.containers.push(container.to_owned());
        }
    }

    /// Comes back out of it.
    pub fn exit(&mut self, container: &str) {
        if !container.starts_with(CHOICE) {
            self.names.pop();
            self.containers.pop();
        }
    }

    /// The path, with dots.
    pub fn join(&self) -> String {
        self.names.join(".")
    }

    /// Whether a field of this name is on the way.
    pub fn contains(&self, field: &str) -> bool {
        self.names.iter().any(|name| name == field)
    }

    /// The path of the layer that holds the parameter.
    pub fn layer(&self) -> String {
        self.names[..self.names.len().saturating_sub(1)].join(".")
    }

    /// The name of the parameter within its layer.
    pub fn last(&self) -> &str {
        self.names.last().map_or("", String::as_str)
    }

    /// What holds the parameter, in Burn's words.
    pub fn container(&self) -> &str {
        self.containers.last().map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_among_networks_adds_nothing() {
        let mut path = ParameterPath::default();
        path.enter("Dcgan", "Enum:Critic");
        path.enter("look", "Struct:DcganCritic");
        path.enter("weight", "Struct:Conv2d");
        assert_eq!((path.join().as_str(), path.container()), ("look.weight", "Struct:Conv2d"));
        assert_eq!((path.layer().as_str(), path.last()), ("look", "weight"));
        path.exit("Struct:Conv2d");
        path.exit("Struct:DcganCritic");
        path.exit("Enum:Critic");
        assert_eq!((path.join().as_str(), path.last(), path.container()), ("", "", ""));
    }
}
