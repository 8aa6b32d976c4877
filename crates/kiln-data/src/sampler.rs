//! The order of the samples: a permutation for each epoch, seekable to any position.

use std::sync::{Arc, Mutex, PoisonError};

use kiln_core::{Address, Purpose, Stream, permutation};

use crate::DataError;

/// Permutations kept: workers on both sides of the end of an epoch need two.
const KEPT: usize = 2;

/// Which sample comes at which position of an endless sequence of epochs.
///
/// Position `p` lies in epoch `p / len`, whose order is a permutation drawn at the address
/// (seed, shuffle, epoch). So every sample comes once an epoch, seeking is the same as skipping,
/// and a batch may run on across the end of an epoch: none is partial.
///
/// ```
/// # fn main() -> Result<(), kiln_data::DataError> {
/// let sampler = kiln_data::Sampler::new(7, 5)?;
/// let mut epoch = sampler.indices(0, 5);
/// assert_eq!(sampler.indices(3, 4)[..2], epoch[3..]);
/// epoch.sort();
/// assert_eq!(epoch, [0, 1, 2, 3, 4]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Sampler {
    seed: u64,
    /// What its permutations are drawn at, but for the epoch.
    name: Option<&'static str>,
    len: u32,
    /// The latest permutations; a cache, and nothing but time depends on it.
    recent: Mutex<Vec<(u64, Arc<Vec<u32>>)>>,
}

impl Sampler {
    /// The order of `len` samples under `seed`.
    ///
    /// # Errors
    ///
    /// [`DataError::BadOption`] when there is no sample, or 2^32 and more.
    pub fn new(seed: u64, len: usize) -> Result<Self, DataError> {
        match u32::try_from(len) {
            Ok(len) if len > 0 => Ok(Self { seed, name: None, len, recent: Mutex::default() }),
            _ => Err(DataError::BadOption(format!(
                "{len} samples cannot be put in order: there must be 1 to {}",
                u32::MAX
            ))),
        }
    }

    /// The order of `len` samples that are shown together with these, one with one, and do not belong
    /// to them: their numbers meet in every combination.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new).
    pub fn unrelated(&self, len: usize) -> Result<Self, DataError> {
        Ok(Self { name: Some("unrelated"), ..Self::new(self.seed, len)? })
    }

    /// Indices of the `n` samples from `position` on, `position` being the number of samples
    /// drawn before.
    pub fn indices(&self, position: u64, n: usize) -> Vec<usize> {
        let len = u64::from(self.len);
        let mut indices = Vec::with_capacity(n);
        let (mut epoch, mut start) = (position / len, (position % len) as usize);
        while indices.len() < n {
            let order = self.order(epoch);
            let rest = order[start..].iter().map(|index| *index as usize);
            indices.extend(rest.take(n - indices.len()));
            (epoch, start) = (epoch + 1, 0);
        }
        indices
    }

    /// The epoch that `position` lies in, from zero.
    pub fn epoch(&self, position: u64) -> u64 {
        position / u64::from(self.len)
    }

    /// The seed of the order.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Samples in an epoch.
    #[expect(clippy::len_without_is_empty, reason = "a sampler is never empty")]
    pub fn len(&self) -> usize {
        self.len as usize
    }

    fn order(&self, epoch: u64) -> Arc<Vec<u32>> {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, order)) = recent.iter().find(|(kept, _)| *kept == epoch) {
            return Arc::clone(order);
        }
        let address = Address::new(self.seed, Purpose::Shuffle).lane(epoch);
        let address = self.name.map_or(address, |name| address.named(name));
        let order = Arc::new(permutation(self.len(), &mut Stream::new(address)));
        if recent.len() == KEPT {
            recent.remove(0);
        }
        recent.push((epoch, Arc::clone(&order)));
        order
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sampler(len: usize) -> Sampler {
        Sampler::new(3, len).unwrap()
    }

    #[test]
    fn epochs_and_seeds_have_orders_of_their_own() {
        let first = sampler(100).indices(0, 100);
        assert_ne!(first, sampler(100).indices(100, 100));
        assert_ne!(first, Sampler::new(4, 100).unwrap().indices(0, 100));
    }

    #[test]
    fn unrelated_samples_have_another_order_and_number() {
        let (own, other) = (sampler(50), sampler(50).unrelated(50).unwrap());
        assert_ne!(own.indices(0, 50), other.indices(0, 50));
        assert_eq!(sampler(50).unrelated(3).unwrap().len(), 3);
    }

    #[test]
    fn nothing_cannot_be_put_in_order() {
        assert!(Sampler::new(3, 0).is_err());
        assert!(Sampler::new(3, 1 << 32).is_err());
    }

    #[test]
    fn a_batch_may_span_several_epochs() {
        let batch = sampler(3).indices(2, 10);
        assert_eq!(batch.len(), 10);
        let mut second = batch[1..4].to_vec();
        second.sort_unstable();
        assert_eq!(second, [0, 1, 2]);
    }

    #[test]
    fn a_pinned_order_guards_the_run_format() {
        // Not a standard vector: our own first draw, which old runs rely on.
        assert_eq!(sampler(6).indices(0, 6), PINNED);
    }
    const PINNED: [usize; 6] = [2, 1, 4, 5, 0, 3];

    proptest! {
        #[test]
        fn every_sample_comes_once_an_epoch(len in 1_usize..200, epoch in 0_u64..1000) {
            let mut indices = sampler(len).indices(epoch * len as u64, len);
            indices.sort_unstable();
            prop_assert_eq!(indices, (0..len).collect::<Vec<_>>());
        }

        #[test]
        fn seeking_is_skipping(len in 1_usize..50, skip in 0_usize..200, n in 0_usize..50) {
            let all = sampler(len).indices(0, skip + n);
            prop_assert_eq!(&sampler(len).indices(skip as u64, n)[..], &all[skip..]);
        }

        #[test]
        fn batches_of_any_size_make_the_same_sequence(len in 1_usize..50, size in 1_usize..40) {
            let whole = sampler(len).indices(0, 4 * size);
            let one = sampler(len);
            let pieces: Vec<usize> = (0..4).flat_map(|k| one.indices(k * size as u64, size)).collect();
            prop_assert_eq!(whole, pieces);
        }
    }
}
