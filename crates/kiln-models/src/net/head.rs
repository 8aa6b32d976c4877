//! What a critic may do with its last features before it judges by them.

use burn::module::Module;
use burn::tensor::Device;
use kiln_ops::Dual;
use serde::{Deserialize, Serialize};

use crate::config::drop_probability;
use crate::{
    ConfigError, Dropout, DropoutConfig, MinibatchDiscrimination, MinibatchDiscriminationConfig,
    Pass,
};

/// Configuration of a [`CriticHead`]; nothing is done unless asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct CriticHeadConfig {
    /// Samples in a group whose spread becomes one more feature map (Karras et al. 2018, ProGAN;
    /// StyleGAN2 has 4); 0 for none.
    pub minibatch_deviation: usize,
    /// Features that say how near the rest of the batch is (Salimans et al. 2016, who have 100); 0
    /// for none.
    pub minibatch_discrimination: usize,
    /// Probability that a feature is dropped in training, in `[0, 1)`.
    pub dropout: f64,
}

/// Numbers that a kernel of minibatch discrimination compares: the authors'.
const COMPARED: usize = 5;

impl CriticHeadConfig {
    /// Checks the ranges.
    ///
    /// # Errors
    ///
    /// When the probability is out of range.
    pub fn validate(&self) -> Result<(), ConfigError> {
        drop_probability("dropout", self.dropout)
    }

    /// Whether what is made of a sample depends on nothing but this sample and the weights.
    pub fn sees_singly(&self) -> bool {
        self.minibatch_deviation == 0 && self.minibatch_discrimination == 0 && self.dropout == 0.0
    }

    /// The head for features without a place, on `device`.
    pub fn init_flat(&self, features: usize, device: &Device) -> CriticHead {
        self.init(features, 1, device)
    }

    /// The head for feature maps of `[channels, side, side]`, on `device`.
    pub fn init(&self, channels: usize, side: usize, device: &Device) -> CriticHead {
        self.init_area(channels, side * side, device)
    }

    /// The head for feature maps of so many channels, each of so many numbers, on `device`.
    pub fn init_area(&self, channels: usize, area: usize, device: &Device) -> CriticHead {
        let maps = channels + usize::from(self.minibatch_deviation > 0);
        let inputs = maps * area;
        let kernels = self.minibatch_discrimination;
        let discrimination = MinibatchDiscriminationConfig { inputs, kernels, width: COMPARED };
        CriticHead {
            group: self.minibatch_deviation,
            discrimination: (kernels > 0).then(|| discrimination.init(device)),
            dropout: DropoutConfig::new(1.0 - self.dropout).init(),
            features: inputs + kernels,
        }
    }
}

/// Adds features of the whole batch, and drops some.
#[derive(Module, Debug)]
pub struct CriticHead {
    /// Samples in a group whose spread is added; 0 for none.
    pub group: usize,
    /// Features of nearness.
    pub discrimination: Option<MinibatchDiscrimination>,
    /// Of all features.
    pub dropout: Dropout,
    /// Width of what it gives.
    pub features: usize,
}

impl CriticHead {
    /// Shape: `[batch, channels, side, side]` to `[batch, features]`.
    pub fn forward(&self, x: Dual<4>, pass: &Pass) -> Dual<2> {
        let x = if self.group > 0 { x.minibatch_deviation(self.group) } else { x };
        let x = match &self.discrimination {
            Some(layer) => layer.forward(x.flatten(), pass),
            None => x.flatten(),
        };
        self.dropout.forward(x, pass)
    }

    /// Shape: `[batch, channels]` to `[batch, features]`.
    pub fn forward_flat(&self, x: Dual<2>, pass: &Pass) -> Dual<2> {
        if self.group == 0 && self.discrimination.is_none() {
            return self.dropout.forward(x, pass);
        }
        let [batch, channels] = x.dims();
        self.forward(x.reshape([batch, channels, 1, 1]), pass)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::values;
    use crate::{Initial, initialise};
    use burn::tensor::Tensor;
    use kiln_core::{Address, Purpose};

    fn head(config: CriticHeadConfig, device: &Device) -> CriticHead {
        let head = config.init(2, 2, device);
        initialise(head, &Initial::uniform(0.5), Address::new(1, Purpose::Weights))
    }

    fn maps(device: &Device) -> Dual<4> {
        let x = Tensor::<1>::from_floats([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0], device);
        let x = x.reshape([1, 2, 2, 2]);
        Tensor::cat(vec![x.clone(), x * 3.0], 0).into()
    }

    #[test]
    fn nothing_is_done_unless_asked_for() {
        let device = Device::flex();
        let pass = Pass::train(Some(Address::new(1, Purpose::Dropout)));
        let head = head(CriticHeadConfig::default(), &device);
        let features = head.forward(maps(&device), &pass);
        assert_eq!(values(&features.value), values(&maps(&device).value));
    }

    #[test]
    fn a_sample_among_equals_has_no_spread_and_many_near() {
        let device = Device::flex();
        let config =
            CriticHeadConfig { minibatch_deviation: 2, minibatch_discrimination: 3, dropout: 0.0 };
        let head = head(config, &device);
        assert_eq!(head.features, 3 * 4 + 3);
        let apart = head.forward(maps(&device), &Pass::eval());
        assert_eq!(apart.dims(), [2, 15]);
        let one = maps(&device).value.narrow(0, 0, 1);
        let equal = Tensor::cat(vec![one.clone(), one], 0);
        let equal = values(&head.forward(equal.into(), &Pass::eval()).value);
        assert!(equal[8..12].iter().all(|spread| *spread < 1e-3), "{equal:?}");
        assert!(equal[12..15].iter().all(|near| (near - 1.0).abs() < 1e-6), "{equal:?}");
        assert!(values(&apart.value)[8] > 1.0);
    }

    #[test]
    fn features_without_a_place_are_maps_of_one_pixel() {
        let device = Device::flex();
        let config =
            CriticHeadConfig { minibatch_deviation: 2, minibatch_discrimination: 3, dropout: 0.0 };
        let head = config.init_flat(8, &device);
        let head = initialise(head, &Initial::uniform(0.5), Address::new(1, Purpose::Weights));
        let features = maps(&device).flatten();
        let given = head.forward_flat(features.clone(), &Pass::eval());
        assert_eq!(given.dims(), [2, 8 + 1 + 3]);
        assert_eq!(values(&given.value.narrow(1, 0, 8)), values(&features.value));
    }

    #[test]
    fn features_are_dropped_in_training_alone() {
        let device = Device::flex();
        let head = head(CriticHeadConfig { dropout: 0.5, ..CriticHeadConfig::default() }, &device);
        let dropping = Pass::train(Some(Address::new(1, Purpose::Dropout)));
        assert!(values(&head.forward(maps(&device), &dropping).value).contains(&0.0));
        assert!(!values(&head.forward(maps(&device), &Pass::eval()).value).contains(&0.0));
        assert!(
            CriticHeadConfig { dropout: 1.0, ..CriticHeadConfig::default() }.validate().is_err()
        );
    }
}
