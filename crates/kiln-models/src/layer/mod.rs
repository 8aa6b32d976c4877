//! Layers: `XConfig` to `init` to module to `forward(Dual, &Pass)`.
//!
//! Fresh weights are zero, gains one; [`initialise`](crate::initialise) gives them their first
//! values. Weight layouts are Burn's.

mod activation;
mod batch_norm;
mod condition_plane;
mod conditional_batch_norm;
mod conv1d;
mod conv2d;
mod conv3d;
mod conv_transpose2d;
mod dropout;
mod embedding;
mod fresh;
mod group_norm;
mod linear;
mod maxout;
mod minibatch_discrimination;
mod moments;
mod norm;
mod smear;
mod spectral;

pub use activation::Activation;
pub use batch_norm::{BatchNorm, BatchNormConfig};
pub use condition_plane::{ConditionPlane, ConditionPlaneConfig};
pub use conditional_batch_norm::{ConditionalBatchNorm, ConditionalBatchNormConfig};
pub use conv_transpose2d::{ConvTranspose2d, ConvTranspose2dConfig};
pub use conv1d::{Conv1d, Conv1dConfig, ConvTranspose1d};
pub use conv2d::{Conv2d, Conv2dConfig};
pub use conv3d::{Conv3d, Conv3dConfig, ConvTranspose3d, ConvTranspose3dConfig};
pub use dropout::{Dropout, DropoutConfig};
pub use embedding::{Embedding, EmbeddingConfig};
#[cfg(test)]
pub(crate) use fresh::values;
pub use group_norm::{GroupNorm, GroupNormConfig};
pub use linear::{Linear, LinearConfig};
pub use maxout::{Maxout, MaxoutConfig};
pub use minibatch_discrimination::{MinibatchDiscrimination, MinibatchDiscriminationConfig};
pub use norm::{Norm, NormLayer};
pub use spectral::Spectral;
