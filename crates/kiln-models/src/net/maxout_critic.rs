//! The critic of the first paper: Goodfellow et al. 2014, "Generative Adversarial Nets", section 5
//! (sizes and probabilities from the authors' `mnist.yaml`).

use burn::module::Module;
use burn::tensor::Device;
use kiln_ops::Dual;
use serde::{Deserialize, Serialize};

use crate::config::{at_least_one, keep_probability};
use crate::{
    ConfigError, Dropout, DropoutConfig, Linear, LinearConfig, Maxout, MaxoutConfig, Pass,
};

/// Configuration of a [`MaxoutCritic`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaxoutCriticConfig {
    /// Elements of a sample: channels times height times width.
    pub inputs: usize,
    /// Units of each maxout layer.
    pub units: Vec<usize>,
    /// Affine pieces a unit.
    pub pieces: usize,
    /// Probability that an input is kept, in `(0, 1]`.
    pub input_keep: f64,
    /// Probability that a hidden unit is kept, in `(0, 1]`.
    pub hidden_keep: f64,
}

impl Default for MaxoutCriticConfig {
    fn default() -> Self {
        Self { inputs: 784, units: vec![240, 240], pieces: 5, input_keep: 0.8, hidden_keep: 0.5 }
    }
}

impl MaxoutCriticConfig {
    /// Checks that there is such a network.
    ///
    /// # Errors
    ///
    /// When a size is zero or a probability out of range.
    pub fn validate(&self) -> Result<(), ConfigError> {
        at_least_one("inputs", self.inputs)?;
        at_least_one("pieces", self.pieces)?;
        self.units.iter().try_for_each(|units| at_least_one("units", *units))?;
        keep_probability("input_keep", self.input_keep)?;
        keep_probability("hidden_keep", self.hidden_keep)
    }

    /// The network, on `device`; weights wait for [`initialise`](crate::initialise).
    ///
    /// # Errors
    ///
    /// As [`validate`](Self::validate).
    pub fn init(&self, device: &Device) -> Result<MaxoutCritic, ConfigError> {
        self.validate()?;
        let mut width = self.inputs;
        let mut layers = Vec::with_capacity(self.units.len());
        for units in &self.units {
            layers.push(MaxoutConfig::new(width, *units, self.pieces).init(device));
            width = *units;
        }
        Ok(MaxoutCritic {
            input_dropout: DropoutConfig::new(self.input_keep).init(),
            layers,
            hidden_dropout: DropoutConfig::new(self.hidden_keep).init(),
            judge: LinearConfig::new(width, 1).init(device),
        })
    }
}

/// Judges flattened samples: a higher logit means "more real".
#[derive(Module, Debug)]
pub struct MaxoutCritic {
    /// Before the first layer.
    pub input_dropout: Dropout,
    /// The hidden layers.
    pub layers: Vec<Maxout>,
    /// After each hidden layer.
    pub hidden_dropout: Dropout,
    /// To the logit.
    pub judge: Linear,
}

impl MaxoutCritic {
    /// Shape: `[batch, channels, height, width]` to logits `[batch, 1]`.
    pub fn forward(&self, images: Dual<4>, pass: &Pass) -> Dual<2> {
        let x = self.input_dropout.forward(images.flatten(), pass);
        let x = self
            .layers
            .iter()
            .fold(x, |x, layer| self.hidden_dropout.forward(layer.forward(x, pass), pass));
        self.judge.forward(x, pass)
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

    #[test]
    fn the_default_is_the_papers() {
        let critic = MaxoutCriticConfig::default().init(&Device::flex()).unwrap();
        let expected = "\
layers.0.linear Linear 784x1200 942000
layers.1.linear Linear 240x1200 289200
judge Linear 240x1 241
total 1231441";
        assert_eq!(table(&critic), expected);
    }

    #[test]
    fn equal_passes_judge_alike_and_dropout_matters() {
        let config =
            MaxoutCriticConfig { inputs: 4, units: vec![20], ..MaxoutCriticConfig::default() };
        let critic = config.init(&Device::flex()).unwrap();
        let weights = Address::new(1, Purpose::Weights);
        let critic = initialise(critic, &Initial::uniform(0.5), weights);
        let judge = |pass: &Pass| {
            let x = Tensor::<4>::ones([3, 1, 2, 2], &Device::flex());
            values(&critic.forward(x.into(), pass).value)
        };
        let pass = Pass::train(Some(Address::new(1, Purpose::Dropout)));
        let first = judge(&pass);
        assert_eq!(first, judge(&pass.again()));
        assert_ne!(first, judge(&Pass::eval()));
    }

    #[test]
    fn a_probability_of_zero_is_refused() {
        let config = MaxoutCriticConfig { hidden_keep: 0.0, ..MaxoutCriticConfig::default() };
        let refusal = config.validate().unwrap_err().to_string();
        assert_eq!(refusal, "`hidden_keep` is 0: give a number above 0 and at most 1");
    }
}
