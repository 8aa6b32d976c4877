//! The penalties that the field uses, by name.
//!
//! With `r` the norm of the critic's gradient at a point and `w` the weight:
//!
//! | kind | at | penalty | source, and the weight there |
//! |---|---|---|---|
//! | R1 | reals | `w / 2 E r^2` | Mescheder et al. 2018, equation 9; 10 |
//! | R2 | fakes | `w / 2 E r^2` | the same, equation 10 |
//! | WGAN-GP | between real and fake | `w E (r - 1)^2` | Gulrajani et al. 2017, equation 3; 10 |
//! | WGAN-LP | the same | `w E relu(r - 1)^2` | Petzka et al. 2018; 10 |
//! | zero-centred | the same | `w E r^2` | Thanh-Tung et al. 2019 |
//! | WGAN-div | the same | `w E r^6` | Wu et al. 2018, with k = 2 and p = 6; 2 |
//! | DRAGAN | around reals | `w E (r - 1)^2` | Kodali et al. 2017, and the authors' code; 10 |

use burn::tensor::Tensor;
use kiln_core::{Clock, SamplesSeen, Schedule, ScheduleError};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Phi, interpolate};

/// Where the slope is taken, and what is asked of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PenaltyKind {
    /// No slope at reals.
    R1,
    /// No slope at fakes.
    R2,
    /// A slope of one between real and fake.
    WganGp,
    /// A slope of one at most between real and fake: the one-sided WGAN-GP.
    WganLp,
    /// No slope between real and fake.
    ZeroCentred,
    /// No slope between real and fake, by its sixth power.
    WganDiv,
    /// A slope of one around reals.
    Dragan,
}

impl PenaltyKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::R1,
        Self::R2,
        Self::WganGp,
        Self::WganLp,
        Self::ZeroCentred,
        Self::WganDiv,
        Self::Dragan,
    ];

    /// What is asked of the slope.
    pub fn phi(self) -> Phi {
        match self {
            Self::R1 | Self::R2 | Self::ZeroCentred => Phi::Square,
            Self::WganGp | Self::Dragan => Phi::UnitNorm,
            Self::WganLp => Phi::AtMostUnitNorm,
            Self::WganDiv => Phi::SixthPower,
        }
    }

    /// Whether the slope is taken at fakes; else at reals, around them, or on the way from them.
    pub fn is_at_fakes(self) -> bool {
        self == Self::R2
    }

    /// The name of its reading.
    pub fn reading(self) -> &'static str {
        match self {
            Self::R1 => "critic/r1",
            Self::R2 => "critic/r2",
            Self::WganGp => "critic/wgan-gp",
            Self::WganLp => "critic/wgan-lp",
            Self::ZeroCentred => "critic/zero-centred",
            Self::WganDiv => "critic/wgan-div",
            Self::Dragan => "critic/dragan",
        }
    }

    /// Where the slope is taken, constants of the shape `[batch, ...]` of both `real` and `fake`.
    ///
    /// `uniform` draws numbers in `[0, 1)` of a shape, new ones at each call.
    pub fn points<const D: usize>(
        self,
        real: Tensor<D>,
        fake: Tensor<D>,
        mut uniform: impl FnMut([usize; D]) -> Tensor<D>,
    ) -> Tensor<D> {
        let mut one_a_sample = [1; D];
        one_a_sample[0] = real.dims()[0];
        match self {
            Self::R1 => real,
            Self::R2 => fake,
            Self::WganGp | Self::WganLp | Self::ZeroCentred | Self::WganDiv => {
                interpolate(real, fake, uniform(one_a_sample))
            }
            Self::Dragan => {
                // Half a deviation of the whole batch, of which a sample goes some of the way.
                let numbers = real.dims().iter().product::<usize>();
                let deviation: Tensor<1> = real.clone().reshape([numbers]).var_bias(0).sqrt();
                let deviation = deviation.reshape([1; D]);
                let away = deviation * uniform(real.dims()) * 0.5;
                real + away * uniform(one_a_sample)
            }
        }
    }

    /// What the mean of `phi` is multiplied by beside the weight.
    fn scale(self) -> f64 {
        if matches!(self, Self::R1 | Self::R2) { 0.5 } else { 1.0 }
    }
}

/// A penalty as a recipe configures it, every so many rounds and that many times as strong (lazy
/// regularisation: Karras et al. 2020, StyleGAN2, appendix B).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GradientPenalty {
    /// Which.
    pub kind: PenaltyKind,
    /// The paper's lambda or gamma, over time (Huang et al. 2024, R3GAN, let it fall to a tenth); at
    /// least 0.
    pub weight: Schedule,
    /// Rounds from one penalty to the next; 1, every round, unless given.
    #[serde(default = "every_round")]
    pub every: u64,
}

fn every_round() -> u64 {
    1
}

