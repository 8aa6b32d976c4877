//! Pictures whose pixels come from elsewhere: bilinear between the four nearest pixels, and the
//! picture goes on beyond its edges by reflection.
//!
//! Departs from the paper: the authors double the resolution with a wavelet's filter (sym6) before
//! they look pixels up and halve it afterwards, and fill up with zeros beyond one reflection. Here
//! pixels are looked up at their own resolution, for a quarter of the work, and reflected without
//! end: steps of whole pixels are exact, others blur a little, reals and fakes alike.
//!
//! Burn's `grid_sample_2d` has no gradient on most backends; a gather does, on all of them.

use burn::tensor::{Device, Int, Tensor};

use super::geometry::Map;

/// The pictures `[batch, channels, height, width]` with each pixel taken from where `source` says.
pub(super) fn resample(images: Tensor<4>, source: Map) -> Tensor<4> {
    let [batch, channels, height, width] = images.dims();
    let pixels = height * width;
    let (index, weight) = neighbours(source, [batch, height, width]);
    // Every channel looks in the same places: [batch * channels, 4 * pixels].
    let index = index.reshape([batch, 1, 4 * pixels]).repeat_dim(1, channels);
    let found = images
        .reshape([batch * channels, pixels])
        .gather(1, index.reshape([batch * channels, 4 * pixels]))
        .reshape([batch, channels, 4, pixels]);
    (found * weight).sum_dim(2).reshape([batch, channels, height, width])
}

/// The four pixels around the source of each pixel, `[batch, 4, pixels]`, as positions in a picture
/// that is one row, and their shares, `[batch, 1, 4, pixels]`.
fn neighbours(source: Map, [batch, height, width]: [usize; 3]) -> (Tensor<3, Int>, Tensor<4>) {
    let [across, down] = [0, 1].map(|axis| {
        let place = |column: Tensor<2>| column.narrow(1, axis, 1).reshape([batch, 1, 1]);
        let device = source.right.device();
        let x = from_the_middle(width, &device).reshape([1, 1, width]);
        let y = from_the_middle(height, &device).reshape([1, height, 1]);
        let origin = place(source.origin.clone());
        let along_rows = x * place(source.right.clone()); // [batch, 1, width]
        let from = along_rows + (y * place(source.down.clone()) + origin);
        Between::new(from.reshape([batch, 1, height * width]), [width, height][axis])
    });
    let corner = down.low.clone() * width as f64 + across.low.clone();
    let (right, below) = (across.step as f64, (down.step * width) as f64);
    let corners = [0.0, right, below, below + right].map(|by| (corner.clone() + by).int());
    let [left, top] = [&across, &down].map(|axis| axis.share.clone() * -1.0 + 1.0);
    let shares = vec![
        top.clone() * left.clone(),
        top * across.share.clone(),
        down.share.clone() * left,
        down.share * across.share,
    ];
    let shares = Tensor::cat(shares, 1).reshape([batch, 1, 4, height * width]);
    (Tensor::cat(corners.into(), 1), shares)
}

/// Places along one axis, `[batch, 1, pixels]`, as the pixel before and the way to the next one.
struct Between {
    /// The pixel before.
    low: Tensor<3>,
    /// Share of the next pixel, in `[0, 1]`.
    share: Tensor<3>,
    /// From a pixel to the next: one, or none where the side has a single pixel.
    step: usize,
}

impl Between {
    /// Of places from the middle of a side of so many pixels.
    fn new(place: Tensor<3>, side: usize) -> Self {
        if side == 1 {
            return Self { low: place.zeros_like(), share: place.zeros_like(), step: 0 };
        }
        let last = (side - 1) as f64;
        let place = reflected(place + last / 2.0, last);
        let low = place.clone().floor().clamp(0.0, last - 1.0);
        Self { share: place - low.clone(), low, step: 1 }
    }
}

/// Places beyond `[0, last]` mirrored back into it; the edge pixels are not repeated.
fn reflected(place: Tensor<3>, last: f64) -> Tensor<3> {
    let around = (place.clone() / (2.0 * last)).floor() * (2.0 * last);
    let back = (place - around - last).abs();
    (back * -1.0 + last).clamp(0.0, last)
}

/// The places of a side's pixels, from its middle.
fn from_the_middle(side: usize, device: &Device) -> Tensor<1> {
    let middle = (side as f64 - 1.0) / 2.0;
    Tensor::<1, Int>::arange(0..side as i64, device).float() - middle
}
