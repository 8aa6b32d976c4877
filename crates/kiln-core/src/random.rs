//! Random numbers with an address: (seed, purpose, clock, roll-back attempt, lane).
//!
//! A [`Stream`] is ChaCha8 keyed by its [`Address`], so a number can be drawn again at any time,
//! on any machine with the same floating point, and a new consumer shifts nobody else's numbers.
//! Everything is drawn on the host: Burn's own generators are global to the process, differ by
//! backend and cannot be saved.

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};

use crate::SamplesSeen;

/// What a random number is for. The codes are part of the run format: never renumber one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u32)]
#[non_exhaustive]
pub enum Purpose {
    /// First weights of a network.
    Weights = 1,
    /// Latents of a turn.
    Latents = 2,
    /// The fixed latents of every sheet of a run.
    Preview = 3,
    /// Order of the training data.
    Shuffle = 4,
    /// Dropout masks.
    Dropout = 5,
    /// Augmentation of data.
    Augment = 6,
    /// Noise added to inputs or layers.
    Noise = 7,
    /// Samples drawn on request, outside training.
    Sample = 8,
    /// Interpolation between real and fake, perturbation of reals.
    Penalty = 9,
    /// Synthetic data.
    Data = 10,
    /// Evaluation: subsets and bootstraps.
    Evaluation = 11,
    /// Labels that are wrong on purpose.
    Labels = 12,
    /// Fakes of the past that take the place of new ones.
    Pool = 13,
    /// What the fakes of a turn are asked to be.
    Conditions = 14,
    /// Noise within a generator, and second styles.
    Synthesis = 15,
}

/// The address of a stream of random numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Address {
    seed: u64,
    purpose: Purpose,
    samples: u64,
    attempt: u32,
    lane: u64,
}

impl Address {
    /// The address of `purpose` in the run with this seed, at clock zero.
    pub fn new(seed: u64, purpose: Purpose) -> Self {
        Self { seed, purpose, samples: 0, attempt: 0, lane: 0 }
    }

    /// The same purpose at another time.
    pub fn at(self, samples: SamplesSeen) -> Self {
        Self { samples: samples.0, ..self }
    }

    /// The same after the `attempt`-th roll-back: new numbers, or the run would replay its fate.
    pub fn attempt(self, attempt: u32) -> Self {
        Self { attempt, ..self }
    }

    /// The same for the `lane`-th consumer: a turn of the round, a layer, a network.
    pub fn lane(self, lane: u64) -> Self {
        Self { lane, ..self }
    }

    /// The lane of a named consumer within this lane: a network, then a parameter's path.
    pub fn named(self, name: &str) -> Self {
        let within = self.lane.to_le_bytes();
        self.lane(fnv1a(within.iter().chain(name.as_bytes())))
    }

    /// Packs the address into the key: distinct addresses have distinct keys.
    fn key(&self) -> [u8; 32] {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&self.seed.to_le_bytes());
        key[8..12].copy_from_slice(&(self.purpose as u32).to_le_bytes());
        key[12..16].copy_from_slice(&self.attempt.to_le_bytes());
        key[16..24].copy_from_slice(&self.samples.to_le_bytes());
        key[24..].copy_from_slice(&self.lane.to_le_bytes());
        key
    }
}

/// FNV-1a, the 64-bit variant: stable across versions, which `std`'s hasher does not promise.
fn fnv1a<'a>(bytes: impl Iterator<Item = &'a u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
    })
}

/// A sequence of random numbers at one address.
#[derive(Debug, Clone)]
pub struct Stream {
    source: ChaCha8Rng,
}

impl Stream {
    /// Opens the stream at its beginning.
    pub fn new(address: Address) -> Self {
        Self { source: ChaCha8Rng::from_seed(address.key()) }
    }

    /// A whole number in `0..2^64`.
    pub fn bits(&mut self) -> u64 {
        self.source.next_u64()
    }

    /// Uniform in `[0, 1)`, on a grid of `2^-24`, which `f32` holds exactly.
    pub fn uniform(&mut self) -> f32 {
        (self.source.next_u32() >> 8) as f32 * (1.0 / (1 << 24) as f32)
    }

