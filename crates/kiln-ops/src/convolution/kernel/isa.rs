//! Which vectors this processor has: found out at run time, so one binary runs everywhere.
#![expect(unsafe_code, reason = "calls of functions that need instructions found at run time")]

use super::simd::{Plain, Simd};
use super::tile::{self, Product};

/// The instructions that the kernels use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::convolution) enum Isa {
    /// 16 lanes and 32 registers.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// 8 lanes and 16 registers.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// What the compiler makes of arrays of 8.
    Plain,
}

impl Isa {
    /// The best that this processor has.
    pub(in crate::convolution) fn here() -> Self {
        #[cfg(all(target_arch = "x86_64", not(miri)))]
        {
            if is_x86_feature_detected!("avx512f") {
                return Self::Avx512;
            }
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                return Self::Avx2;
            }
        }
        Self::Plain
    }

    /// All that this processor has.
    #[cfg(test)]
    pub(super) fn all() -> Vec<Self> {
        match Self::here() {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => vec![Self::Avx512, Self::Avx2, Self::Plain],
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => vec![Self::Avx2, Self::Plain],
            Self::Plain => vec![Self::Plain],
        }
    }

    /// Numbers in a vector.
    pub(super) fn lanes(self) -> usize {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => 16,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => 8,
            Self::Plain => Plain::LANES,
        }
    }

    /// Rows of the next tile, when `left` are left: a power of two.
    pub(super) fn rows(self, left: usize) -> usize {
        let most = match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => 8,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => 4,
            Self::Plain => 4,
        };
        if left >= most { most } else { 1 << left.ilog2() }
    }

    /// Computes a [`Product`] of `rows` rows, as [`rows`](Self::rows) gave them, into `sums`.
    pub(super) fn product(self, rows: usize, product: Product<'_>, sums: &mut [f32]) {
        match self {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `here` found the instructions.
            Self::Avx512 => unsafe { product_avx512(rows, product, sums) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `here` found the instructions.
            Self::Avx2 => unsafe { product_avx2(rows, product, sums) },
            Self::Plain => product_of::<Plain>(rows, product, sums),
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn product_avx512(rows: usize, product: Product<'_>, sums: &mut [f32]) {
    product_of::<super::simd::x86::Avx512>(rows, product, sums);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn product_avx2(rows: usize, product: Product<'_>, sums: &mut [f32]) {
    product_of::<super::simd::x86::Avx2>(rows, product, sums);
}

#[inline(always)]
fn product_of<S: Simd>(rows: usize, product: Product<'_>, sums: &mut [f32]) {
    match rows {
        8 => tile::product::<S, 8>(product, sums),
        4 => tile::product::<S, 4>(product, sums),
        2 => tile::product::<S, 2>(product, sums),
        _ => tile::product::<S, 1>(product, sums),
    }
}
