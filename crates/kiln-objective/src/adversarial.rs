//! Adversarial losses on logits. With `s(x) = ln(1 + exp(x))`, a real sample's logit `r`, a
//! generated one's `f`, and `E` the mean over the batch:
//!
//! | kind | critic | generator | source |
//! |---|---|---|---|
//! | non-saturating | `E s(-r) + E s(f)` | `E s(-f)` | Goodfellow et al. 2014, section 3 |
//! | minimax | the same | `-E s(f)` | the same, equation 1 |
//! | Wasserstein | `E f - E r` | `-E f` | Arjovsky et al. 2017, equation 2 |
//! | hinge | `E relu(1 - r) + E relu(1 + f)` | `-E f` | Lim and Ye 2017, section 3 |
//! | least squares | `E (r - 1)^2 / 2 + E f^2 / 2` | `E (f - 1)^2 / 2` | Mao et al. 2017, equation 9 |
//! | least squares, Pearson | `E (r - 1)^2 / 2 + E (f + 1)^2 / 2` | `E f^2 / 2` | the same, equation 8 |
//! | EBGAN, margin `m` | `-E r + E relu(m + f)` | `-E f` | Zhao et al. 2017, section 2.3; a logit is a negative energy |
//! | relativistic paired | `E s(f - r)` | `E s(r - f)` | Jolicoeur-Martineau 2018, section 4.1 |
//! | relativistic average | `E s(E f - r) + E s(f - E r)` | `E s(E r - f) + E s(r - E f)` | the same, section 4.2 |
//!
//! [`Labels`] other than one and zero: the logistic losses, relativistic ones among them, become
//! cross-entropies with the target, `t s(-x) + (1 - t) s(x)`; in the least squares a label `t`
//! stands for the target `t`, and for `2 t - 1` in Pearson's.

use burn::tensor::{Tensor, activation};
use serde::{Deserialize, Serialize};

use crate::{Boundary, Labels, Verdict};

/// What the two sides play for.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
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
    /// With targets 1 for real, -1 for fake, and 0 for the generator's fakes: Pearson's chi-square
    /// divergence.
    LeastSquaresPearson,
    /// Reals at energy zero, fakes at the margin or above: for critics whose logit is a negative
    /// energy.
    Ebgan {
        /// The energy from which on fakes are left alone.
        margin: f64,
    },
    /// Logistic in the difference of a real sample's logit and a fake's, pair by pair (RpGAN).
    RelativisticPaired,
    /// Logistic in the difference to the other side's mean logit (RaGAN).
    RelativisticAverage,
}

impl Adversarial {
    /// Every kind; EBGAN with a margin of one.
    pub const ALL: [Self; 9] = [
        Self::NonSaturating,
        Self::Minimax,
        Self::Wasserstein,
        Self::Hinge,
        Self::LeastSquares,
        Self::LeastSquaresPearson,
        Self::Ebgan { margin: 1.0 },
        Self::RelativisticPaired,
        Self::RelativisticAverage,
    ];

    /// From which logit on its critic takes a sample for real.
    pub fn boundary(self, labels: Labels) -> Boundary {
        match self {
            Self::NonSaturating | Self::Minimax | Self::Hinge => Boundary::At(0.0),
            Self::LeastSquares => Boundary::At((labels.real + labels.fake) / 2.0),
            Self::LeastSquaresPearson => Boundary::At(labels.real + labels.fake - 1.0),
            Self::Wasserstein
            | Self::Ebgan { .. }
            | Self::RelativisticPaired
            | Self::RelativisticAverage => Boundary::Between,
        }
    }

    /// Whether the generator's loss asks for reals.
    pub fn looks_at_reals(self) -> bool {
        matches!(self, Self::RelativisticPaired | Self::RelativisticAverage)
    }
}

/// What the critic makes small. `labels.flip` is not looked at: see [`Verdict::flipped`].
pub fn critic_loss(kind: Adversarial, verdict: Verdict, labels: Labels) -> Tensor<1> {
    let Verdict { real, fake } = verdict;
    let Labels { real: high, fake: low, .. } = labels;
    match kind {
        Adversarial::NonSaturating | Adversarial::Minimax => {
            logistic_loss(real, high) + logistic_loss(fake, low)
        }
        Adversarial::Wasserstein => fake.mean() - real.mean(),
        Adversarial::Hinge => {
            activation::relu(-real + 1.0).mean() + activation::relu(fake + 1.0).mean()
        }
        Adversarial::LeastSquares => least_squares(real, high) + least_squares(fake, low),
        Adversarial::LeastSquaresPearson => {
            least_squares(real, 2.0 * high - 1.0) + least_squares(fake, 2.0 * low - 1.0)
        }
        Adversarial::Ebgan { margin } => activation::relu(fake + margin).mean() - real.mean(),
        Adversarial::RelativisticPaired => logistic_loss(real - fake, high),
        Adversarial::RelativisticAverage => {
            let Verdict { real, fake } = against_the_mean(Verdict { real, fake });
            logistic_loss(real, high) + logistic_loss(fake, low)
        }
    }
}

