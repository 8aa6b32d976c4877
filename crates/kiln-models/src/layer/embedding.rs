//! `y = c W`: a learned vector a class, by the class's one-hot `c`.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use kiln_ops::Dual;

use super::fresh::zeros;
use super::spectral::{Spectral, used};
use crate::Pass;

/// Configuration of an [`Embedding`] layer.
#[derive(Debug, Clone, PartialEq)]
pub struct EmbeddingConfig {
    /// How many classes there are.
    pub classes: usize,
    /// Width of a vector.
    pub width: usize,
    /// Whether the weight is divided by its greatest singular value.
    pub spectral_norm: bool,
}

impl EmbeddingConfig {
    /// A vector of `width` for each of `classes`.
    pub fn new(classes: usize, width: usize) -> Self {
        Self { classes, width, spectral_norm: false }
    }

    /// With or without [spectral normalisation](Spectral).
    pub fn with_spectral_norm(self, spectral_norm: bool) -> Self {
        Self { spectral_norm, ..self }
    }

    /// The layer, on `device`.
    pub fn init(&self, device: &Device) -> Embedding {
        let shape = [self.classes, self.width];
        Embedding {
            weight: zeros(shape, device),
            spectral: self.spectral_norm.then(|| Spectral::new(shape, CLASSES, device)),
        }
    }
}

/// A table of vectors.
#[derive(Module, Debug)]
pub struct Embedding {
    /// `[classes, width]`.
    pub weight: Param<Tensor<2>>,
    /// Of the weight, if it is normalised; its rows are the classes.
    pub spectral: Option<Spectral>,
}

const CLASSES: usize = 0;

impl Embedding {
    /// The vectors of what the `batch` samples of `pass` are asked to be, `[batch, width]`; of a
    /// mixture of classes the mixture.
    pub fn forward(&self, batch: usize, pass: &Pass) -> Dual<2> {
        let weight = used(&self.weight, self.spectral.as_ref(), CLASSES, pass);
        let [classes, _] = weight.dims();
        pass.condition([batch, classes], &weight.device()).linear(weight, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::values;

    #[test]
    fn a_class_picks_its_row_and_teaches_it_alone() {
        let device = Device::flex().autodiff();
        let mut layer = EmbeddingConfig::new(3, 2).init(&device);
        let rows = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]];
        layer.weight = Param::from_tensor(Tensor::from_floats(rows, &device));
        let classes = [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]];
        let pass = |classes| Pass::eval().of(Some(Tensor::from_floats(classes, &device)));
        let y = layer.forward(3, &pass(classes)).value;
        assert_eq!(values(&y), [5.0, 6.0, 1.0, 2.0, 5.0, 6.0]);
        let grads = y.sum().backward();
        let grad = layer.weight.val().grad(&grads).unwrap();
        assert_eq!(values(&grad), [1.0, 1.0, 0.0, 0.0, 2.0, 2.0]);
        let mixed = layer.forward(3, &pass([[0.5, 0.0, 0.5]; 3]));
        assert_eq!(values(&mixed.value), [3.0, 4.0, 3.0, 4.0, 3.0, 4.0]);
        assert_eq!(values(&layer.forward(1, &Pass::eval()).value), [0.0, 0.0]);
    }
}
