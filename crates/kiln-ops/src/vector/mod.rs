//! The vectors that this processor has, found out at run time: one binary runs everywhere.

mod isa;
mod simd;

pub(crate) use isa::{Isa, Kernel};
pub(crate) use simd::Simd;
