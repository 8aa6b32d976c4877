//! Rules that look along the depth of volumes.
//!
//! A volume lies in a batch as its slices, one after another: `[batch * depth, channels, height, width]`.
//! So the layers of pictures serve for volumes, batch norm among them, and a three-dimensional
//! convolution is one in the plane of every slice and its neighbours, which only have to be brought
//! together: the same products, by the same kernels.

use burn::tensor::Tensor;

use super::Dual;

impl Dual<4> {
    /// Windows of four slices at every second slice, the first of them one slice before the volume, the
    /// last one after it, where there are zeros: what a kernel of four with stride two and padding one
    /// sees. `depth` is even.
    ///
    /// Shape: `[batch * depth, channels, height, width]` to `[batch * depth / 2, 4 channels, height,
    /// width]`; the slices of a window in their order, each with its channels.
    pub fn depth_windows(self, depth: usize) -> Self {
        self.linear_map(|x| windows(x, depth))
    }

    /// The transpose: lays windows of four slices at every second slice, adds up where they overlap, and
    /// cuts off one slice at either end.
    ///
    /// Shape: `[batch * depth, 4 channels, height, width]` to `[batch * 2 depth, channels, height,
    /// width]`.
    pub fn depth_overlaps(self, depth: usize) -> Self {
        self.linear_map(|x| overlaps(x, depth))
    }
}

fn windows(x: Tensor<4>, depth: usize) -> Tensor<4> {
    let [slices, channels, height, width] = x.dims();
    let (batch, half, slice) = (slices / depth, depth / 2, channels * height * width);
    let edge = Tensor::<3>::zeros([batch, 1, slice], &x.device());
    let padded = Tensor::cat(vec![edge.clone(), x.reshape([batch, depth, slice]), edge], 1);
    // A window is two pairs of slices, of which the next window has the second one, too.
    let pairs = padded.reshape([batch, half + 1, 2 * slice]);
    let both = vec![pairs.clone().narrow(1, 0, half), pairs.narrow(1, 1, half)];
    Tensor::cat(both, 2).reshape([batch * half, 4 * channels, height, width])
}

fn overlaps(x: Tensor<4>, depth: usize) -> Tensor<4> {
    let [slices, channels, height, width] = x.dims();
    let (batch, channels) = (slices / depth, channels / 4);
    let (slice, pair) = (channels * height * width, 2 * channels * height * width);
    let pairs = x.reshape([batch, depth, 2, pair]);
    let edge = Tensor::<3>::zeros([batch, 1, pair], &pairs.device());
    let half = |at| pairs.clone().narrow(2, at, 1).reshape([batch, depth, pair]);
    let sums = Tensor::cat(vec![half(0), edge.clone()], 1) + Tensor::cat(vec![edge, half(1)], 1);
    let laid = sums.reshape([batch, 2 * depth + 2, slice]).narrow(1, 1, 2 * depth);
    laid.reshape([batch * 2 * depth, channels, height, width])
}

#[cfg(test)]
mod tests {
    use burn::tensor::ops::{ConvOptions, ConvTransposeOptions};
    use burn::tensor::{Device, module};
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{devices, normals};
    use crate::{conv_transpose2d, conv2d};

    #[derive(Debug, Clone, Copy)]
    struct Case {
        batch: usize,
        inputs: usize,
        outputs: usize,
        /// Depth, height and width of the smaller volume.
        side: [usize; 3],
        transposed: bool,
    }

    impl Case {
        /// Input and weight, in Burn's layout.
        fn leaves(self, device: &Device) -> [Tensor<5>; 2] {
            let Self { batch, inputs, outputs, side: [d, h, w], transposed } = self;
            let device = &device.clone().autodiff();
            let size = if transposed { [d, h, w] } else { [2 * d, 2 * h, 2 * w] };
            let [first, second] = if transposed { [inputs, outputs] } else { [outputs, inputs] };
            let shapes = [[batch, inputs, size[0], size[1], size[2]], [first, second, 4, 4, 4]];
            let leaf = |lane: usize| normals(|value| value, lane as u64, shapes[lane], device);
            [0, 1].map(|lane| leaf(lane).require_grad())
        }

