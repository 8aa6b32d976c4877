//! Self-attention over the places of a picture (Zhang et al. 2019, "SAGAN", section 3):
//! `y = x + mix W_out v softmax(q^T k)`.
//!
//! Queries `q` and keys `k` have an eighth of the channels, values `v` a half. Keys and values are
//! the greatest of every 2 x 2 places, as in the authors' code, which takes a quarter of the products.
//! `mix` is learned and starts at zero, so that a network first relies on what is near.

use burn::module::{Module, Param};
use burn::tensor::ops::MaxPoolOptions;
use burn::tensor::{Device, Tensor};
use kiln_ops::Dual;

use super::fresh::zeros;
use crate::{Conv2d, Conv2dConfig, Pass};

/// Configuration of a [`SelfAttention`] layer.
#[derive(Debug, Clone, PartialEq)]
pub struct SelfAttentionConfig {
    /// Channels of the input.
    pub channels: usize,
    /// Whether the weights are divided by their greatest singular values.
    pub spectral_norm: bool,
}

impl SelfAttentionConfig {
    /// Without spectral normalisation.
    pub fn new(channels: usize) -> Self {
        Self { channels, spectral_norm: false }
    }

    /// With or without [spectral normalisation](crate::Spectral).
    pub fn with_spectral_norm(self, spectral_norm: bool) -> Self {
        Self { spectral_norm, ..self }
    }

    /// The layer, on `device`.
    pub fn init(&self, device: &Device) -> SelfAttention {
        let (compared, carried) = ((self.channels / 8).max(1), (self.channels / 2).max(1));
        let conv = |inputs, outputs| {
            let config = Conv2dConfig::new(inputs, outputs, 1).with_bias(false);
            config.with_spectral_norm(self.spectral_norm).init(device)
        };
        SelfAttention {
            query: conv(self.channels, compared),
            key: conv(self.channels, compared),
            value: conv(self.channels, carried),
            out: conv(carried, self.channels),
            mix: zeros([1], device),
        }
    }
}

/// Lets each place look at all others.
#[derive(Module, Debug)]
pub struct SelfAttention {
    /// What a place looks for.
    pub query: Conv2d,
    /// What is there to be found.
    pub key: Conv2d,
    /// What a place gets of another.
    pub value: Conv2d,
    /// Back to the channels of the input.
    pub out: Conv2d,
    /// How much of it is added to the input, `[1]`.
    pub mix: Param<Tensor<1>>,
}

impl SelfAttention {
    /// Shape: `[batch, channels, height, width]`, kept; both sides are at least 2.
    pub fn forward(&self, x: Dual<4>, pass: &Pass) -> Dual<4> {
        let [batch, _, height, width] = x.dims();
        let every_four = MaxPoolOptions::new([2, 2]).with_stride([2, 2]);
        let pooled = |conv: &Conv2d| in_rows(conv.forward(x.clone(), pass).max_pool2d(&every_four));
        let query = in_rows(self.query.forward(x.clone(), pass)); // [batch, channels / 8, places]
        let likeness = query.swap_dims(1, 2).matmul(pooled(&self.key));
        let weights = likeness.softmax(2); // [batch, places, places / 4]
        let seen = pooled(&self.value).matmul(weights.swap_dims(1, 2)); // [batch, channels / 2, places]
        let [_, carried, _] = seen.dims();
        let out = self.out.forward(seen.reshape([batch, carried, height, width]), pass);
        let mix = self.mix.val().reshape([1, 1, 1, 1]);
        x + out.linear_map(|out| out * mix.clone())
    }
}

/// `[batch, channels, height, width]` to `[batch, channels, places]`.
fn in_rows(x: Dual<4>) -> Dual<3> {
    let [batch, channels, height, width] = x.dims();
    x.reshape([batch, channels, height * width])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::values;
    use crate::net::{check_tangent, reached};
    use crate::{Initial, initialise};
    use kiln_core::{Address, Purpose, Stream};

    fn layer(mix: f32, spectral_norm: bool, device: &Device) -> SelfAttention {
        let layer = SelfAttentionConfig::new(8).with_spectral_norm(spectral_norm).init(device);
        let weights = Address::new(1, Purpose::Weights);
        let mut layer = initialise(layer, &Initial::uniform(0.5), weights);
        layer.mix = Param::from_tensor(Tensor::from_floats([mix], device));
        layer
    }

    fn maps(device: &Device) -> Tensor<4> {
        let values = Stream::new(Address::new(3, Purpose::Data)).normals(2 * 8 * 24);
        Tensor::<1>::from_floats(values.as_slice(), device).reshape([2, 8, 4, 6])
    }

    #[test]
    fn it_starts_as_nothing_and_its_share_learns_first() {
        let device = Device::flex().autodiff();
        let fresh = SelfAttentionConfig::new(8).init(&device);
        let fresh = initialise(fresh, &Initial::glorot(), Address::new(1, Purpose::Weights));
        let y = fresh.forward(maps(&device).into(), &Pass::train(None)).value;
        assert_eq!(values(&y), values(&maps(&device)));
        let grads = (y * maps(&device)).sum().backward();
        let mix = fresh.mix.val().grad(&grads).unwrap();
        assert!(values(&mix)[0].abs() > 1e-3);
    }

    #[test]
    fn gradients_reach_every_weight() {
        let device = Device::flex().autodiff();
        for spectral_norm in [false, true] {
            let layer = layer(0.5, spectral_norm, &device);
            let pass = Pass::train(None).iterating_power();
            let y = layer.forward(maps(&device).into(), &pass).value;
            let grads = (y * maps(&device).flip([3])).sum().backward();
            assert_eq!(reached(&layer, &grads), "everywhere");
        }
    }

    #[test]
    fn a_place_sees_what_is_far_away() {
        let device = Device::flex().autodiff();
        let x = maps(&device).require_grad();
        let y = layer(0.5, false, &device).forward(x.clone().into(), &Pass::eval()).value;
        let corner = y.slice([0..1, 0..8, 0..1, 0..1]).sum();
        let far = x.grad(&corner.backward()).unwrap();
        let seen = |far: &Tensor<4>, sample| {
            let there = far.clone().slice([sample..sample + 1, 0..8, 2..4, 4..6]);
            values(&there).iter().any(|slope| *slope != 0.0)
        };
        assert!(seen(&far, 0) && !seen(&far, 1));
    }

    #[test]
    fn a_tangent_goes_through() {
        let device = Device::flex().autodiff();
        let layer = layer(0.7, true, &device);
        layer.forward(maps(&device).into(), &Pass::train(None).iterating_power());
        check_tangent(&maps(&device), |x| {
            layer.forward(x, &Pass::eval()).tanh().sum_over_positions()
        });
    }
}
