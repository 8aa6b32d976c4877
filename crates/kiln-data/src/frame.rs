//! From the shape a picture has to the shape that is asked for.

use std::borrow::Cow;

use crate::resize::{Resizer, Square};

/// Brings pictures from one shape to another.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    /// `[channels, height, width]`
    from: [usize; 3],
    /// `[channels, height, width]`; as high as wide, unless it keeps the size.
    to: [usize; 3],
    refit: Refit,
}

/// How the size is changed.
#[derive(Debug, Clone)]
enum Refit {
    /// Not at all.
    Keep,
    /// Zeros all around.
    Pad,
    /// The centre square, resized.
    Filter(Resizer),
}

impl Frame {
    /// The policy for pictures: the centre square, resized.
    pub(crate) fn of_pictures(from: [usize; 3], to: [usize; 3]) -> Self {
        let refit = if from[1..] == to[1..] {
            Refit::Keep
        } else {
            Refit::Filter(Resizer::new(from[1].min(from[2]), to[1]))
        };
        Self { from, to, refit }
    }

    /// The policy for IDX files: 28 x 28 becomes 32 x 32 by two zeros on each side, as LeNet had
    /// it (LeCun et al. 1998, section II.B) and ports of DCGAN keep it; all else as for pictures.
    pub(crate) fn of_idx(from: [usize; 3], to: [usize; 3]) -> Self {
        if from[1..] == [28, 28] && to[1..] == [32, 32] {
            let refit = Refit::Pad;
            Self { from, to, refit }
        } else {
            Self::of_pictures(from, to)
        }
    }

    /// Whether sizes change by a filter, which takes its time.
    pub(crate) fn filters(&self) -> bool {
        matches!(self.refit, Refit::Filter(_))
    }

    /// The picture `[channels, height, width]` in its new shape.
    pub(crate) fn apply(&self, pixels: &[u8]) -> Vec<u8> {
        let recoloured = recolour(pixels, self.from[0], self.to[0]);
        let [_, height, width] = self.from;
        let mut reframed = Vec::with_capacity(self.to.iter().product());
        for plane in recoloured.chunks_exact((height * width).max(1)) {
            match &self.refit {
                Refit::Keep => reframed.extend_from_slice(plane),
                Refit::Pad => pad(plane, width, self.to[2], &mut reframed),
                Refit::Filter(resizer) => {
                    let side = height.min(width);
                    let square =
                        Square { plane, width, top: (height - side) / 2, left: (width - side) / 2 };
                    resizer.append(square, &mut reframed);
                }
            }
        }
        reframed
    }
}

/// Grey from RGB by the luma of ITU-R BT.709, RGB from grey by repetition.
fn recolour(pixels: &[u8], from: usize, to: usize) -> Cow<'_, [u8]> {
    match (from, to) {
        (3, 1) => {
            let (red, rest) = pixels.split_at(pixels.len() / 3);
            let (green, blue) = rest.split_at(rest.len() / 2);
            let luma = |((r, g), b): ((&u8, &u8), &u8)| {
                let [r, g, b] = [*r, *g, *b].map(f32::from);
                (0.2126 * r + 0.7152 * g + 0.0722 * b).round() as u8
            };
            red.iter().zip(green).zip(blue).map(luma).collect()
        }
        (1, 3) => Cow::Owned(pixels.repeat(3)),
        _ => Cow::Borrowed(pixels),
    }
}

/// Appends a square plane of side `side` with zeros around it, to a side of `to`.
fn pad(plane: &[u8], side: usize, to: usize, padded: &mut Vec<u8>) {
    let start = padded.len();
    let margin = (to - side) / 2;
    padded.resize(start + to * to, 0);
    for (row_idx, row) in plane.chunks_exact(side.max(1)).enumerate() {
        let at = start + (margin + row_idx) * to + margin;
        padded[at..at + side].copy_from_slice(row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_puts_zeros_around_and_keeps_every_pixel() {
        let padded = Frame::of_idx([1, 28, 28], [1, 32, 32]).apply(&[7; 28 * 28]);
        assert_eq!(padded.iter().filter(|value| **value == 7).count(), 28 * 28);
        assert_eq!((padded[2 * 32 + 1], padded[2 * 32 + 2]), (0, 7));
    }

    #[test]
    fn only_idx_files_and_only_28_to_32_are_padded() {
        let corner = |frame: Frame| frame.apply(&[7; 28 * 28])[0];
        assert_eq!(corner(Frame::of_idx([1, 28, 28], [1, 32, 32])), 0);
        assert_eq!(corner(Frame::of_idx([1, 28, 28], [1, 64, 64])), 7);
        assert_eq!(corner(Frame::of_pictures([1, 28, 28], [1, 32, 32])), 7);
    }

    #[test]
    fn a_wide_picture_loses_its_sides_and_not_its_middle() {
        // Rows of 4: the centre square holds columns 1 and 2.
        let cut = Frame::of_pictures([1, 2, 4], [1, 2, 2]).apply(&[1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(cut, [2, 3, 6, 7]);
    }

    #[test]
    fn shrinking_averages_a_checkerboard_instead_of_picking_from_it() {
        let board: Vec<u8> =
            (0..64 * 64).map(|i| if (i + i / 64) % 2 == 0 { 0 } else { 255 }).collect();
        let small = Frame::of_pictures([1, 64, 64], [1, 8, 8]).apply(&board);
        assert!(small.iter().all(|value| (120..=136).contains(value)), "{small:?}");
    }

    #[test]
    fn red_becomes_its_luma_and_grey_becomes_three_equal_planes() {
        // 0.2126 * 255 = 54.2
        let apply = |from, to, pixels: &[u8]| Frame::of_pictures(from, to).apply(pixels);
        assert_eq!(apply([3, 1, 1], [1, 1, 1], &[255, 0, 0]), [54]);
        assert_eq!(apply([1, 1, 1], [3, 1, 1], &[9]), [9, 9, 9]);
    }
}
