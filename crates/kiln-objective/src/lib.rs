//! Losses, penalties and regularisers: pure functions of what the critic returns.
//!
//! ```
//! use burn::tensor::{Device, Tensor};
//! use kiln_objective::{Adversarial, Labels, Verdict, critic_loss, generator_loss};
//!
//! let logits = |logit: f32| Tensor::<2>::from_floats([[logit]], &Device::flex());
//! let verdict = Verdict { real: logits(2.0), fake: logits(-2.0) };
//! let critic = critic_loss(Adversarial::Hinge, verdict, Labels::HARD);
//! let generator = generator_loss(Adversarial::Hinge, logits(-2.0), || logits(2.0));
//! assert_eq!(critic.into_scalar::<f32>(), 0.0); // both sides clear the margin
//! assert_eq!(generator.into_scalar::<f32>(), 2.0);
//! ```
//!
//! Everywhere, a higher logit means "more real", logits have the shape `[batch, 1]`, and a loss is
//! a mean of shape `[1]` to be made small. A critic that answers with an [`energy`] gives its negative
//! as logit.

pub mod ada;
mod adversarial;
mod consistency;
mod diff_augment;
pub mod energy;
mod feature_matching;
mod historical_average;
mod image_pool;
mod information;
mod labels;
mod lecam;
mod orthogonality;
mod packing;
pub mod penalty;
mod recognition;
mod top_k;
mod variational;
mod verdict;
mod weight;

pub use adversarial::{Adversarial, critic_loss, generator_loss, logistic_loss};
pub use consistency::{Consistency, Pair, inconsistency, sameness};
pub use diff_augment::DiffAugment;
pub use feature_matching::{Features, feature_matching};
pub use historical_average::{HistoricalAverage, HistoricalAveraging};
pub use image_pool::{ImageHistory, ImagePool};
pub use information::Information;
pub use labels::{Labels, LabelsError};
pub use lecam::{Anchors, LeCam, LeCamError};
pub use orthogonality::{Orthogonality, OrthogonalityKind};
pub use packing::pack;
pub use recognition::Recognition;
pub use top_k::top_k;
pub use variational::{Likelihood, Posterior};
pub use verdict::{Boundary, Meters, Verdict, accuracy};
pub use weight::WeightError;
