//! The choice of a normalisation, and what it puts before an activation.

use burn::module::{
    Content, Devices, Module, ModuleDisplay, ModuleDisplayDefault, ModuleMapper, ModuleVisitor,
};
use burn::tensor::Device;
use kiln_ops::Dual;
use serde::{Deserialize, Serialize};

use crate::{
    Activation, BatchNorm, BatchNormConfig, ConditionalBatchNorm, ConditionalBatchNormConfig,
    GroupNorm, GroupNormConfig, Pass, ProjectedBatchNorm,
};

/// How a network is normalised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Norm {
    /// Not at all.
    None,
    /// Each channel over the batch (Ioffe and Szegedy 2015). A gradient penalty then no longer
    /// speaks of single samples (Gulrajani et al. 2017, section 4).
    #[default]
    Batch,
    /// Each channel of each sample (Ulyanov et al. 2016).
    Instance,
    /// Each sample (Ba et al. 2016).
    Layer,
    /// The weights instead of what they make ([`Spectral`](crate::Spectral)).
    Spectral,
}

impl Norm {
    /// Not at all: what the configuration of a network whose paper has none is by default.
    pub fn none() -> Self {
        Self::None
    }

    /// Whether weights are divided by their greatest singular value.
    pub fn is_spectral(self) -> bool {
        self == Self::Spectral
    }

    /// Whether it shifts each channel by a number of its own, so that an offset before it would be
    /// undone.
    pub fn shifts(self) -> bool {
        matches!(self, Self::Batch | Self::Instance | Self::Layer)
    }

    /// What stands before `activation`, and that; on `device`.
    pub fn init(self, channels: usize, activation: Activation, device: &Device) -> NormLayer {
        let group = |groups| {
            let config = GroupNormConfig::new(channels, groups).with_activation(activation);
            NormLayer::Group(config.init(device))
        };
        match self {
            Self::None | Self::Spectral => NormLayer::None(activation),
            Self::Batch => NormLayer::batch_norm(channels, 0, activation, device),
            Self::Instance => group(channels),
            Self::Layer => group(1),
        }
    }
}

/// A normalisation, if any, with the activation that follows.
///
/// As a module it is the layer inside: it adds nothing to the paths of its parameters.
#[derive(Debug, Clone)]
pub enum NormLayer {
    /// The activation alone.
    None(Activation),
    /// Over the batch.
    Batch(BatchNorm),
    /// The same, by class.
    Conditional(ConditionalBatchNorm),
    /// The same, by a vector of the sample's.
    Projected(Box<ProjectedBatchNorm>),
    /// Within a sample.
    Group(GroupNorm),
}

impl NormLayer {
    /// Batch norm and `activation`, by class where conditions of the width `classes` are followed; 0
    /// for none.
    pub fn batch_norm(
        channels: usize,
        classes: usize,
        activation: Activation,
        device: &Device,
    ) -> Self {
        if classes > 0 {
            let config = ConditionalBatchNormConfig::new(channels, classes);
            return Self::Conditional(config.with_activation(activation).init(device));
        }
        Self::Batch(BatchNormConfig::new(channels).with_activation(activation).init(device))
    }

    /// Shape: `[batch, channels, ...]`, kept.
    pub fn forward<const D: usize>(&self, x: Dual<D>, pass: &Pass) -> Dual<D> {
        match self {
            Self::None(activation) => activation.forward(x),
            Self::Batch(norm) => norm.forward(x, pass),
            Self::Conditional(norm) => norm.forward(x, pass),
            Self::Projected(norm) => norm.forward(x, pass),
            Self::Group(norm) => norm.forward(x, pass),
        }
    }

    /// The batch norm, if it is one.
    pub fn batch(&self) -> Option<&BatchNorm> {
        match self {
            Self::Batch(norm) => Some(norm),
            _ => None,
        }
    }
}

/// The layer inside, if any, changed by one expression.
macro_rules! change {
    ($layer:expr, $norm:ident => $changed:expr) => {
        match $layer {
            NormLayer::None(activation) => NormLayer::None(activation),
            NormLayer::Batch($norm) => NormLayer::Batch($changed),
            NormLayer::Conditional($norm) => NormLayer::Conditional($changed),
            NormLayer::Projected(boxed) => {
                let $norm = *boxed;
                NormLayer::Projected(Box::new($changed))
            }
            NormLayer::Group($norm) => NormLayer::Group($changed),
        }
    };
}

impl Module for NormLayer {
    fn visit<V: ModuleVisitor>(&self, visitor: &mut V) {
        match self {
            Self::None(_) => {}
            Self::Batch(norm) => norm.visit(visitor),
            Self::Conditional(norm) => norm.visit(visitor),
            Self::Projected(norm) => norm.visit(visitor),
            Self::Group(norm) => norm.visit(visitor),
        }
    }

