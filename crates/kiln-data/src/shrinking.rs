//! Small pictures in the place of large ones: what super-resolution starts from.
//!
//! A small picture stands at the size of the large one, each of its pixels as a block, so that the two
//! of a pair are of one size like all others. A network takes one pixel of each block.

use crate::frame::Frame;

/// The picture `[channels, height, width]` made so many `times` smaller, by the filter that pictures are
/// always resized with, in blocks.
pub(crate) fn shrunk(pixels: &[u8], shape: [usize; 3], times: usize) -> Vec<u8> {
    let small = small(shape, times);
    in_blocks(&Frame::of_pictures(shape, small).apply(pixels), small, times)
}

/// The shape of the small picture.
pub(crate) fn small([channels, height, width]: [usize; 3], times: usize) -> [usize; 3] {
    [channels, height / times, width / times]
}

/// Each pixel of a picture `[channels, height, width]` as a block of `times` by `times`.
pub(crate) fn in_blocks(pixels: &[u8], shape: [usize; 3], times: usize) -> Vec<u8> {
    let [_, _, width] = shape;
    let wide = |row: &[u8]| row.iter().flat_map(|pixel| vec![*pixel; times]).collect::<Vec<_>>();
    pixels.chunks_exact(width.max(1)).flat_map(|row| wide(row).repeat(times)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pixel_becomes_a_block() {
        let blocks = in_blocks(&[1, 2, 3, 4], [2, 1, 2], 2);
        assert_eq!(blocks, [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4]);
    }

    #[test]
    fn a_shrunk_picture_is_the_resized_one_in_blocks() {
        let pixels: Vec<u8> = (0..64).map(|idx| (idx * idx * 31 % 251) as u8).collect();
        let blocks = shrunk(&pixels, [1, 8, 8], 4);
        let small = Frame::of_pictures([1, 8, 8], [1, 2, 2]).apply(&pixels);
        let corners: Vec<u8> = [0, 7, 56, 63].map(|at| blocks[at]).to_vec();
        assert_eq!((corners, blocks.len()), (small, 64));
    }
}
