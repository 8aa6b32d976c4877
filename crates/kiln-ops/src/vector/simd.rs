//! Vectors of `f32`.
#![expect(unsafe_code, reason = "vector instructions and unaligned loads; see each block")]

/// What a tile needs of a processor's vectors.
pub(crate) trait Simd {
    /// Numbers in a vector.
    const LANES: usize;
    /// Vectors beside each other in a tile of six rows, whose sums then fill the registers.
    const VECTORS: usize;
    /// The vector.
    type Vector: Copy;

    /// `x` in every lane.
    fn splat(x: f32) -> Self::Vector;

    /// # Safety
    ///
    /// `LANES` numbers can be read at `from`, which need not be aligned.
    unsafe fn load(from: *const f32) -> Self::Vector;

    /// # Safety
    ///
    /// `LANES` numbers can be written at `to`, which need not be aligned.
    unsafe fn store(vector: Self::Vector, to: *mut f32);

    /// `a * b + c`.
    fn multiply_add(a: Self::Vector, b: Self::Vector, c: Self::Vector) -> Self::Vector;

    /// `a + b`.
    fn add(a: Self::Vector, b: Self::Vector) -> Self::Vector;

    /// `a - b`.
    fn subtract(a: Self::Vector, b: Self::Vector) -> Self::Vector;

    /// `a * b`.
    fn multiply(a: Self::Vector, b: Self::Vector) -> Self::Vector;

    /// Swaps rows and columns of the square that the first `LANES` vectors are.
    fn transpose(rows: [Self::Vector; 16]) -> [Self::Vector; 16];

    /// The first numbers of a slice.
    ///
    /// # Panics
    ///
    /// When it has too few.
    #[inline(always)]
    fn read(from: &[f32]) -> Self::Vector {
        assert!(from.len() >= Self::LANES);
        // SAFETY: just checked.
        unsafe { Self::load(from.as_ptr()) }
    }

    /// Writes the first numbers of a slice.
    ///
    /// # Panics
    ///
    /// When it has too few.
    #[inline(always)]
    fn write(vector: Self::Vector, to: &mut [f32]) {
        assert!(to.len() >= Self::LANES);
        // SAFETY: just checked.
        unsafe { Self::store(vector, to.as_mut_ptr()) }
    }
}

/// Arrays, for any processor: the compiler makes of them what it can.
#[derive(Debug)]
pub(crate) struct Plain;

impl Simd for Plain {
    const LANES: usize = 8;
    const VECTORS: usize = if cfg!(target_arch = "aarch64") { 2 } else { 1 };
    type Vector = [f32; 8];

    #[inline(always)]
    fn splat(x: f32) -> [f32; 8] {
        [x; 8]
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> [f32; 8] {
        // SAFETY: the caller's promise.
        unsafe { from.cast::<[f32; 8]>().read_unaligned() }
    }

    #[inline(always)]
    unsafe fn store(vector: [f32; 8], to: *mut f32) {
        // SAFETY: the caller's promise.
        unsafe { to.cast::<[f32; 8]>().write_unaligned(vector) }
    }

    #[inline(always)]
    fn multiply_add(a: [f32; 8], b: [f32; 8], c: [f32; 8]) -> [f32; 8] {
        if cfg!(target_feature = "fma") || cfg!(target_arch = "aarch64") {
            std::array::from_fn(|lane| a[lane].mul_add(b[lane], c[lane]))
        } else {
            std::array::from_fn(|lane| a[lane] * b[lane] + c[lane])
        }
    }

    #[inline(always)]
    fn transpose(rows: [[f32; 8]; 16]) -> [[f32; 8]; 16] {
        let mut columns = [[0.0; 8]; 16];
        for (y, row) in rows.iter().take(8).enumerate() {
            for (column, number) in columns.iter_mut().zip(row) {
                column[y] = *number;
            }
        }
        columns
    }

    #[inline(always)]
    fn add(a: [f32; 8], b: [f32; 8]) -> [f32; 8] {
        std::array::from_fn(|lane| a[lane] + b[lane])
    }

    #[inline(always)]
    fn subtract(a: [f32; 8], b: [f32; 8]) -> [f32; 8] {
        std::array::from_fn(|lane| a[lane] - b[lane])
    }

    #[inline(always)]
    fn multiply(a: [f32; 8], b: [f32; 8]) -> [f32; 8] {
        std::array::from_fn(|lane| a[lane] * b[lane])
    }
}

/// Vectors of x86-64. The types may be used only where [`Isa`](super::Isa) has found their
/// instructions.
#[cfg(target_arch = "x86_64")]
pub(super) mod x86 {
    use std::arch::x86_64::*;

