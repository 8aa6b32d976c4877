//! Spectral normalisation: a layer uses `W / sigma` with `sigma = u^T W v`, which one power
//! iteration a turn, `v <- W^T u / |W^T u|` and `u <- W v / |W v|`, keeps near the greatest
//! singular value of `W`.
//!
//! Miyato et al. 2018, "Spectral Normalization for Generative Adversarial Networks", algorithm 1.
//! The rows of the matrix `W` are a layer's outputs, its columns all else, as in PyTorch. The
//! vectors are constants, but gradients flow through the `W` in `sigma`. Here `u` and `v` are divided
//! by their lengths when they are used, since an average of unit vectors is shorter than one.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};

use crate::{Pass, Running};

/// The vectors of a normalised weight.
///
/// They start at random, so a network's first pass has to be one that
/// [iterates](Pass::iterating_power).
#[derive(Module, Debug)]
pub struct Spectral {
    /// Near the left singular vector, `[outputs]`.
    pub u: Running,
    /// Near the right singular vector, `[elements / outputs]`.
    pub v: Running,
}

/// Keeps the direction of a vector of zeros finite; PyTorch's.
const TINY: f32 = 1e-12;

impl Spectral {
    /// For a weight of this shape whose axis `outputs` counts the outputs.
    pub(super) fn new<const D: usize>(shape: [usize; D], outputs: usize, device: &Device) -> Self {
        let [before, outputs, after] = around(shape, outputs);
        Self {
            u: Running::new(Tensor::ones([outputs], device)),
            v: Running::new(Tensor::ones([before * after], device)),
        }
    }

    /// `weight / sigma`; its axis `outputs` counts the outputs. The vectors move first if the pass
    /// says so.
    fn normalise<const D: usize>(
        &self,
        weight: Tensor<D>,
        outputs: usize,
        pass: &Pass,
    ) -> Tensor<D> {
        let shape = weight.dims();
        let weight = weight.reshape(around(shape, outputs)); // [before, outputs, after]
        if pass.iterates_power() {
            self.iterate(weight.clone().without_autodiff());
        }
        let sigma = (weight.clone() * self.direction(weight.dims())).sum();
        (weight / sigma.reshape([1, 1, 1])).reshape(shape)
    }

    /// One power iteration. Sums of products, not matrix products: no layout needs a transpose.
    fn iterate(&self, weight: Tensor<3>) {
        let [before, outputs, after] = weight.dims();
        let u = self.u.value().reshape([1, outputs, 1]);
        let v = unit((weight.clone() * u).sum_dim(1)); // [before, 1, after]
        let u = unit((weight * v.clone()).sum_dim(0).sum_dim(2)); // [1, outputs, 1]
        self.v.set(v.reshape([before * after]));
        self.u.set(u.reshape([outputs]));
    }

    /// `u v^T`, in the layout of the weight.
    fn direction(&self, [before, outputs, after]: [usize; 3]) -> Tensor<3> {
        let u = unit(self.u.value()).reshape([1, outputs, 1]);
        let v = unit(self.v.value()).reshape([before, 1, after]);
        v * u
    }
}

/// The weight that a layer uses; its axis `outputs` counts the outputs.
pub(super) fn used<const D: usize>(
    weight: &Param<Tensor<D>>,
    spectral: Option<&Spectral>,
    outputs: usize,
    pass: &Pass,
) -> Tensor<D> {
    match spectral {
        None => weight.val(),
        Some(spectral) => spectral.normalise(weight.val(), outputs, pass),
    }
}

/// Elements before, along and after an axis.
fn around<const D: usize>(shape: [usize; D], axis: usize) -> [usize; 3] {
    let (before, after) = (&shape[..axis], &shape[axis + 1..]);
    [before.iter().product(), shape[axis], after.iter().product()]
}

