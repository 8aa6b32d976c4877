//! The kernels against the sums they stand for, on every kind of vector that this machine has.

use kiln_core::{Address, Purpose, Stream};
use proptest::prelude::*;

use super::Window;
use crate::vector::Isa;

/// What the three kernels give: the small picture, the large one, the weights' gradient.
type Outcome = [Vec<f32>; 3];

struct Case {
    window: Window,
    large: Vec<f32>,
    small: Vec<f32>,
    weight: Vec<f32>,
}

impl Case {
    fn new(window: Window, seed: u64) -> Self {
        let numbers =
            |lane, n| Stream::new(Address::new(seed, Purpose::Data).lane(lane)).normals(n);
        let n_weights = window.small_channels * window.large_channels * window.taps();
        Self {
            window,
            large: numbers(1, window.batch * window.large_image()),
            small: numbers(2, window.batch * window.small_image()),
            weight: numbers(3, n_weights),
        }
    }

    fn kernels(&self, isa: Isa) -> Outcome {
        [
            self.window.gather(isa, &self.large, &self.weight, None),
            self.window.spread(isa, &self.small, &self.weight, None),
            self.window.correlate(isa, &self.large, &self.small),
        ]
    }

    /// The same of magnitudes, whose sums cancel nowhere.
    fn magnitudes(&self) -> Self {
        let of = |values: &[f32]| values.iter().map(|value| value.abs()).collect();
        let [large, small, weight] = [&self.large, &self.small, &self.weight].map(|v| of(v));
        Self { window: self.window, large, small, weight }
    }

    /// Every triple of a small number, a large one and the weight between them, once.
    fn sums(&self) -> Outcome {
        let w = &self.window;
        let mut outcome =
            [&self.small, &self.large, &self.weight].map(|like| vec![0.0; like.len()]);
        let pairs = (0..w.batch * w.small_channels)
            .flat_map(|n| (0..w.large_channels).map(move |c| (n, c)));
        for (small_channel, large_channel) in pairs {
            let (image, m) = (small_channel / w.small_channels, small_channel % w.small_channels);
            let large_start = (image * w.large_channels + large_channel) * w.large_area();
            let weight_start = (m * w.large_channels + large_channel) * w.taps();
            for at in 0..w.small_area() {
                for tap in 0..w.taps() {
                    let [y, x] = [0, 1].map(|axis| {
                        let [at, tap] = [(at, w.small[1]), (tap, w.kernel[1])]
                            .map(|(idx, width)| [idx / width, idx % width][axis]);
                        (at * w.stride[axis] + tap).wrapping_sub(w.padding[axis])
                    });
                    if y < w.large[0] && x < w.large[1] {
                        let small = small_channel * w.small_area() + at;
                        let large = large_start + y * w.large[1] + x;
                        let weight = weight_start + tap;
                        outcome[0][small] += self.large[large] * self.weight[weight];
                        outcome[1][large] += self.small[small] * self.weight[weight];
                        outcome[2][weight] += self.small[small] * self.large[large];
                    }
                }
            }
        }
        outcome
    }
}

/// Shapes of every kind, odd ones too: padding beyond the kernel's reach is not among them.
fn windows() -> impl Strategy<Value = Window> {
    let axis = || {
        (1usize..10, 1usize..4, 0usize..20).prop_flat_map(|(kernel, stride, more)| {
            (Just(kernel), Just(stride), 0..kernel, Just(kernel + more), 0usize..2)
        })
    };
    (1usize..7, 1usize..20, 1usize..20, axis(), axis()).prop_map(
        |(batch, small_channels, large_channels, y, x)| {
            let small = [y, x].map(|(kernel, stride, padding, large, more)| {
                (large + padding * 2 + more - kernel) / stride + 1
            });
            Window {
                batch,
                small_channels,
                large_channels,
                small,
                large: [y.3, x.3],
                kernel: [y.0, x.0],
                stride: [y.1, x.1],
                padding: [y.2, x.2],
            }
        },
    )
}

/// To a share of the greatest sum of the terms' magnitudes: a sum that cancels keeps the rounding
/// of its terms.
fn assert_close(part: &str, kernel: &[f32], sums: &[f32], magnitudes: &[f32]) {
    let greatest = magnitudes.iter().fold(1e-3, |most: f32, value| most.max(*value));
    let pairs = kernel.iter().zip(sums);
    let error = pairs.fold(0.0, |most: f32, (kernel, sum)| most.max((kernel - sum).abs()));
    assert_eq!(kernel.len(), sums.len(), "{part}");
    assert!(error <= 1e-6 * greatest, "{part}: {error} of {greatest}");
}

