//! Statistics of features, and the values that compare two sets of pictures.
//!
//! Pure functions on the host, in `f64`, shared out among rayon's threads such that their number
//! changes no bit. Nothing is drawn in secret: what is random comes as explicit indices or from an
//! address. Each value says how it spreads and what to doubt.
//!
//! | Value | Better | Function |
//! |---|---|---|
//! | Frechet distance (FID) | lower | [`frechet_distance`], [`frechet_estimate`], [`frechet_limit`] |
//! | Kernel distance (KID) | lower | [`kernel_distance`] |
//! | Inception score (IS) | higher | [`inception_score`] |
//! | Precision and recall | higher | [`precision_recall`] |
//! | Density and coverage | higher | [`density_coverage`] |
//! | Sliced Wasserstein distance (SWD) | lower | [`sliced_wasserstein`] |
//! | Similarity of pairs (MS-SSIM) | as the reals' | [`diversity`] |
//! | Colourfulness | as the reals' | [`colourfulness`] |
//! | Sharpness | as the reals' | [`sharpness`] |
//! | Parzen log likelihood | higher | [`parzen`] |
//! | Area under the ROC (AUROC) | higher | [`auroc`] |
//! | Memorisation ratio | about 1 | [`memorisation`], [`nearest`] |
//! | Perceptual path length (PPL) | lower | [`path_length`], [`path_length_of`] |

mod auroc;
mod colourfulness;
mod estimate;
mod frechet;
mod inception_score;
mod kernel;
mod matrix;
mod moments;
mod neighbours;
mod parzen;
mod path_length;
mod pieces;
mod plane;
mod sets;
mod sharpness;
mod similarity;
mod sliced;
mod warning;

pub use auroc::{Scores, auroc};
pub use colourfulness::colourfulness;
pub use estimate::{Estimate, Spread, Spreading};
pub use frechet::{
    Frechet, FrechetEstimate, FrechetLimit, FrechetReference, LimitPlan, frechet_distance,
    frechet_estimate, frechet_limit, frechet_of_groups,
};
pub use inception_score::{InceptionScore, SCORE_SPLITS, inception_score};
pub use kernel::{
    KERNEL_SUBSET, KERNEL_SUBSETS, KernelDistance, SubsetPair, kernel_distance, kernel_subsets,
};
pub use moments::{MomentStream, Moments, Statistics, StatisticsError};
pub use neighbours::{
    DensityCoverage, MANIFOLD_NEIGHBOUR, Memorisation, MemorySets, Neighbour, PRECISION_NEIGHBOUR,
    PrecisionRecall, density_coverage, memorisation, nearest, precision_recall,
};
pub use parzen::{Parzen, ParzenSets, parzen, parzen_grid};
pub use path_length::{PATH_EPSILON, Path, PathLength, path_length, path_length_of};
pub use pieces::Pieces;
pub use sets::{Sets, chosen, shuffled};
pub use sharpness::sharpness;
pub use similarity::{Diversity, diversity, random_pairs};
pub use sliced::{LevelDistance, SlicedDistance, SlicedPlan, sliced_wasserstein};
pub use warning::Warning;
