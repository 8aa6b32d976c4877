//! Tensor operations that Burn lacks: values that may carry a tangent ([`Dual`]), and fused
//! kernels with their backward ([`normalize`], [`conv2d`]).
//!
//! ```
//! use burn::tensor::{Device, Tensor};
//! use kiln_ops::Dual;
//!
//! # #[cfg(feature = "flex")] {
//! let device = Device::flex();
//! let x = Tensor::<1>::from_floats([1.0, -3.0], &device);
//! let v = Tensor::<1>::from_floats([1.0, 1.0], &device);
//!
//! // The directional derivative of relu(2 x) along v rides along with its value.
//! let y = Dual::along(x.clone(), v).scale(2.0).relu();
//! assert_eq!(y.value.to_data(), Tensor::<1>::from_floats([2.0, 0.0], &device).to_data());
//! let tangent = y.tangent.unwrap();
//! assert_eq!(tangent.to_data(), Tensor::<1>::from_floats([2.0, 0.0], &device).to_data());
//!
//! // Without a tangent nothing is computed for one.
//! assert!(Dual::from(x).relu().tangent.is_none());
//! # }
//! ```
//!
//! # Features
//!
//! Each of `flex`, `ndarray`, `wgpu`, `cuda` and `rocm` adds a backend that the fused operations
//! run on. Without any, the crate compiles but no tensor can be made. `composed` leaves the kernels
//! of this crate out, to be compared with. `mimalloc` is for programs that allocate with it.

#[cfg(feature = "mimalloc")]
mod allocator;
#[cfg(feature = "flex")]
mod awake;
#[cfg(feature = "flex")]
mod buffer;
mod convolution;
mod dual;
#[cfg(feature = "flex")]
mod flex;
mod fused;
mod linear;
#[cfg(feature = "flex")]
mod matrix;
mod step;
#[cfg(test)]
mod testing;
#[cfg(feature = "flex")]
mod vector;

#[cfg(feature = "mimalloc")]
pub use allocator::keep_freed_memory;
#[cfg(feature = "flex")]
pub use awake::keep_awake;
pub use burn::tensor::ops::{ConvOptions, ConvTransposeOptions};
pub use convolution::{conv_transpose2d, conv2d};
pub use dual::Dual;
pub use fused::{Normalization, channel_moments, elu, leaky_relu, normalize, tanh};
pub use linear::linear;
pub use step::{AdamStep, RmsPropStep, adam, approach, rms_prop, scale, square_sum};

/// Nothing: without kernels of this crate's own there are no threads to keep awake.
#[cfg(not(feature = "flex"))]
pub fn keep_awake() {}
