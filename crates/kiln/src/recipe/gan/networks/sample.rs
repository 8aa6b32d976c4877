//! What networks must know of a sample's shape, `[channels, height, width]`.

use crate::recipe::RecipeError;

/// `[channels, side]` of a square picture.
///
/// # Errors
///
/// When it is none.
pub(super) fn square([channels, height, width]: [usize; 3]) -> Result<[usize; 2], RecipeError> {
    if [height, width] == [1, 1] {
        let reason = "the samples are points, and these networks make pictures: give perceptrons, \
                      as --recipe ring8 has them";
        return Err(RecipeError::Picture(reason.to_owned()));
    }
    if height == width {
        return Ok([channels, height]);
    }
    let size = height.min(width);
    Err(RecipeError::Picture(format!(
        "the pictures are {width} x {height}; these networks make squares: give --size, such as \
         {size}"
    )))
}

/// Side of a volume.
///
/// # Errors
///
/// When it is no cube.
pub(super) fn cube([depth, height, width]: [usize; 3]) -> Result<usize, RecipeError> {
    if depth == height && height == width {
        return Ok(depth);
    }
    Err(RecipeError::Picture(format!(
        "samples of {depth} x {height} x {width} are no cubes, of which networks of the kind `volume` \
         are; they judge one volume at a time and know no planes of classes"
    )))
}

/// Widths of a perceptron.
pub(super) fn sizes(first: usize, hidden: &[usize], last: usize) -> Vec<usize> {
    [&[first], hidden, &[last]].concat()
}
