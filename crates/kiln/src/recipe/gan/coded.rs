//! InfoGAN's codes in the game (Chen et al. 2016): the generator is told them, the critic has to tell
//! those of fakes, and both sides lose by its errors.

use kiln_objective::WeightError;
use serde::{Deserialize, Serialize};

use crate::recipe::{Codes, RecipeError};

/// The codes and what telling them weighs. The bound is part of the critic's and of the generator's
/// loss, as in the authors' code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Coded {
    /// How many values each categorical code has; one of ten for MNIST in the paper.
    pub categories: Vec<usize>,
    /// How many codes are numbers, uniform in `[-1, 1)`; two for MNIST in the paper.
    pub continuous: usize,
    /// Weight of the categories' cross-entropy; the paper's lambda is 1.
    pub category_weight: f64,
    /// Weight of half the numbers' squared error; the paper has one that brings it to the scale of the
    /// game's loss.
    pub continuous_weight: f64,
    /// Units of the layer between the critic's features and what it tells, with batch norm and leaky
    /// ReLU; 128 in the paper, 0 for none.
    pub hidden: usize,
}

impl Default for Coded {
    fn default() -> Self {
        let (categories, continuous, hidden) = (vec![10], 2, 128);
        Self { categories, continuous, category_weight: 1.0, continuous_weight: 0.1, hidden }
    }
}

impl Coded {
    /// What can be asked for.
    pub(super) fn codes(&self) -> Codes {
        Codes { categories: self.categories.clone(), continuous: self.continuous }
    }

    pub(super) fn validate(&self) -> Result<(), RecipeError> {
        if self.codes().width() == 0 || self.categories.contains(&0) {
            let reason = "`condition` has no codes, or one without values: give `categories` of at \
                          least 1 value, such as [10], or `continuous` codes";
            return Err(RecipeError::Condition(reason));
        }
        let weights = [self.category_weight, self.continuous_weight].into_iter();
        let mut wrong = weights.filter(|weight| !(*weight >= 0.0 && weight.is_finite()));
        let of = "the codes' information";
        wrong.next().map_or(Ok(()), |weight| Err(WeightError { of, weight }.into()))
    }
}
