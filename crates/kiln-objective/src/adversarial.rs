//! Adversarial losses. With `s(x) = ln(1 + exp(x))`, a real sample's logit `r` and a fake's `f`:
//!
//! | kind | critic | generator | source |
//! |---|---|---|---|
//! | non-saturating | `E s(-r) + E s(f)` | `E s(-f)` | Goodfellow et al. 2014, section 3 |
//! | minimax | the same | `-E s(f)` | the same, equation 1 |
//! | Wasserstein | `E f - E r` | `-E f` | Arjovsky et al. 2017, equation 2 |
//! | hinge | `E relu(1 - r) + E relu(1 + f)` | `-E f` | Lim and Ye 2017, section 3 |
//! | least squares | `E (r - 1)^2 / 2 + E f^2 / 2` | `E (f - 1)^2 / 2` | Mao et al. 2017, equation 9 |

use burn::tensor::{Tensor, activation};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Verdict;

/// What the two sides play for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Adversarial {
    /// Logistic; the generator raises the odds of its fakes.
    NonSaturating,
    /// Logistic; the generator lowers the critic's gain, and learns little from a sure critic.
    Minimax,
    /// Difference of means; needs a Lipschitz critic.
    Wasserstein,
    /// With a margin of one.
    Hinge,
    /// With targets 1 for real, 0 for fake, and 1 for the generator's fakes.
    LeastSquares,
}

/// One-sided label smoothing (Salimans et al. 2016, section 3.4): the target of real samples in the
/// logistic losses. The others have no such label and ignore it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Smoothing {
    /// The target, in `(0, 1]`; 1 smooths nothing.
    pub real: f32,
}

/// A target that is not a probability above zero.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
#[error("the smoothed label of real samples is {0}: give a number above 0 and at most 1")]
pub struct SmoothingError(pub f32);

impl Smoothing {
    /// No smoothing.
    pub const NONE: Self = Self { real: 1.0 };

    /// Checks the target.
    ///
    /// # Errors
    ///
    /// When it is not in `(0, 1]`.
    pub fn validate(self) -> Result<(), SmoothingError> {
        if self.real > 0.0 && self.real <= 1.0 { Ok(()) } else { Err(SmoothingError(self.real)) }
    }
}

/// What the critic makes small.
pub fn critic_loss(kind: Adversarial, verdict: Verdict, smoothing: Smoothing) -> Tensor<1> {
    let Verdict { real, fake } = verdict;
    match kind {
        Adversarial::NonSaturating | Adversarial::Minimax => {
            // Cross-entropy with target t: t s(-r) + (1 - t) s(r) = s(-r) + (1 - t) r.
            let lean = real.clone().mean() * (1.0 - smoothing.real);
            softplus(-real).mean() + softplus(fake).mean() + lean
        }
        Adversarial::Wasserstein => fake.mean() - real.mean(),
        Adversarial::Hinge => {
            activation::relu(-real + 1.0).mean() + activation::relu(fake + 1.0).mean()
        }
        Adversarial::LeastSquares => ((real - 1.0).square().mean() + fake.square().mean()) * 0.5,
    }
}

/// What the generator makes small, given the logits of its fakes, `[batch, 1]`.
pub fn generator_loss(kind: Adversarial, fake: Tensor<2>) -> Tensor<1> {
    match kind {
        Adversarial::NonSaturating => softplus(-fake).mean(),
        Adversarial::Minimax => -softplus(fake).mean(),
        Adversarial::Wasserstein | Adversarial::Hinge => -fake.mean(),
        Adversarial::LeastSquares => (fake - 1.0).square().mean() * 0.5,
    }
}

