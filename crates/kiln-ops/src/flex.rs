//! What the kernels of this crate take on Flex.

use burn::backend::DType;
use burn::backend::flex::FlexTensor;

/// Whether a kernel of ours takes this tensor: of `f32`, and none at all in a build with the feature
/// `composed`, which is there to be compared with.
pub(crate) fn is_ours(tensor: &FlexTensor) -> bool {
    cfg!(not(feature = "composed")) && tensor.dtype() == DType::F32
}
