//! What the tests of several modules share.

use burn::tensor::{Device, Tensor, TensorData};
use kiln_core::{Address, Purpose, Stream};

/// The backends of this build that have a kernel of ours or are cheap to try by the dozen.
pub(crate) fn devices() -> Vec<Device> {
    vec![
        #[cfg(feature = "flex")]
        Device::flex(),
        #[cfg(feature = "ndarray")]
        ndarray(),
    ]
}

#[cfg(feature = "ndarray")]
#[expect(deprecated, reason = "the product promises the backend")]
fn ndarray() -> Device {
    Device::ndarray()
}

/// What `map` makes of standard normal numbers: others for each lane.
pub(crate) fn normals<const D: usize>(
    map: fn(f32) -> f32,
    lane: u64,
    shape: [usize; D],
    device: &Device,
) -> Tensor<D> {
    let address = Address::new(7, Purpose::Data).lane(lane);
    let values = Stream::new(address).normals(shape.iter().product());
    let values = values.into_iter().map(map).collect::<Vec<f32>>();
    Tensor::from_data(TensorData::new(values, shape), device)
}
