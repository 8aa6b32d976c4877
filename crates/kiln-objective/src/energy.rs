//! Losses of critics that answer with an energy, such as the error of an auto-encoder: a *lower*
//! one means "more real". With the energies `r` of reals and `f` of fakes:
//!
//! | name | critic | generator | source |
//! |---|---|---|---|
//! | EBGAN | `E r + E relu(m - f)` | `E f`, and the pulling-away term | Zhao et al. 2017, section 2 |
//! | BEGAN | `E r - k E f` | `E f` | Berthelot et al. 2017, section 3.4 |

use burn::tensor::{Device, Tensor, activation};
use serde::{Deserialize, Serialize};

/// Energies of one turn, each `[batch, 1]` and at least 0; a lower one means "more real".
#[derive(Debug, Clone)]
pub struct Energies {
    /// Of real samples.
    pub real: Tensor<2>,
    /// Of generated ones.
    pub fake: Tensor<2>,
}

/// What EBGAN's critic makes small: reals at energy zero, fakes at `margin` or above.
pub fn ebgan_critic_loss(Energies { real, fake }: Energies, margin: f64) -> Tensor<1> {
    real.mean() + activation::relu(-fake + margin).mean()
}

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
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Began {
    /// The energy of fakes over that of reals to be held, in `[0, 1]`; lower means less variety.
    pub gamma: f64,
    /// How fast the balance follows.
    pub lambda: f64,
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

    /// What the critic makes small.
    pub fn critic_loss(&self, Energies { real, fake }: Energies) -> Tensor<1> {
        real.mean() - fake.mean() * Tensor::from_inner(self.k.clone())
    }

    /// `k + lambda (gamma E r - E f)`, kept in `[0, 1]`; and the measure of convergence,
    /// `E r + |gamma E r - E f|`, `[1]`, without autodiff.
    #[must_use]
    pub fn follow(&self, Energies { real, fake }: &Energies, began: Began) -> (Self, Tensor<1>) {
        let [real, fake] = [real, fake].map(|side| side.clone().without_autodiff().mean());
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

    fn energies(real: f32, fake: f32) -> Energies {
        let one = |value: f32| Tensor::<2>::from_floats([[value]], &on()).require_grad();
        Energies { real: one(real), fake: one(fake) }
    }

    fn close(value: Tensor<1>, expected: f32) {
        let value = value.into_scalar::<f32>();
        assert!((value - expected).abs() < 1e-6, "{value}, not {expected}");
    }

    #[test]
    fn ebgans_critic_cares_for_fakes_below_the_margin_only() {
        close(ebgan_critic_loss(energies(0.5, 3.0), 2.0), 0.5);
        close(ebgan_critic_loss(energies(0.5, 2.0), 2.0), 0.5);
        close(ebgan_critic_loss(energies(0.5, 1.5), 2.0), 1.0);
    }

    #[test]
    fn ebgans_critic_lowers_reals_and_raises_fakes() {
        let sides = energies(0.5, 1.5);
        let grads = ebgan_critic_loss(sides.clone(), 2.0).backward();
        let slope = |side: &Tensor<2>| side.grad(&grads).unwrap().into_scalar::<f32>();
        assert_eq!((slope(&sides.real), slope(&sides.fake)), (1.0, -1.0));
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
        assert_eq!(sides.fake.grad(&grads).unwrap().into_scalar::<f32>(), -0.25);
    }
}
