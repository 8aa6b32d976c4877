//! What is made of the critic's logits.

use burn::tensor::Tensor;
use kiln_models::Pass;
use kiln_objective::ada::real_signs;
use kiln_objective::{Boundary, Verdict, critic_loss};
use kiln_train::Round;

use super::game::{Gan, judging};
use super::part::Part;
use crate::recipe::record_verdict;

impl Gan {
    pub(super) fn boundary(&self) -> Boundary {
        self.config.objective.boundary(self.config.labels)
    }

    /// The critic's loss but for the penalties; each `lane` draws its own wrong labels.
    pub(super) fn judge(
        &mut self,
        verdict: Verdict,
        lane: u64,
        round: &mut Round<'_>,
    ) -> Tensor<1> {
        record_verdict(&verdict, self.boundary(), round);
        if let Some(ada) = self.ada.filter(|_| self.config.augment.is_adaptive()) {
            round.record("augment/real-signs", real_signs(&verdict.real));
            round.record("augment/p", Tensor::from_floats([ada.p as f32], &self.device));
        }
        let term = match (self.config.lecam, &self.anchors) {
            (Some(lecam), Some(anchors)) => Some(lecam.term(&verdict, anchors)),
            _ => None,
        };
        self.anchors = self.config.lecam.map(|lecam| lecam.follow(&verdict, self.anchors.take()));
        let verdict = self.flipped(verdict, lane, round);
        let loss = match (self.config.balance, self.balance.take()) {
            (Some(began), Some(balance)) => {
                let (next, convergence) = balance.follow(&verdict, began);
                round.record("critic/balance", next.k.clone());
                round.record("critic/convergence", convergence);
                self.balance = Some(next);
                balance.critic_loss(verdict)
            }
            _ => critic_loss(self.config.objective, verdict, self.config.labels),
        };
        round.record("critic/loss", loss.clone());
        plus(loss, term)
    }

    /// A resting critic is asked for its verdict and does not learn.
    pub(super) fn resting_turn(&self, parts: &[Part], round: &mut Round<'_>) {
        for part in parts {
            let verdict = self.verdict(part, round);
            record_verdict(&verdict, self.boundary(), round);
            let loss = critic_loss(self.config.objective, verdict, self.config.labels);
            round.record("critic/loss", loss);
        }
    }

    /// What the critic says of a part, as in its turn, while nothing moves.
    pub(super) fn verdict(&self, part: &Part, round: &Round<'_>) -> Verdict {
        let (generator, critic) = (self.generator.frozen(), self.critic.frozen());
        let asked = &part.asked;
        let fake = generator.forward(part.latents.clone(), &part.making(Pass::keeping()));
        let look = |samples, lane, asked| {
            let seen = self.seen(samples, lane, round);
            let pass = self.judging_of(judging(lane, round), asked);
            critic.forward(seen.into(), &pass).value
        };
        let real = look(part.real.clone(), part.lanes().real, &asked.real);
        let fake = look(fake, part.lanes().fake, &asked.fake);
        Verdict { real, fake }
    }
}

/// The loss with another term, if there is one.
pub(super) fn plus(loss: Tensor<1>, term: Option<Tensor<1>>) -> Tensor<1> {
    match term {
        Some(term) => loss + term,
        None => loss,
    }
}
