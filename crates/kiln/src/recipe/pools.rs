//! Histories of fakes in a checkpoint.

use burn::tensor::Device;
use kiln_objective::ImagePool;
use kiln_train::{State, StateError};

/// Puts the pictures of a pool into `state` under `name`.
pub(super) fn put_pool(state: &mut State, name: &str, pool: &ImagePool) {
    state.put(name, &pool.images.len());
    for (idx, image) in pool.images.iter().enumerate() {
        state.put_tensor(&format!("{name}/{idx}"), image.clone());
    }
}

/// Takes what [`put_pool`] put in.
///
/// # Errors
///
/// When something is missing.
pub(super) fn take_pool(
    state: &mut State,
    name: &str,
    device: &Device,
) -> Result<ImagePool, StateError> {
    let n_images: usize = state.take(name)?;
    let image = |idx| state.take_tensor(&format!("{name}/{idx}"), device);
    Ok(ImagePool { images: (0..n_images).map(image).collect::<Result<_, _>>()? })
}