/// Holds all kernels, with every kind of vector, to the sums.
fn assert_the_sums(window: Window, seed: u64) {
    let case = Case::new(window, seed);
    let (sums, terms) = (case.sums(), case.magnitudes().sums());
    for isa in Isa::all() {
        let parts = ["gather", "spread", "correlate"];
        for (idx, kernel) in case.kernels(isa).iter().enumerate() {
            let what = format!("{} with {isa:?}", parts[idx]);
            assert_close(&what, kernel, &sums[idx], &terms[idx]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 2 } else { 96 }))]

    #[test]
    fn the_kernels_are_the_sums(window in windows(), seed in 0u64..1000) {
        assert_the_sums(window, seed);
    }
}

/// Shapes that Winograd's algorithm takes: a kernel of up to two or three strides, and channels
/// that leave vectors half full.
fn tiled() -> impl Strategy<Value = Window> {
    let axis = |taps: usize| {
        (1usize..4, 0usize..2).prop_flat_map(move |(stride, less)| {
            let kernel = taps * stride - less.min(stride - 1);
            (Just((kernel, stride)), 0..kernel, kernel..kernel + 12, 0usize..2)
        })
    };
    let axes = (2usize..4).prop_flat_map(move |taps| (axis(taps), axis(taps)));
    (1usize..4, 16usize..40, 16usize..40, axes).prop_map(
        |(batch, small_channels, large_channels, (y, x))| {
            let small = [y, x].map(|((kernel, stride), padding, large, more)| {
                (large + padding * 2 + more - kernel) / stride + 1
            });
            Window {
                batch,
                small_channels,
                large_channels,
                small,
                large: [y.2, x.2],
                kernel: [y.0.0, x.0.0],
                stride: [y.0.1, x.0.1],
                padding: [y.1, x.1],
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 1 } else { 24 }))]

    #[test]
    fn the_tiled_kernels_are_the_sums(window in tiled(), seed in 0u64..1000) {
        assert_the_sums(window, seed);
    }
}

/// Kernels of 1 x 1, with positions and channels that leave vectors half full.
fn pointwise() -> impl Strategy<Value = Window> {
    let sizes = (1usize..20, 1usize..70, 1usize..70, 1usize..10, 1usize..10);
    sizes.prop_map(|(batch, small_channels, large_channels, height, width)| Window {
        batch,
        small_channels,
        large_channels,
        small: [height, width],
        large: [height, width],
        kernel: [1; 2],
        stride: [1; 2],
        padding: [0; 2],
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 1 } else { 24 }))]

    #[test]
    fn the_pointwise_kernels_are_the_sums(window in pointwise(), seed in 0u64..1000) {
        assert_the_sums(window, seed);
    }
}

fn dcgan(batch: usize, small_channels: usize, large_channels: usize, size: usize) -> Window {
    Window {
        batch,
        small_channels,
        large_channels,
        small: [size / 2; 2],
        large: [size; 2],
        kernel: [4; 2],
        stride: [2; 2],
        padding: [1; 2],
    }
}

#[test]
fn the_shapes_of_a_dcgan_are_the_sums() {
    for (small_channels, large_channels, size) in [(32, 1, 28), (64, 32, 14), (40, 24, 8)] {
        assert_the_sums(dcgan(9, small_channels, large_channels, size), 3);
    }
}

/// The last layer of a translator: stride 1, many channels to three, and its transpose.
#[test]
fn wide_kernels_to_few_channels_are_the_sums() {
    let last = Window { kernel: [9; 2], stride: [1; 2], padding: [4; 2], ..dcgan(2, 3, 32, 20) };
    let last = Window { small: last.large, ..last };
    assert_the_sums(last, 3);
    assert_the_sums(Window { small_channels: 32, large_channels: 3, ..last }, 3);
    assert_the_sums(Window { small: [18, 16], padding: [3, 2], ..last }, 3);
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let single = Window { kernel: [1; 2], stride: [1; 2], padding: [0; 2], ..dcgan(23, 20, 9, 14) };
    for window in [dcgan(23, 20, 9, 14), Window { large: single.small, ..single }] {
        let case = Case::new(window, 5);
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.unwrap().install(|| case.kernels(Isa::here()))
        };
        assert_eq!(with(1), with(3));
    }
}
