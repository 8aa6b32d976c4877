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
mod equal;
mod fresh;
mod group_norm;
mod linear;
mod maxout;
mod minibatch_discrimination;
mod modulate;
mod modulated_conv2d;
mod moments;
mod norm;
mod parametric_relu;
mod projected_batch_norm;
mod self_attention;
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
pub use equal::{EqualConv2d, EqualLinear};
#[cfg(test)]
pub(crate) use fresh::values;
pub use group_norm::{GroupNorm, GroupNormConfig};
pub use linear::{Linear, LinearConfig};
pub use maxout::{Maxout, MaxoutConfig};
pub use minibatch_discrimination::{MinibatchDiscrimination, MinibatchDiscriminationConfig};
pub use modulated_conv2d::{ModulatedConv2d, ModulatedConv2dConfig};
pub use norm::{Norm, NormLayer};
pub use parametric_relu::ParametricRelu;
pub use projected_batch_norm::{ProjectedBatchNorm, ProjectedBatchNormConfig};
pub use self_attention::{SelfAttention, SelfAttentionConfig};
pub use spectral::Spectral;
