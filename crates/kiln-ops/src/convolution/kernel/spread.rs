//! From small pictures to large ones: the transposed convolution, and the gradient of a plain one.
//!
//! A row of the large picture is reached by every `stride`-th tap only. So the large picture falls
//! into `stride * stride` phases, and each of them is a convolution of the small picture, with its
//! own taps and stride 1: nothing is multiplied by an inserted zero, and nothing is scattered.
#![expect(unsafe_code, reason = "outputs are not cleared before they are written")]

use rayon::prelude::*;

use super::Window;
use super::blocks::Blocks;
use super::pointwise::Pointwise;
use super::sweep::{Places, Scratch, Sweep};
use super::winograd::Layer;
use crate::buffer::{Room, written};
use crate::vector::Isa;

impl Window {
    /// `large[n, c, stride y + k - padding] += weight[m, c, k] small[n, m, y]`, over `bias[c]`.
    pub(in crate::convolution) fn spread(
        &self,
        isa: Isa,
        small: &[f32],
        weight: &[f32],
        bias: Option<&[f32]>,
    ) -> Vec<f32> {
        if let Some(layer) = Layer::new(self, isa) {
            return layer.spread(small, weight, bias);
        }
        if let Some(layer) = Pointwise::new(self, isa) {
            return layer.spread(small, weight, bias);
        }
        let frame = Frame::new(self);
        let phases: Vec<_> =
            self.phases().map(|at| Phase::new(self, &frame, at, isa, weight)).collect();
        let n_images = phases.first().map_or(1, |phase| phase.sweep.images_at_once(self.batch));

        // Past the last image the last vector may still read.
        let length = n_images * frame.image + frame.channel + isa.lanes();
        let scratch = || (Room::zeros(length), Scratch::default());
        let task = |(framed, room): &mut (Room, Scratch), (out, small): (&mut [f32], &[f32])| {
            let images = small.chunks_exact(self.small_image());
            let frames = framed.chunks_exact_mut(frame.image);
            images.zip(frames).for_each(|(from, to)| frame.lay(self, from, to));
            for Phase { weights, sweep } in &phases {
                sweep.compute(isa, weights, framed, bias, out, self.large_image(), room);
            }
        };
        let fill = |out: &mut [f32]| {
            let tasks = out.par_chunks_mut(n_images * self.large_image());
            tasks.zip(small.par_chunks(n_images * self.small_image())).for_each_init(scratch, task);
        };
        // SAFETY: the sweep writes every position of every channel.
        unsafe { written(self.batch * self.large_image(), fill) }
    }

    /// The phases that the large picture has.
    pub(super) fn phases(&self) -> impl Iterator<Item = [Remainder; 2]> {
        let along = |axis: usize| {
            let places = (0..self.stride[axis]).map(move |rest| Remainder::new(self, axis, rest));
            places.filter(|places| places.count > 0)
        };
        let columns: Vec<_> = along(1).collect();
        let rows: Vec<_> = along(0).collect();
        rows.into_iter().flat_map(move |y| columns.clone().into_iter().map(move |x| [y, x]))
    }
}

/// Along one axis, the places of the large picture whose distance from the padding's start leaves
/// the same remainder by the stride: `stride * index + rest - padding`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Remainder {
    pub(super) rest: usize,
    /// The first index inside the picture.
    pub(super) first: usize,
    pub(super) count: usize,
}

impl Remainder {
    fn new(window: &Window, axis: usize, rest: usize) -> Self {
        let (stride, padding) = (window.stride[axis], window.padding[axis]);
        let first = padding.saturating_sub(rest).div_ceil(stride);
        let end = (window.large[axis] + padding).saturating_sub(rest).div_ceil(stride);
        Self { rest, first, count: end.saturating_sub(first) }
    }
}

/// A small picture with as many zeros around it as the taps of any phase read.
#[derive(Debug)]
struct Frame {
    top: usize,
    left: usize,
    pitch: usize,
    channel: usize,
    image: usize,
}

impl Frame {
    fn new(window: &Window) -> Self {
        let [top, left] = [0, 1].map(|axis| window.reach(axis));
        let [height, width] = [0, 1].map(|axis| {
            let last = (window.large[axis] - 1 + window.padding[axis]) / window.stride[axis];
            (last + 1).max(window.small[axis])
        });
        // The zeros right of a row are those left of the next.
        let pitch = window.small[1] + left.max(width - window.small[1]);
        let channel = (top + height) * pitch;
        Self { top, left, pitch, channel, image: window.small_channels * channel }
    }

    /// Copies a small picture into its frame, whose zeros are there already.
    fn lay(&self, window: &Window, image: &[f32], to: &mut [f32]) {
        let channels = image.chunks_exact(window.small_area());
        for (from, to) in channels.zip(to.chunks_exact_mut(self.channel)) {
            let rows = to[self.top * self.pitch + self.left..].chunks_mut(self.pitch);
            for (from, to) in from.chunks_exact(window.small[1]).zip(rows) {
                to[..from.len()].copy_from_slice(from);
            }
        }
    }
}

/// The places of one remainder in each direction, and the convolution that gives them.
#[derive(Debug)]
struct Phase {
    weights: Blocks,
    sweep: Sweep,
}

impl Phase {
    fn new(
        window: &Window,
        frame: &Frame,
        [y, x]: [Remainder; 2],
        isa: Isa,
        weight: &[f32],
    ) -> Self {
        let [height, width] = window.kernel;
        let [step_y, step_x] = window.stride;
        let mut offsets = Vec::new();
        let mut from_weight = Vec::new();
        for channel in 0..window.small_channels {
            for tap_y in (y.rest..height).step_by(step_y) {
                for tap_x in (x.rest..width).step_by(step_x) {
                    let row = frame.top - tap_y / step_y;
                    let column = frame.left - tap_x / step_x;
                    offsets.push(channel * frame.channel + row * frame.pitch + column);
                    let first = channel * window.large_channels * window.taps();
                    from_weight.push(first + tap_y * width + tap_x);
                }
            }
        }
        let taps = window.taps();
        let at = |channel: usize, k: usize| weight[from_weight[k] + channel * taps];
        let start = |along: Remainder, axis: usize| {
            along.first * window.stride[axis] + along.rest - window.padding[axis]
        };
        let places = Places {
            start: [start(y, 0), start(x, 1)],
            step: window.stride,
            picture: window.large,
        };
        Self {
            weights: Blocks::pack(isa, window.large_channels, offsets.len(), at),
            sweep: Sweep {
                offsets,
                base: y.first * frame.pitch + x.first,
                pitch: frame.pitch,
                size: [y.count, x.count],
                image: frame.image,
                places,
            },
        }
    }
}
