//! Augmentation of what the critic sees, by name.

use burn::tensor::Tensor;
use kiln_core::Purpose;
use kiln_objective::DiffAugment;
use kiln_objective::ada::{Ada, AdaDraws, AdaStrength};
use kiln_train::Round;
use serde::{Deserialize, Serialize};

use crate::recipe::RecipeError;

/// What happens to samples, real and fake alike, before the critic sees them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Augment {
    /// Nothing.
    #[default]
    None,
    /// Zhao et al. 2020, DiffAugment.
    Diff(DiffAugment),
    /// Karras et al. 2020, ADA.
    Ada(Ada),
}

/// Normal numbers are drawn in lanes of their own.
const NORMALS: u64 = 1 << 32;

impl Augment {
    pub(crate) fn validate(&self) -> Result<(), RecipeError> {
        match self {
            Self::Ada(ada) => Ok(ada.validate()?),
            Self::None | Self::Diff(_) => Ok(()),
        }
    }

    /// ADA's probability at the start; 0 for any other.
    pub(crate) fn start(&self) -> f64 {
        match self {
            Self::Ada(ada) => ada.start().p,
            Self::None | Self::Diff(_) => 0.0,
        }
    }

    /// Whether its probability follows the critic.
    pub(crate) fn is_adaptive(&self) -> bool {
        matches!(self, Self::Ada(Ada { strength: AdaStrength::Adaptive { .. }, .. }))
    }

    /// Augments `[batch, channels, height, width]`; `p` is ADA's probability, and each `lane` has
    /// its own random numbers.
    pub(crate) fn apply(
        &self,
        samples: Tensor<4>,
        p: f64,
        lane: u64,
        round: &Round<'_>,
    ) -> Tensor<4> {
        let batch = samples.dims()[0];
        let uniforms = |n| round.uniforms(Purpose::Augment, lane, [batch, n], (0.0, 1.0));
        match self {
            Self::None => samples,
            Self::Diff(policies) if policies.is_none() => samples,
            Self::Diff(policies) => policies.apply(samples, &uniforms(DiffAugment::DRAWS)),
            Self::Ada(_) if p <= 0.0 => samples,
            Self::Ada(ada) => {
                let uniform = uniforms(AdaDraws::UNIFORMS);
                let shape = [batch, AdaDraws::NORMALS];
                let normal = round.normals(Purpose::Augment, lane + NORMALS, shape);
                ada.transforms.apply(samples, p, &AdaDraws { uniform, normal })
            }
        }
    }
}
