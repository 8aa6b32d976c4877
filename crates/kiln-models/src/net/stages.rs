//! The sides and widths that a picture grows through.

use crate::ConfigError;
use crate::config::at_least_one;

/// Sides from 4 or 7 to that of the picture, each twice the one before, with a width each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stages {
    /// The smallest side.
    pub(super) start: usize,
    /// Widths from the smallest side to the picture's: at least two.
    pub(super) widths: Vec<usize>,
}

impl Stages {
    /// `width` at the side of the picture, twice that at each half, but never more than `widest`.
    pub(super) fn new(size: usize, width: usize, widest: usize) -> Result<Self, ConfigError> {
        at_least_one("width", width)?;
        if widest < width {
            return Err(ConfigError::Range {
                field: "widest",
                value: widest as f64,
                range: "of at least `width`",
            });
        }
        let start = if size.is_multiple_of(7) { 7 } else { 4 };
        let growth = size / start;
        if !size.is_multiple_of(start) || growth < 2 || !growth.is_power_of_two() {
            return Err(ConfigError::Size { size });
        }
        let width_at = |halvings: u32| (width << halvings).min(widest);
        let widths = (0..=growth.ilog2()).rev().map(width_at).collect();
        Ok(Self { start, widths })
    }

    /// Width at the smallest side.
    pub(super) fn top(&self) -> usize {
        self.widths[0]
    }

    /// Sides from the smallest on.
    pub(super) fn sides(&self) -> impl Iterator<Item = usize> {
        (0..self.widths.len()).map(|doublings| self.start << doublings)
    }

    /// Widths before and after each doubling, from the smallest side on.
    pub(super) fn doublings(&self) -> impl DoubleEndedIterator<Item = (usize, usize)> {
        self.widths.windows(2).map(|pair| (pair[0], pair[1]))
    }
}

/// Refuses a self-attention over maps of a side that is not among these; 0 is none.
pub(super) fn check_attention(
    side: usize,
    sides: impl Iterator<Item = usize>,
) -> Result<(), ConfigError> {
    let sides: Vec<usize> = sides.collect();
    let there = side == 0 || sides.contains(&side);
    if there { Ok(()) } else { Err(ConfigError::Attention { side, sides }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_double_towards_the_smallest_side_up_to_the_widest() {
        let stages = |size| Stages::new(size, 8, 20).unwrap();
        assert_eq!(stages(32), Stages { start: 4, widths: vec![20, 20, 16, 8] });
        assert_eq!(stages(28), Stages { start: 7, widths: vec![20, 16, 8] });
        assert_eq!(stages(8), Stages { start: 4, widths: vec![16, 8] });
        let doublings: Vec<_> = stages(28).doublings().collect();
        assert_eq!(doublings, [(20, 16), (16, 8)]);
    }

    #[test]
    fn what_does_not_double_up_to_the_size_is_refused() {
        for size in [0, 4, 7, 30, 48] {
            assert_eq!(Stages::new(size, 8, 8), Err(ConfigError::Size { size }));
        }
        assert_eq!(Stages::new(32, 0, 8), Err(ConfigError::Zero { field: "width" }));
        let refusal = Stages::new(32, 8, 7).unwrap_err().to_string();
        assert_eq!(refusal, "`widest` is 7: give a number of at least `width`");
    }
}
