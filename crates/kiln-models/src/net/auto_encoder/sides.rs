//! How often a picture halves down to 8 x 8 or 7 x 7.

use crate::ConfigError;

/// The smallest side, and how often it doubles up to `size`: at least once.
pub(super) fn doublings(size: usize) -> Result<(usize, usize), ConfigError> {
    let start = if size.is_multiple_of(7) { 7 } else { 8 };
    let growth = size / start;
    if size.is_multiple_of(start) && growth >= 2 && growth.is_power_of_two() {
        Ok((start, growth.ilog2() as usize))
    } else {
        Err(ConfigError::Size { size })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_halve_down_to_eight_or_seven() {
        assert_eq!(doublings(28), Ok((7, 2)));
        assert_eq!(doublings(32), Ok((8, 2)));
        assert_eq!(doublings(64), Ok((8, 3)));
        for size in [0, 7, 8, 20, 30] {
            assert_eq!(doublings(size), Err(ConfigError::Size { size }));
        }
    }
}
