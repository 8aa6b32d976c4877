//! What every recipe's configuration can do, and the list of them.

use burn::tensor::Device;
use kiln_core::ScheduleError;
use kiln_models::{ConfigError, LayerRow};
use kiln_objective::ada::AdaStrengthError;
use kiln_objective::energy::BeganError;
use kiln_objective::penalty::{PathLengthError, PenaltyError};
use kiln_objective::{Boundary, LabelsError, LeCamError, Verdict, WeightError, accuracy};
use kiln_train::{Game, OptimizerError, Round};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{GanConfig, Goodfellow2014Config, Images, Painter, VanillaConfig};

/// Which recipe is trained, with every constant of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name")]
pub enum RecipeConfig {
    /// Radford, Metz and Chintala 2016.
    #[serde(rename = "dcgan")]
    Dcgan(GanConfig),
    /// Mao et al. 2017.
    #[serde(rename = "lsgan")]
    Lsgan(GanConfig),
    /// Arjovsky, Chintala and Bottou 2017.
    #[serde(rename = "wgan")]
    Wgan(GanConfig),
    /// Gulrajani et al. 2017.
    #[serde(rename = "wgan-gp")]
    WganGp(GanConfig),
    /// Kodali et al. 2017.
    #[serde(rename = "dragan")]
    Dragan(GanConfig),
    /// Miyato et al. 2018, with DCGAN's networks.
    #[serde(rename = "hinge-dcgan")]
    HingeDcgan(GanConfig),
    /// Miyato et al. 2018.
    #[serde(rename = "sngan")]
    Sngan(GanConfig),
    /// Berthelot, Schumm and Metz 2017.
    #[serde(rename = "began")]
    Began(GanConfig),
    /// Huang et al. 2024, the ablation with plain residual networks.
    #[serde(rename = "rpgan-r1r2")]
    RpganR1R2(GanConfig),
    /// A ring of eight Gaussians.
    #[serde(rename = "ring8")]
    Ring8(GanConfig),
    /// A grid of twenty-five Gaussians.
    #[serde(rename = "grid25")]
    Grid25(GanConfig),
    /// The two perceptrons of the popular Keras tutorial.
    #[serde(rename = "vanilla")]
    Vanilla(VanillaConfig),
    /// Goodfellow et al. 2014.
    #[serde(rename = "goodfellow2014")]
    Goodfellow2014(Goodfellow2014Config),
}

/// What a recipe must know of the run to build its networks.
#[derive(Debug, Clone)]
pub struct World {
    /// `[channels, height, width]` of a picture.
    pub picture: [usize; 3],
    /// What every random number follows from.
    pub seed: u64,
    /// Samples in a batch of the generator.
    pub batch_size: usize,
    /// Samples on a sheet.
    pub sheet: usize,
    /// Where the game is played, with autodiff.
    pub device: Device,
}

