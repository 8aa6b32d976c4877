//! Dropout (Srivastava et al. 2014), scaled while training so that use needs no change.

use burn::module::Module;
use kiln_ops::Dual;
use serde::{Deserialize, Serialize};

use crate::Pass;

/// Configuration of a [`Dropout`] layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DropoutConfig {
    /// Probability that an element is kept, in `(0, 1]`.
    pub keep: f64,
}

impl DropoutConfig {
    /// Keeps each element with this probability.
    pub fn new(keep: f64) -> Self {
        Self { keep }
    }

    /// The layer.
    pub fn init(&self) -> Dropout {
        Dropout { keep: self.keep }
    }
}

/// Sets elements to zero by the masks of the [`Pass`], and scales the rest up.
#[derive(Module, Debug)]
pub struct Dropout {
    /// Probability that an element is kept.
    pub keep: f64,
}

impl Dropout {
    /// Shape: any, kept.
    pub fn forward<const D: usize>(&self, x: Dual<D>, pass: &Pass) -> Dual<D> {
        if self.keep >= 1.0 {
            return x;
        }
        match pass.mask(self.keep, x.dims(), &x.value.device()) {
            Some(mask) => x.masked(mask),
            None => x,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::values;
    use burn::tensor::{Device, Tensor};
    use kiln_core::{Address, Purpose};

    fn forward(pass: &Pass) -> Dual<2> {
        let x = Tensor::<2>::ones([50, 40], &Device::flex());
        DropoutConfig::new(0.8).init().forward(Dual::along(x.clone(), x), pass)
    }

    #[test]
    fn it_keeps_its_share_scaled_so_that_the_mean_stays() {
        let pass = Pass::train(Some(Address::new(3, Purpose::Dropout)));
        let y = values(&forward(&pass).value);
        assert!(y.iter().all(|y| *y == 0.0 || *y == 1.25));
        // Five standard errors of the mean of 2000 values of 0 or 1.25: 5 * 0.5 / sqrt(2000).
        let mean = y.iter().sum::<f32>() / 2000.0;
        assert!((mean - 1.0).abs() < 0.056, "{mean}");
    }

    #[test]
    fn value_and_tangent_share_the_mask() {
        let pass = Pass::train(Some(Address::new(3, Purpose::Dropout)));
        let y = forward(&pass);
        assert_eq!(values(&y.value), values(&y.tangent.unwrap()));
    }

    #[test]
    fn in_use_it_does_nothing() {
        assert_eq!(values(&forward(&Pass::eval()).value), [1.0; 2000]);
    }
}
