//! What the critic sees of a sample, and what it is told: the same for real and fake.

use burn::tensor::Tensor;
use kiln_core::Purpose;
use kiln_objective::{DiffAugment, Verdict, pack};
use kiln_train::Round;

use super::config::GanConfig;

impl GanConfig {
    /// What the critic sees of `samples`, `[batch / pack, pack channels, ...]`: augmented, noisy,
    /// packed; each `lane` has its own random numbers.
    pub(super) fn seen(&self, samples: Tensor<4>, lane: u64, round: &Round<'_>) -> Tensor<4> {
        let mut samples = samples;
        if !self.augment.is_none() {
            let shape = [samples.dims()[0], DiffAugment::DRAWS];
            let draws = round.uniforms(Purpose::Augment, lane, shape, (0.0, 1.0));
            samples = self.augment.apply(samples, &draws);
        }
        let deviation = self.noise.at(round.clock.samples);
        if deviation != 0.0 {
            let noise = round.normals(Purpose::Noise, lane, samples.dims());
            samples = samples + noise * deviation;
        }
        pack(samples, self.pack)
    }

    /// The verdict with some labels wrong; each `lane` draws its own.
    pub(super) fn flipped(&self, verdict: Verdict, lane: u64, round: &Round<'_>) -> Verdict {
        let probability = self.labels.flip;
        if probability == 0.0 {
            return verdict;
        }
        let shape = verdict.real.dims();
        let uniform = round.uniforms(Purpose::Labels, lane, shape, (0.0, 1.0));
        verdict.flipped(uniform, probability)
    }
}
