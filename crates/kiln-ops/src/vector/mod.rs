//! The vectors that this processor has, found out at run time: one binary runs everywhere.

mod isa;
mod simd;
#[cfg(target_arch = "x86_64")]
mod x86;

pub(crate) use isa::{Isa, Kernel};
pub(crate) use simd::Simd;
