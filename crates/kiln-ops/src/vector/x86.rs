//! Vectors of x86-64. The types may be used only where [`Isa`](super::Isa) has found their
//! instructions.
#![expect(unsafe_code, reason = "vector instructions and unaligned loads; see each block")]

use std::arch::x86_64::*;

use super::simd::Simd;

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
    fn prefetch(from: &[f32]) {
        // SAFETY: reads nothing.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(from.as_ptr().cast()) }
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
    fn prefetch(from: &[f32]) {
        // SAFETY: reads nothing.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(from.as_ptr().cast()) }
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
