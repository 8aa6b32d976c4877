//! A matrix that several tasks write.
#![expect(unsafe_code, reason = "tasks that write columns meet in every row")]

use std::marker::PhantomData;
use std::ops::Range;

/// A matrix of which each task writes some columns.
pub(crate) struct Columns<'a> {
    values: *mut f32,
    len: usize,
    columns: usize,
    of: PhantomData<&'a mut [f32]>,
}

// SAFETY: threads get at the numbers through `of_row` only, which leaves their meeting to its caller.
unsafe impl Sync for Columns<'_> {}

impl<'a> Columns<'a> {
    /// The whole matrix, with so many columns.
    pub(crate) fn new(values: &'a mut [f32], columns: usize) -> Self {
        let (len, values) = (values.len(), values.as_mut_ptr());
        Self { values, len, columns, of: PhantomData }
    }

    /// Some columns of a row.
    ///
    /// # Safety
    ///
    /// Nobody else holds any of them.
    #[expect(clippy::mut_from_ref, reason = "the caller's promise")]
    pub(crate) unsafe fn of_row(&self, row: usize, columns: Range<usize>) -> &mut [f32] {
        let first = row * self.columns + columns.start;
        assert!(columns.end <= self.columns && first + columns.len() <= self.len);
        // SAFETY: inside the matrix, and the caller's promise.
        unsafe { std::slice::from_raw_parts_mut(self.values.add(first), columns.len()) }
    }
}
