//! Vectors of `f32`.
#![expect(unsafe_code, reason = "unaligned loads; see each block")]

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

    /// Has the first of these numbers brought near, as they will be read soon. Changes nothing else.
    #[inline(always)]
    fn prefetch(_from: &[f32]) {}

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
