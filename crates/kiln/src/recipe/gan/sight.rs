//! What the critic sees of a sample, and what it is told: the same for real and fake.

use burn::tensor::Tensor;
use kiln_core::Purpose;
use kiln_models::Pass;
use kiln_objective::{Verdict, pack};
use kiln_train::Round;

use super::asked::Asked;
use super::game::{Gan, first};
use super::networks::Opinion;

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

    /// What the critic says of reals and of fakes in the `idx`-th part of its turn: in one pass where
    /// it looks at each sample for itself, so that each weight is read once.
    pub(super) fn look_at_both(
        &self,
        [real, fake]: [&Tensor<4>; 2],
        [of_real, of_fake]: [Pass; 2],
        asked: &Asked,
        idx: usize,
    ) -> [Opinion; 2] {
        let of_real = first(idx, of_real);
        let look = |seen: Tensor<4>, pass: Pass, asked: &Option<Tensor<2>>| {
            self.critic.network().opinion(seen, &self.judging_of(pass, asked))
        };
        let both = |[a, b]: [&Option<Tensor<2>>; 2]| match (a, b) {
            (Some(a), Some(b)) => Some(Some(Tensor::cat(vec![a.clone(), b.clone()], 0))),
            (None, None) => Some(None),
            _ => None,
        };
        match both([&asked.real, &asked.fake]) {
            Some(asked) if self.config.looks_singly() => {
                let seen = Tensor::cat(vec![real.clone(), fake.clone()], 0);
                look(seen, of_real, &asked).split(real.dims()[0])
            }
            _ => {
                [look(real.clone(), of_real, &asked.real), look(fake.clone(), of_fake, &asked.fake)]
            }
        }
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
