//! From large pictures to small ones: the convolution, and the gradient of a transposed one.
#![expect(unsafe_code, reason = "outputs are not cleared before they are written")]

use rayon::prelude::*;

use super::Window;
use super::blocks::Blocks;
use super::planes::Planes;
use super::pointwise::Pointwise;
use super::sweep::Scratch;
use super::winograd::Layer;
use crate::buffer::{Room, written};
use crate::vector::Isa;

impl Window {
    /// `small[n, m, y] = bias[m] + sum over c, k of weight[m, c, k] large[n, c, stride y + k -
    /// padding]`.
    pub(in crate::convolution) fn gather(
        &self,
        isa: Isa,
        large: &[f32],
        weight: &[f32],
        bias: Option<&[f32]>,
    ) -> Vec<f32> {
        if let Some(layer) = Layer::new(self, isa) {
            return layer.gather(large, weight, bias);
        }
        if let Some(layer) = Pointwise::new(self, isa) {
            return layer.gather(large, weight, bias);
        }
        let planes = Planes::new(self);
        let n_weights = self.large_channels * self.taps();
        let weights =
            Blocks::pack(isa, self.small_channels, n_weights, |m, k| weight[m * n_weights + k]);
        let sweep = planes.sweep();
        let n_images = sweep.images_at_once(self.batch);

        // Past the last image the last vector may still read.
        let length = n_images * planes.image + isa.lanes();
        let scratch = || (Room::of(length), Scratch::default());
        let task = |(cut, room): &mut (Room, Scratch), (out, large): (&mut [f32], &[f32])| {
            let images = large.chunks_exact(self.large_image());
            let cuts = cut.chunks_exact_mut(planes.image);
            images.zip(cuts).for_each(|(from, to)| planes.cut(from, to));
            sweep.compute(isa, &weights, cut, bias, out, self.small_image(), room);
        };
        let fill = |out: &mut [f32]| {
            let tasks = out.par_chunks_mut(n_images * self.small_image());
            tasks.zip(large.par_chunks(n_images * self.large_image())).for_each_init(scratch, task);
        };
        // SAFETY: the sweep writes every position of every channel.
        unsafe { written(self.batch * self.small_image(), fill) }
    }
}