/// What the generator makes small, given the logits of its fakes, `[batch, 1]`; the relativistic
/// kinds alone ask for those of as many reals.
pub fn generator_loss(
    kind: Adversarial,
    fake: Tensor<2>,
    real: impl FnOnce() -> Tensor<2>,
) -> Tensor<1> {
    match kind {
        Adversarial::NonSaturating => logistic_loss(fake, 1.0),
        Adversarial::Minimax => -softplus(fake).mean(),
        Adversarial::Wasserstein | Adversarial::Hinge | Adversarial::Ebgan { .. } => -fake.mean(),
        Adversarial::LeastSquares => least_squares(fake, 1.0),
        Adversarial::LeastSquaresPearson => least_squares(fake, 0.0),
        Adversarial::RelativisticPaired => softplus(real() - fake).mean(),
        Adversarial::RelativisticAverage => {
            let Verdict { real, fake } = against_the_mean(Verdict { real: real(), fake });
            softplus(-fake).mean() + softplus(real).mean()
        }
    }
}

/// Each logit less the mean of the other side's.
fn against_the_mean(Verdict { real, fake }: Verdict) -> Verdict {
    let [mean_real, mean_fake] = [&real, &fake].map(|side| side.clone().mean_dim(0)); // [1, 1]
    Verdict { real: real - mean_fake, fake: fake - mean_real }
}

/// Cross-entropy of logits, `[batch, 1]`, with one label `t` in `[0, 1]`:
/// `t s(-x) + (1 - t) s(x)`, written from the nearer end, so that a sure critic's small slope is
/// not lost in a difference.
pub fn logistic_loss(logits: Tensor<2>, label: f32) -> Tensor<1> {
    if label > 0.5 {
        softplus(-logits.clone()).mean() + logits.mean() * (1.0 - label)
    } else {
        softplus(logits.clone()).mean() - logits.mean() * label
    }
}

fn least_squares(x: Tensor<2>, target: f32) -> Tensor<1> {
    (x - target).square().mean() * 0.5
}

