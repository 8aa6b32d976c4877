//! From latents to styles.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use kiln_ops::Dual;

use crate::layer::EqualLinear;
use crate::{Pass, Running};

/// How much slower than others the mapping network learns: the paper's.
const MULTIPLIER: f64 = 0.01;
/// Share of the mean style that a batch replaces: the authors'.
const STEP: f64 = 0.005;
/// Added to the mean square under the root.
const TINY: f64 = 1e-8;

/// Layers with leaky ReLUs over a latent of length one a number, and the mean of what they make.
#[derive(Module, Debug)]
pub struct Mapping {
    /// Each with a hundredth of the rate.
    pub layers: Vec<EqualLinear>,
    /// The moving mean of the styles, `[width]`: what truncation pulls towards.
    pub mean: Running,
}

impl Mapping {
    pub(super) fn new(latents: usize, width: usize, n_layers: usize, device: &Device) -> Self {
        let inputs = std::iter::once(latents).chain(std::iter::repeat(width)).take(n_layers);
        let layer = |inputs| EqualLinear::new(inputs, width, device).with_multiplier(MULTIPLIER);
        Self {
            layers: inputs.map(layer).collect(),
            mean: Running::new(Tensor::zeros([width], device)),
        }
    }

    /// Shape: `[batch, latents]` to `[batch, width]`. Moves the mean if the pass says so.
    pub fn forward(&self, latents: Dual<2>, pass: &Pass) -> Dual<2> {
        let mean_square = latents.clone().square().linear_map(|x: Tensor<2>| x.mean_dim(1));
        let x = latents * mean_square.offset(TINY).rsqrt();
        let styles = self.layers.iter().fold(x, |x, layer| leaky(layer.forward(x)));
        if pass.moves_statistics() {
            let [_, width] = styles.dims();
            let seen = styles.value.clone().detach().mean_dim(0).reshape([width]);
            self.mean.observe(seen, STEP);
        }
        styles
    }
}

/// Leaky ReLU that keeps the variance of what is normal.
pub(super) fn leaky<const D: usize>(x: Dual<D>) -> Dual<D> {
    x.leaky_relu(0.2).scale(std::f64::consts::SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::values;
    use crate::{Initial, initialise};
    use kiln_core::{Address, Purpose};

    fn mapping(device: &Device) -> Mapping {
        let weights = Address::new(1, Purpose::Weights);
        initialise(Mapping::new(3, 4, 2, device), &Initial::uniform(100.0), weights)
    }

    #[test]
    fn only_the_direction_of_a_latent_counts() {
        let device = Device::flex();
        let mapping = mapping(&device);
        let of = |scale: f32| {
            let latents = Tensor::<2>::from_floats([[1.0, -2.0, 0.5]], &device) * scale;
            values(&mapping.forward(latents.into(), &Pass::eval()).value)
        };
        assert!(of(1.0).iter().zip(of(7.0)).all(|(a, b)| (a - b).abs() < 1e-4));
        assert_ne!(of(1.0), of(-1.0));
    }

    #[test]
    fn the_mean_style_moves_in_training_alone() {
        let device = Device::flex().autodiff();
        let mapping = mapping(&device);
        let latents = || Dual::<2>::from(Tensor::from_floats([[1.0, -2.0, 0.5]], &device));
        mapping.forward(latents(), &Pass::eval());
        mapping.forward(latents(), &Pass::train(None).keeping_statistics());
        assert_eq!(values(&mapping.mean.value()), [0.0; 4]);
        let style = values(&mapping.forward(latents(), &Pass::train(None)).value);
        let mean = values(&mapping.mean.value());
        assert!(mean.iter().zip(style).all(|(m, s)| (m - 0.005 * s).abs() < 1e-6));
    }
}
