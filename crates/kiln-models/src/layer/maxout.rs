//! Maxout (Goodfellow et al. 2013): each unit is the greatest of several affine pieces.

use burn::module::Module;
use burn::tensor::Device;
use kiln_ops::Dual;

use super::{Linear, LinearConfig};
use crate::Pass;

/// Configuration of a [`Maxout`] layer.
#[derive(Debug, Clone, PartialEq)]
pub struct MaxoutConfig {
    /// Width of the input.
    pub inputs: usize,
    /// Width of the output.
    pub units: usize,
    /// Affine pieces a unit.
    pub pieces: usize,
}

impl MaxoutConfig {
    /// A layer of `units`, each the greatest of `pieces`.
    pub fn new(inputs: usize, units: usize, pieces: usize) -> Self {
        Self { inputs, units, pieces }
    }

    /// The layer, on `device`.
    pub fn init(&self, device: &Device) -> Maxout {
        Maxout {
            linear: LinearConfig::new(self.inputs, self.units * self.pieces).init(device),
            pieces: self.pieces,
        }
    }
}

/// The greatest of several affine functions, a unit at a time.
#[derive(Module, Debug)]
pub struct Maxout {
    /// To `units * pieces`; the pieces of a unit lie side by side.
    pub linear: Linear,
    /// Affine pieces a unit.
    pub pieces: usize,
}

impl Maxout {
    /// Shape: `[batch, inputs]` to `[batch, units]`.
    pub fn forward(&self, x: Dual<2>, pass: &Pass) -> Dual<2> {
        self.linear.forward(x, pass).maxout(self.pieces)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::values;
    use burn::module::Param;
    use burn::tensor::Tensor;

    #[test]
    fn two_opposite_pieces_make_the_absolute_value() {
        let device = Device::flex().autodiff();
        let mut layer = MaxoutConfig::new(1, 1, 2).init(&device);
        layer.linear.weight = Param::from_tensor(Tensor::from_floats([[1.0, -1.0]], &device));
        let x = Tensor::from_floats([[3.0], [-5.0]], &device);
        let y = layer.forward(Dual::along(x.clone(), x.ones_like()), &Pass::eval());
        assert_eq!(values(&y.value), [3.0, 5.0]);
        assert_eq!(values(&y.tangent.unwrap()), [1.0, -1.0]);
        let grads = y.value.sum().backward();
        // The winning piece alone learns: 3 for the first, -5 for the second.
        let weight = layer.linear.weight.val();
        assert_eq!(values(&weight.grad(&grads).unwrap()), [3.0, -5.0]);
    }
}