/// `ln(1 + exp(x)) = max(x, 0) + ln(1 + exp(-|x|))`: no overflow at either end, small slopes keep
/// their digits, and at zero, where a critic may well start, the slope is 1/2.
fn softplus(x: Tensor<2>) -> Tensor<2> {
    let up = x.clone().greater_equal_elem(0.0).float(); // 1 or 0, without a gradient
    let magnitude = x.clone() * (up.clone() * 2.0 - 1.0);
    x * up + (-magnitude).exp().log1p()
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    const LN_2: f64 = std::f64::consts::LN_2;
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
        let loss = critic_loss(kind, verdict(real, fake), Labels::HARD);
        close(&format!("{kind:?} at {real}, {fake}"), loss, expected);
    }

    fn generator(kind: Adversarial, fake: f32, expected: f64) {
        let loss = generator_loss(kind, logit(fake), || unreachable!("{kind:?} needs no reals"));
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
    fn ebgans_critic_cares_for_fakes_below_the_margin_only() {
        // Energies are negative logits.
        let ebgan = Adversarial::Ebgan { margin: 2.0 };
        critic(ebgan, -0.5, -3.0, 0.5);
        critic(ebgan, -0.5, -2.0, 0.5);
        critic(ebgan, -0.5, -1.5, 1.0);
        generator(ebgan, -1.5, 1.5);
    }

    #[test]
    fn the_boundary_lies_between_the_targets() {
        let at = |kind: Adversarial| kind.boundary(Labels::HARD);
        assert_eq!(at(Adversarial::Hinge), Boundary::At(0.0));
        assert_eq!(at(Adversarial::LeastSquares), Boundary::At(0.5));
        assert_eq!(at(Adversarial::LeastSquaresPearson), Boundary::At(0.0));
        assert_eq!(at(Adversarial::Wasserstein), Boundary::Between);
    }

    #[test]
    fn the_kinds_that_ask_for_reals_say_so() {
        for kind in Adversarial::ALL {
            let asked = std::cell::Cell::new(false);
            generator_loss(kind, logit(0.0), || {
                asked.set(true);
                logit(0.0)
            });
            assert_eq!(asked.get(), kind.looks_at_reals(), "{kind:?}");
        }
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
        let smooth = Labels::one_sided(0.9);
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
        let loss = critic_loss(Adversarial::NonSaturating, verdict.clone(), Labels::one_sided(0.9));
        let slope = verdict.real.grad(&loss.backward()).unwrap().into_scalar::<f32>();
        assert!(slope.abs() < 1e-6, "{slope}");
    }

    #[test]
    fn the_critic_raises_real_and_lowers_fake_and_the_generator_raises_fake() {
        for kind in Adversarial::ALL {
            let verdict = verdict(0.25, 0.25);
            let grads = critic_loss(kind, verdict.clone(), Labels::HARD).backward();
            let slope = |logit: &Tensor<2>| logit.grad(&grads).unwrap().into_scalar::<f32>();
            assert!(slope(&verdict.real) < 0.0, "{kind:?}");
            assert!(slope(&verdict.fake) > 0.0, "{kind:?}");
            let fake = logit(-0.25); // Pearson's generator aims at zero
            let grads = generator_loss(kind, fake.clone(), || logit(0.25)).backward();
            let slope = fake.grad(&grads).unwrap().into_scalar::<f32>();
            assert!(slope < 0.0, "{kind:?}");
        }
    }

    #[test]
    fn pearsons_least_squares_is_zero_at_its_own_targets() {
        critic(Adversarial::LeastSquaresPearson, 1.0, -1.0, 0.0);
        critic(Adversarial::LeastSquaresPearson, -1.0, 2.0, 6.5); // (4 + 9) / 2
        generator(Adversarial::LeastSquaresPearson, 0.0, 0.0);
        generator(Adversarial::LeastSquaresPearson, -2.0, 2.0);
    }

    fn column(values: [f32; 2]) -> Tensor<2> {
        let on = Device::flex().autodiff();
        Tensor::<2>::from_floats(values.map(|value| [value]), &on).require_grad()
    }

    /// `ln(1 + exp(x))`.
    fn s(x: f64) -> f64 {
        x.exp().ln_1p()
    }

    #[test]
    fn the_paired_loss_compares_row_by_row() {
        // Differences real - fake: 1 - 0 = 1 and 2 - 5 = -3.
        let verdict = Verdict { real: column([1.0, 2.0]), fake: column([0.0, 5.0]) };
        let expected = (s(-1.0) + s(3.0)) / 2.0;
        let loss = critic_loss(Adversarial::RelativisticPaired, verdict.clone(), Labels::HARD);
        close("critic", loss, expected);
        let Verdict { real, fake } = verdict;
        let loss = generator_loss(Adversarial::RelativisticPaired, fake, || real);
        close("generator", loss, (s(1.0) + s(-3.0)) / 2.0);
    }

    #[test]
    fn the_average_loss_compares_with_the_other_sides_mean() {
        // Means: real 1.5, fake 2.5. Real less 2.5: -1.5, -0.5. Fake less 1.5: -1.5, 3.5.
        let verdict = Verdict { real: column([1.0, 2.0]), fake: column([0.0, 5.0]) };
        let loss = critic_loss(Adversarial::RelativisticAverage, verdict.clone(), Labels::HARD);
        close("critic", loss, (s(1.5) + s(0.5)) / 2.0 + (s(-1.5) + s(3.5)) / 2.0);
        let Verdict { real, fake } = verdict;
        let loss = generator_loss(Adversarial::RelativisticAverage, fake, || real);
        close("generator", loss, (s(1.5) + s(-3.5)) / 2.0 + (s(-1.5) + s(-0.5)) / 2.0);
    }

    #[test]
    fn relativistic_losses_do_not_see_a_shift_of_all_logits() {
        for kind in [Adversarial::RelativisticPaired, Adversarial::RelativisticAverage] {
            let at = |shift: f32| {
                let real = column([1.0 + shift, 2.0 + shift]);
                critic_loss(
                    kind,
                    Verdict { real, fake: column([shift, 5.0 + shift]) },
                    Labels::HARD,
                )
            };
            close(&format!("{kind:?}"), at(8.0), f64::from(at(0.0).into_scalar::<f32>()));
        }
    }

    #[test]
    fn an_undecided_critic_still_learns() {
        for (label, expected) in [(1.0, -0.5), (0.0, 0.5)] {
            let x = logit(0.0);
            let slope = x.grad(&logistic_loss(x.clone(), label).backward()).unwrap();
            assert_eq!(slope.into_scalar::<f32>(), expected, "label {label}");
        }
    }

    #[test]
    fn a_sure_critics_slope_keeps_its_digits() {
        for (label, sign) in [(1.0, 1.0), (0.0, -1.0f32)] {
            let x = logit(20.0 * sign);
            let slope = x.grad(&logistic_loss(x.clone(), label).backward()).unwrap();
            let expected = -sign / (20f32.exp() + 1.0);
            let ratio = slope.into_scalar::<f32>() / expected;
            assert!((ratio - 1.0).abs() < 1e-5, "label {label}: {ratio} times");
        }
    }

    #[test]
    fn soft_labels_move_the_targets_of_both_sides() {
        let soft = Labels { real: 0.9, fake: 0.2, flip: 0.0 };
        let at = |kind, real, fake| critic_loss(kind, verdict(real, fake), soft);
        // Cross-entropy with 0.2 at f: 0.2 s(-f) + 0.8 s(f).
        for f in [-2.0f32, 0.5] {
            let x = f64::from(f);
            let expected = 0.2 * s(-x) + 0.8 * s(x);
            close("logistic", at(Adversarial::NonSaturating, 200.0, f), expected + 20.0);
        }
        close("least squares", at(Adversarial::LeastSquares, 0.9, 0.2), 0.0);
        close("Pearson", at(Adversarial::LeastSquaresPearson, 0.8, -0.6), 0.0);
    }
}
