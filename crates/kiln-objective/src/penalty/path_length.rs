//! Path length regularisation of a generator (Karras et al. 2020, StyleGAN2, section 3.2 and
//! appendix B): a step in the latents should change the picture by the same length everywhere.
//!
//! `P = E (|J^T y| - a)^2`, where `J^T y` is the gradient of `sum(G(w) y)` with respect to the
//! latents `w`, `y` is noise in the pictures divided by the root of their number of pixels, and `a`
//! the moving mean of these lengths. Latents that enter at several layers count with their mean
//! square. The gradient of P comes by forward over reverse, as the module's page describes, with
//! the direction `v_i = 2 (|g_i| - a) g_i / (|g_i| n)`.
//!
//! Departs from the authors' code: `a` is a constant, where theirs lets one hundredth of the
//! gradient flow through the newest lengths in it.

use burn::tensor::{Device, Shape, Tensor};
use kiln_ops::Dual;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::Penalty;
use super::exact::constant;

/// The constants.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct PathLength {
    /// At least 0; the authors' code has 2.
    pub weight: f64,
    /// Share of the moving mean that a penalty replaces, in `(0, 1]`; the authors' is 0.01.
    pub step: f64,
    /// Rounds from one penalty to the next, each that many times as strong; the authors' are 4.
    pub every: u64,
}

impl Default for PathLength {
    fn default() -> Self {
        Self { weight: 2.0, step: 0.01, every: 4 }
    }
}

/// Constants out of range.
#[derive(Debug, Clone, Copy, PartialEq, Error)]
pub enum PathLengthError {
    /// The weight is negative or not a number.
    #[error("the weight of path length is {0}; it must be a number of at least 0")]
    Weight(f64),
    /// A mean that does not move, or overshoots.
    #[error("the step of path length is {0}; it must be above 0 and at most 1")]
    Step(f64),
    /// No rounds between two penalties.
    #[error("`every` of path length is 0; 1 takes it in every round")]
    Every,
}

/// Where the paths are measured.
#[derive(Debug, Clone)]
pub struct Paths<const D: usize, const E: usize> {
    /// Latents, `[batch, width]` or `[batch, layers, width]`; constants.
    pub latents: Tensor<D>,
    /// Standard normal, of the shape of the pictures, `[batch, channels, ...]`.
    pub noise: Tensor<E>,
}

/// The penalty and what goes with it.
#[derive(Debug, Clone)]
pub struct Measured {
    /// The penalty; its surrogate is for the generator's loss.
    pub penalty: Penalty,
    /// The lengths' moving mean `a` afterwards, `[1]`, without autodiff. Part of a checkpoint.
    pub mean: Tensor<1>,
}

impl PathLength {
    /// Checks the ranges.
    ///
    /// # Errors
    ///
    /// When a number is out of its range.
    pub fn validate(self) -> Result<(), PathLengthError> {
        if !(self.weight >= 0.0 && self.weight.is_finite()) {
            return Err(PathLengthError::Weight(self.weight));
        }
        if !(self.step > 0.0 && self.step <= 1.0) {
            return Err(PathLengthError::Step(self.step));
        }
        if self.every == 0 { Err(PathLengthError::Every) } else { Ok(()) }
    }

    /// The moving mean before the first penalty: zero, as in the authors' code.
    pub fn start(self, device: &Device) -> Tensor<1> {
        Tensor::zeros([1], &device.clone().without_autodiff())
    }

    /// What the surrogate is multiplied by in round `round`, counted from 0, if it is due.
    pub fn factor(self, round: u64) -> Option<f64> {
        let due = round.is_multiple_of(self.every) && self.weight > 0.0;
        due.then_some(self.weight * self.every as f64)
    }

    /// Measures the generator's paths, given with `frozen` weights, which are cheaper to look
    /// through (the live ones will do), and with `live` ones. `mean` is the moving mean so far.
    pub fn measure<const D: usize, const E: usize>(
        self,
        paths: Paths<D, E>,
        mean: Tensor<1>,
        frozen: impl Fn(Dual<D>) -> Dual<E>,
        live: impl Fn(Dual<D>) -> Dual<E>,
    ) -> Measured {
        let Paths { latents, noise } = paths;
        let pixels: usize = noise.dims().into_iter().skip(2).product();
        let noise = constant(noise / (pixels as f64).sqrt());
        let gradient = latent_gradient(latents.clone(), noise.clone(), frozen);
        let lengths = lengths(gradient.clone());
        let mean = mean * (1.0 - self.step) + lengths.clone().mean() * self.step;
        let penalty =
            Lengths { gradient, lengths, mean: mean.clone() }.penalty(latents, noise, live);
        Measured { penalty, mean }
    }
}