/// `ln(1 + exp(x)) = relu(x) + ln(1 + exp(-|x|))`: no overflow at either end.
fn softplus(x: Tensor<2>) -> Tensor<2> {
    activation::relu(x.clone()) + (-x.abs()).exp().log1p()
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    const LN_2: f64 = std::f64::consts::LN_2;
    const ALL: [Adversarial; 5] = [
        Adversarial::NonSaturating,
        Adversarial::Minimax,
        Adversarial::Wasserstein,
        Adversarial::Hinge,
        Adversarial::LeastSquares,
    ];

    fn logit(value: f32) -> Tensor<2> {
        Tensor::<2>::from_floats([[value]], &Device::flex().autodiff()).require_grad()
    }

    fn verdict(real: f32, fake: f32) -> Verdict {
        Verdict { real: logit(real), fake: logit(fake) }
    }

    fn close(what: &str, value: Tensor<1>, expected: f64) {
        let value = f64::from(value.into_scalar::<f32>());
        let error = (value - expected).abs();
        assert!(error <= 1e-6 * expected.abs().max(1.0), "{what}: {value}, not {expected}");
    }

    fn critic(kind: Adversarial, real: f32, fake: f32, expected: f64) {
        let loss = critic_loss(kind, verdict(real, fake), Smoothing::NONE);
        close(&format!("{kind:?} at {real}, {fake}"), loss, expected);
    }

    fn generator(kind: Adversarial, fake: f32, expected: f64) {
        let loss = generator_loss(kind, logit(fake));
        close(&format!("{kind:?} at {fake}"), loss, expected);
    }

    #[test]
    fn an_undecided_logistic_critic_loses_two_bits() {
        critic(Adversarial::NonSaturating, 0.0, 0.0, 2.0 * LN_2);
        critic(Adversarial::Minimax, 0.0, 0.0, 2.0 * LN_2);
        generator(Adversarial::NonSaturating, 0.0, LN_2);
        generator(Adversarial::Minimax, 0.0, -LN_2);
    }

    #[test]
    fn the_logistic_losses_are_linear_far_out_and_never_overflow() {
        critic(Adversarial::NonSaturating, 200.0, -200.0, 0.0);
        critic(Adversarial::NonSaturating, -200.0, 200.0, 400.0);
        critic(Adversarial::NonSaturating, -1e4, 0.0, 1e4 + LN_2);
        generator(Adversarial::NonSaturating, -200.0, 200.0);
        generator(Adversarial::Minimax, 200.0, -200.0);
        generator(Adversarial::Minimax, -200.0, 0.0);
    }

    #[test]
    fn hinge_is_zero_once_both_sides_clear_the_margin() {
        critic(Adversarial::Hinge, 1.5, -1.5, 0.0);
        critic(Adversarial::Hinge, 1.0, -1.0, 0.0);
        critic(Adversarial::Hinge, 0.5, -0.75, 0.75);
        critic(Adversarial::Hinge, -1.0, 1.0, 4.0);
        generator(Adversarial::Hinge, -2.0, 2.0);
    }

    #[test]
    fn wasserstein_is_a_difference_of_means() {
        critic(Adversarial::Wasserstein, 3.0, -1.0, -4.0);
        critic(Adversarial::Wasserstein, -3.0, 1.0, 4.0);
        generator(Adversarial::Wasserstein, -2.0, 2.0);
    }

    #[test]
    fn least_squares_is_zero_at_its_targets() {
        critic(Adversarial::LeastSquares, 1.0, 0.0, 0.0);
        critic(Adversarial::LeastSquares, -1.0, 2.0, 4.0); // (4 + 4) / 2
        generator(Adversarial::LeastSquares, 1.0, 0.0);
        generator(Adversarial::LeastSquares, -1.0, 2.0);
    }

    #[test]
    fn smoothing_is_cross_entropy_with_a_soft_label() {
        let smooth = Smoothing { real: 0.9 };
        let at = |real: f64| {
            // -0.9 ln sigmoid(r) - 0.1 ln (1 - sigmoid(r)).
            let p = 1.0 / (1.0 + (-real).exp());
            -0.9 * p.ln() - 0.1 * (1.0 - p).ln()
        };
        for real in [-2.0, 0.0, 2.0] {
            let loss = critic_loss(Adversarial::Minimax, verdict(real as f32, -200.0), smooth);
            close("smoothed", loss, at(real));
        }
    }

    #[test]
    fn a_smoothed_critic_is_best_at_the_odds_of_the_label() {
        // sigmoid(r) = 0.9 at r = ln 9.
        let verdict = verdict(9f32.ln(), 0.0);
        let loss =
            critic_loss(Adversarial::NonSaturating, verdict.clone(), Smoothing { real: 0.9 });
        let slope = verdict.real.grad(&loss.backward()).unwrap().into_scalar::<f32>();
        assert!(slope.abs() < 1e-6, "{slope}");
    }

    #[test]
    fn the_critic_raises_real_and_lowers_fake_and_the_generator_raises_fake() {
        for kind in ALL {
            let verdict = verdict(0.25, 0.25);
            let grads = critic_loss(kind, verdict.clone(), Smoothing::NONE).backward();
            let slope = |logit: &Tensor<2>| logit.grad(&grads).unwrap().into_scalar::<f32>();
            assert!(slope(&verdict.real) < 0.0, "{kind:?}");
            assert!(slope(&verdict.fake) > 0.0, "{kind:?}");
            let fake = logit(0.25);
            let grads = generator_loss(kind, fake.clone()).backward();
            let slope = fake.grad(&grads).unwrap().into_scalar::<f32>();
            assert!(slope < 0.0, "{kind:?}");
        }
    }

    #[test]
    fn a_label_that_is_no_probability_is_refused() {
        for real in [0.0, -0.1, 1.1, f32::NAN] {
            assert!(Smoothing { real }.validate().is_err(), "{real}");
        }
        assert_eq!(Smoothing::NONE.validate(), Ok(()));
    }
}
