//! Adaptive augmentation as a recipe configures it.

use serde::{Deserialize, Serialize};

use super::{AdaController, AdaStrength, AdaStrengthError, AdaTransforms};

/// How often which transforms happen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Ada {
    /// The probability of each transform; the authors' heuristic unless given.
    #[serde(default = "AdaStrength::adaptive")]
    pub strength: AdaStrength,
    /// Which may happen; all unless given.
    #[serde(default)]
    pub transforms: AdaTransforms,
}

impl Ada {
    /// Checks the ranges.
    ///
    /// # Errors
    ///
    /// When a number is out of its range.
    pub fn validate(&self) -> Result<(), AdaStrengthError> {
        self.strength.validate()
    }

    /// The probability at the start of a run.
    pub fn start(&self) -> AdaController {
        AdaController::new(self.strength)
    }
}
