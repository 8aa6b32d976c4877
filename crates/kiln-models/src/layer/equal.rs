//! Layers with an equalised learning rate (Karras et al. 2018, ProGAN, section 4.1): weights start as
//! standard normal numbers and are scaled by He's constant when they are used, so that Adam moves all of
//! them alike, whatever their fan-in.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use kiln_ops::{ConvOptions, Dual};

use super::fresh::zeros;

/// A fully connected layer: `y = x W m / sqrt(inputs) + m b`, with the rate's multiplier `m`.
#[derive(Module, Debug)]
pub struct EqualLinear {
    /// `[inputs, outputs]`.
    pub weight: Param<Tensor<2>>,
    /// `[outputs]`.
    pub bias: Param<Tensor<1>>,
    /// How much slower it learns than others. Weights that start at `1 / m` undo it at the start.
    pub multiplier: f64,
}

impl EqualLinear {
    /// With the rate of others.
    pub fn new(inputs: usize, outputs: usize, device: &Device) -> Self {
        let (weight, bias) = (zeros([inputs, outputs], device), zeros([outputs], device));
        Self { weight, bias, multiplier: 1.0 }
    }

    /// With this multiplier of the rate.
    pub fn with_multiplier(self, multiplier: f64) -> Self {
        Self { multiplier, ..self }
    }

    /// Shape: `[..., inputs]` to `[..., outputs]`.
    pub fn forward<const D: usize>(&self, x: Dual<D>) -> Dual<D> {
        let weight = self.weight.val();
        let scale = self.multiplier / (weight.dims()[0] as f64).sqrt();
        x.linear(weight * scale, Some(self.bias.val() * self.multiplier))
    }
}

/// A convolution with a square kernel: `y = x * W / sqrt(inputs kernel^2) + b`.
#[derive(Module, Debug)]
pub struct EqualConv2d {
    /// `[outputs, inputs, kernel, kernel]`.
    pub weight: Param<Tensor<4>>,
    /// `[outputs]`.
    pub bias: Option<Param<Tensor<1>>>,
    /// Step of the kernel.
    pub stride: usize,
    /// Zeros added on each side.
    pub padding: usize,
}

impl EqualConv2d {
    /// With an offset, and as many places in the output as in the input.
    pub fn new(inputs: usize, outputs: usize, kernel: usize, device: &Device) -> Self {
        let weight = zeros([outputs, inputs, kernel, kernel], device);
        let bias = Some(zeros([outputs], device));
        Self { weight, bias, stride: 1, padding: kernel / 2 }
    }

    /// With every other place, and no zeros around.
    pub fn halving(self) -> Self {
        Self { stride: 2, padding: 0, ..self }
    }

    /// Without an offset.
    pub fn without_bias(self) -> Self {
        Self { bias: None, ..self }
    }

    /// Shape: `[batch, inputs, height, width]` to `[batch, outputs, height', width']`.
    pub fn forward(&self, x: Dual<4>) -> Dual<4> {
        let options = ConvOptions::new([self.stride; 2], [self.padding; 2], [1, 1], 1);
        x.conv2d(scaled(&self.weight), self.bias.as_ref().map(Param::val), &options)
    }
}

/// The weight of a convolution as it is used.
pub(super) fn scaled(weight: &Param<Tensor<4>>) -> Tensor<4> {
    let weight = weight.val();
    let [_, inputs, height, width] = weight.dims();
    weight / ((inputs * height * width) as f64).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::values;

    #[test]
    fn weights_are_scaled_when_they_are_used_and_learn_alike() {
        let device = Device::flex().autodiff();
        let mut layer = EqualLinear::new(4, 1, &device).with_multiplier(0.5);
        layer.weight = Param::from_tensor(Tensor::ones([4, 1], &device));
        layer.bias = Param::from_tensor(Tensor::ones([1], &device));
        let y = layer.forward(Dual::<2>::from(Tensor::ones([1, 4], &device))).value;
        assert_eq!(values(&y), [4.0 * 0.5 / 2.0 + 0.5]);
        let grads = y.sum().backward();
        assert_eq!(values(&layer.weight.val().grad(&grads).unwrap()), [0.25; 4]);
        assert_eq!(values(&layer.bias.val().grad(&grads).unwrap()), [0.5]);
        let mut conv = EqualConv2d::new(1, 1, 3, &device).without_bias();
        conv.weight = Param::from_tensor(Tensor::ones([1, 1, 3, 3], &device));
        let x = || Dual::<4>::from(Tensor::ones([1, 1, 3, 3], &device));
        let middle = values(&conv.forward(x()).value)[4]; // 9 / sqrt(9)
        assert!((middle - 3.0).abs() < 1e-6, "{middle}");
        assert_eq!(conv.halving().forward(x()).dims(), [1, 1, 1, 1]);
    }
}
