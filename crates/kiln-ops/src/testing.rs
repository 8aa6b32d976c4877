//! What the tests of several modules share.

use burn::tensor::Device;

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
