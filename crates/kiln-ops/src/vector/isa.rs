//! Which vectors this processor has, and code compiled for them.
#![expect(unsafe_code, reason = "calls of functions that need instructions found at run time")]

use super::simd::{Plain, Simd};

/// The instructions that the kernels use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Isa {
    /// 16 lanes and 32 registers.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// 8 lanes and 16 registers.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// What the compiler makes of arrays of 8.
    Plain,
}

/// Something to compute with any vectors. What it calls is compiled for them where it is inlined,
/// so mark that `#[inline(always)]`; a closure handed to another thread is not.
pub(crate) trait Kernel {
    /// What it gives.
    type Output;

    /// Computes it.
    fn run<S: Simd>(self) -> Self::Output;
}

impl Isa {
    /// The best that this processor has.
    pub(crate) fn here() -> Self {
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
    pub(crate) fn all() -> Vec<Self> {
        match Self::here() {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => vec![Self::Avx512, Self::Avx2, Self::Plain],
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => vec![Self::Avx2, Self::Plain],
            Self::Plain => vec![Self::Plain],
        }
    }

    /// Numbers in a vector.
    pub(crate) fn lanes(self) -> usize {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => 16,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => 8,
            Self::Plain => Plain::LANES,
        }
    }

    /// Vectors beside each other in a tile of six rows.
    pub(crate) fn vectors(self) -> usize {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => super::x86::Avx512::VECTORS,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => super::x86::Avx2::VECTORS,
            Self::Plain => Plain::VECTORS,
        }
    }

    /// Runs a kernel with these vectors.
    pub(crate) fn run<K: Kernel>(self, kernel: K) -> K::Output {
        match self {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `here` found the instructions.
            Self::Avx512 => unsafe { on_avx512(kernel) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `here` found the instructions.
            Self::Avx2 => unsafe { on_avx2(kernel) },
            Self::Plain => kernel.run::<Plain>(),
        }
    }

    /// Runs a loop that the compiler turns into these vectors: its body must be inlined.
    pub(crate) fn vectorize<R>(self, body: impl FnOnce() -> R) -> R {
        self.run(Body(body))
    }
}

struct Body<F>(F);

impl<R, F: FnOnce() -> R> Kernel for Body<F> {
    type Output = R;

    #[inline(always)]
    fn run<S: Simd>(self) -> R {
        (self.0)()
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn on_avx512<K: Kernel>(kernel: K) -> K::Output {
    kernel.run::<super::x86::Avx512>()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn on_avx2<K: Kernel>(kernel: K) -> K::Output {
    kernel.run::<super::x86::Avx2>()
}
