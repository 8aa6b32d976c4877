//! `y = x W + b`.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use kiln_ops::Dual;

use super::fresh::zeros;
use super::spectral::{Spectral, used};
use crate::Pass;

/// Configuration of a [`Linear`] layer.
#[derive(Debug, Clone, PartialEq)]
pub struct LinearConfig {
    /// Width of the input.
    pub inputs: usize,
    /// Width of the output.
    pub outputs: usize,
    /// Whether an offset is learned.
    pub bias: bool,
    /// Whether the weight is divided by its greatest singular value.
    pub spectral_norm: bool,
}

impl LinearConfig {
    /// A layer with an offset.
    pub fn new(inputs: usize, outputs: usize) -> Self {
        Self { inputs, outputs, bias: true, spectral_norm: false }
    }

    /// With or without an offset.
    pub fn with_bias(self, bias: bool) -> Self {
        Self { bias, ..self }
    }

    /// With or without [spectral normalisation](Spectral).
    pub fn with_spectral_norm(self, spectral_norm: bool) -> Self {
        Self { spectral_norm, ..self }
    }

    /// The layer, on `device`.
    pub fn init(&self, device: &Device) -> Linear {
        let shape = [self.inputs, self.outputs];
        Linear {
            weight: zeros(shape, device),
            bias: self.bias.then(|| zeros([self.outputs], device)),
            spectral: self.spectral_norm.then(|| Spectral::new(shape, OUTPUTS, device)),
        }
    }
}

/// A fully connected layer.
#[derive(Module, Debug)]
pub struct Linear {
    /// `[inputs, outputs]`.
    pub weight: Param<Tensor<2>>,
    /// `[outputs]`.
    pub bias: Option<Param<Tensor<1>>>,
    /// Of the weight, if it is normalised.
    pub spectral: Option<Spectral>,
}

/// The axis of the weight that counts the outputs.
const OUTPUTS: usize = 1;

impl Linear {
    /// Shape: `[..., inputs]` to `[..., outputs]`.
    pub fn forward<const D: usize>(&self, x: Dual<D>, pass: &Pass) -> Dual<D> {
        let weight = used(&self.weight, self.spectral.as_ref(), OUTPUTS, pass);
        x.linear(weight, self.bias.as_ref().map(Param::val))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::values;

    #[test]
    fn it_is_a_matrix_product_and_an_offset() {
        let device = Device::flex().autodiff();
        let mut layer = LinearConfig::new(2, 3).init(&device);
        let weight = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]];
        layer.weight = Param::from_tensor(Tensor::from_floats(weight, &device));
        layer.bias = Some(Param::from_tensor(Tensor::from_floats([0.5; 3], &device)));
        let x = Tensor::<2>::from_floats([[1.0, -1.0]], &device);
        let y = layer.forward(x.into(), &Pass::eval()).value;
        assert_eq!(values(&y), [-2.5, -2.5, -2.5]);
        let grads = y.sum().backward();
        // d sum / d W_io = x_i.
        assert_eq!(
            values(&layer.weight.val().grad(&grads).unwrap()),
            [1.0, 1.0, 1.0, -1.0, -1.0, -1.0]
        );
    }
}
