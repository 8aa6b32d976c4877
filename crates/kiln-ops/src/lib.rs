//! Tensor operations that Burn lacks: fused kernels with their backward, and forward-mode tangents.
