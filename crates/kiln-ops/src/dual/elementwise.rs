//! Rules of activations.

use burn::tensor::{Tensor, activation};

use super::Dual;
use crate::fused;

impl<const D: usize> Dual<D> {
    /// `max(x, 0)`.
    pub fn relu(self) -> Self {
        self.elementwise(activation::relu, |x, _| step(x, 0.0))
    }

    /// `x` where it is positive, `slope * x` elsewhere; the derivative at zero is `slope`.
    pub fn leaky_relu(self, slope: f64) -> Self {
        self.elementwise(|x| fused::leaky_relu(x, slope), |x, _| step(x, slope))
    }

    /// Hyperbolic tangent.
    pub fn tanh(self) -> Self {
        self.elementwise(fused::tanh, |_, y| -y.square() + 1.0)
    }

    /// `1 / (1 + exp(-x))`.
    pub fn sigmoid(self) -> Self {
        self.elementwise(activation::sigmoid, |_, y| y.clone() - y.square())
    }

    /// `ln(1 + exp(x))`.
    pub fn softplus(self) -> Self {
        self.elementwise(|x| activation::softplus(x, 1.0), |x, _| activation::sigmoid(x))
    }
}

/// One where `x` is positive and `slope` elsewhere, as a constant.
fn step<const D: usize>(x: Tensor<D>, slope: f64) -> Tensor<D> {
    x.detach().greater_elem(0.0).float() * (1.0 - slope) + slope
}