        /// Output, then the gradients of input and weight.
        fn run(self, [x, weight]: [Tensor<5>; 2], ours: bool) -> [Tensor<5>; 3] {
            let leaves = [x.clone(), weight.clone()];
            let y = match (self.transposed, ours) {
                (false, false) => {
                    module::conv3d(x, weight, None, ConvOptions::new([2; 3], [1; 3], [1; 3], 1))
                }
                (true, false) => {
                    let options = ConvTransposeOptions::new([2; 3], [1; 3], [0; 3], [1; 3], 1);
                    module::conv_transpose3d(x, weight, None, options)
                }
                (_, true) => by_slices(x, weight, self.transposed),
            };
            let grads = (y.clone() * y.clone().detach()).sum().backward();
            let [x, weight] = leaves.map(|leaf| leaf.grad(&grads).unwrap());
            [y.inner(), x, weight]
        }
    }

    /// The volume as slices, and the taps along the depth as channels.
    fn by_slices(x: Tensor<5>, weight: Tensor<5>, transposed: bool) -> Tensor<5> {
        let [batch, inputs, d, h, w] = x.dims();
        let slices = x.swap_dims(1, 2).reshape([batch * d, inputs, h, w]);
        let [first, second, ..] = weight.dims();
        // The taps stand before the channels that they belong to.
        let taps = weight.permute([0, 2, 1, 3, 4]).reshape([first, 4 * second, 4, 4]);
        let y = if transposed {
            let options = ConvTransposeOptions::new([2; 2], [1; 2], [0; 2], [1; 2], 1);
            Dual::from(conv_transpose2d(slices, taps, None, options)).depth_overlaps(d).value
        } else {
            let options = ConvOptions::new([2; 2], [1; 2], [1; 2], 1);
            conv2d(Dual::from(slices).depth_windows(d).value, taps, None, options)
        };
        let [slices, channels, h, w] = y.dims();
        y.reshape([batch, slices / batch, channels, h, w]).swap_dims(1, 2)
    }

    fn cases() -> impl Strategy<Value = Case> {
        (1usize..3, 1usize..4, 1usize..4, [1usize..4, 1..4, 1..4], any::<bool>()).prop_map(
            |(batch, inputs, outputs, side, transposed)| Case {
                batch,
                inputs,
                outputs,
                side,
                transposed,
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn convolutions_of_volumes_are_burns(case in cases()) {
            for device in devices() {
                let leaves = case.leaves(&device);
                let found = case.run(leaves.clone(), true).map(Tensor::into_data);
                let expected = case.run(leaves, false).map(Tensor::into_data);
                for (found, expected) in found.iter().zip(&expected) {
                    prop_assert_eq!(found.shape(), expected.shape());
                    for (f, e) in found.iter::<f32>().zip(expected.iter::<f32>()) {
                        prop_assert!((f - e).abs() < 1e-3 * e.abs().max(1.0), "{f}, not {e}");
                    }
                }
            }
        }
    }

    /// The layers of a generator of 32 voxels, and their like in its critic.
    #[test]
    #[ignore = "measures, and asserts nothing"]
    fn how_long_they_take() {
        for (inputs, outputs, side, transposed) in [
            (64, 32, 4, true),
            (32, 16, 8, true),
            (16, 1, 16, true),
            (1, 16, 16, false),
            (16, 32, 8, false),
            (32, 64, 4, false),
        ] {
            let case = Case { batch: 32, inputs, outputs, side: [side; 3], transposed };
            let leaves = case.leaves(&Device::flex());
            let least = |ours| {
                let once = |_| {
                    let start = std::time::Instant::now();
                    case.run(leaves.clone(), ours);
                    start.elapsed()
                };
                (0..15).map(once).min().unwrap()
            };
            println!("{case:?}: {:?}, Burn's {:?}", least(true), least(false));
        }
    }
}
