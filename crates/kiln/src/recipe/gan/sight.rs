//! What the critic sees of a sample, and what it is told: the same for real and fake.

use burn::tensor::Tensor;
use kiln_core::Purpose;
use kiln_objective::{Verdict, pack};
use kiln_train::Round;

use super::game::Gan;

impl Gan {
    /// What the critic sees of `samples`, `[batch / pack, pack channels, ...]`: augmented, noisy,
    /// packed; each `lane` has its own random numbers.
    pub(super) fn seen(&self, samples: Tensor<4>, lane: u64, round: &Round<'_>) -> Tensor<4> {
        let p = self.ada.map_or(0.0, |ada| ada.p);
        let mut samples = self.config.augment.apply(samples, p, lane, round);
        let deviation = self.config.noise.at(round.clock.samples);
        if deviation != 0.0 {
            let noise = round.normals(Purpose::Noise, lane, samples.dims());
            samples = samples + noise * deviation;
        }
        pack(samples, self.config.pack)
    }

    /// The verdict with some labels wrong; each `lane` draws its own.
    pub(super) fn flipped(&self, verdict: Verdict, lane: u64, round: &Round<'_>) -> Verdict {
        let probability = self.config.labels.flip;
        if probability == 0.0 {
            return verdict;
        }
        let shape = verdict.real.dims();
        let uniform = round.uniforms(Purpose::Labels, lane, shape, (0.0, 1.0));
        verdict.flipped(uniform, probability)
    }
}
