//! Exact gradient penalties on first-order autodiff, by forward over reverse.
//!
//! For a critic D with weights w and points `x_i`, the penalty is
//!
//! `P(w) = mean_i phi(|g_i|)`, `g = grad_x sum D(x)`.
//!
//! | [`Phi`] | phi(r) | name | source |
//! |---|---|---|---|
//! | [`Phi::UnitNorm`] | `(r - 1)^2` | WGAN-GP, DRAGAN | Gulrajani et al. 2017, equation 3 |
//! | [`Phi::Square`] | `r^2` | R1 on reals, R2 on fakes | Mescheder et al. 2018, equation 9 |
//!
//! The gradient of P needs mixed second derivatives, which Burn does not give. But
//! `grad_w P = grad_w sum_i <g_i, v_i>` with `v_i = phi'(|g_i|) g_i / (|g_i| n)` held constant,
//! and `sum_i <g_i, v_i>` is the derivative of `sum D` along `v`: the tangent of the critic, which a
//! [`Dual`] carries forward, and one backward pass differentiates. So:
//!
//! 1. reverse: `g`, by an ordinary backward pass whose graph is thrown away;
//! 2. `v`, a constant;
//! 3. forward: the tangent of the critic at `x` along `v`, with live weights: the
//!    [`surrogate`](Penalty::surrogate);
//! 4. reverse: the caller's backward through it gives `grad_w P`, exact to rounding.
//!
//! # What it costs
//!
//! One forward and backward of the critic, then one forward and backward of about twice the size:
//! about three times a plain critic pass on the same points; PyTorch's double backward costs about
//! the same.
//!
//! # When it is wrong
//!
//! - The closure must be the same function each time it is called: dropout masks must repeat and
//!   running statistics stand still. Give each call its own [`Pass::again`] (in `kiln-models`).
//! - The surrogate's *value* is not the penalty (for R1 it is twice that); report
//!   [`value`](Penalty::value), train on the surrogate.
//! - With batch norm by batch statistics, `g_i` holds the influence of a sample on its whole batch,
//!   and the penalty is no longer one of the critic as a function of single samples. The gradient is
//!   still exact; that WGAN-GP's authors advise against it (section 4) is a matter of meaning.
//! - Gradients with respect to the points are not given: the points are constants.
//!
//! [`Pass::again`]: https://docs.rs/kiln-models

use burn::tensor::{Shape, Tensor};
use kiln_ops::Dual;
use serde::{Deserialize, Serialize};

/// What is asked of the norm of the critic's gradient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phi {
    /// `(r - 1)^2`: a slope of one.
    UnitNorm,
    /// `r^2`: a slope of zero.
    Square,
}

impl Phi {
    /// `phi(r)`, given `r^2`.
    fn value(self, squares: Tensor<2>) -> Tensor<2> {
        match self {
            Self::UnitNorm => (squares.sqrt() - 1.0).square(),
            Self::Square => squares,
        }
    }

    /// `phi'(r) / r`, given `r^2`; where the gradient vanishes, so must its product with it.
    fn pull(self, squares: Tensor<2>) -> Tensor<2> {
        match self {
            // 2 (r - 1) / r.
            Self::UnitNorm => squares.clamp_min(TINY).sqrt().recip() * -2.0 + 2.0,
            Self::Square => squares.ones_like() * 2.0,
        }
    }
}

/// Keeps the direction of a vanishing gradient finite.
const TINY: f32 = 1e-24;

/// A gradient penalty.
#[derive(Debug, Clone)]
pub struct Penalty {
    /// The penalty itself, `[1]`, without autodiff: for meters.
    pub value: Tensor<1>,
    /// `[1]`; its gradient is the penalty's, its value is not. Multiply it by the weight of the
    /// penalty and add it to the loss.
    pub surrogate: Tensor<1>,
}

/// The penalty `phi` of `critic` at `points` (`[batch, ...]`, constants), for a critic that returns
/// one logit a point.
pub fn gradient_penalty<const D: usize>(
    points: Tensor<D>,
    phi: Phi,
    critic: impl Fn(Dual<D>) -> Dual<2>,
) -> Penalty {
    let gradient = input_gradient(points.clone(), &critic);
    penalty_along(points, gradient, phi, critic)
}

/// The gradient of the critic's sum of logits with respect to its input, a constant.
///
/// Give a critic without gradients (`no_grad()`) where one is at hand, and its weights' gradients
/// are not even computed.
pub fn input_gradient<const D: usize>(
    points: Tensor<D>,
    critic: impl Fn(Dual<D>) -> Dual<2>,
) -> Tensor<D> {
    let points = points.detach().autodiff().require_grad();
    let logits = critic(Dual::from(points.clone())).value;
    let gradient = points.grad(&logits.sum().backward());
    // A critic that ignores its input has no gradient there.
    gradient.unwrap_or_else(|| points.without_autodiff().zeros_like())
}

/// The penalty at `points`, given the critic's [`input_gradient`] there: the second half of
/// [`gradient_penalty`], for callers with a frozen copy for the first.
pub fn penalty_along<const D: usize>(
    points: Tensor<D>,
    gradient: Tensor<D>,
    phi: Phi,
    critic: impl Fn(Dual<D>) -> Dual<2>,
) -> Penalty {
    let batch = points.dims()[0];
    let rows = gradient.clone().reshape([batch as i64, -1]);
    let squares: Tensor<2> = rows.square().sum_dim(1); // [batch, 1]
    let value = phi.value(squares.clone()).mean();
    let mut column = [1; D];
    column[0] = batch;
    let pull = phi.pull(squares).reshape(Shape::from(column)) / batch as f32;
    let direction = gradient * pull;
    let along = Dual::along(points.detach(), Tensor::from_inner(direction));
    let surrogate = match critic(along).tangent {
        Some(tangent) => tangent.sum(),
        None => Tensor::from_inner(value.zeros_like()),
    };
    Penalty { value, surrogate }
}

/// Points between real and fake samples, as WGAN-GP takes them: `t real + (1 - t) fake`, with `t`
/// of shape `[batch, 1, ...]`, one number a sample, uniform in `[0, 1)`.
pub fn interpolate<const D: usize>(real: Tensor<D>, fake: Tensor<D>, t: Tensor<D>) -> Tensor<D> {
    let fake = fake.detach();
    fake.clone() + (real.detach() - fake) * t
}
