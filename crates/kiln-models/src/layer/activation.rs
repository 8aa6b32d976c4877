//! Activations by name.

use kiln_ops::Dual;
use serde::{Deserialize, Serialize};

/// An elementwise function between layers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Activation {
    /// `max(x, 0)`.
    Relu,
    /// `x` where positive, else `slope * x`.
    LeakyRelu {
        /// Slope of the negative side.
        slope: f64,
    },
    /// `x` where positive, else `alpha (exp(x) - 1)`.
    Elu {
        /// Minus the limit of the negative side.
        alpha: f64,
    },
    /// Hyperbolic tangent, into `(-1, 1)`.
    Tanh,
    /// `1 / (1 + exp(-x))`, into `(0, 1)`.
    Sigmoid,
    /// Nothing.
    Identity,
}

impl Activation {
    /// Applies it.
    pub fn forward<const D: usize>(self, x: Dual<D>) -> Dual<D> {
        match self {
            Self::Relu => x.relu(),
            Self::LeakyRelu { slope } => x.leaky_relu(slope),
            Self::Elu { alpha } => x.elu(alpha),
            Self::Tanh => x.tanh(),
            Self::Sigmoid => x.sigmoid(),
            Self::Identity => x,
        }
    }

    /// The slope of the negative side of a piecewise linear one, which batch norm can fuse.
    pub fn slope(self) -> Option<f64> {
        match self {
            Self::Relu => Some(0.0),
            Self::LeakyRelu { slope } => Some(slope),
            Self::Identity => Some(1.0),
            Self::Elu { .. } | Self::Tanh | Self::Sigmoid => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::values;
    use burn::tensor::{Device, Tensor};

    #[test]
    fn each_has_its_value_on_both_sides() {
        let check = |activation: Activation, expected: [f32; 2]| {
            let x = Tensor::<1>::from_floats([-2.0, 2.0], &Device::flex());
            let y = values(&activation.forward(x.into()).value);
            let close = y.iter().zip(expected).all(|(y, e)| (y - e).abs() < 1e-6);
            assert!(close, "{activation:?}: {y:?}");
        };
        check(Activation::Relu, [0.0, 2.0]);
        check(Activation::LeakyRelu { slope: 0.2 }, [-0.4, 2.0]);
        check(Activation::Identity, [-2.0, 2.0]);
        // 2 (e^-2 - 1).
        check(Activation::Elu { alpha: 2.0 }, [-1.729_329_4, 2.0]);
        // tanh 2 = (e^4 - 1) / (e^4 + 1); sigmoid 2 = 1 / (1 + e^-2).
        check(Activation::Tanh, [-0.964_027_6, 0.964_027_6]);
        check(Activation::Sigmoid, [0.119_202_92, 0.880_797_1]);
    }

    #[test]
    fn the_fusible_slope_is_the_function() {
        for activation in [Activation::Relu, Activation::LeakyRelu { slope: 0.3 }] {
            let x = Tensor::<1>::from_floats([-1.0], &Device::flex());
            let y = values(&activation.forward(x.into()).value)[0];
            assert_eq!(Some(f64::from(-y)), activation.slope().map(|s| f64::from(s as f32)));
        }
        assert_eq!(Activation::Tanh.slope(), None);
    }
}