/// `J^T y`: the gradient of `sum(G(w) y)`, a constant.
fn latent_gradient<const D: usize, const E: usize>(
    latents: Tensor<D>,
    noise: Tensor<E>,
    generator: impl Fn(Dual<D>) -> Dual<E>,
) -> Tensor<D> {
    let latents = constant(latents).require_grad();
    let pictures = generator(Dual::from(latents.clone())).value;
    let gradient = latents.grad(&(pictures * noise).sum().backward());
    // A generator that ignores its latents has no gradient there.
    gradient.unwrap_or_else(|| latents.without_autodiff().zeros_like())
}

/// The length of each sample's gradient, a mean square over layers, `[batch, 1]`.
fn lengths<const D: usize>(gradient: Tensor<D>) -> Tensor<2> {
    let (batch, layers) = (gradient.dims()[0], layers(gradient.dims()));
    let rows: Tensor<2> = gradient.reshape([batch as i64, -1]);
    (rows.square().sum_dim(1) / layers).sqrt()
}

/// Layers that latents of this shape enter.
fn layers<const D: usize>(shape: [usize; D]) -> f64 {
    shape[1..D - 1].iter().product::<usize>() as f64
}

/// Lengths that are held to a mean.
struct Lengths<const D: usize> {
    gradient: Tensor<D>,
    lengths: Tensor<2>,
    mean: Tensor<1>,
}

impl<const D: usize> Lengths<D> {
    fn penalty<const E: usize>(
        self,
        latents: Tensor<D>,
        noise: Tensor<E>,
        live: impl Fn(Dual<D>) -> Dual<E>,
    ) -> Penalty {
        let Self { gradient, lengths, mean } = self;
        let apart = lengths.clone() - mean.reshape([1, 1]); // [batch, 1]
        let value = apart.clone().square().mean();
        let shape = latents.dims();
        let pull = apart / lengths.clamp_min(TINY) * (2.0 / (shape[0] as f64 * layers(shape)));
        let mut column = [1; D];
        column[0] = shape[0];
        let direction = gradient * pull.reshape(Shape::from(column));
        let surrogate = match live(Dual::along(constant(latents), constant(direction))).tangent {
            Some(tangent) => (tangent * noise).sum(),
            None => constant(value.zeros_like()),
        };
        Penalty { value, surrogate }
    }
}