    use super::Simd;

    /// AVX-512: 16 lanes.
    #[derive(Debug)]
    pub(crate) struct Avx512;

    impl Simd for Avx512 {
        const LANES: usize = 16;
        const VECTORS: usize = 4;
        type Vector = __m512;

        #[inline(always)]
        fn splat(x: f32) -> __m512 {
            // SAFETY: the processor has AVX-512, or this type is not used.
            unsafe { _mm512_set1_ps(x) }
        }

        #[inline(always)]
        unsafe fn load(from: *const f32) -> __m512 {
            // SAFETY: as above, and the caller's promise.
            unsafe { _mm512_loadu_ps(from) }
        }

        #[inline(always)]
        unsafe fn store(vector: __m512, to: *mut f32) {
            // SAFETY: as above, and the caller's promise.
            unsafe { _mm512_storeu_ps(to, vector) }
        }

        #[inline(always)]
        fn multiply_add(a: __m512, b: __m512, c: __m512) -> __m512 {
            // SAFETY: as above.
            unsafe { _mm512_fmadd_ps(a, b, c) }
        }

        #[inline(always)]
        fn transpose(rows: [__m512; 16]) -> [__m512; 16] {
            let mut out = rows;
            // SAFETY: as above.
            unsafe {
                // Squares of four by four, side by side in each register.
                for first in (0..16).step_by(4) {
                    let [a, b] = [rows[first], rows[first + 1]];
                    let [c, d] = [rows[first + 2], rows[first + 3]];
                    let low = [_mm512_unpacklo_ps(a, b), _mm512_unpacklo_ps(c, d)];
                    let high = [_mm512_unpackhi_ps(a, b), _mm512_unpackhi_ps(c, d)];
                    let [low, next] = [_mm512_castps_pd(low[0]), _mm512_castps_pd(low[1])];
                    let [high, last] = [_mm512_castps_pd(high[0]), _mm512_castps_pd(high[1])];
                    out[first] = _mm512_castpd_ps(_mm512_unpacklo_pd(low, next));
                    out[first + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(low, next));
                    out[first + 2] = _mm512_castpd_ps(_mm512_unpacklo_pd(high, last));
                    out[first + 3] = _mm512_castpd_ps(_mm512_unpackhi_pd(high, last));
                }
                // Then the squares change places.
                for idx in 0..4 {
                    let [a, b, c, d] = [out[idx], out[idx + 4], out[idx + 8], out[idx + 12]];
                    let even = _mm512_shuffle_f32x4::<0x88>(a, b);
                    let odd = _mm512_shuffle_f32x4::<0xdd>(a, b);
                    let more_even = _mm512_shuffle_f32x4::<0x88>(c, d);
                    let more_odd = _mm512_shuffle_f32x4::<0xdd>(c, d);
                    out[idx] = _mm512_shuffle_f32x4::<0x88>(even, more_even);
                    out[idx + 8] = _mm512_shuffle_f32x4::<0xdd>(even, more_even);
                    out[idx + 4] = _mm512_shuffle_f32x4::<0x88>(odd, more_odd);
                    out[idx + 12] = _mm512_shuffle_f32x4::<0xdd>(odd, more_odd);
                }
            }
            out
        }

