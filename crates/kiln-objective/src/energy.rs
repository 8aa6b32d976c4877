//! Critics that answer with an energy, such as the error of an auto-encoder: their logit is its
//! negative, so that here too a higher one means "more real". With the energies `r` of reals and `f`
//! of fakes:
//!
//! | name | critic | generator | source |
//! |---|---|---|---|
//! | EBGAN | `E r + E relu(m - f)` | `E f`, and the pulling-away term | Zhao et al. 2017, section 2 |
//! | BEGAN | `E r - k E f` | `E f` | Berthelot et al. 2017, section 3.4 |
//!
//! EBGAN's losses are [`Adversarial::Ebgan`](crate::Adversarial::Ebgan). BEGAN's are Wasserstein's
//! with the fakes weighed by a [`Balance`].

use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Verdict;

/// EBGAN's pulling-away term: the mean square cosine between the codes of two different fakes,
/// `[batch, width]` with a batch of at least 2; in `[0, 1]`. Added to the generator's loss it keeps
/// fakes apart (section 2.4; the authors weigh it 0.1).
pub fn pulling_away(codes: Tensor<2>) -> Tensor<1> {
    let [n, _] = codes.dims();
    let norms = codes.clone().square().sum_dim(1).clamp_min(TINY).sqrt(); // [batch, 1]
    let codes = codes / norms;
    let cosines = codes.clone().matmul(codes.transpose()); // [batch, batch]
    let apart = Tensor::<2>::eye(n, &cosines.device()) * -1.0 + 1.0;
    let pairs = (n * (n - 1)).max(1) as f64;
    (cosines.square() * apart).sum() / pairs
}

/// Keeps the direction of a code of zeros finite.
const TINY: f32 = 1e-24;

/// BEGAN's constants.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Began {
    /// The energy of fakes over that of reals to be held, in `[0, 1]`; lower means less variety.
    pub gamma: f64,
    /// How fast the balance follows.
    pub lambda: f64,
}

/// Constants that BEGAN cannot be played with.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum BeganError {
    /// A ratio outside `[0, 1]`.
    #[error("the balance's `gamma` is {0}; it must be at least 0 and at most 1")]
    Gamma(f64),
    /// A speed that is negative or not a number.
    #[error("the balance's `lambda` is {0}; it must be a number of at least 0")]
    Lambda(f64),
}

impl Began {
    /// Checks the constants.
    ///
    /// # Errors
    ///
    /// When one is out of range.
    pub fn validate(self) -> Result<(), BeganError> {
        if !(0.0..=1.0).contains(&self.gamma) {
            return Err(BeganError::Gamma(self.gamma));
        }
        let usable = self.lambda >= 0.0 && self.lambda.is_finite();
        if usable { Ok(()) } else { Err(BeganError::Lambda(self.lambda)) }
    }
}

impl Default for Began {
    /// The paper's: gamma 0.5, lambda 0.001.
    fn default() -> Self {
        Self { gamma: 0.5, lambda: 0.001 }
    }
}

/// BEGAN's state: `k`, `[1]`, in `[0, 1]`, on the device and without autodiff. Part of a checkpoint.
#[derive(Debug, Clone)]
pub struct Balance {
    /// How much the critic cares to raise the energy of fakes.
    pub k: Tensor<1>,
}

impl Balance {
    /// `k = 0`, on `device`.
    pub fn new(device: &Device) -> Self {
        Self { k: Tensor::zeros([1], &device.clone().without_autodiff()) }
    }

    /// What the critic makes small: `k E logit of fakes - E logit of reals`.
    pub fn critic_loss(&self, Verdict { real, fake }: Verdict) -> Tensor<1> {
        fake.mean() * Tensor::from_inner(self.k.clone()) - real.mean()
    }

    /// `k + lambda (gamma E r - E f)`, kept in `[0, 1]`; and the measure of convergence,
    /// `E r + |gamma E r - E f|`, `[1]`, without autodiff.
    #[must_use]
    pub fn follow(&self, verdict: &Verdict, began: Began) -> (Self, Tensor<1>) {
        let energy = |logits: &Tensor<2>| -logits.clone().without_autodiff().mean();
        let (real, fake) = (energy(&verdict.real), energy(&verdict.fake));
        let gap = real.clone() * began.gamma - fake;
        let k = (self.k.clone() + gap.clone() * began.lambda).clamp(0.0, 1.0);
        (Self { k }, real + gap.abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on() -> Device {
        Device::flex().autodiff()
    }

    fn energies(real: f32, fake: f32) -> Verdict {
        let one = |energy: f32| Tensor::<2>::from_floats([[-energy]], &on()).require_grad();
        Verdict { real: one(real), fake: one(fake) }
    }

    fn close(value: Tensor<1>, expected: f32) {
        let value = value.into_scalar::<f32>();
        assert!((value - expected).abs() < 1e-6, "{value}, not {expected}");
    }

    #[test]
    fn the_pulling_away_term_is_one_for_equal_codes_and_zero_for_right_angles() {
        let codes = |rows: [[f32; 2]; 2]| Tensor::<2>::from_floats(rows, &on());
        close(pulling_away(codes([[1.0, 1.0], [2.0, 2.0]])), 1.0);
        close(pulling_away(codes([[3.0, 0.0], [0.0, 0.1]])), 0.0);
        close(pulling_away(codes([[1.0, 0.0], [1.0, 1.0]])), 0.5); // cos 45 degrees, squared
        close(pulling_away(codes([[0.0, 0.0], [1.0, 1.0]])), 0.0);
    }

    #[test]
    fn began_starts_by_ignoring_fakes_and_then_balances() {
        let began = Began { gamma: 0.5, lambda: 0.25 };
        let start = Balance::new(&on());
        close(start.critic_loss(energies(3.0, 1.0)), 3.0);
        // gamma 3 - 1 = 0.5: k = 0.125; convergence 3 + 0.5.
        let (next, convergence) = start.follow(&energies(3.0, 1.0), began);
        close(next.k.clone(), 0.125);
        close(convergence, 3.5);
        close(next.critic_loss(energies(3.0, 1.0)), 2.875);
        assert!(!next.k.is_autodiff());
    }

    #[test]
    fn began_keeps_its_balance_in_range() {
        let wild = Began { gamma: 0.5, lambda: 100.0 };
        let start = Balance::new(&on());
        close(start.follow(&energies(1.0, 9.0), wild).0.k, 0.0);
        close(start.follow(&energies(9.0, 1.0), wild).0.k, 1.0);
    }

    #[test]
    fn began_weighs_the_fakes_gradient_with_its_balance() {
        let balance = Balance { k: Tensor::from_floats([0.25], &Device::flex()) };
        let sides = energies(1.0, 1.0);
        let grads = balance.critic_loss(sides.clone()).backward();
        assert_eq!(sides.fake.grad(&grads).unwrap().into_scalar::<f32>(), 0.25);
    }

    #[test]
    fn constants_out_of_range_are_refused() {
        assert_eq!(Began::default().validate(), Ok(()));
        let began = |gamma, lambda| Began { gamma, lambda }.validate();
        assert_eq!(began(1.5, 0.1), Err(BeganError::Gamma(1.5)));
        assert_eq!(began(0.5, -1.0), Err(BeganError::Lambda(-1.0)));
        assert!(began(f64::NAN, 0.1).is_err() && began(0.5, f64::INFINITY).is_err());
    }
}
