//! LeCam regularisation (Tseng et al. 2021, "Regularizing Generative Adversarial Networks under
//! Limited Data", equation 3, with the ReLU of the authors' code): the critic may not run away
//! from where the other side's logits have been.

use burn::tensor::{Tensor, activation::relu};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Verdict;

/// The constants.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LeCam {
    /// The paper's lambda: 0.3 for CIFAR; at least 0.
    pub weight: f64,
    /// Share of the anchors that a round leaves, in `[0, 1)`; the authors' is 0.99.
    #[serde(default = "authors_decay")]
    pub decay: f64,
}

fn authors_decay() -> f64 {
    0.99
}

/// Constants out of range.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum LeCamError {
    /// The weight is negative or not a number.
    #[error("the weight of lecam is {0}; it must be a number of at least 0")]
    Weight(f64),
    /// A decay that forgets nothing, or more than all.
    #[error("the decay of lecam is {0}; it must be at least 0 and under 1")]
    Decay(f64),
}

/// Moving means of the logits, each `[1]` and without autodiff. Part of a checkpoint.
#[derive(Debug, Clone)]
pub struct Anchors {
    /// Of real samples.
    pub real: Tensor<1>,
    /// Of generated ones.
    pub fake: Tensor<1>,
}

impl LeCam {
    /// Checks the ranges.
    ///
    /// # Errors
    ///
    /// When a number is out of its range.
    pub fn validate(self) -> Result<(), LeCamError> {
        if !(self.weight >= 0.0 && self.weight.is_finite()) {
            return Err(LeCamError::Weight(self.weight));
        }
        if (0.0..1.0).contains(&self.decay) { Ok(()) } else { Err(LeCamError::Decay(self.decay)) }
    }

    /// What the critic's loss is raised by: `w (E relu(r - a_f)^2 + E relu(a_r - f)^2)`, `[1]`.
    pub fn term(self, verdict: &Verdict, anchors: &Anchors) -> Tensor<1> {
        let Verdict { real, fake } = verdict.clone();
        let [a_real, a_fake] = [&anchors.real, &anchors.fake]
            .map(|anchor| Tensor::<1>::from_inner(anchor.clone()).reshape([1, 1]));
        let far = relu(real - a_fake).square().mean() + relu(a_real - fake).square().mean();
        far * self.weight
    }

    /// The anchors after a round; the first verdict sets them.
    pub fn follow(self, verdict: &Verdict, anchors: Option<Anchors>) -> Anchors {
        let [real, fake] =
            [&verdict.real, &verdict.fake].map(|logits| logits.clone().without_autodiff().mean());
        let Some(was) = anchors else { return Anchors { real, fake } };
        let towards = |was: Tensor<1>, now: Tensor<1>| was * self.decay + now * (1.0 - self.decay);
        Anchors { real: towards(was.real, real), fake: towards(was.fake, fake) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    const LECAM: LeCam = LeCam { weight: 0.5, decay: 0.75 };

    fn verdict(real: f32, fake: f32) -> Verdict {
        let on = Device::flex().autodiff();
        let one = |logit: f32| Tensor::<2>::from_floats([[logit]], &on).require_grad();
        Verdict { real: one(real), fake: one(fake) }
    }

    fn anchors(real: f32, fake: f32) -> Anchors {
        LECAM.follow(&verdict(real, fake), None)
    }

    fn close(value: Tensor<1>, expected: f32) {
        let value = value.into_scalar::<f32>();
        assert!((value - expected).abs() < 1e-6, "{value}, not {expected}");
    }

    #[test]
    fn the_critic_pays_for_leaving_the_other_sides_anchor_behind() {
        // relu(2 + 1)^2 + relu(1 + 3)^2 = 9 + 16.
        close(LECAM.term(&verdict(2.0, -3.0), &anchors(1.0, -1.0)), 12.5);
        // A critic that calls reals fake and fakes real pays nothing.
        close(LECAM.term(&verdict(-2.0, 3.0), &anchors(1.0, -1.0)), 0.0);
    }

    #[test]
    fn the_term_pulls_both_sides_together() {
        let sides = verdict(2.0, -3.0);
        let grads = LECAM.term(&sides, &anchors(1.0, -1.0)).backward();
        let slope = |side: &Tensor<2>| side.grad(&grads).unwrap().into_scalar::<f32>();
        assert_eq!((slope(&sides.real), slope(&sides.fake)), (3.0, -4.0));
    }

    #[test]
    fn anchors_follow_the_means() {
        let next = LECAM.follow(&verdict(5.0, 3.0), Some(anchors(1.0, -1.0)));
        close(next.real.clone(), 2.0);
        close(next.fake, 0.0);
        assert!(!next.real.is_autodiff());
    }

    #[test]
    fn constants_out_of_range_are_refused() {
        assert_eq!(LECAM.validate(), Ok(()));
        assert_eq!(LeCam { weight: -1.0, ..LECAM }.validate(), Err(LeCamError::Weight(-1.0)));
        assert_eq!(LeCam { decay: 1.0, ..LECAM }.validate(), Err(LeCamError::Decay(1.0)));
    }
}
