//! Rules of activations.

use std::f64::consts::{FRAC_1_SQRT_2, TAU};

use burn::tensor::{Tensor, activation};

use super::Dual;
use crate::fused;

impl<const D: usize> Dual<D> {
    /// `max(x, 0)`.
    pub fn relu(self) -> Self {
        self.leaky_relu(0.0)
    }

    /// `x` where it is positive, `slope * x` elsewhere; the derivative at zero is `slope`.
    pub fn leaky_relu(self, slope: f64) -> Self {
        let value = fused::leaky_relu(self.value, slope);
        let along = |tangent| fused::leaky_relu_along(value.clone(), slope, tangent);
        Self { tangent: self.tangent.map(along), value }
    }

    /// `x` where it is positive, `slope * x` elsewhere, with a slope for each channel, of shape
    /// `[channels]`, that can be learned (He et al. 2015, "PReLU").
    ///
    /// Shape: `[batch, channels, ...]`, kept.
    pub fn parametric_relu(self, slope: Tensor<1>) -> Self {
        let positive = self.clone().relu();
        let negative = self + positive.clone().scale(-1.0);
        let shift = slope.zeros_like();
        positive + negative.scale_channels(slope, shift)
    }

    /// Hyperbolic tangent.
    pub fn tanh(self) -> Self {
        self.elementwise(fused::tanh, |_, y| -y.square() + 1.0)
    }

    /// `1 / (1 + exp(-x))`.
    pub fn sigmoid(self) -> Self {
        self.elementwise(activation::sigmoid, |_, y| y.clone() - y.square())
    }

    /// `x^2`.
    pub fn square(self) -> Self {
        self.elementwise(|x| x.square(), |x, _| x * 2.0)
    }

    /// `1 / sqrt(x)`, of positive numbers.
    pub fn rsqrt(self) -> Self {
        self.elementwise(|x| x.sqrt().recip(), |_, y| y.clone().square() * y * -0.5)
    }

    /// `ln(1 + exp(x))`.
    pub fn softplus(self) -> Self {
        self.elementwise(|x| activation::softplus(x, 1.0), |x, _| activation::sigmoid(x))
    }

    /// `x` where it is positive, `alpha (exp(x) - 1)` elsewhere; the derivative at zero is `alpha`
    /// (Clevert et al. 2016).
    pub fn elu(self, alpha: f64) -> Self {
        self.elementwise(|x| fused::elu(x, alpha), |x, _| step(x.clone(), alpha) + dip(x) * alpha)
    }

    /// `x sigmoid(x)` (Hendrycks and Gimpel 2016; Ramachandran et al. 2017, "swish").
    pub fn silu(self) -> Self {
        self.elementwise(activation::silu, |x, y| {
            let s = activation::sigmoid(x);
            s.clone() + y.clone() - y * s
        })
    }

    /// `x Phi(x)`, with the normal distribution's own `Phi` and not its approximation by tanh
    /// (Hendrycks and Gimpel 2016).
    pub fn gelu(self) -> Self {
        self.elementwise(activation::gelu, |x, _| {
            let below = ((x.clone() * FRAC_1_SQRT_2).erf() + 1.0) * 0.5;
            let density = (x.clone().square() * -0.5).exp() / TAU.sqrt();
            below + x * density
        })
    }
}

/// One where `x` is positive and `slope` elsewhere, as a constant.
fn step<const D: usize>(x: Tensor<D>, slope: f64) -> Tensor<D> {
    x.full_like(slope).mask_fill(x.greater_elem(0.0), 1.0)
}

/// `exp(min(x, 0)) - 1`. Unlike Burn's ELU, it takes no exponential of what it throws away, whose
/// overflow would turn gradients into NaN.
fn dip<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    x.clamp_max(0.0).exp() - 1.0
}
