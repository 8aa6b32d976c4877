//! What the samples of a turn are asked to be, and what comes of it.

use burn::tensor::Tensor;
use kiln_core::Purpose;
use kiln_models::Pass;
use kiln_objective::Recognition;
use kiln_train::Round;

use super::condition::{Condition, FakeClasses, Labelled, ToldCritic};
use super::game::Gan;
use super::networks::Opinion;
use crate::recipe::Conditions;
use crate::recipe::conditions::rows;

/// What the samples of a part are asked to be, each `[samples, conditions]`; nothing in a game
/// without conditions.
#[derive(Debug, Clone, Default)]
pub(super) struct Asked {
    /// What the reals are.
    pub(super) real: Option<Tensor<2>>,
    /// What the fakes are to be.
    pub(super) fake: Option<Tensor<2>>,
}

/// What the auxiliary classifier is weighed by.
struct Weights {
    real: f64,
    fake: f64,
    generator: f64,
}

impl Gan {
    /// What `n` reals with these labels are, and what as many fakes are to be; each `lane` draws its
    /// own.
    pub(super) fn asked(
        &self,
        labels: Option<&[u32]>,
        n: usize,
        lane: u64,
        round: &Round<'_>,
    ) -> Asked {
        let (Conditions::Classes(classes), Some(Condition::Labels(Labelled { fakes, .. }))) =
            (&self.conditions, self.config.condition)
        else {
            return Asked::default();
        };
        let of_reals: Vec<usize> =
            labels.unwrap_or_default().iter().map(|label| *label as usize).collect();
        let address = round.address(Purpose::Conditions).lane(lane);
        let of_fakes = match fakes {
            FakeClasses::Data => classes.draw(n, address),
            FakeClasses::Uniform => classes.draw_evenly(n, address),
            FakeClasses::Reals => of_reals.clone(),
        };
        let (width, device) = (self.conditions.width(), round.device());
        let on = |classes: Vec<usize>| Some(rows(self.conditions.of(&classes), width, device));
        Asked { real: on(of_reals), fake: on(of_fakes) }
    }

    /// A pass of the critic, which sees a pack of samples at once, over samples that are asked to be
    /// something.
    pub(super) fn judging_of(&self, pass: Pass, asked: &Option<Tensor<2>>) -> Pass {
        let n = self.config.pack;
        pass.of(asked.clone().map(|asked| {
            let [samples, width] = asked.dims();
            asked.reshape([samples / n, n * width])
        }))
    }

    /// What the critic loses by what it takes samples for, in its own turn.
    pub(super) fn recognition(
        &self,
        [real, fake]: [Opinion; 2],
        asked: &Asked,
        round: &mut Round<'_>,
    ) -> Option<Tensor<1>> {
        let weights = self.recognition_weights()?;
        let real = self.recognised(real, &asked.real)?;
        let fake = self.recognised(fake, &asked.fake)?;
        round.record("critic/class-accuracy-real", real.accuracy());
        round.record("critic/class-accuracy-fake", fake.accuracy());
        let term = real.loss() * weights.real + fake.loss() * weights.fake;
        round.record("critic/class-loss", term.clone());
        Some(term)
    }

    /// What the generator loses by what the critic takes its fakes for.
    pub(super) fn misrecognition(
        &self,
        opinion: Opinion,
        asked: &Asked,
        round: &mut Round<'_>,
    ) -> Option<Tensor<1>> {
        let weights = self.recognition_weights()?;
        let loss = self.recognised(opinion, &asked.fake)?.loss();
        round.record("generator/class-loss", loss.clone());
        Some(loss * weights.generator)
    }

    fn recognised(&self, opinion: Opinion, asked: &Option<Tensor<2>>) -> Option<Recognition> {
        let (said, class) = (opinion.recognised?, asked.clone()?);
        Some(Recognition { said: said.reshape(class.dims()), class })
    }

    fn recognition_weights(&self) -> Option<Weights> {
        let Condition::Labels(Labelled { critic, .. }) = self.config.condition?;
        match critic {
            ToldCritic::Auxiliary { real, fake, generator } => {
                Some(Weights { real, fake, generator })
            }
            _ => None,
        }
    }
}