/// A penalty that cannot be taken.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum PenaltyError {
    /// The weight is negative at some time.
    #[error("the weight of a penalty is {0}; it must be at least 0")]
    Weight(f64),
    /// The weight has no value at some time.
    #[error("the weight of a penalty: {0}")]
    Schedule(#[from] ScheduleError),
    /// No rounds between two penalties.
    #[error("`every` of a penalty is 0; 1 takes it in every round")]
    Every,
}

impl GradientPenalty {
    /// Checks the constants.
    ///
    /// # Errors
    ///
    /// When the weight is negative or not finite at some time, or `every` is 0.
    pub fn validate(&self) -> Result<(), PenaltyError> {
        self.weight.check()?;
        let ends = [SamplesSeen(0), SamplesSeen(u64::MAX)].map(|now| self.weight.at(now));
        if let Some(weight) = ends.into_iter().find(|weight| *weight < 0.0) {
            return Err(PenaltyError::Weight(weight));
        }
        if self.every == 0 { Err(PenaltyError::Every) } else { Ok(()) }
    }

    /// What the mean of `phi` is multiplied by now, if it is due.
    pub fn factor(&self, now: &Clock) -> Option<f64> {
        let weight = self.weight.at(now.samples);
        let due = now.rounds.0.is_multiple_of(self.every) && weight > 0.0;
        due.then(|| weight * self.kind.scale() * self.every as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, TensorData};

    fn penalty(kind: PenaltyKind, weight: f64, every: u64) -> GradientPenalty {
        GradientPenalty { kind, weight: Schedule::constant(weight), every }
    }

    fn at(round: u64) -> Clock {
        let mut clock = Clock::default();
        (0..round).for_each(|_| clock.count_round(1));
        clock
    }

    #[test]
    fn a_lazy_penalty_weighs_the_same_in_the_mean() {
        for kind in PenaltyKind::ALL {
            let mean = |every| {
                let penalty = penalty(kind, 0.5, every);
                (0..100).filter_map(|round| penalty.factor(&at(round))).sum::<f64>() / 100.0
            };
            assert_eq!(mean(4), mean(1), "{kind:?}");
        }
        let r1 = penalty(PenaltyKind::R1, 0.5, 4);
        assert_eq!((r1.factor(&at(8)), r1.factor(&at(3))), (Some(1.0), None)); // 0.5 / 2 times 4
        assert_eq!(penalty(PenaltyKind::WganGp, 10.0, 1).factor(&at(3)), Some(10.0));
    }

    #[test]
    fn constants_out_of_range_are_refused() {
        let validate = |weight, every| penalty(PenaltyKind::R1, weight, every).validate();
        assert_eq!(validate(-1.0, 1), Err(PenaltyError::Weight(-1.0)));
        assert!(validate(f64::NAN, 1).is_err());
        assert_eq!(validate(1.0, 0), Err(PenaltyError::Every));
        assert_eq!(validate(0.0, 1), Ok(()));
    }

    #[test]
    fn a_weight_may_fall_but_not_below_zero() {
        let falling = |to| {
            let weight = Schedule::Linear { from: 1.0, to, until: SamplesSeen(10) };
            GradientPenalty { kind: PenaltyKind::R2, weight, every: 1 }
        };
        assert_eq!(falling(-0.5).validate(), Err(PenaltyError::Weight(-0.5)));
        assert_eq!(falling(0.0).validate(), Ok(()));
        let factors = [0, 5, 10].map(|round| falling(0.0).factor(&at(round)));
        assert_eq!(factors, [Some(0.5), Some(0.25), None]);
    }

    /// Two reals and two fakes of two numbers; the draws are 1/2 everywhere.
    fn points(kind: PenaltyKind) -> (Tensor<2>, usize) {
        let on = Device::flex().autodiff();
        let real = Tensor::<2>::from_floats([[1.0, -1.0], [1.0, -1.0]], &on);
        let fake = Tensor::<2>::from_floats([[3.0, 1.0], [5.0, 3.0]], &on);
        let mut draws = 0;
        let uniform = |shape: [usize; 2]| {
            draws += 1;
            Tensor::<2>::ones(shape, &on) * 0.5
        };
        (kind.points(real, fake, uniform), draws)
    }

    #[test]
    fn each_kind_looks_where_its_paper_does() {
        let reals = [[1.0f32, -1.0], [1.0, -1.0]];
        let fakes = [[3.0f32, 1.0], [5.0, 3.0]];
        let between = [[2.0f32, 0.0], [3.0, 1.0]];
        // The deviation of all numbers is 1: 1 x 1/2 x 1/2 away, and half of that way.
        let around = [[1.125f32, -0.875], [1.125, -0.875]];
        for kind in PenaltyKind::ALL {
            let (expected, n_draws) = match kind {
                PenaltyKind::R1 => (reals, 0),
                PenaltyKind::R2 => (fakes, 0),
                PenaltyKind::Dragan => (around, 2),
                _ => (between, 1),
            };
            let (points, draws) = points(kind);
            points.into_data().assert_eq(&TensorData::from(expected), false);
            assert_eq!(draws, n_draws, "{kind:?}");
        }
    }
}
