//! What holds the game in bounds beside the penalties, by name; none unless asked for.

use kiln_objective::penalty::PathLength;
use kiln_objective::{Consistency, HistoricalAveraging, ImageHistory, Orthogonality};
use serde::{Deserialize, Serialize};

use super::augment::Augment;
use crate::recipe::RecipeError;

/// Regularisers, of which any may be combined.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Regularisers {
    /// The critic answers alike where a change should not matter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consistency: Option<Consistent>,
    /// Weight of the distance between the critic's mean features of reals and of fakes, in the
    /// generator's loss (Salimans et al. 2016); at least 0.
    pub feature_matching: f64,
    /// Weight of the likeness of the critic's features of two fakes, in the generator's loss (Zhao
    /// et al. 2017, EBGAN, who have 0.1); at least 0.
    pub pulling_away: f64,
    /// Both sides stay near the mean of their past weights.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub historical_averaging: Option<HistoricalAveraging>,
    /// The critic sees fakes of the past too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_pool: Option<ImageHistory>,
    /// The generator's weights have orthogonal rows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub orthogonality: Option<Orthogonality>,
    /// A step in the latents changes the sample by the same length everywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path_length: Option<PathLength>,
}

/// Consistency and the change that should not matter.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Consistent {
    /// Of its terms.
    pub weights: Consistency,
    /// The change.
    pub augment: Augment,
}

impl Default for Consistent {
    /// bCR with shifts.
    fn default() -> Self {
        let shifts = kiln_objective::DiffAugment { translation: true, ..Default::default() };
        Self { weights: Consistency::BALANCED, augment: Augment::Diff(shifts) }
    }
}

impl Regularisers {
    pub(super) fn validate(&self) -> Result<(), RecipeError> {
        for (name, weight) in
            [("feature-matching", self.feature_matching), ("pulling-away", self.pulling_away)]
        {
            if !(weight >= 0.0 && weight.is_finite()) {
                return Err(RecipeError::Weight(name, weight));
            }
        }
        if let Some(Consistent { weights, augment }) = &self.consistency {
            weights.validate()?;
            augment.validate()?;
            if augment.is_adaptive() {
                return Err(RecipeError::AdaptiveChange);
            }
        }
        self.historical_averaging.map_or(Ok(()), HistoricalAveraging::validate)?;
        self.orthogonality.map_or(Ok(()), Orthogonality::validate)?;
        Ok(self.path_length.map_or(Ok(()), PathLength::validate)?)
    }
}
