//! What plays against the critic of a translation have in common: its turn, and what it says to a generator.

use burn::tensor::Tensor;
use kiln_models::Pass;
use kiln_objective::penalty::GradientPenalty;
use kiln_objective::{Adversarial, Labels, Verdict, critic_loss, generator_loss};
use kiln_train::{Learner, Round};

use super::critics::TranslationCritic;
use crate::recipe::penalties::Penalised;
use crate::recipe::record_verdict;

/// The turn of a critic: it learns to tell one batch from another, logit by logit.
pub(in crate::recipe) struct PatchTurn<'a> {
    pub(in crate::recipe) objective: Adversarial,
    pub(in crate::recipe) penalties: &'a [GradientPenalty],
    pub(in crate::recipe) real: Tensor<4>,
    /// Without the graph of what made them.
    pub(in crate::recipe) fake: Tensor<4>,
    /// Which critic it is; each draws its own points for penalties.
    pub(in crate::recipe) lane: usize,
}

impl PatchTurn<'_> {
    /// Plays it.
    pub(in crate::recipe) fn play(
        self,
        critic: Learner<TranslationCritic>,
        round: &mut Round<'_>,
    ) -> Learner<TranslationCritic> {
        let Self { objective, penalties, real, fake, lane } = self;
        let network = critic.network();
        let verdict = Verdict {
            real: network.forward(real.clone().into(), &Pass::train(None).iterating_power()).value,
            fake: network.forward(fake.clone().into(), &Pass::train(None)).value,
        };
        record_verdict(&verdict, objective.boundary(Labels::HARD), round);
        // "We divide the objective by 2 while optimizing D, which slows down the rate at which D
        // learns" (Isola et al. 2017, section 3.3; Zhu et al. 2017, section 7.1).
        let loss = critic_loss(objective, verdict, Labels::HARD) * 0.5;
        round.record("critic/loss", loss.clone());
        let live = |x, _| network.opinion(x, &Pass::keeping());
        let frozen = |x, _| critic.frozen().opinion(x, &Pass::keeping());
        let penalised = Penalised { penalties, real, fake, lane };
        let loss = penalised.add_to(loss, round, live, frozen);
        critic.learn(&loss, round)
    }
}

/// The generator's loss of what it made, by a frozen critic; `real` is asked for where the objective
/// compares with reals.
pub(in crate::recipe) fn raised(
    objective: Adversarial,
    critic: &TranslationCritic,
    made: Tensor<4>,
    real: impl FnOnce() -> Tensor<4>,
) -> Tensor<1> {
    let judge = |pictures: Tensor<4>| critic.forward(pictures.into(), &Pass::keeping()).value;
    generator_loss(objective, judge(made), || judge(real()))
}
