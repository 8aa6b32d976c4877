//! Modulated convolution (Karras et al. 2020, StyleGAN2, section 2.2, equations 1 and 3): each sample
//! scales the inputs of a shared weight by its style, `w'_oik = s_i w_oik`, and each output is divided by
//! the length of its scaled weight, `w''_oik = w'_oik / sqrt(sum_ik w'_oik^2 + 1e-8)`.
//!
//! The weight is the same for all samples here, and inputs are scaled before, outputs after it. That is
//! the same map and costs one convolution of the batch, where a weight a sample costs as many.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};
use kiln_ops::{ConvOptions, Dual};

use super::equal::{EqualLinear, scaled};
use super::fresh::zeros;

/// Configuration of a [`ModulatedConv2d`] layer.
#[derive(Debug, Clone, PartialEq)]
pub struct ModulatedConv2dConfig {
    /// Channels of the input.
    pub inputs: usize,
    /// Channels of the output.
    pub outputs: usize,
    /// Side of the kernel.
    pub kernel: usize,
    /// Width of a style.
    pub styles: usize,
    /// Whether outputs are divided by the lengths of their weights.
    pub demodulated: bool,
    /// Whether the resolution is doubled first, by the kernel [1, 3, 3, 1].
    pub doubled: bool,
}

impl ModulatedConv2dConfig {
    /// Demodulated, at the resolution of the input.
    pub fn new(inputs: usize, outputs: usize, kernel: usize, styles: usize) -> Self {
        Self { inputs, outputs, kernel, styles, demodulated: true, doubled: false }
    }

    /// With or without demodulation: StyleGAN2's layers to the picture have none.
    pub fn with_demodulation(self, demodulated: bool) -> Self {
        Self { demodulated, ..self }
    }

    /// With or without a doubling of the resolution before.
    pub fn with_doubling(self, doubled: bool) -> Self {
        Self { doubled, ..self }
    }

    /// The layer, on `device`.
    pub fn init(&self, device: &Device) -> ModulatedConv2d {
        ModulatedConv2d {
            weight: zeros([self.outputs, self.inputs, self.kernel, self.kernel], device),
            style: EqualLinear::new(self.styles, self.inputs, device),
            demodulated: self.demodulated,
            doubled: self.doubled,
        }
    }
}

/// A convolution whose weight follows a style. It has no offset.
#[derive(Module, Debug)]
pub struct ModulatedConv2d {
    /// `[outputs, inputs, kernel, kernel]`, with an equalised learning rate.
    pub weight: Param<Tensor<4>>,
    /// From a style to how much of each input there is, less one.
    pub style: EqualLinear,
    /// Whether outputs are divided by the lengths of their weights.
    pub demodulated: bool,
    /// Whether the resolution is doubled first.
    pub doubled: bool,
}

/// Keeps the length of a weight of zeros finite; the authors'.
const TINY: f64 = 1e-8;

impl ModulatedConv2d {
    /// Shape: `[batch, inputs, height, width]` and styles `[batch, width]` to `[batch, outputs, height',
    /// width']`, twice the size where it is doubled.
    pub fn forward(&self, x: Dual<4>, style: Dual<2>) -> Dual<4> {
        let style = self.style.forward(style).offset(1.0); // [batch, inputs]
        let weight = scaled(&self.weight);
        let [.., kernel, _] = weight.dims();
        let x = x * maps(style.clone());
        let x = if self.doubled { x.upsample_fir() } else { x };
        let options = ConvOptions::new([1, 1], [kernel / 2; 2], [1, 1], 1);
        let x = x.conv2d(weight.clone(), None, &options);
        if !self.demodulated {
            return x;
        }
        let [outputs, inputs, ..] = weight.dims();
        let squares = weight.square().reshape([outputs, inputs, kernel * kernel]).sum_dim(2);
        let squares = squares.reshape([outputs, inputs]).transpose();
        x * maps(style.square().linear(squares, None).offset(TINY).rsqrt())
    }
}

/// `[batch, channels]` as maps of one pixel.
fn maps(x: Dual<2>) -> Dual<4> {
    let [batch, channels] = x.dims();
    x.reshape([batch, channels, 1, 1])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::values;
    use crate::{Initial, initialise};
    use kiln_core::{Address, Purpose, Stream};

    fn layer(demodulated: bool, doubled: bool, device: &Device) -> ModulatedConv2d {
        let config = ModulatedConv2dConfig::new(2, 3, 3, 4);
        let layer = config.with_demodulation(demodulated).with_doubling(doubled).init(device);
        initialise(layer, &Initial::uniform(1.0), Address::new(1, Purpose::Weights))
    }

    fn normals<const D: usize>(lane: u64, shape: [usize; D], device: &Device) -> Tensor<D> {
        let address = Address::new(3, Purpose::Data).lane(lane);
        let values = Stream::new(address).normals(shape.iter().product());
        Tensor::<1>::from_floats(values.as_slice(), device).reshape(shape)
    }

    #[test]
    fn demodulated_outputs_do_not_depend_on_the_length_of_the_style() {
        let device = Device::flex();
        let mut layer = layer(true, false, &device);
        layer.style.weight = layer.style.weight.map(|weight| weight * 0.0);
        let x = normals(1, [2, 2, 4, 4], &device);
        let of = |layer: &ModulatedConv2d| {
            values(&layer.forward(x.clone().into(), normals(2, [2, 4], &device).into()).value)
        };
        let plain = of(&layer);
        layer.style.bias = layer.style.bias.map(|bias| bias + 2.0); // three times as long
        let longer = of(&layer);
        assert!(plain.iter().zip(&longer).all(|(a, b)| (a - b).abs() < 1e-5));
        layer.demodulated = false;
        assert!(of(&layer).iter().zip(&plain).any(|(a, b)| (a - b).abs() > 0.1));
    }

    #[test]
    fn a_tangent_is_the_difference_of_two_values_and_styles_may_move() {
        let device = Device::flex();
        for (demodulated, doubled) in [(true, false), (true, true), (false, false)] {
            let layer = layer(demodulated, doubled, &device);
            let [x, dx] = [1, 2].map(|lane| normals(lane, [2, 2, 4, 4], &device));
            let [w, dw] = [3, 4].map(|lane| normals(lane, [2, 4], &device));
            let x_moves = Dual::along(x.clone(), dx.clone());
            let tangent = layer.forward(x_moves, Dual::along(w.clone(), dw.clone())).tangent;
            let at = |step: f32| {
                let x = x.clone() + dx.clone() * step;
                layer.forward(x.into(), (w.clone() + dw.clone() * step).into()).value
            };
            let numeric = (at(1e-2) - at(-1e-2)) / 2e-2;
            let scale: f32 = numeric.clone().abs().max().into_scalar();
            let error: f32 = (tangent.unwrap() - numeric).abs().max().into_scalar();
            assert!(scale > 0.1 && error < 5e-3 * scale, "{error} of {scale}");
        }
    }
}
