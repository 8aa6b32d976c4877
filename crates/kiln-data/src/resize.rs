//! A square cut from a plane, resized by a separable Lanczos-3 filter.
//!
//! `L(x) = sinc(x) sinc(x / 3)` for `|x| < 3`. When it shrinks, the filter is widened by the
//! ratio, so nothing aliases (Parmar et al. 2022, "On Aliased Resizing", section 3.1). The weights
//! are worked out once for all pictures of a size: for small pictures they are most of the work.

use std::f32::consts::PI;

/// Half the width of the filter, in pixels of the coarser grid.
const SUPPORT: f32 = 3.0;

/// A resizer from squares of one side to squares of another.
#[derive(Debug, Clone)]
pub(crate) struct Resizer {
    from: usize,
    /// For each pixel of the result, along either axis.
    taps: Vec<Taps>,
}

/// What one pixel of the result is made of.
#[derive(Debug, Clone)]
struct Taps {
    first: usize,
    /// For the pixels from `first` on; they add up to 1.
    weights: Vec<f32>,
}

/// A square within a plane.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Square<'a> {
    pub(crate) plane: &'a [u8],
    /// Pixels in a row of the plane.
    pub(crate) width: usize,
    pub(crate) top: usize,
    pub(crate) left: usize,
}

impl Resizer {
    /// From squares of side `from` to squares of side `to`, in pixels; neither is zero.
    pub(crate) fn new(from: usize, to: usize) -> Self {
        Self { from, taps: (0..to).map(|at| Taps::new(at, from, to)).collect() }
    }

    /// Appends the resized square `[to, to]` to `pixels`.
    pub(crate) fn append(&self, square: Square<'_>, pixels: &mut Vec<u8>) {
        let mut row = vec![0.0; self.from];
        for vertical in &self.taps {
            row.fill(0.0);
            for (offset, weight) in vertical.weights.iter().enumerate() {
                let start = (square.top + vertical.first + offset) * square.width + square.left;
                let source = &square.plane[start..start + self.from];
                for (sum, pixel) in row.iter_mut().zip(source) {
                    *sum += weight * f32::from(*pixel);
                }
            }
            pixels.extend(self.taps.iter().map(|horizontal| horizontal.apply(&row)));
        }
    }
}

impl Taps {
    fn new(at: usize, from: usize, to: usize) -> Self {
        let ratio = from as f32 / to as f32;
        let stretch = ratio.max(1.0);
        let centre = (at as f32 + 0.5) * ratio;
        let first = (centre - SUPPORT * stretch).floor().max(0.0) as usize;
        let first = first.min(from - 1);
        let end = ((centre + SUPPORT * stretch).ceil() as usize).clamp(first + 1, from);
        let weight = |idx: usize| lanczos((idx as f32 + 0.5 - centre) / stretch);
        let mut weights: Vec<f32> = (first..end).map(weight).collect();
        let sum: f32 = weights.iter().sum();
        weights.iter_mut().for_each(|weight| *weight /= sum);
        Self { first, weights }
    }

    fn apply(&self, row: &[f32]) -> u8 {
        let pixels = &row[self.first..self.first + self.weights.len()];
        let sum: f32 = pixels.iter().zip(&self.weights).map(|(pixel, weight)| pixel * weight).sum();
        // The filter overshoots at edges; the conversion cuts at 0 and 255.
        sum.round() as u8
    }
}

fn lanczos(x: f32) -> f32 {
    if x.abs() < SUPPORT { sinc(x) * sinc(x / SUPPORT) } else { 0.0 }
}

fn sinc(x: f32) -> f32 {
    if x == 0.0 { 1.0 } else { (PI * x).sin() / (PI * x) }
}

#[cfg(test)]
mod tests {
    use image::GrayImage;
    use image::imageops::{self, FilterType};

    use super::*;

    fn resize(plane: &[u8], from: usize, to: usize) -> Vec<u8> {
        let square = Square { plane, width: from, top: 0, left: 0 };
        let mut pixels = Vec::new();
        Resizer::new(from, to).append(square, &mut pixels);
        pixels
    }

    /// A pattern with every frequency.
    fn noise(side: usize) -> Vec<u8> {
        (0..side * side).map(|idx| (idx * idx * 31 % 251) as u8).collect()
    }

    #[test]
    fn agrees_with_the_filter_of_the_image_crate() {
        for (from, to) in [(28, 64), (28, 14), (100, 17), (5, 32), (1, 3), (64, 1)] {
            let plane = noise(from);
            let image = GrayImage::from_raw(from as u32, from as u32, plane.clone()).unwrap();
            let to_side = to as u32;
            let expected = imageops::resize(&image, to_side, to_side, FilterType::Lanczos3);
            let found = resize(&plane, from, to);
            let worst = found.iter().zip(expected.iter()).map(|(a, b)| a.abs_diff(*b)).max();
            // Both work in single precision and may round to different sides.
            assert!(worst <= Some(1), "{from} to {to}: off by {worst:?}");
        }
    }

    #[test]
    fn a_flat_picture_stays_flat() {
        assert_eq!(resize(&[200; 49], 7, 30), [200; 900]);
    }

    #[test]
    fn the_same_size_changes_nothing() {
        assert_eq!(resize(&noise(9), 9, 9), noise(9));
    }
}
