//! What an extractor sees in pictures: a row of numbers a picture, on the host.

use crate::EvalError;

/// Rows of features, one a picture: each of the same width, at least 1, and finite.
///
/// There may be none: a set that is streamed begins empty.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    width: usize,
    values: Vec<f32>,
}

impl Features {
    /// No rows yet, of `width` numbers each.
    ///
    /// # Errors
    ///
    /// When `width` is 0.
    pub fn none(width: usize) -> Result<Self, EvalError> {
        Self::new(width, Vec::new())
    }

    /// From values, row after row.
    ///
    /// # Errors
    ///
    /// When `width` is 0, the values are no whole rows, or one of them is not finite.
    pub fn new(width: usize, values: Vec<f32>) -> Result<Self, EvalError> {
        if width == 0 || !values.len().is_multiple_of(width) {
            return Err(EvalError::Rows { width, values: values.len() });
        }
        match values.iter().position(|value| !value.is_finite()) {
            Some(idx) => Err(EvalError::NotFinite { sample: idx / width }),
            None => Ok(Self { width, values }),
        }
    }

    /// Numbers in a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    pub fn len(&self) -> usize {
        self.values.len() / self.width
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// All values, row after row.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Row `idx`; panics beyond the last, as slices do.
    pub fn row(&self, idx: usize) -> &[f32] {
        &self.values[idx * self.width..(idx + 1) * self.width]
    }

    /// The rows in order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.values.chunks_exact(self.width)
    }

    /// The rows of these indices, in their order; one may occur more than once.
    #[must_use]
    pub fn select(&self, indices: &[usize]) -> Self {
        let values = indices.iter().flat_map(|idx| self.row(*idx)).copied().collect();
        Self { width: self.width, values }
    }

    /// Appends the rows of another set.
    ///
    /// # Errors
    ///
    /// When they are of another width.
    pub fn extend(&mut self, more: &Self) -> Result<(), EvalError> {
        if more.width != self.width {
            return Err(EvalError::Widths { left: self.width, right: more.width });
        }
        self.values.extend_from_slice(&more.values);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_whole_and_finite() {
        assert_eq!(Features::new(2, vec![0.0; 3]), Err(EvalError::Rows { width: 2, values: 3 }));
        assert_eq!(Features::new(0, vec![]), Err(EvalError::Rows { width: 0, values: 0 }));
        let holed = vec![0.0, 1.0, 2.0, f32::NAN];
        assert_eq!(Features::new(2, holed), Err(EvalError::NotFinite { sample: 1 }));
    }

    #[test]
    fn rows_are_chosen_and_appended() {
        let mut few = Features::new(2, vec![0.0, 1.0, 2.0, 3.0]).unwrap();
        assert_eq!(few.select(&[1, 0, 1]).values(), [2.0, 3.0, 0.0, 1.0, 2.0, 3.0]);
        few.extend(&few.select(&[0])).unwrap();
        assert_eq!((few.len(), few.row(2)), (3, &[0.0, 1.0][..]));
        let other = Features::none(3).unwrap();
        assert_eq!(few.extend(&other), Err(EvalError::Widths { left: 2, right: 3 }));
    }
}
