//! The penalties of a critic's turn.

use burn::tensor::Tensor;
use kiln_core::Purpose;
use kiln_objective::penalty::{GradientPenalty, input_gradient, penalty_along};
use kiln_ops::Dual;
use kiln_train::Round;

/// What the penalties of a turn look at.
pub(super) struct Penalised<'a> {
    /// All of the recipe's.
    pub(super) penalties: &'a [GradientPenalty],
    /// What the critic saw.
    pub(super) real: Tensor<4>,
    /// The same of fakes.
    pub(super) fake: Tensor<4>,
    /// Which part of the batch this is; each draws its own points.
    pub(super) lane: usize,
}

impl Penalised<'_> {
    /// The critic's loss and the penalties that are due, given the critic with live weights and
    /// with frozen ones, which are told whether the points are fakes.
    pub(super) fn add_to(
        self,
        loss: Tensor<1>,
        round: &mut Round<'_>,
        live: impl Fn(Dual<4>, bool) -> Dual<2>,
        frozen: impl Fn(Dual<4>, bool) -> Dual<2>,
    ) -> Tensor<1> {
        let Self { penalties, real, fake, lane } = self;
        penalties.iter().enumerate().fold(loss, |loss, (idx, penalty)| {
            let Some(factor) = penalty.factor(&round.clock) else { return loss };
            // A penalty draws twice at most.
            let mut draws = 2 * (lane * penalties.len() + idx) as u64..;
            let points = penalty.kind.points(real.clone(), fake.clone(), |shape| {
                let lane = draws.next().unwrap_or_default();
                round.uniforms(Purpose::Penalty, lane, shape, (0.0, 1.0))
            });
            let at_fakes = penalty.kind.is_at_fakes();
            let slope = input_gradient(points.clone(), |x| frozen(x, at_fakes));
            let phi = penalty.kind.phi();
            let penalised = penalty_along(points, slope, phi, |x| live(x, at_fakes));
            round.record(penalty.kind.reading(), penalised.value);
            loss + penalised.surrogate * factor
        })
    }
}
