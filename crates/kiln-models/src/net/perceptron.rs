//! Perceptrons of any depth: generators, critics and everything else made of linear layers.

use burn::module::Module;
use burn::tensor::Device;
use kiln_ops::Dual;
use serde::{Deserialize, Serialize};

use super::head::{CriticHead, CriticHeadConfig};
use crate::config::{at_least_one, drop_probability};
use crate::{
    Activation, BatchNorm, BatchNormConfig, ConfigError, Dropout, DropoutConfig, Linear,
    LinearConfig, Pass,
};

/// Configuration of a [`Perceptron`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PerceptronConfig {
    /// Widths from the input to the output: at least two.
    pub sizes: Vec<usize>,
    /// Between layers.
    pub hidden: Activation,
    /// After the last layer.
    pub output: Activation,
    /// Batch norm before each hidden activation, with this weight of a batch in the running
    /// statistics (Keras names one minus this).
    pub batch_norm: Option<f64>,
    /// Probability that a hidden unit is dropped, in `[0, 1)`.
    pub dropout: f64,
    /// Whether all weights are divided by their greatest singular values.
    #[serde(default)]
    pub spectral_norm: bool,
    /// What a critic does with what its last layer judges by; nothing unless asked for.
    #[serde(default)]
    pub head: CriticHeadConfig,
}

impl PerceptronConfig {
    /// Leaky ReLU 0.2 between layers, nothing after the last, no batch norm, no dropout.
    pub fn new(sizes: Vec<usize>) -> Self {
        Self {
            sizes,
            hidden: Activation::LeakyRelu { slope: 0.2 },
            output: Activation::Identity,
            batch_norm: None,
            dropout: 0.0,
            spectral_norm: false,
            head: CriticHeadConfig::default(),
        }
    }

    /// Checks that there is such a network.
    ///
    /// # Errors
    ///
    /// When there are fewer than two sizes, one is zero, or a probability is out of range.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let given = self.sizes.len();
        if given < 2 {
            return Err(ConfigError::TooFewSizes { given });
        }
        self.sizes.iter().try_for_each(|size| at_least_one("sizes", *size))?;
        match self.batch_norm {
            Some(momentum) if !(momentum > 0.0 && momentum <= 1.0) => Err(ConfigError::Range {
                field: "batch_norm",
                value: momentum,
                range: "above 0 and at most 1",
            }),
            _ => {
                drop_probability("dropout", self.dropout)?;
                self.head.validate()
            }
        }
    }

    /// The network, on `device`; weights wait for [`initialise`](crate::initialise).
    ///
    /// # Errors
    ///
    /// As [`validate`](Self::validate).
    pub fn init(&self, device: &Device) -> Result<Perceptron, ConfigError> {
        self.validate()?;
        let n_layers = self.sizes.len() - 1;
        let head = self.head.init_flat(self.sizes[n_layers - 1], device);
        let layers = self.sizes.windows(2).enumerate().map(|(n, pair)| {
            let last = n + 1 == n_layers;
            self.layer(if last { head.features } else { pair[0] }, pair[1], last, device)
        });
        Ok(Perceptron { layers: layers.collect(), head })
    }

    fn layer(&self, inputs: usize, outputs: usize, last: bool, device: &Device) -> DenseLayer {
        let activation = if last { self.output } else { self.hidden };
        let norm = self.batch_norm.filter(|_| !last).map(|momentum| {
            BatchNormConfig::new(outputs)
                .with_momentum(momentum)
                .with_activation(activation)
                .init(device)
        });
        // The shift of the batch norm would undo an offset.
        let linear = LinearConfig::new(inputs, outputs).with_bias(norm.is_none());
        DenseLayer {
            linear: linear.with_spectral_norm(self.spectral_norm).init(device),
            norm,
            activation,
            dropout: DropoutConfig::new(if last { 1.0 } else { 1.0 - self.dropout }).init(),
        }
    }
}

/// Linear layers with an activation each.
#[derive(Module, Debug)]
pub struct Perceptron {
    /// From input to output.
    pub layers: Vec<DenseLayer>,
    /// Before the last of them.
    pub head: CriticHead,
}

/// Linear, batch norm if any, activation, dropout if any.
#[derive(Module, Debug)]
pub struct DenseLayer {
    /// Without offset if a batch norm follows.
    pub linear: Linear,
    /// With the activation.
    pub norm: Option<BatchNorm>,
    /// Applied here if there is no batch norm.
    #[module(skip)]
    pub activation: Activation,
    /// After the activation.
    pub dropout: Dropout,
}

impl DenseLayer {
    fn forward(&self, x: Dual<2>, pass: &Pass) -> Dual<2> {
        let x = self.linear.forward(x, pass);
        let x = match &self.norm {
            Some(norm) => norm.forward(x, pass),
            None => self.activation.forward(x),
        };
        self.dropout.forward(x, pass)
    }
}

