//! Weights in the order in which a tile reads them.

use rayon::prelude::*;

use super::tile;
use crate::vector::Isa;

/// A matrix cut into blocks of rows; in a block a column's numbers lie side by side.
#[derive(Debug)]
pub(super) struct Blocks {
    values: Vec<f32>,
    /// First row and number of rows of each block.
    blocks: Vec<(usize, usize)>,
    rows: usize,
    columns: usize,
}

/// Some rows of the matrix, `[columns][rows]`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block<'a> {
    pub(super) first: usize,
    pub(super) rows: usize,
    pub(super) values: &'a [f32],
}

impl Blocks {
    /// Packs the matrix whose numbers `at` gives for a row and a column.
    pub(super) fn pack(
        isa: Isa,
        rows: usize,
        columns: usize,
        at: impl Fn(usize, usize) -> f32 + Sync,
    ) -> Self {
        let mut blocks = Vec::new();
        let mut first = 0;
        while first < rows {
            blocks.push((first, tile::rows(isa, rows - first)));
            first += tile::rows(isa, rows - first);
        }
        let mut values = vec![0.0; rows * columns];
        let mut rest = values.as_mut_slice();
        let mut tasks = Vec::with_capacity(blocks.len());
        for (first, height) in &blocks {
            let (values, after) = rest.split_at_mut(height * columns);
            tasks.push((*first, *height, values));
            rest = after;
        }
        tasks.into_par_iter().with_min_len(1 + (1 << 13) / (8 * columns.max(1))).for_each(
            |(first, height, values)| {
                for (column, values) in values.chunks_exact_mut(height).enumerate() {
                    for (row, value) in values.iter_mut().enumerate() {
                        *value = at(first + row, column);
                    }
                }
            },
        );
        Self { values, blocks, rows, columns }
    }

    /// Packs the matrix whose columns are the positions of some images, one after another;
    /// `images` is `[image][row][position]`, with `area` positions.
    pub(super) fn pack_columns(isa: Isa, rows: usize, area: usize, images: &[f32]) -> Self {
        let columns = images.len() / rows;
        let mut values = Vec::with_capacity(images.len());
        let mut blocks = Vec::new();
        let mut first = 0;
        while first < rows {
            let height = tile::rows(isa, rows - first);
            for image in images.chunks_exact(rows * area) {
                let image = &image[first * area..][..height * area];
                match height {
                    8 => interleave::<8>(image, area, &mut values),
                    4 => interleave::<4>(image, area, &mut values),
                    3 => interleave::<3>(image, area, &mut values),
                    2 => interleave::<2>(image, area, &mut values),
                    _ => values.extend_from_slice(image),
                }
            }
            blocks.push((first, height));
            first += height;
        }
        Self { values, blocks, rows, columns }
    }

    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Block<'_>> {
        self.blocks.iter().map(|&(first, rows)| {
            let values = &self.values[first * self.columns..(first + rows) * self.columns];
            Block { first, rows, values }
        })
    }
}

/// `[row][position]` to `[position][row]`.
fn interleave<const ROWS: usize>(rows: &[f32], area: usize, to: &mut Vec<f32>) {
    let rows: [&[f32]; ROWS] = std::array::from_fn(|row| &rows[row * area..][..area]);
    to.extend((0..area).flat_map(|position| rows.map(|row| row[position])));
}
