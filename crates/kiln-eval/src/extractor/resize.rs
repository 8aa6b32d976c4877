//! Bilinear resizing as two programs do it, neither of which looks at more than four pixels: a
//! picture that shrinks aliases, and so it must here.
//!
//! A new pixel `i` lies at `x` in the old picture and takes `(1 - t) old[floor x] + t old[floor x + 1]`
//! along each axis, `t` being what follows the point of `x`. All in single precision, as both do.

/// Where a new pixel lies in the old picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alignment {
    /// `x = i * old / new`: TensorFlow 1 without `align_corners`. The picture moves up and left by
    /// half a new pixel less half an old one.
    Corners,
    /// `x = (i + 1/2) * old / new - 1/2`, not below 0: PyTorch's `interpolate` without
    /// `align_corners` and `antialias`.
    Centres,
}

/// Resizes planes of one size to a square.
#[derive(Debug)]
pub(super) struct Resizing {
    rows: Vec<Tap>,
    columns: Vec<Tap>,
    width: usize,
}

/// Two old pixels of a line, and the share of the second.
#[derive(Debug, Clone, Copy)]
struct Tap {
    low: usize,
    high: usize,
    share: f32,
}

impl Resizing {
    /// From `height` x `width`, both at least 1, to `side` x `side`.
    pub(super) fn new(alignment: Alignment, [height, width]: [usize; 2], side: usize) -> Self {
        let taps = |old| (0..side).map(|idx| tap(alignment, idx, old, side)).collect();
        Self { rows: taps(height), columns: taps(width), width }
    }

    /// The new pixels of a plane, row after row.
    pub(super) fn apply<'a>(&'a self, plane: &'a [f32]) -> impl Iterator<Item = f32> + 'a {
        self.rows.iter().flat_map(move |row| {
            let [above, below] =
                [row.low, row.high].map(|y| &plane[y * self.width..(y + 1) * self.width]);
            self.columns.iter().map(move |column| {
                let [above, below] = [above, below]
                    .map(|line| between(line[column.low], line[column.high], column.share));
                between(above, below, row.share)
            })
        })
    }
}

fn between(low: f32, high: f32, share: f32) -> f32 {
    low + (high - low) * share
}

fn tap(alignment: Alignment, idx: usize, old: usize, new: usize) -> Tap {
    let x = match alignment {
        Alignment::Corners => idx as f32 * (old as f64 / new as f64) as f32,
        Alignment::Centres => {
            let scale = old as f32 / new as f32;
            (scale * (idx as f32 + 0.5) - 0.5).max(0.0)
        }
    };
    let low = (x as usize).min(old - 1);
    Tap { low, high: (low + 1).min(old - 1), share: (x - low as f32).clamp(0.0, 1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resized(alignment: Alignment, line: &[f32], side: usize) -> Vec<f32> {
        let resizing = Resizing::new(alignment, [1, line.len()], side);
        resizing.apply(line).take(side).collect()
    }

    #[test]
    fn two_pixels_become_four_in_two_ways() {
        // At 0, 1/2, 1, 3/2; beyond the last pixel it is repeated.
        assert_eq!(resized(Alignment::Corners, &[0.0, 8.0], 4), [0.0, 4.0, 8.0, 8.0]);
        // At -1/4, 1/4, 3/4, 5/4.
        assert_eq!(resized(Alignment::Centres, &[0.0, 8.0], 4), [0.0, 2.0, 6.0, 8.0]);
    }

    #[test]
    fn shrinking_leaves_pixels_out() {
        let line = [1.0, 0.0, 0.0, 0.0, 9.0, 0.0, 0.0, 0.0];
        // At 0 and 4; at 3/2 and 11/2.
        assert_eq!(resized(Alignment::Corners, &line, 2), [1.0, 9.0]);
        assert_eq!(resized(Alignment::Centres, &line, 2), [0.0, 0.0]);
    }

    #[test]
    fn the_right_size_stays_as_it_is() {
        let line: Vec<f32> = (0..299).map(|n| (n * 7 % 256) as f32).collect();
        for alignment in [Alignment::Corners, Alignment::Centres] {
            assert_eq!(resized(alignment, &line, 299), line);
        }
    }
}
