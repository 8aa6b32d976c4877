//! Drawings of pictures: black lines on white, where the brightness of any channel is steep.
//!
//! The slope is Sobel's: differences over two pixels, weighed 1, 2, 1 across (Sobel and Feldman 1968).

/// Slopes above this are lines. The steepest, from black to white, is 4 times 255; this is the slope
/// of a sharp edge between shades a quarter of that apart.
const STEEP: i32 = 255;

/// The drawing `[1, height, width]` of a picture `[channels, height, width]`. What lies beyond the
/// border is as the border is.
pub(crate) fn drawing(pixels: &[u8], [_, height, width]: [usize; 3]) -> Vec<u8> {
    let mut lines = vec![255; height * width];
    for plane in pixels.chunks_exact((height * width).max(1)) {
        for (at, pixel) in lines.iter_mut().enumerate() {
            let [down, right] = slope(plane, [height, width], [at / width, at % width]);
            if down * down + right * right > STEEP * STEEP {
                *pixel = 0;
            }
        }
    }
    lines
}

/// How much brighter a plane becomes downwards and to the right.
fn slope(plane: &[u8], [height, width]: [usize; 2], [y, x]: [usize; 2]) -> [i32; 2] {
    let beside = |at: usize, end: usize| [at.saturating_sub(1), at, (at + 1).min(end - 1)];
    let (rows, columns) = (beside(y, height), beside(x, width));
    let at = |row: usize, column: usize| i32::from(plane[rows[row] * width + columns[column]]);
    let row = |row| at(row, 0) + 2 * at(row, 1) + at(row, 2);
    let column = |column| at(0, column) + 2 * at(1, column) + at(2, column);
    [row(2) - row(0), column(2) - column(0)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_drawn_on_both_of_its_sides() {
        // Rows of 6, dark left and light right; 200 - 10 = 190 times 4 is steep.
        let row = [10, 10, 10, 200, 200, 200];
        let drawn = drawing(&row.repeat(3), [1, 3, 6]);
        assert_eq!(drawn, [255, 255, 0, 0, 255, 255].repeat(3));
    }

    #[test]
    fn shades_less_than_a_quarter_apart_are_one() {
        // 4 * 63 = 252, 4 * 64 = 256
        assert_eq!(drawing(&[0, 0, 63, 63], [1, 1, 4]), [255; 4]);
        assert_eq!(drawing(&[0, 0, 64, 64], [1, 1, 4]), [255, 0, 0, 255]);
    }

    #[test]
    fn a_line_in_any_channel_is_drawn() {
        let flat = [9, 9, 9, 9];
        let pixels = [flat, [0, 0, 255, 255], flat].concat();
        assert_eq!(drawing(&pixels, [3, 1, 4]), [255, 0, 0, 255]);
    }
}
