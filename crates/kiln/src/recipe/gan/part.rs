//! A turn's batch in parts, which are there to save memory.

use burn::tensor::Tensor;
use kiln_core::{Address, Purpose};
use kiln_models::Pass;
use kiln_train::{Batch, Round};

use super::asked::Asked;
use super::game::{Gan, first};
use crate::recipe::Images;

/// A part of a turn's batch: reals, the latents of as many fakes, what all are asked to be, and where
/// its random numbers are.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) real: Tensor<4>,
    pub(super) latents: Tensor<2>,
    pub(super) asked: Asked,
    pub(super) lane: u64,
    /// Of the noise within the generator.
    pub(super) noise: Address,
}

/// Where the random numbers of what the critic sees are.
pub(super) struct Lanes {
    pub(super) real: u64,
    /// A fake in the critic's turn.
    pub(super) fake: u64,
    /// A fake in the generator's.
    pub(super) judged: u64,
}

impl Part {
    /// A pass of the generator that makes this part's fakes.
    pub(super) fn making(&self, pass: Pass) -> Pass {
        pass.of(self.asked.fake.clone()).drawing(self.noise)
    }

    /// The lanes of what the critic sees.
    pub(super) fn lanes(&self) -> Lanes {
        Lanes { real: 3 * self.lane, fake: 3 * self.lane + 1, judged: 3 * self.lane + 2 }
    }
}

impl Gan {
    /// The parts of a turn, each with latents of its own.
    pub(super) fn parts(&self, turn: usize, reals: Images, round: &Round<'_>) -> Vec<Part> {
        let n_parts = self.config.accumulate;
        let part = |(idx, reals): (usize, Images)| {
            let (n, lane) = (reals.samples(), (turn * n_parts + idx) as u64);
            let address = round.address(Purpose::Latents).lane(lane);
            let latents = self.config.latent_space().tensor(n, address, round.device());
            let asked = self.asked(reals.labels.as_deref(), n, lane, round);
            let noise = round.address(Purpose::Synthesis).lane(lane);
            Part { real: reals.pixels, latents, asked, lane, noise }
        };
        reals.parts(n_parts).into_iter().enumerate().map(part).collect()
    }

    /// The fakes of the `idx`-th part of the generator's turn.
    pub(super) fn fake(&self, part: &Part, idx: usize) -> Tensor<4> {
        let pass = part.making(first(idx, Pass::train(None)));
        self.generator.network().forward(part.latents.clone(), &pass)
    }
}