impl Perceptron {
    /// Shape: `[batch, inputs]` to `[batch, outputs]`.
    pub fn forward(&self, x: Dual<2>, pass: &Pass) -> Dual<2> {
        self.conclude(self.below(x, pass), pass)
    }

    /// What the last layer makes of what it sees. Shape: `[batch, features]` to `[batch, outputs]`.
    pub fn conclude(&self, features: Dual<2>, pass: &Pass) -> Dual<2> {
        let last = self.layers.len() - 1; // there is at least one layer
        self.layers[last].forward(features, pass)
    }

    /// What the last layer sees.
    fn below(&self, x: Dual<2>, pass: &Pass) -> Dual<2> {
        let hidden = self.layers.len() - 1;
        let x = self.layers[..hidden].iter().fold(x, |x, layer| layer.forward(x, pass));
        self.head.forward_flat(x, pass)
    }

    /// As a generator. Shape: `[batch, latents]` to `[batch, channels, height, width]`, whose
    /// product must be the width of the output.
    pub fn paint(&self, latents: Dual<2>, image: [usize; 3], pass: &Pass) -> Dual<4> {
        let [batch, _] = latents.dims();
        let [channels, height, width] = image;
        let pixels = self.forward(latents, pass); // [batch, channels * height * width]
        pixels.reshape([batch, channels, height, width])
    }

    /// As a critic. Shape: `[batch, channels, height, width]` to `[batch, outputs]`.
    pub fn judge(&self, images: Dual<4>, pass: &Pass) -> Dual<2> {
        self.forward(images.flatten(), pass)
    }

    /// What the last layer judges by. Shape: `[batch, channels, height, width]` to `[batch,
    /// features]`.
    pub fn features(&self, images: Dual<4>, pass: &Pass) -> Dual<2> {
        self.below(images.flatten(), pass)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::values;
    use crate::net::table;
    use crate::{Initial, initialise};
    use burn::tensor::Tensor;
    use kiln_core::{Address, Purpose};

    fn config() -> PerceptronConfig {
        PerceptronConfig {
            output: Activation::Tanh,
            batch_norm: Some(0.2),
            dropout: 0.5,
            ..PerceptronConfig::new(vec![3, 8, 12])
        }
    }

    #[test]
    fn it_paints_and_judges_pictures() {
        let device = Device::flex();
        let pass = Pass::train(Some(Address::new(1, Purpose::Dropout)));
        let weights = Address::new(1, Purpose::Weights);
        let painter = config().init(&device).unwrap();
        let painter = initialise(painter, &Initial::glorot(), weights);
        let latents = Tensor::<2>::from_floats([[1.0, 2.0, 3.0], [3.0, 1.0, 0.0]], &device);
        let images = painter.paint(latents.into(), [3, 2, 2], &pass);
        assert_eq!(images.dims(), [2, 3, 2, 2]);
        assert!(values(&images.value).iter().all(|pixel| pixel.abs() < 1.0));
        let judge = PerceptronConfig::new(vec![12, 1]).init(&device).unwrap();
        assert_eq!(judge.judge(images, &pass).dims(), [2, 1]);
    }

    #[test]
    fn batch_norm_takes_the_place_of_the_hidden_offset() {
        let table = table(&config().init(&Device::flex()).unwrap());
        let expected = "\
layers.0.linear Linear 3x8 24
layers.0.norm BatchNorm 8 16
layers.1.linear Linear 8x12 108
total 148";
        assert_eq!(table, expected);
    }

    #[test]
    fn spectral_norm_bounds_how_far_outputs_lie_apart() {
        let device = Device::flex();
        let config =
            PerceptronConfig { spectral_norm: true, ..PerceptronConfig::new(vec![6, 20, 5]) };
        let weights = Address::new(1, Purpose::Weights);
        let critic = initialise(config.init(&device).unwrap(), &Initial::uniform(1.0), weights);
        let x = Tensor::<2>::from_floats([[1.0, 0.5, -2.0, 0.0, 1.0, 3.0]], &device);
        let judge = |x: &Tensor<2>| critic.forward(x.clone().into(), &Pass::eval()).value;
        for _ in 0..50 {
            critic.forward(x.clone().into(), &Pass::train(None).iterating_power());
        }
        let length = |x: Tensor<2>| x.square().sum().sqrt().into_scalar::<f32>();
        let other = x.clone().flip([1]);
        let apart = length(judge(&x) - judge(&other));
        assert!(apart > 0.0 && apart <= length(x - other), "{apart}");
    }

    #[test]
    fn an_impossible_configuration_is_refused() {
        let refusal = |config: PerceptronConfig| config.validate().unwrap_err();
        assert_eq!(refusal(PerceptronConfig::new(vec![3])), ConfigError::TooFewSizes { given: 1 });
        assert_eq!(
            refusal(PerceptronConfig::new(vec![3, 0])),
            ConfigError::Zero { field: "sizes" }
        );
        let dropout = PerceptronConfig { dropout: 1.0, ..config() };
        assert!(refusal(dropout).to_string().contains("`dropout` is 1"));
    }
}