/// A recipe that cannot be played.
#[derive(Debug, Error)]
pub enum RecipeError {
    /// There is no such network.
    #[error(transparent)]
    Network(#[from] ConfigError),
    /// The optimiser or a schedule cannot work.
    #[error(transparent)]
    Optimizer(#[from] OptimizerError),
    /// The critic's labels are out of range.
    #[error(transparent)]
    Labels(#[from] LabelsError),
    /// LeCam's constants are out of range.
    #[error(transparent)]
    LeCam(#[from] LeCamError),
    /// The penalty cannot be taken.
    #[error(transparent)]
    Penalty(#[from] PenaltyError),
    /// A schedule cannot be followed.
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
    /// A share of a batch that is none.
    #[error("`top-k` is {0} at some time; give shares above 0 and at most 1")]
    TopK(f64),
    /// A bound for weights that is none.
    #[error("`clip-weights` is {0}; it must be positive")]
    Clip(f64),
    /// A weight that is none.
    #[error("`{0}` is {1}; it must be a number of at least 0")]
    Weight(&'static str, f64),
    /// A regulariser's weight is out of range.
    #[error(transparent)]
    Regulariser(#[from] WeightError),
    /// ADA's constants are out of range.
    #[error(transparent)]
    Ada(#[from] AdaStrengthError),
    /// Path length's constants are out of range.
    #[error(transparent)]
    PathLength(#[from] PathLengthError),
    /// A change without a probability of its own.
    #[error("`consistency.augment` cannot adapt: give `diff`, or `ada` of a fixed probability")]
    AdaptiveChange,
    /// No rounds between two looks.
    #[error("`look-every` is 0; it must be at least 1")]
    LookEvery,
    /// BEGAN's balance with another loss than its own.
    #[error("`balance` weighs the Wasserstein loss: give `objective = \"wasserstein\"`")]
    Balance,
    /// BEGAN's constants are out of range.
    #[error(transparent)]
    Began(#[from] BeganError),
    /// Pictures of another shape than the networks can make.
    #[error("{0}")]
    Picture(String),
    /// A batch that cannot be divided as the recipe wants.
    #[error("{0}")]
    Batch(String),
}

/// What each recipe's configuration can do.
pub trait Family {
    /// The game that it configures.
    type Game: Game<Batch = Images>;

    /// Networks with first weights, optimisers, averages.
    ///
    /// # Errors
    ///
    /// When a constant is out of range or the pictures do not fit.
    fn start(&self, world: &World) -> Result<Self::Game, RecipeError>;

    /// The generator alone, on a device without autodiff, to be given saved weights.
    ///
    /// # Errors
    ///
    /// When there is no such network.
    fn painter(
        &self,
        picture: [usize; 3],
        device: &Device,
    ) -> Result<Box<dyn Painter>, RecipeError>;

    /// Pictures that a round draws at a time, given the batch size of the run.
    fn reals_per_draw(&self, batch_size: usize) -> usize {
        batch_size
    }

    /// The layers of each network.
    ///
    /// # Errors
    ///
    /// When there is no such network.
    fn layers(&self, world: &World) -> Result<Vec<(&'static str, Vec<LayerRow>)>, RecipeError>;
}

/// Calls a function that is generic over the family with the recipe's own configuration.
#[macro_export]
#[doc(hidden)]
macro_rules! with_family {
    ($recipe:expr, $family:ident => $body:expr) => {
        match $recipe {
            $crate::recipe::RecipeConfig::Dcgan($family)
            | $crate::recipe::RecipeConfig::Lsgan($family)
            | $crate::recipe::RecipeConfig::Wgan($family)
            | $crate::recipe::RecipeConfig::WganGp($family)
            | $crate::recipe::RecipeConfig::Dragan($family)
            | $crate::recipe::RecipeConfig::HingeDcgan($family)
            | $crate::recipe::RecipeConfig::Sngan($family)
            | $crate::recipe::RecipeConfig::Began($family)
            | $crate::recipe::RecipeConfig::RpganR1R2($family)
            | $crate::recipe::RecipeConfig::Ring8($family)
            | $crate::recipe::RecipeConfig::Grid25($family) => $body,
            $crate::recipe::RecipeConfig::Vanilla($family) => $body,
            $crate::recipe::RecipeConfig::Goodfellow2014($family) => $body,
        }
    };
}

/// Leaves the meters that every recipe has.
pub(crate) fn record_verdict(verdict: &Verdict, boundary: Boundary, round: &mut Round<'_>) {
    let meters = accuracy(verdict, boundary);
    round.record("critic/accuracy-real", meters.accuracy_real);
    round.record("critic/accuracy-fake", meters.accuracy_fake);
    round.record("critic/logit-real", meters.logit_real);
    round.record("critic/logit-fake", meters.logit_fake);
}

impl RecipeConfig {
    /// The name on the command line.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Dcgan(_) => "dcgan",
            Self::Lsgan(_) => "lsgan",
            Self::Wgan(_) => "wgan",
            Self::WganGp(_) => "wgan-gp",
            Self::Dragan(_) => "dragan",
            Self::HingeDcgan(_) => "hinge-dcgan",
            Self::Sngan(_) => "sngan",
            Self::Began(_) => "began",
            Self::RpganR1R2(_) => "rpgan-r1r2",
            Self::Ring8(_) => "ring8",
            Self::Grid25(_) => "grid25",
            Self::Vanilla(_) => "vanilla",
            Self::Goodfellow2014(_) => "goodfellow2014",
        }
    }

    /// The constants, where the recipe is of the family of two players on samples alone.
    pub fn gan(&self) -> Option<&GanConfig> {
        match self {
            Self::Vanilla(_) | Self::Goodfellow2014(_) => None,
            Self::Dcgan(gan)
            | Self::Lsgan(gan)
            | Self::Wgan(gan)
            | Self::WganGp(gan)
            | Self::Dragan(gan)
            | Self::HingeDcgan(gan)
            | Self::Sngan(gan)
            | Self::Began(gan)
            | Self::RpganR1R2(gan)
            | Self::Ring8(gan)
            | Self::Grid25(gan) => Some(gan),
        }
    }

    /// [`Family::painter`].
    ///
    /// # Errors
    ///
    /// When there is no such network.
    pub fn painter(
        &self,
        picture: [usize; 3],
        device: &Device,
    ) -> Result<Box<dyn Painter>, RecipeError> {
        with_family!(self, family => family.painter(picture, device))
    }

    /// [`Family::reals_per_draw`].
    pub fn reals_per_draw(&self, batch_size: usize) -> usize {
        with_family!(self, family => family.reals_per_draw(batch_size))
    }

    /// [`Family::layers`].
    ///
    /// # Errors
    ///
    /// When there is no such network.
    pub fn layers(&self, world: &World) -> Result<Vec<(&'static str, Vec<LayerRow>)>, RecipeError> {
        with_family!(self, family => family.layers(world))
    }
}
