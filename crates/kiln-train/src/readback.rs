//! The one place where numbers leave the device.
//!
//! Nothing inside a turn calls it; a test counts the calls.

use std::sync::atomic::{AtomicU64, Ordering};

use burn::tensor::{Tensor, Transaction};

use crate::state::StateError;

static READS: AtomicU64 = AtomicU64::new(0);

/// How often this process has read from a device.
pub fn reads() -> u64 {
    READS.load(Ordering::Relaxed)
}

/// Reads flat tensors in one transfer.
///
/// # Errors
///
/// When the device failed, or a tensor does not hold `f32`.
pub fn tensors(tensors: Vec<Tensor<1>>) -> Result<Vec<Vec<f32>>, StateError> {
    if tensors.is_empty() {
        return Ok(Vec::new());
    }
    READS.fetch_add(1, Ordering::Relaxed);
    let transaction = tensors.into_iter().fold(Transaction::default(), Transaction::register);
    let data = transaction.try_execute().map_err(|e| StateError::Device(e.to_string()))?;
    data.into_iter()
        .map(|data| data.try_into_vec::<f32>().map_err(|e| StateError::Device(format!("{e:?}"))))
        .collect()
}