        #[inline(always)]
        fn add(a: __m512, b: __m512) -> __m512 {
            // SAFETY: as above.
            unsafe { _mm512_add_ps(a, b) }
        }

        #[inline(always)]
        fn subtract(a: __m512, b: __m512) -> __m512 {
            // SAFETY: as above.
            unsafe { _mm512_sub_ps(a, b) }
        }

        #[inline(always)]
        fn multiply(a: __m512, b: __m512) -> __m512 {
            // SAFETY: as above.
            unsafe { _mm512_mul_ps(a, b) }
        }
    }

    /// AVX2 with FMA: 8 lanes.
    #[derive(Debug)]
    pub(crate) struct Avx2;

    impl Simd for Avx2 {
        const LANES: usize = 8;
        const VECTORS: usize = 2;
        type Vector = __m256;

        #[inline(always)]
        fn splat(x: f32) -> __m256 {
            // SAFETY: the processor has AVX2 and FMA, or this type is not used.
            unsafe { _mm256_set1_ps(x) }
        }

        #[inline(always)]
        unsafe fn load(from: *const f32) -> __m256 {
            // SAFETY: as above, and the caller's promise.
            unsafe { _mm256_loadu_ps(from) }
        }

        #[inline(always)]
        unsafe fn store(vector: __m256, to: *mut f32) {
            // SAFETY: as above, and the caller's promise.
            unsafe { _mm256_storeu_ps(to, vector) }
        }

        #[inline(always)]
        fn multiply_add(a: __m256, b: __m256, c: __m256) -> __m256 {
            // SAFETY: as above.
            unsafe { _mm256_fmadd_ps(a, b, c) }
        }

        #[inline(always)]
        fn transpose(rows: [__m256; 16]) -> [__m256; 16] {
            let mut out = rows;
            // SAFETY: as above.
            unsafe {
                // Squares of four by four, side by side in each register.
                for first in (0..8).step_by(4) {
                    let [a, b] = [rows[first], rows[first + 1]];
                    let [c, d] = [rows[first + 2], rows[first + 3]];
                    let low = [_mm256_unpacklo_ps(a, b), _mm256_unpacklo_ps(c, d)];
                    let high = [_mm256_unpackhi_ps(a, b), _mm256_unpackhi_ps(c, d)];
                    let [low, next] = [_mm256_castps_pd(low[0]), _mm256_castps_pd(low[1])];
                    let [high, last] = [_mm256_castps_pd(high[0]), _mm256_castps_pd(high[1])];
                    out[first] = _mm256_castpd_ps(_mm256_unpacklo_pd(low, next));
                    out[first + 1] = _mm256_castpd_ps(_mm256_unpackhi_pd(low, next));
                    out[first + 2] = _mm256_castpd_ps(_mm256_unpacklo_pd(high, last));
                    out[first + 3] = _mm256_castpd_ps(_mm256_unpackhi_pd(high, last));
                }
                // Then the squares change places.
                for idx in 0..4 {
                    let [a, b] = [out[idx], out[idx + 4]];
                    out[idx] = _mm256_permute2f128_ps::<0x20>(a, b);
                    out[idx + 4] = _mm256_permute2f128_ps::<0x31>(a, b);
                }
            }
            out
        }

        #[inline(always)]
        fn add(a: __m256, b: __m256) -> __m256 {
            // SAFETY: as above.
            unsafe { _mm256_add_ps(a, b) }
        }

        #[inline(always)]
        fn subtract(a: __m256, b: __m256) -> __m256 {
            // SAFETY: as above.
            unsafe { _mm256_sub_ps(a, b) }
        }

        #[inline(always)]
        fn multiply(a: __m256, b: __m256) -> __m256 {
            // SAFETY: as above.
            unsafe { _mm256_mul_ps(a, b) }
        }
    }
}