    /// A whole number in `0..n`, without bias (Lemire 2019). `n` must not be zero.
    pub fn below(&mut self, n: u64) -> u64 {
        debug_assert!(n > 0, "no whole number is below zero");
        loop {
            let wide = u128::from(self.bits()) * u128::from(n);
            let low = wide as u64;
            if low >= n || low >= n.wrapping_neg() % n {
                return (wide >> 64) as u64;
            }
        }
    }

    /// `n` numbers uniform in `[low, high)`.
    pub fn uniforms(&mut self, n: usize, low: f32, high: f32) -> Vec<f32> {
        (0..n).map(|_| low + (high - low) * self.uniform()).collect()
    }

    /// `n` standard normal numbers (Box and Muller 1958).
    pub fn normals(&mut self, n: usize) -> Vec<f32> {
        let mut values = Vec::with_capacity(n + 1);
        while values.len() < n {
            let radius = (-2.0 * (1.0 - f64::from(self.uniform())).ln()).sqrt();
            let angle = std::f64::consts::TAU * f64::from(self.uniform());
            values.push((radius * angle.cos()) as f32);
            values.push((radius * angle.sin()) as f32);
        }
        values.truncate(n);
        values
    }

    /// `n` zeros and ones, each one with probability `p`.
    pub fn bernoullis(&mut self, n: usize, p: f32) -> Vec<f32> {
        (0..n).map(|_| if self.uniform() < p { 1.0 } else { 0.0 }).collect()
    }
}

/// A permutation of `0..n`, uniform over all of them (Fisher and Yates).
pub fn permutation(n: usize, stream: &mut Stream) -> Vec<u32> {
    let mut order: Vec<u32> = (0..n as u32).collect();
    for last in (1..n).rev() {
        order.swap(last, stream.below(last as u64 + 1) as usize);
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(purpose: Purpose) -> Stream {
        Stream::new(Address::new(1, purpose))
    }

    #[test]
    fn the_same_address_gives_the_same_numbers() {
        assert_eq!(stream(Purpose::Latents).normals(5), stream(Purpose::Latents).normals(5));
    }

    #[test]
    fn every_part_of_the_address_matters() {
        let home = Address::new(1, Purpose::Latents);
        let others = [
            Address::new(2, Purpose::Latents),
            Address::new(1, Purpose::Noise),
            home.at(SamplesSeen(1)),
            home.attempt(1),
            home.lane(1),
            home.named("critic"),
            home.named("generator").named("critic"),
        ];
        let first = Stream::new(home).bits();
        assert!(others.iter().all(|other| Stream::new(*other).bits() != first));
    }

    #[test]
    fn a_pinned_draw_guards_the_run_format() {
        // Not a standard vector: these are our own first draws, which old runs rely on.
        assert_eq!(stream(Purpose::Weights).bits(), PINNED);
    }
    const PINNED: u64 = 4_344_717_217_939_160_907;

    #[test]
    fn normals_have_mean_zero_and_variance_one() {
        let values = stream(Purpose::Latents).normals(100_000);
        let mean = values.iter().sum::<f32>() / 1e5;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / 1e5;
        // Five standard errors: 5 / sqrt(1e5) = 0.016, and sqrt(2) times that for the variance.
        assert!(mean.abs() < 0.016, "mean {mean}");
        assert!((variance - 1.0).abs() < 0.023, "variance {variance}");
    }

    #[test]
    fn below_reaches_every_number_and_no_other() {
        let mut seen = [0; 7];
        let mut draws = stream(Purpose::Shuffle);
        (0..7000).for_each(|_| seen[draws.below(7) as usize] += 1);
        assert!(seen.iter().all(|n| (850..1150).contains(n)), "{seen:?}");
    }

    #[test]
    fn a_permutation_holds_every_index_once() {
        let mut order = permutation(1000, &mut stream(Purpose::Shuffle));
        assert_ne!(order[..10], (0..10).collect::<Vec<u32>>()[..]);
        order.sort_unstable();
        assert_eq!(order, (0..1000).collect::<Vec<u32>>());
    }

    #[test]
    fn uniform_stays_in_its_interval() {
        let values = stream(Purpose::Noise).uniforms(10_000, -1.0, 1.0);
        assert!(values.iter().all(|v| (-1.0..1.0).contains(v)));
    }
}