    fn map<M: ModuleMapper>(self, mapper: &mut M) -> Self {
        change!(self, norm => norm.map(mapper))
    }

    fn to_device(self, device: &Device) -> Self {
        change!(self, norm => norm.to_device(device))
    }

    fn fork(self, device: &Device) -> Self {
        change!(self, norm => norm.fork(device))
    }

    fn collect_devices(&self, devices: Devices) -> Devices {
        match self {
            Self::None(_) => devices,
            Self::Batch(norm) => norm.collect_devices(devices),
            Self::Conditional(norm) => norm.collect_devices(devices),
            Self::Projected(norm) => norm.collect_devices(devices),
            Self::Group(norm) => norm.collect_devices(devices),
        }
    }

    fn materialize(self) -> Self {
        change!(self, norm => norm.materialize())
    }

    fn valid(&self) -> Self {
        change!(self.clone(), norm => norm.valid())
    }

    fn train(self) -> Self {
        change!(self, norm => norm.train())
    }
}

impl ModuleDisplayDefault for NormLayer {
    fn content(&self, content: Content) -> Option<Content> {
        match self {
            Self::None(activation) => content.add_debug_attribute("activation", activation),
            Self::Batch(norm) => content.add_single(norm),
            Self::Conditional(norm) => content.add_single(norm),
            Self::Projected(norm) => content.add_single(&**norm),
            Self::Group(norm) => content.add_single(norm),
        }
        .optional()
    }
}

impl ModuleDisplay for NormLayer {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::values;
    use crate::net::table;
    use burn::tensor::Tensor;

    fn layer(norm: Norm) -> NormLayer {
        norm.init(2, Activation::Relu, &Device::flex().autodiff())
    }

    fn forward(norm: Norm, pass: &Pass) -> Vec<f32> {
        // Two samples of two channels of two positions.
        let x = [[[1.0, 3.0], [2.0, 2.0]], [[5.0, 7.0], [6.0, 2.0]]];
        let x = Tensor::<3>::from_floats(x, &Device::flex().autodiff());
        values(&layer(norm).forward(x.into(), pass).value)
    }

    #[test]
    fn each_choice_normalises_over_its_own_set() {
        let check = |norm: Norm, expected: [f32; 8]| {
            let y = forward(norm, &Pass::train(None));
            assert!(y.iter().zip(expected).all(|(y, e)| (y - e).abs() < 1e-4), "{norm:?}: {y:?}");
        };
        check(Norm::None, [1.0, 3.0, 2.0, 2.0, 5.0, 7.0, 6.0, 2.0]);
        check(Norm::Spectral, [1.0, 3.0, 2.0, 2.0, 5.0, 7.0, 6.0, 2.0]);
        // Channels over the batch: mean 4 and variance 5; mean 3 and variance 3.
        let (a, b) = (1.0 / 5f32.sqrt(), 3.0 / 3f32.sqrt());
        check(Norm::Batch, [0.0, 0.0, 0.0, 0.0, a, 3.0 * a, b, 0.0]);
        check(Norm::Instance, [0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0]);
        // The samples: mean 2, variance 1/2; mean 5, variance 7/2.
        let (a, b) = (2f32.sqrt(), 1.0 / 3.5f32.sqrt());
        check(Norm::Layer, [0.0, a, 0.0, 0.0, 0.0, 2.0 * b, b, 0.0]);
    }

    #[test]
    fn what_is_within_a_sample_is_the_same_in_training_and_in_use() {
        for norm in [Norm::None, Norm::Instance, Norm::Layer, Norm::Spectral] {
            assert_eq!(forward(norm, &Pass::train(None)), forward(norm, &Pass::eval()));
        }
        assert_ne!(forward(Norm::Batch, &Pass::train(None)), forward(Norm::Batch, &Pass::eval()));
    }

    #[test]
    fn its_parameters_have_the_paths_of_the_layer_inside() {
        assert_eq!(table(&layer(Norm::Batch)), table(layer(Norm::Batch).batch().unwrap()));
        assert_eq!(table(&layer(Norm::Layer)), " GroupNorm 2 4\ntotal 4");
        assert_eq!(table(&layer(Norm::None)), "\ntotal 0");
    }

    #[test]
    fn freezing_reaches_the_layer_inside() {
        let gain = |layer: NormLayer| match layer {
            NormLayer::Group(norm) => norm.gain.val(),
            other => panic!("{other:?}"),
        };
        assert!(gain(layer(Norm::Layer)).is_require_grad());
        assert!(!gain(layer(Norm::Layer).no_grad()).is_require_grad());
        assert!(!gain(layer(Norm::Layer).valid()).is_autodiff());
    }
}
