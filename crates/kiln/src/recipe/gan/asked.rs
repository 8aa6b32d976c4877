//! What the samples of a turn are asked to be, and what comes of it.

use burn::tensor::Tensor;
use kiln_core::Purpose;
use kiln_models::Pass;
use kiln_objective::{Information, Recognition};
use kiln_train::Round;

use super::coded::Coded;
use super::condition::{Condition, FakeClasses, ToldCritic};
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
        let address = round.address(Purpose::Conditions).lane(lane);
        let (width, device) = (self.conditions.width(), round.device());
        let on = |values: Vec<f32>| Some(rows(values, width, device));
        let (classes, fakes) = match (&self.conditions, &self.config.condition) {
            (Conditions::Classes(classes), Some(Condition::Labels(labelled))) => {
                (classes, labelled.fakes)
            }
            (Conditions::Codes(_), _) => {
                return Asked { real: None, fake: on(self.conditions.draw(n, address)) };
            }
            _ => return Asked::default(),
        };
        let labels = labels.unwrap_or_default().iter();
        let of_reals: Vec<usize> = labels.map(|label| *label as usize).collect();
        let of_fakes = match fakes {
            FakeClasses::Data => classes.draw(n, address),
            FakeClasses::Uniform => classes.draw_evenly(n, address),
            FakeClasses::Reals => of_reals.clone(),
        };
        let of = |choices: Vec<usize>| on(self.conditions.of(&choices, address));
        Asked { real: of(of_reals), fake: of(of_fakes) }
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
        match self.config.condition.as_ref()? {
            Condition::Codes(coded) => {
                let term = informed(coded, fake, &asked.fake)?;
                round.record("critic/code-loss", term.clone());
                Some(term)
            }
            Condition::Labels(labelled) => {
                let ToldCritic::Auxiliary { real: of_real, fake: of_fake, .. } = labelled.critic
                else {
                    return None;
                };
                let real = recognised(real, &asked.real)?;
                let fake = recognised(fake, &asked.fake)?;
                round.record("critic/class-accuracy-real", real.accuracy());
                round.record("critic/class-accuracy-fake", fake.accuracy());
                let term = real.loss() * of_real + fake.loss() * of_fake;
                round.record("critic/class-loss", term.clone());
                Some(term)
            }
        }
    }

    /// What the generator loses by what the critic takes its fakes for.
    pub(super) fn misrecognition(
        &self,
        opinion: Opinion,
        asked: &Asked,
        round: &mut Round<'_>,
    ) -> Option<Tensor<1>> {
        match self.config.condition.as_ref()? {
            Condition::Codes(coded) => {
                let term = informed(coded, opinion, &asked.fake)?;
                round.record("generator/code-loss", term.clone());
                Some(term)
            }
            Condition::Labels(labelled) => {
                let ToldCritic::Auxiliary { generator, .. } = labelled.critic else { return None };
                let loss = recognised(opinion, &asked.fake)?.loss();
                round.record("generator/class-loss", loss.clone());
                Some(loss * generator)
            }
        }
    }
}

/// What the auxiliary classifier says of samples of these classes.
fn recognised(opinion: Opinion, asked: &Option<Tensor<2>>) -> Option<Recognition> {
    let (said, class) = (opinion.recognised?, asked.clone()?);
    Some(Recognition { said: said.reshape(class.dims()), class })
}

/// What telling these codes wrong costs.
fn informed(coded: &Coded, opinion: Opinion, asked: &Option<Tensor<2>>) -> Option<Tensor<1>> {
    let (said, codes) = (opinion.recognised?, asked.clone()?);
    let (said, categories) = (said.reshape(codes.dims()), &coded.categories);
    let information = Information { said, codes, categories };
    let of_categories = information.of_categories().map(|loss| loss * coded.category_weight);
    let of_numbers = information.of_numbers().map(|loss| loss * coded.continuous_weight);
    of_categories.into_iter().chain(of_numbers).reduce(|sum, loss| sum + loss)
}