/// Keeps the direction of a vanishing gradient finite.
const TINY: f32 = 1e-12;

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::TensorData;
    use kiln_core::{Address, Purpose, Stream};

    const ALL_AT_ONCE: PathLength = PathLength { weight: 1.0, step: 1.0, every: 1 };

    fn on() -> Device {
        Device::flex().autodiff()
    }

    fn normals<const D: usize>(lane: u64, shape: [usize; D]) -> Tensor<D> {
        let address = Address::new(9, Purpose::Data).lane(lane);
        let values = Stream::new(address).normals(shape.iter().product());
        Tensor::from_data(TensorData::new(values, shape), &on())
    }

    fn scalar(x: Tensor<1>) -> f64 {
        f64::from(x.into_scalar::<f32>())
    }

    fn mean(a: f32) -> Tensor<1> {
        Tensor::from_floats([a], &Device::flex())
    }

    /// A step of the mean that is too small to see.
    fn held() -> PathLength {
        PathLength { step: f64::MIN_POSITIVE, ..ALL_AT_ONCE }
    }

    #[test]
    fn a_linear_generator_has_the_same_path_everywhere() {
        // G(w) = w W with W = [[3, 0, 0, 0], [0, 4, 0, 0]], y = (1, 1, 0, 0) over sqrt(4) pixels:
        // J^T y = W y = (1.5, 2), 2.5 long. With a = 0.5: P = 4, and its gradient with respect to W
        // is 2 (2.5 - 0.5) / 2.5 (W y) y^T = 1.6 (1.5, 2) (0.5, 0.5).
        let weight = [[3.0, 0.0, 0.0, 0.0], [0.0, 4.0, 0.0, 0.0]];
        let weight = Tensor::<2>::from_floats(weight, &on()).require_grad();
        let noise = Tensor::<1>::from_floats([1.0, 1.0, 0.0, 0.0], &on());
        let noise = noise.reshape([1, 1, 2, 2]).repeat_dim(0, 3);
        for batch in [1, 3] {
            let generator = |w: Dual<2>| w.linear(weight.clone(), None).reshape([batch, 1, 2, 2]);
            let noise = noise.clone().narrow(0, 0, batch);
            let paths = Paths { latents: normals(1, [batch, 2]), noise };
            let Measured { penalty, mean } = held().measure(paths, mean(0.5), generator, generator);
            assert!((scalar(penalty.value) - 4.0).abs() < 1e-5);
            assert_eq!(scalar(mean), 0.5);
            let gradient = weight.grad(&penalty.surrogate.backward()).unwrap().into_data();
            for (is, expected) in gradient.iter::<f32>().zip([1.2, 1.2, 0., 0., 1.6, 1.6, 0., 0.]) {
                assert!((is - expected).abs() < 1e-5, "{is}, not {expected}");
            }
        }
    }

    /// The slope of the penalty along a direction of the weight: by the surrogate, and by central
    /// differences of the value.
    fn check<const D: usize>(latents: [usize; D], first: impl Fn(Dual<D>, Tensor<2>) -> Dual<2>) {
        let (weight, direction): (Tensor<2>, Tensor<2>) = (normals(2, [3, 5]), normals(3, [3, 5]));
        let last: Tensor<2> = normals(4, [5, 8]);
        let at = |weight: Tensor<2>| {
            let weight = weight.detach().require_grad();
            let generator = |w: Dual<D>| {
                first(w, weight.clone()).tanh().linear(last.clone(), None).reshape([6, 2, 2, 2])
            };
            let paths = Paths { latents: normals(5, latents), noise: normals(6, [6, 2, 2, 2]) };
            let measured = held().measure(paths, mean(0.7), generator, generator);
            (measured.penalty, weight)
        };
        let (penalty, leaf) = at(weight.clone());
        let gradient = leaf.grad(&penalty.surrogate.backward()).unwrap();
        let exact = scalar((gradient * direction.clone().without_autodiff()).sum());
        let beside = |step: f64| scalar(at(weight.clone() + direction.clone() * step).0.value);
        let numeric = (beside(1e-3) - beside(-1e-3)) / 2e-3;
        assert!(numeric.abs() > 1e-2, "nothing to compare");
        let error = (exact - numeric).abs();
        assert!(error < 0.01 * numeric.abs(), "{latents:?}: {exact}, not {numeric}");
    }

    #[test]
    fn a_smooth_generator_agrees_with_central_differences() {
        check([6, 3], |w, weight| w.linear(weight, None));
    }

    #[test]
    fn latents_of_several_layers_agree_with_central_differences() {
        check([6, 4, 3], |w, weight| {
            let (layers, hidden) = (normals::<2>(7, [20, 5]), 20);
            w.linear(weight, None).tanh().reshape([6, hidden]).linear(layers, None)
        });
    }

    #[test]
    fn latents_of_several_layers_count_with_their_mean_square() {
        // Gradients (3, 4) and (0, 5): lengths 5 and 5, mean square 25.
        let gradient = Tensor::<3>::from_floats([[[3.0, 4.0], [0.0, 5.0]]], &Device::flex());
        assert_eq!(lengths(gradient).into_scalar::<f32>(), 5.0);
    }

    #[test]
    fn the_mean_moves_by_its_step_before_it_is_used() {
        // Lengths of 2, a = 1, half way: 1.5; P = 1/4.
        let double = |w: Dual<2>| w.scale(2.0).reshape([1, 1, 1, 1]);
        let paths = Paths { latents: normals(1, [1, 1]), noise: Tensor::ones([1, 1, 1, 1], &on()) };
        let half = PathLength { step: 0.5, ..ALL_AT_ONCE };
        let measured = half.measure(paths, mean(1.0), double, double);
        assert_eq!(scalar(measured.mean.clone()), 1.5);
        assert!(!measured.mean.is_autodiff());
        assert_eq!(scalar(measured.penalty.value), 0.25);
    }

    #[test]
    fn a_generator_that_ignores_its_latents_is_no_nan() {
        let weight = Tensor::<2>::zeros([2, 1], &on()).require_grad();
        let flat = |w: Dual<2>| w.linear(weight.clone(), None).reshape([2, 1, 1, 1]);
        let paths = Paths { latents: normals(1, [2, 2]), noise: normals(2, [2, 1, 1, 1]) };
        let penalty = held().measure(paths, mean(1.0), flat, flat).penalty;
        assert_eq!(scalar(penalty.value), 1.0);
        let gradient = weight.grad(&penalty.surrogate.backward()).unwrap();
        assert_eq!(scalar(gradient.abs().max()), 0.0);
    }

    #[test]
    fn a_lazy_penalty_weighs_the_same_in_the_mean() {
        let lazy = PathLength::default();
        assert_eq!((lazy.factor(8), lazy.factor(9)), (Some(8.0), None));
        assert_eq!(PathLength { weight: 0.0, ..lazy }.factor(8), None);
    }

    #[test]
    fn constants_out_of_range_are_refused() {
        let good = PathLength::default();
        assert_eq!(good.validate(), Ok(()));
        assert!(PathLength { weight: f64::NAN, ..good }.validate().is_err());
        assert_eq!(PathLength { step: 0.0, ..good }.validate(), Err(PathLengthError::Step(0.0)));
        assert_eq!(PathLength { every: 0, ..good }.validate(), Err(PathLengthError::Every));
    }
}
