//! Weights times every position of some pictures.

use super::blocks::Blocks;
use super::share::images_a_task;
use super::tile::{Product, Rows};
use crate::vector::Isa;

/// How the positions of a picture are read, and where their sums go.
#[derive(Debug, Clone)]
pub(super) struct Sweep {
    /// What each weight of a row adds to a position.
    pub(super) offsets: Vec<usize>,
    /// The first position of an image.
    pub(super) base: usize,
    /// From the start of one row of positions to the next.
    pub(super) pitch: usize,
    /// Rows and columns of positions.
    pub(super) size: [usize; 2],
    /// From one image to the next.
    pub(super) image: usize,
    /// Where the sums go.
    pub(super) places: Places,
}

/// Places of a picture, evenly spaced.
#[derive(Debug, Clone, Copy)]
pub(super) struct Places {
    /// Row and column of the first.
    pub(super) start: [usize; 2],
    /// Rows and columns from one to the next.
    pub(super) step: [usize; 2],
    /// Height and width of the picture.
    pub(super) picture: [usize; 2],
}

/// Room for what one task keeps between its blocks of rows.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    columns: Vec<f32>,
    sums: Vec<f32>,
    bases: Vec<usize>,
    offsets: Vec<usize>,
}

impl Sweep {
    /// Images that one task computes together: enough to fill the vectors of its tiles.
    pub(super) fn images_at_once(&self, batch: usize) -> usize {
        images_a_task(batch, 144usize.div_ceil(self.area()))
    }

    /// Computes every row of `weights` at every position of `n_images` images, and writes the sums
    /// with their bias into `out`, of `out_image` numbers an image.
    #[expect(clippy::too_many_arguments, reason = "one call a kernel")]
    pub(super) fn compute(
        &self,
        isa: Isa,
        weights: &Blocks,
        from: &[f32],
        bias: Option<&[f32]>,
        out: &mut [f32],
        out_image: usize,
        room: &mut Scratch,
    ) {
        let n_images = out.len() / out_image;
        let shifted = self.shifted_run(isa);
        // Copying a position's column costs as much as some eight rows of it; shifting computes
        // positions between the rows in vain.
        let in_vain = shifted as f64 / self.area() as f64 - 1.0;
        let dense = !self.offsets.is_empty() && in_vain * weights.rows() as f64 > 8.0;
        let (pitch, run, line) = if dense {
            let line = (n_images * self.area()).next_multiple_of(isa.lanes());
            self.copy_columns(from, n_images, line, &mut room.columns);
            room.offsets = (0..self.offsets.len()).map(|k| k * line).collect();
            room.bases = (0..line).step_by(isa.lanes()).collect();
            (self.size[1], self.area(), line)
        } else {
            let starts = (0..n_images).map(|idx| idx * self.image + self.base);
            let vectors = move |start| (0..shifted).step_by(isa.lanes()).map(move |at| start + at);
            room.bases = starts.flat_map(vectors).collect();
            (self.pitch, shifted, n_images * shifted)
        };
        let (from, offsets) =
            if dense { (&room.columns[..], &room.offsets) } else { (from, &self.offsets) };
        for block in weights.iter() {
            room.sums.resize(block.rows * line, 0.0);
            let product =
                Product { weights: block.values, offsets, from, bases: &room.bases, add: false };
            isa.run(Rows { rows: block.rows, product, sums: &mut room.sums });
            for (row, sums) in room.sums.chunks_exact(line).enumerate() {
                let channel = block.first + row;
                let bias = bias.map_or(0.0, |bias| bias[channel]);
                for (out, sums) in out.chunks_exact_mut(out_image).zip(sums.chunks(run)) {
                    let area = self.places.picture[0] * self.places.picture[1];
                    let out = &mut out[channel * area..][..area];
                    self.places.write(sums, pitch, self.size, bias, out);
                }
            }
        }
    }

    fn area(&self) -> usize {
        self.size[0] * self.size[1]
    }

    /// From an image's first position to its last, with those between its rows, in whole vectors.
    fn shifted_run(&self, isa: Isa) -> usize {
        ((self.size[0] - 1) * self.pitch + self.size[1]).next_multiple_of(isa.lanes())
    }

    /// Copies what each weight sees into a row of `line` numbers, the positions side by side.
    fn copy_columns(&self, from: &[f32], n_images: usize, line: usize, columns: &mut Vec<f32>) {
        columns.resize(self.offsets.len() * line, 0.0);
        for (offset, columns) in self.offsets.iter().zip(columns.chunks_exact_mut(line)) {
            for idx in 0..n_images {
                let from = &from[idx * self.image + self.base + offset..];
                let columns = &mut columns[idx * self.area()..][..self.area()];
                match self.size[1] {
                    4 => copy_rows::<4>(from, self.pitch, columns),
                    7 => copy_rows::<7>(from, self.pitch, columns),
                    8 => copy_rows::<8>(from, self.pitch, columns),
                    14 => copy_rows::<14>(from, self.pitch, columns),
                    16 => copy_rows::<16>(from, self.pitch, columns),
                    width => {
                        for (y, to) in columns.chunks_exact_mut(width).enumerate() {
                            to.copy_from_slice(&from[y * self.pitch..][..width]);
                        }
                    }
                }
            }
        }
    }
}

/// Rows of a known length cost a move or two each, instead of a call.
fn copy_rows<const WIDTH: usize>(from: &[f32], pitch: usize, to: &mut [f32]) {
    for (y, to) in to.chunks_exact_mut(WIDTH).enumerate() {
        to.copy_from_slice(&from[y * pitch..][..WIDTH]);
    }
}

impl Places {
    /// Writes the sums of `size` positions, whose rows start `pitch` apart.
    fn write(&self, sums: &[f32], pitch: usize, size: [usize; 2], bias: f32, out: &mut [f32]) {
        if size == self.picture && pitch == size[1] {
            out.iter_mut().zip(sums).for_each(|(out, sum)| *out = sum + bias);
            return;
        }
        for y in 0..size[0] {
            let row = (self.start[0] + y * self.step[0]) * self.picture[1] + self.start[1];
            let out = &mut out[row..][..(size[1] - 1) * self.step[1] + 1];
            let sums = &sums[y * pitch..][..size[1]];
            match self.step[1] {
                1 => out.iter_mut().zip(sums).for_each(|(out, sum)| *out = sum + bias),
                2 => {
                    let pairs = out.chunks_mut(2).zip(sums);
                    pairs.for_each(|(out, sum)| out[0] = sum + bias);
                }
                step => {
                    let places = out.iter_mut().step_by(step).zip(sums);
                    places.for_each(|(out, sum)| *out = sum + bias);
                }
            }
        }
    }
}