fn unit<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    let length = x.clone().square().sum().sqrt().clamp_min(TINY);
    x / length.reshape([1; D])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::values;
    use crate::{
        Conv2dConfig, ConvTranspose2dConfig, EmbeddingConfig, Initial, LinearConfig, initialise,
    };
    use kiln_core::{Address, Purpose};
    use kiln_ops::Dual;

    fn start<M: Module>(layer: M) -> M {
        initialise(layer, &Initial::uniform(0.5), Address::new(1, Purpose::Weights))
    }

    /// Greatest singular value of the matrix whose rows are the slices of `weight` along `axis`, by
    /// power iteration on the host in double precision.
    fn greatest<const D: usize>(weight: &Tensor<D>, axis: usize) -> f64 {
        let [before, outputs, after] = around(weight.dims(), axis);
        let weight: Vec<f64> = values(weight).into_iter().map(f64::from).collect();
        let cell = |b, o, a| weight[(b * outputs + o) * after + a];
        let gram = |p, q| -> f64 {
            let cells = (0..before).flat_map(|b| (0..after).map(move |a| (b, a)));
            cells.map(|(b, a)| cell(b, p, a) * cell(b, q, a)).sum()
        };
        let gram: Vec<Vec<f64>> =
            (0..outputs).map(|p| (0..outputs).map(|q| gram(p, q)).collect()).collect();
        let mut u = vec![1.0; outputs];
        let mut square = 0.0;
        for _ in 0..1000 {
            let product = gram.iter().map(|row| row.iter().zip(&u).map(|(g, u)| g * u).sum());
            let product: Vec<f64> = product.collect();
            square = product.iter().map(|p| p * p).sum::<f64>().sqrt();
            u = product.into_iter().map(|p| p / square).collect();
        }
        square.sqrt()
    }

    fn check<const D: usize>(
        weight: &Param<Tensor<D>>,
        spectral: Option<&Spectral>,
        outputs: usize,
    ) {
        let plain = greatest(&weight.val(), outputs);
        assert!((plain - 1.0).abs() > 0.1, "nothing to normalise: {plain}");
        for _ in 0..100 {
            used(weight, spectral, outputs, &Pass::train(None).iterating_power());
        }
        let used = used(weight, spectral, outputs, &Pass::eval());
        let after = greatest(&used, outputs);
        assert!((after - 1.0).abs() < 1e-3, "{after}");
    }

    #[test]
    fn the_greatest_singular_value_comes_to_one_in_every_layer() {
        let on = Device::flex();
        let linear = start(LinearConfig::new(7, 5).with_spectral_norm(true).init(&on));
        check(&linear.weight, linear.spectral.as_ref(), 1);
        let conv = start(Conv2dConfig::new(3, 6, 3).with_spectral_norm(true).init(&on));
        check(&conv.weight, conv.spectral.as_ref(), 0);
        let up = start(ConvTranspose2dConfig::new(3, 6, 3).with_spectral_norm(true).init(&on));
        check(&up.weight, up.spectral.as_ref(), 1);
        let embedding = start(EmbeddingConfig::new(10, 4).with_spectral_norm(true).init(&on));
        check(&embedding.weight, embedding.spectral.as_ref(), 0);
    }

    #[test]
    fn only_a_pass_that_says_so_moves_the_vectors_and_only_its_own() {
        let device = Device::flex().autodiff();
        let layer = start(LinearConfig::new(4, 3).with_spectral_norm(true).init(&device));
        let spectral = layer.spectral.as_ref().unwrap();
        let vectors = || [values(&spectral.u.value()), values(&spectral.v.value())];
        let look = |pass: &Pass| {
            layer.forward(Dual::<2>::from(Tensor::ones([1, 4], &device)), pass);
        };
        let first = vectors();
        let iterating = || Pass::train(None).iterating_power();
        for pass in [Pass::train(None), iterating().again(), Pass::eval()] {
            look(&pass);
            assert_eq!(vectors(), first);
        }
        let frozen = layer.clone().no_grad();
        frozen.forward(Dual::<2>::from(Tensor::ones([1, 4], &device)), &iterating());
        assert_eq!(vectors(), first);
        look(&iterating());
        assert_ne!(vectors(), first);
    }

    #[test]
    fn a_frozen_clone_sees_the_iterated_vectors() {
        let device = Device::flex().autodiff();
        let layer = start(LinearConfig::new(4, 3).with_spectral_norm(true).init(&device));
        let x = || Dual::<2>::from(Tensor::ones([1, 4], &device));
        let live = layer.forward(x(), &Pass::train(None).iterating_power());
        let frozen = layer.clone().no_grad().forward(x(), &Pass::train(None));
        assert_eq!(values(&live.value), values(&frozen.value));
    }

    #[test]
    fn vectors_of_any_length_give_the_same_sigma() {
        let layer = start(LinearConfig::new(4, 3).with_spectral_norm(true).init(&Device::flex()));
        let spectral = layer.spectral.as_ref().unwrap();
        let used = || values(&used(&layer.weight, Some(spectral), 1, &Pass::eval()));
        let before = used();
        spectral.u.set(spectral.u.value() * 0.25);
        spectral.v.set(spectral.v.value() * 0.5);
        assert_eq!(used(), before); // powers of two change no bit
    }

    #[test]
    fn the_vectors_start_as_random_unit_vectors() {
        let layer = LinearConfig::new(40, 30).with_spectral_norm(true).init(&Device::flex());
        let spectral = start(layer).spectral.unwrap();
        for vector in [spectral.u.value(), spectral.v.value()] {
            let vector = values(&vector);
            let square: f32 = vector.iter().map(|x| x * x).sum();
            assert!((square - 1.0).abs() < 1e-5, "{square}");
            assert!(vector.iter().any(|x| *x < 0.0) && vector.iter().any(|x| *x > 0.0));
        }
    }
}
