//! What a recipe cannot be played for.

use kiln_core::{Medium, ScheduleError};
use kiln_eval::{TensorFileError, VGG_URL};
use kiln_models::ConfigError;
use kiln_objective::ada::AdaStrengthError;
use kiln_objective::energy::BeganError;
use kiln_objective::penalty::{PathLengthError, PenaltyError};
use kiln_objective::{LabelsError, LeCamError, WeightError};
use kiln_train::OptimizerError;
use thiserror::Error;

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
    /// A switch that never switches.
    #[error("`switch` needs `above-accuracy`, at least 0 and under 1, or `below-loss`, a number")]
    Switch,
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
    /// Augmentation of what is no picture.
    #[error(
        "`augment` and `consistency` change pictures, and {} are none: leave them out",
        .medium.plural()
    )]
    Augmented {
        /// What the data is made of.
        medium: Medium,
    },
    /// No rounds between two looks.
    #[error("`look-every` is 0; it must be at least 1")]
    LookEvery,
    /// BEGAN's balance with another loss than its own.
    #[error("`balance` weighs the Wasserstein loss: give `objective = \"wasserstein\"`")]
    Balance,
    /// BEGAN's constants are out of range.
    #[error(transparent)]
    Began(#[from] BeganError),
    /// A recipe that learns classes, and data without.
    #[error(
        "the recipe learns the classes of its data (`recipe.condition`), and this data has no \
         labels: put the pictures of each class into a folder of its own, named like the class, or \
         give --recipe dcgan"
    )]
    NoClasses,
    /// A recipe that learns from pairs, and data without.
    #[error(
        "the recipe learns from pairs of pictures, and this data has none: say how it is paired, such \
         as --set data.pairs=edges (also grey, shrunk-4, side-by-side, folders); two sets that are not paired are \
         for --recipe cyclegan"
    )]
    NoPairs,
    /// A recipe that makes pictures larger, and data without small ones.
    #[error(
        "the recipe makes small pictures {} times larger: give --set data.pairs=shrunk-{}, or another \
         `networks.generator.times`, 2 or 4",
        .0.unwrap_or(1), .0.unwrap_or(1)
    )]
    NotShrunk(Option<usize>),
    /// A recipe that learns from two sets, and data without.
    #[error(
        "the recipe learns from two sets of pictures that are not paired, and this data has none: give \
         --data with a folder that holds `A` and `B`, and --set data.pairs=unpaired (also inverted, \
         coloured: the second set is drawn)"
    )]
    NoSets,
    /// Data in pairs or two sets, and a recipe that learns from pictures alone.
    #[error(
        "`{0}` learns from pictures alone, and this data is in pairs or two sets: leave `data.pairs` \
         out, or give --recipe pix2pix (pairs) or --recipe cyclegan (sets)"
    )]
    Pairs(&'static str),
    /// A translator that makes pictures larger, where both sets are of one size.
    #[error(
        "`srresnet` makes small pictures larger, and two sets are of one size: give `resnet` or \
         `unet`"
    )]
    Enlarging,
    /// The weights of a network of features cannot be had.
    #[error("{0}; torchvision's file for `perceptual.network` is at {VGG_URL}")]
    Features(#[from] TensorFileError),
    /// Pictures of which a network of features leaves nothing.
    #[error(
        "pictures of {size} pixels are halved to nothing by `perceptual.network.blocks = {blocks}`: give \
         fewer"
    )]
    FewPixels {
        /// Their side.
        size: usize,
        /// Blocks that are gone through, each but the first after a halving.
        blocks: usize,
    },
    /// Samples of a kind that the recipe's networks do not make.
    #[error(
        "`{recipe}` does not learn from {}: give {}", .medium.plural(), advice(*.medium)
    )]
    Medium {
        /// The recipe.
        recipe: &'static str,
        /// What the data is made of.
        medium: Medium,
    },
    /// A threshold that no loss is under.
    #[error("`nogan.below-loss` is {0}; it must be a number above 0, such as 0.65")]
    Threshold(f64),
    /// A translation of which nothing is asked.
    #[error(
        "`adversarial`, `l1` and `l2` are 0 and there is no `perceptual`: nothing is left to learn from"
    )]
    NothingToLearn,
    /// What samples are asked to be cannot be told so.
    #[error("{0}")]
    Condition(&'static str),
    /// A generator without what is to follow the classes.
    #[error("{0} has no batch norm to follow the classes: give `condition.generator = \"concat\"`")]
    NoBatchNorm(&'static str),
    /// A likelihood of values in a range, and values beyond.
    #[error(
        "a `bernoulli` likelihood is of values in -1 to 1, which points and the values of this decoder \
         are not: give --set recipe.likelihood=gaussian, or a decoder that ends with tanh, such as \
         `dcgan`"
    )]
    Unbounded,
    /// A network that cannot be an encoder.
    #[error("an auto-encoder is no encoder: give another kind of network, such as `dcgan`")]
    NoEncoder,
    /// An encoder where latents are not all that samples are made of, or the critic judges several.
    #[error("`encoder` finds the latents of single pictures: leave `{0}` or `encoder` out")]
    EncoderBeside(&'static str),
    /// Pictures of another shape than the networks can make.
    #[error("{0}")]
    Picture(String),
    /// A batch that cannot be divided as the recipe wants.
    #[error("{0}")]
    Batch(String),
}

/// Which recipe learns from data of this kind.
fn advice(medium: Medium) -> &'static str {
    match medium {
        Medium::Volume => "--recipe gan3d, or networks of the kind `volume`",
        Medium::Sound { .. } => "--recipe wavegan, or networks of the kind `wave`",
        Medium::Point => "--recipe ring8",
        _ => "networks for pictures, as --recipe dcgan has them",
    }
}
