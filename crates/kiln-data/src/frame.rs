//! From the shape a picture has to the shape that is asked for.
//!
//! The centre square is cut out and resized with a Lanczos-3 filter, which is widened when it
//! shrinks, so that nothing aliases (as PIL does, and unlike most tensor libraries: Parmar et al.
//! 2022, "On Aliased Resizing", figure 2).

use std::borrow::Cow;

use image::imageops::{self, FilterType};
use image::{GrayImage, Luma};

/// How a picture is brought to another size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refit {
    /// Zeros all around; only for a size that is larger by an even number.
    Pad,
    /// Cut to the centre square, then filter.
    Filter,
}

impl Refit {
    /// The policy for IDX files: 28 x 28 becomes 32 x 32 by two zeros on each side, as LeNet had
    /// it (LeCun et al. 1998, section II.B) and DCGAN ports keep it; all else by filter.
    pub(crate) fn of_idx(from: [usize; 3], to: [usize; 3]) -> Self {
        if from[1..] == [28, 28] && to[1..] == [32, 32] {
            Self::Pad
        } else {
            Self::Filter
        }
    }
}

/// Brings a picture `[channels, height, width]` from one shape to another.
pub(crate) fn reframe(pixels: &[u8], from: [usize; 3], to: [usize; 3], refit: Refit) -> Vec<u8> {
    let recoloured = recolour(pixels, from[0], to[0]);
    if from[1..] == to[1..] {
        return recoloured.into_owned();
    }
    let plane_len = (from[1] * from[2]).max(1);
    let planes = recoloured.chunks_exact(plane_len);
    planes
        .flat_map(|plane| match refit {
            Refit::Pad => pad(plane, [from[1], from[2]], [to[1], to[2]]),
            Refit::Filter => filter(plane, [from[1], from[2]], [to[1], to[2]]),
        })
        .collect()
}

/// Grey from RGB by the luma of ITU-R BT.709, RGB from grey by repetition.
fn recolour(pixels: &[u8], from: usize, to: usize) -> Cow<'_, [u8]> {
    match (from, to) {
        (3, 1) => {
            let (red, rest) = pixels.split_at(pixels.len() / 3);
            let (green, blue) = rest.split_at(rest.len() / 2);
            let luma = |((r, g), b): ((&u8, &u8), &u8)| {
                (0.2126 * f32::from(*r) + 0.7152 * f32::from(*g) + 0.0722 * f32::from(*b)).round()
                    as u8
            };
            red.iter().zip(green).zip(blue).map(luma).collect()
        }
        (1, 3) => Cow::Owned(pixels.repeat(3)),
        _ => Cow::Borrowed(pixels),
    }
}

/// One plane, cut to its centre square and resized.
fn filter(plane: &[u8], [height, width]: [usize; 2], [to_height, to_width]: [usize; 2]) -> Vec<u8> {
    let side = height.min(width);
    let (top, left) = ((height - side) / 2, (width - side) / 2);
    let square = GrayImage::from_fn(side as u32, side as u32, |x, y| {
        Luma([plane[(top + y as usize) * width + left + x as usize]])
    });
    imageops::resize(
        &square,
        to_width as u32,
        to_height as u32,
        FilterType::Lanczos3,
    )
    .into_raw()
}

/// One plane, with zeros around it.
fn pad(plane: &[u8], [height, width]: [usize; 2], [to_height, to_width]: [usize; 2]) -> Vec<u8> {
    let (top, left) = ((to_height - height) / 2, (to_width - width) / 2);
    let mut padded = vec![0; to_height * to_width];
    for (row_idx, row) in plane.chunks_exact(width.max(1)).enumerate() {
        let start = (top + row_idx) * to_width + left;
        padded[start..start + width].copy_from_slice(row);
    }
    padded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_puts_zeros_around_and_keeps_every_pixel() {
        let padded = reframe(&[7; 28 * 28], [1, 28, 28], [1, 32, 32], Refit::Pad);
        assert_eq!(padded.iter().filter(|value| **value == 7).count(), 28 * 28);
        assert_eq!((padded[2 * 32 + 1], padded[2 * 32 + 2]), (0, 7));
    }

    #[test]
    fn only_28_to_32_is_padded() {
        assert_eq!(Refit::of_idx([1, 28, 28], [1, 32, 32]), Refit::Pad);
        assert_eq!(Refit::of_idx([1, 28, 28], [1, 64, 64]), Refit::Filter);
    }

    #[test]
    fn a_wide_picture_loses_its_sides_and_not_its_middle() {
        // Rows of 4: the centre square holds columns 1 and 2.
        let cut = reframe(
            &[1, 2, 3, 4, 5, 6, 7, 8],
            [1, 2, 4],
            [1, 2, 2],
            Refit::Filter,
        );
        assert_eq!(cut, [2, 3, 6, 7]);
    }

    #[test]
    fn shrinking_averages_a_checkerboard_instead_of_picking_from_it() {
        let board: Vec<u8> = (0..64 * 64)
            .map(|i| if (i + i / 64) % 2 == 0 { 0 } else { 255 })
            .collect();
        let small = reframe(&board, [1, 64, 64], [1, 8, 8], Refit::Filter);
        assert!(
            small.iter().all(|value| (120..=136).contains(value)),
            "{small:?}"
        );
    }

    #[test]
    fn red_becomes_its_luma_and_grey_becomes_three_equal_planes() {
        // 0.2126 * 255 = 54.2
        assert_eq!(
            reframe(&[255, 0, 0], [3, 1, 1], [1, 1, 1], Refit::Filter),
            [54]
        );
        assert_eq!(
            reframe(&[9], [1, 1, 1], [3, 1, 1], Refit::Filter),
            [9, 9, 9]
        );
    }
}
