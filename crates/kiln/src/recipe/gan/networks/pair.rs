//! A generator and a critic.

use serde::{Deserialize, Serialize};

use super::{CriticNetwork, GeneratorNetwork};

/// Both sides' networks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Networks {
    /// From latents to samples.
    pub generator: GeneratorNetwork,
    /// From samples to logits.
    pub critic: CriticNetwork,
}
