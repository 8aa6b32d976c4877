//! A small convolutional classifier of 28 x 28 digits: the judge of samples, of modes, and the
//! features of offline evaluation. Our own design, sized to learn MNIST on a CPU in minutes.

use burn::module::Module;
use burn::tensor::Device;
use kiln_ops::Dual;
use serde::{Deserialize, Serialize};

use super::conv_block::{ConvBlock, ConvBlockConfig};
use crate::config::{at_least_one, drop_probability};
use crate::{
    Activation, BatchNorm, BatchNormConfig, ConfigError, Dropout, DropoutConfig, Linear,
    LinearConfig, Norm, Pass,
};

/// Configuration of a [`DigitsClassifier`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DigitsClassifierConfig {
    /// Channels of the first two convolutions; the last two have twice as many.
    pub width: usize,
    /// Width of the features.
    pub features: usize,
    /// Probability that a feature is dropped in training, in `[0, 1)`.
    pub dropout: f64,
}

impl Default for DigitsClassifierConfig {
    fn default() -> Self {
        Self { width: 24, features: 128, dropout: 0.3 }
    }
}

impl DigitsClassifierConfig {
    /// Checks that there is such a network.
    ///
    /// # Errors
    ///
    /// When a width is zero or the probability out of range.
    pub fn validate(&self) -> Result<(), ConfigError> {
        at_least_one("width", self.width)?;
        at_least_one("features", self.features)?;
        drop_probability("dropout", self.dropout)
    }

    /// The network, on `device`; weights wait for [`initialise`](crate::initialise).
    ///
    /// # Errors
    ///
    /// As [`validate`](Self::validate).
    pub fn init(&self, device: &Device) -> Result<DigitsClassifier, ConfigError> {
        self.validate()?;
        let (thin, wide) = (self.width, 2 * self.width);
        let block = |inputs, outputs, stride| {
            let activation = Activation::Relu;
            let norm = Norm::Batch;
            ConvBlockConfig { inputs, outputs, kernel: 3, stride, norm, activation, classes: 0 }
                .init(device)
        };
        Ok(DigitsClassifier {
            blocks: vec![
                block(1, thin, 1),    // [batch, width, 28, 28]
                block(thin, thin, 2), // [batch, width, 14, 14]
                block(thin, wide, 1), // [batch, 2 width, 14, 14]
                block(wide, wide, 2), // [batch, 2 width, 7, 7]
            ],
            describe: LinearConfig::new(wide * 49, self.features).with_bias(false).init(device),
            norm: BatchNormConfig::new(self.features)
                .with_activation(Activation::Relu)
                .init(device),
            dropout: DropoutConfig::new(1.0 - self.dropout).init(),
            classify: LinearConfig::new(self.features, 10).init(device),
        })
    }
}

/// Tells digits apart.
#[derive(Module, Debug)]
pub struct DigitsClassifier {
    /// Four, of which the second and the fourth halve the resolution.
    pub blocks: Vec<ConvBlock>,
    /// To the features.
    pub describe: Linear,
    /// After it.
    pub norm: BatchNorm,
    /// Of features, in training.
    pub dropout: Dropout,
    /// From features to the logits of the ten classes.
    pub classify: Linear,
}

impl DigitsClassifier {
    /// Shape: `[batch, 1, 28, 28]`, values in `[-1, 1]`, to features `[batch, features]`, none
    /// negative.
    pub fn features(&self, images: Dual<4>, pass: &Pass) -> Dual<2> {
        let x = self.blocks.iter().fold(images, |x, block| block.forward(x, pass));
        let x = self.describe.forward(x.flatten(), pass);
        self.norm.forward(x, pass)
    }

    /// Shape: `[batch, 1, 28, 28]`, values in `[-1, 1]`, to logits `[batch, 10]`.
    pub fn forward(&self, images: Dual<4>, pass: &Pass) -> Dual<2> {
        let features = self.features(images, pass);
        self.classify.forward(self.dropout.forward(features, pass), pass)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::values;
    use crate::net::table;
    use crate::{Initial, initialise};
    use burn::tensor::Tensor;
    use kiln_core::{Address, Purpose, Stream};

    fn classifier(device: &Device) -> DigitsClassifier {
        let config = DigitsClassifierConfig { width: 4, features: 16, dropout: 0.0 };
        let weights = Address::new(1, Purpose::Weights);
        initialise(config.init(device).unwrap(), &Initial::kaiming(0.0), weights)
    }

    fn images(device: &Device) -> Tensor<4> {
        let pixels = Stream::new(Address::new(1, Purpose::Data)).uniforms(3 * 784, -1.0, 1.0);
        Tensor::<1>::from_floats(pixels.as_slice(), device).reshape([3, 1, 28, 28])
    }

    #[test]
    fn logits_are_a_linear_map_of_features() {
        let device = Device::flex();
        let classifier = classifier(&device);
        let features = classifier.features(images(&device).into(), &Pass::eval());
        assert_eq!(features.dims(), [3, 16]);
        assert!(values(&features.value).iter().all(|feature| *feature >= 0.0));
        let logits = classifier.forward(images(&device).into(), &Pass::eval());
        let again = classifier.classify.forward(features, &Pass::eval());
        assert_eq!(values(&logits.value), values(&again.value));
        assert_eq!(logits.dims(), [3, 10]);
    }

    #[test]
    fn every_weight_learns() {
        let device = Device::flex().autodiff();
        let classifier = classifier(&device);
        let logits = classifier.forward(images(&device).into(), &Pass::train(None)).value;
        let grads = logits.powi_scalar(2).sum().backward();
        for block in &classifier.blocks {
            let grad = block.conv.weight.val().grad(&grads).unwrap();
            assert!(values(&grad).iter().any(|g| *g != 0.0));
        }
    }

    #[test]
    fn the_default_is_pinned() {
        let classifier = DigitsClassifierConfig::default().init(&Device::flex()).unwrap();
        let expected = "\
blocks.0.conv Conv2d 24x1x3x3 216
blocks.0.norm BatchNorm 24 48
blocks.1.conv Conv2d 24x24x3x3 5184
blocks.1.norm BatchNorm 24 48
blocks.2.conv Conv2d 48x24x3x3 10368
blocks.2.norm BatchNorm 48 96
blocks.3.conv Conv2d 48x48x3x3 20736
blocks.3.norm BatchNorm 48 96
describe Linear 2352x128 301056
norm BatchNorm 128 256
classify Linear 128x10 1290
total 339394";
        assert_eq!(table(&classifier), expected);
    }
}
