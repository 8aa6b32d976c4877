//! A convolution as tiles over frames.

use super::super::Window;
use super::frame::Frame;
use super::weights::Places;
use crate::matrix::panel_vectors;
use crate::vector::Isa;

/// All that is known of a convolution from its shape.
#[derive(Debug)]
pub(in super::super) struct Layer {
    pub(super) window: Window,
    /// Taps a direction: 2 or 3.
    pub(super) taps: usize,
    pub(super) isa: Isa,
}

/// Outputs that one set of weights computes: a grid of them, their tiles 2 x 2.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grid {
    /// The frame's row and column that the first tap of the first output reads.
    pub(super) origin: [usize; 2],
    /// Rows and columns of outputs.
    pub(super) count: [usize; 2],
    /// Where they go in the picture, and how far apart.
    pub(super) start: [usize; 2],
    pub(super) step: [usize; 2],
}

impl Grid {
    /// Rows and columns of tiles.
    pub(super) fn tiles(&self) -> [usize; 2] {
        self.count.map(|count| count.div_ceil(2))
    }

    /// Tiles in all.
    pub(super) fn n_tiles(&self) -> usize {
        self.tiles()[0] * self.tiles()[1]
    }

    /// The outputs of a tile by its number, as places in the picture; outside of the grid none.
    pub(super) fn places(&self, tile: usize) -> [[Option<[usize; 2]>; 2]; 2] {
        let columns = self.tiles()[1];
        let first = [2 * (tile / columns), 2 * (tile % columns)];
        std::array::from_fn(|i| {
            std::array::from_fn(|j| {
                let at = [first[0] + i, first[1] + j];
                (at[0] < self.count[0] && at[1] < self.count[1])
                    .then(|| [0, 1].map(|axis| self.start[axis] + at[axis] * self.step[axis]))
            })
        })
    }

    /// The frame's row and column where a tile's patch begins.
    pub(super) fn patch(&self, tile: usize) -> [usize; 2] {
        let columns = self.tiles()[1];
        [self.origin[0] + 2 * (tile / columns), self.origin[1] + 2 * (tile % columns)]
    }
}

/// Channels fewer than this cost more to transform than they save.
const FEWEST_CHANNELS: usize = 16;

impl Layer {
    /// The layer, if Winograd's algorithm does it and does it faster.
    pub(in super::super) fn new(window: &Window, isa: Isa) -> Option<Self> {
        let [taps, across] = [0, 1].map(|axis| window.kernel[axis].div_ceil(window.stride[axis]));
        let fits = taps == across && (2..=3).contains(&taps);
        // Products of a tile of four outputs, with each input channel.
        let points = (taps + 1).pow(2) * window.stride[0] * window.stride[1];
        let fewer = 5 * points < 4 * 4 * window.taps();
        let fewest = window.small_channels.min(window.large_channels);
        let pays = fewer && fewest >= FEWEST_CHANNELS;
        (fits && pays).then_some(Self { window: *window, taps, isa })
    }

    /// Channels, filled up to whole vectors.
    pub(super) fn filled(&self, channels: usize) -> usize {
        channels.next_multiple_of(self.isa.lanes())
    }

    /// Vectors in a panel of so many channels, and how many panels there are.
    pub(super) fn panels(&self, channels: usize) -> (usize, usize) {
        let most = self.isa.vectors();
        let vectors = panel_vectors(channels, self.isa.lanes(), most);
        (vectors, channels.div_ceil(self.isa.lanes()).div_ceil(vectors))
    }

    /// Channels in the frame of the large picture: one set for each remainder.
    pub(super) fn large_sets(&self) -> usize {
        self.window.large_channels * self.window.stride[0] * self.window.stride[1]
    }

    /// Where the weights of the way from the large picture to the small one lie.
    pub(super) fn places(&self) -> Places {
        let Window { large_channels, kernel, stride, .. } = self.window;
        let taps = self.window.taps();
        Places::new(self.large_sets(), self.taps, large_channels * taps, |q, tap| {
            let (set, channel) = (q / large_channels, q % large_channels);
            let y = tap[0] * stride[0] + set / stride[1];
            let x = tap[1] * stride[1] + set % stride[1];
            (y < kernel[0] && x < kernel[1]).then_some(channel * taps + y * kernel[1] + x)
        })
    }

    /// From the large picture to the small one.
    pub(super) fn onto(&self) -> (Frame, Grid) {
        let Window { small, large, stride, padding, .. } = self.window;
        let grid = Grid { origin: [0, 0], count: small, start: [0, 0], step: [1, 1] };
        let [rows, columns] = grid.tiles().map(|tiles| 2 * tiles + self.taps - 1);
        let frame = Frame {
            channels: self.window.large_channels,
            picture: large,
            stride,
            padding,
            rows,
            columns,
            depth: self.filled(self.large_sets()),
        };
        (frame, grid)
    }

    /// From the small picture to the large one: a grid for each remainder by the stride.
    pub(super) fn back(&self) -> (Frame, Vec<([usize; 2], Grid)>) {
        let Window { small, stride, padding, .. } = self.window;
        let phases = self.window.phases().map(|phase| {
            let grid = Grid {
                origin: phase.map(|along| along.first),
                count: phase.map(|along| along.count),
                start: [0, 1].map(|axis| {
                    phase[axis].first * stride[axis] + phase[axis].rest - padding[axis]
                }),
                step: stride,
            };
            (phase.map(|along| along.rest), grid)
        });
        let phases: Vec<_> = phases.collect();
        let [rows, columns] = [0, 1].map(|axis| {
            let ends = phases.iter().map(|(_, grid)| grid.origin[axis] + 2 * grid.tiles()[axis]);
            ends.max().unwrap_or(0) + self.taps - 1
        });
        let frame = Frame {
            channels: self.window.small_channels,
            picture: small,
            stride: [1, 1],
            padding: [self.taps - 1; 2],
            rows,
            columns,
            depth: self.filled(self.window.small_channels),
        };
        (frame, phases)
    }
}
