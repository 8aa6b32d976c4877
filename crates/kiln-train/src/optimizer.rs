//! Optimisers over flat parameters, with state that is keyed by path and can be saved.
//!
//! Written here, not taken from Burn, because a record of Burn's is keyed by ids that differ in
//! every process and loads onto the default device, which may be a GPU that nobody chose.

use std::collections::BTreeMap;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use kiln_core::{SamplesSeen, Schedule, ScheduleError};
use kiln_ops::{AdamStep, RmsPropStep, adam, rms_prop};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::gradients::Gradients;
use crate::parameters::replace;
use crate::state::{State, StateError};

/// Which update rule, with its constants. Every paper's constants are given in full: libraries
/// disagree about defaults.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", deny_unknown_fields)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum OptimizerConfig {
    /// Kingma and Ba 2015, algorithm 1; with `weight_decay`, AdamW (Loshchilov and Hutter 2019).
    Adam {
        /// Decay of the first moment, in `[0, 1)`.
        beta1: f64,
        /// Decay of the second moment over time, in `[0, 1)` (Huang et al. 2024, R3GAN, let it rise).
        beta2: Schedule,
        /// Added to the root of the second moment.
        epsilon: f64,
        /// Share of each weight taken off a step, times the learning rate.
        #[serde(default)]
        weight_decay: f64,
    },
    /// Tieleman and Hinton 2012, as PyTorch has it.
    RmsProp {
        /// Decay of the mean square, in `[0, 1)`.
        alpha: f64,
        /// Added to the root of the mean square.
        epsilon: f64,
    },
    /// Stochastic gradient descent with momentum: `v = m v - r g`, `w = w + v` (Polyak 1964).
    Sgd {
        /// The momentum over time, in `[0, 1)`.
        momentum: Schedule,
    },
}

/// An optimiser that cannot work.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum OptimizerError {
    /// A decay outside `[0, 1)`.
    #[error("the optimiser's {name} is {value}; it must be at least 0 and under 1")]
    Decay {
        /// Which one.
        name: &'static str,
        /// Its value.
        value: f64,
    },
    /// An epsilon that is not positive.
    #[error("the optimiser's epsilon is {0}; it must be positive")]
    Epsilon(f64),
    /// A schedule that cannot be followed.
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
}

impl OptimizerConfig {
    /// Adam with PyTorch's epsilon of 1e-8 and no weight decay.
    pub fn adam(beta1: f64, beta2: f64) -> Self {
        Self::Adam { beta1, beta2: Schedule::constant(beta2), epsilon: 1e-8, weight_decay: 0.0 }
    }

    /// Checks the constants.
    ///
    /// # Errors
    ///
    /// When a decay is outside `[0, 1)` or an epsilon is not positive.
    pub fn check(&self) -> Result<(), OptimizerError> {
        let decay = |name, value: f64| {
            if (0.0..1.0).contains(&value) {
                Ok(())
            } else {
                Err(OptimizerError::Decay { name, value })
            }
        };
        let decays = |name, values: Schedule| {
            values.check()?;
            decay(name, values.at(SamplesSeen(0)))?;
            decay(name, values.at(SamplesSeen(u64::MAX)))
        };
        let positive = |value: f64| {
            if value > 0.0 { Ok(()) } else { Err(OptimizerError::Epsilon(value)) }
        };
        match *self {
            Self::Adam { beta1, beta2, epsilon, weight_decay } => {
                decay("beta1", beta1)?;
                decays("beta2", beta2)?;
                decay("weight-decay", weight_decay)?;
                positive(epsilon)
            }
            Self::RmsProp { alpha, epsilon } => {
                decay("alpha", alpha)?;
                positive(epsilon)
            }
            Self::Sgd { momentum } => decays("momentum", momentum),
        }
    }

    /// The optimiser before its first step.
    pub fn init(&self) -> Optimizer {
        Optimizer { config: *self, slots: BTreeMap::new() }
    }
}

/// What an optimiser remembers of one parameter: up to two flat tensors and how often it stepped.
#[derive(Debug, Clone)]
struct Slot {
    first: Tensor<1>,
    second: Option<Tensor<1>>,
    steps: u64,
}

/// An optimiser and its state.
#[derive(Debug, Clone)]
pub struct Optimizer {
    config: OptimizerConfig,
    slots: BTreeMap<String, Slot>,
}

/// A step's learning rate and the time it is made at.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Learning rate of this step.
    pub rate: f64,
    /// When, for constants that change over time.
    pub now: SamplesSeen,
}

impl Optimizer {
    /// Moves every parameter of `module` that has a gradient.
    pub fn step<M: Module>(&mut self, module: M, mut gradients: Gradients, rule: Rule) -> M {
        replace(module, |path, weights| {
            let Some(gradient) = gradients.take(path) else { return weights };
            let slot = self.slots.remove(path);
            let (weights, slot) = self.config.step(weights, gradient, slot, rule);
            self.slots.insert(path.to_owned(), slot);
            weights
        })
    }

    /// Puts the state into `state` under `name`.
    pub fn save(&self, name: &str, state: &mut State) {
        let steps: BTreeMap<_, _> = self.slots.iter().map(|(path, s)| (path, s.steps)).collect();
        state.put(&format!("{name}/steps"), &steps);
        for (path, slot) in &self.slots {
            state.put_tensor(&format!("{name}/first/{path}"), slot.first.clone());
            if let Some(second) = &slot.second {
                state.put_tensor(&format!("{name}/second/{path}"), second.clone());
            }
        }
    }

    /// Takes the state saved under `name`, onto `device`.
    ///
    /// # Errors
    ///
    /// When a part is missing.
    pub fn load(
        &mut self,
        name: &str,
        state: &mut State,
        device: &Device,
    ) -> Result<(), StateError> {
        let steps: BTreeMap<String, u64> = state.take(&format!("{name}/steps"))?;
        let two = matches!(self.config, OptimizerConfig::Adam { .. });
        self.slots.clear();
        for (path, steps) in steps {
            let first = state.take_tensor(&format!("{name}/first/{path}"), device)?;
            let second = if two {
                Some(state.take_tensor(&format!("{name}/second/{path}"), device)?)
            } else {
                None
            };
            self.slots.insert(path, Slot { first, second, steps });
        }
        Ok(())
    }
}

impl OptimizerConfig {
    fn step(
        &self,
        weights: Tensor<1>,
        gradient: Tensor<1>,
        slot: Option<Slot>,
        rule: Rule,
    ) -> (Tensor<1>, Slot) {
        match *self {
            Self::Adam { beta1, beta2, epsilon, weight_decay } => {
                let Slot { first, second, steps } = slot.unwrap_or_else(|| Slot::zeros(&gradient));
                let second = second.unwrap_or_else(|| gradient.zeros_like());
                let (steps, beta2) = (steps + 1, beta2.at(rule.now));
                // Of a beta that changes, today's for all steps, as in the authors' code.
                let unbias = |beta: f64| 1.0 - beta.powf(steps as f64);
                let step = AdamStep {
                    beta1,
                    beta2,
                    epsilon,
                    unbias2: unbias(beta2),
                    rate: rule.rate / unbias(beta1),
                    keep: 1.0 - rule.rate * weight_decay,
                };
                let [weights, first, second] = adam(weights, gradient, first, second, step);
                (weights, Slot { first, second: Some(second), steps })
            }
            Self::RmsProp { alpha, epsilon } => {
                let Slot { first, steps, .. } = slot.unwrap_or_else(|| Slot::zeros(&gradient));
                let step = RmsPropStep { alpha, epsilon, rate: rule.rate };
                let [weights, first] = rms_prop(weights, gradient, first, step);
                (weights, Slot { first, second: None, steps: steps + 1 })
            }
            Self::Sgd { momentum } => {
                let Slot { first, steps, .. } = slot.unwrap_or_else(|| Slot::zeros(&gradient));
                let first = first * momentum.at(rule.now) - gradient * rule.rate;
                (weights + first.clone(), Slot { first, second: None, steps: steps + 1 })
            }
        }
    }
}

impl Slot {
    fn zeros(like: &Tensor<1>) -> Self {
        Self { first: like.zeros_like(), second: None, steps: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Rule = Rule { rate: 0.1, now: SamplesSeen(0) };

    fn two_steps(config: OptimizerConfig) -> Vec<f32> {
        let device = Device::flex();
        let gradient = || Tensor::from_floats([1.0, -2.0], &device);
        let weights = Tensor::from_floats([1.0, 1.0], &device);
        let (weights, slot) = config.step(weights, gradient(), None, RULE);
        let (weights, _) = config.step(weights, gradient(), Some(slot), RULE);
        weights.into_data().try_to_vec().unwrap()
    }

    fn check(config: OptimizerConfig, expected: [f32; 2]) {
        let got = two_steps(config);
        let close = got.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6);
        assert!(close, "{config:?}: {got:?}, expected {expected:?}");
    }

    #[test]
    fn adam_moves_by_the_rate_whatever_the_size_of_the_gradient() {
        // With a constant gradient both moments are unbiased exactly: each step is 0.1 sign(g).
        check(OptimizerConfig::adam(0.5, 0.999), [0.8, 1.2]);
    }

    #[test]
    fn decoupled_decay_shrinks_the_weight_before_the_step() {
        // (1 * 0.95 - 0.1) * 0.95 - 0.1 = 0.7075; (1 * 0.95 + 0.1) * 0.95 + 0.1 = 1.0975.
        let beta2 = Schedule::constant(0.9);
        let config = OptimizerConfig::Adam { beta1: 0.5, beta2, epsilon: 1e-12, weight_decay: 0.5 };
        check(config, [0.7075, 1.0975]);
    }

    #[test]
    fn beta2_is_that_of_the_moment() {
        let adam =
            |beta2| OptimizerConfig::Adam { beta1: 0.0, beta2, epsilon: 1e-8, weight_decay: 0.0 };
        let rising = Schedule::Linear { from: 0.5, to: 0.9, until: SamplesSeen(100) };
        let second = |beta2, now| {
            let [weights, gradient] = [1.0, 2.0].map(|x| Tensor::from_floats([x], &Device::flex()));
            let rule = Rule { now: SamplesSeen(now), ..RULE };
            let (_, slot) = adam(beta2).step(weights, gradient, None, rule);
            slot.second.unwrap().into_scalar::<f32>()
        };
        // (1 - beta2) times 4.
        for (now, expected) in [(0, 2.0), (50, 1.2), (100, 0.4)] {
            assert!((second(rising, now) - expected).abs() < 1e-6, "{now}");
        }
        let beyond = Schedule::Linear { from: 0.5, to: 1.0, until: SamplesSeen(100) };
        let error = adam(beyond).check().unwrap_err();
        assert_eq!(error, OptimizerError::Decay { name: "beta2", value: 1.0 });
    }

    #[test]
    fn rmsprop_divides_by_the_running_root_mean_square() {
        // Mean squares 0.5 g^2, then 0.75 g^2: steps 0.1 / sqrt(.5) + 0.1 / sqrt(.75) = 0.256891.
        let config = OptimizerConfig::RmsProp { alpha: 0.5, epsilon: 1e-12 };
        check(config, [1.0 - 0.256_891, 1.256_891]);
    }

    #[test]
    fn momentum_carries_the_last_step_on() {
        // v1 = -0.1 g, v2 = 0.5 v1 - 0.1 g: together -0.25 g.
        check(OptimizerConfig::Sgd { momentum: Schedule::constant(0.5) }, [0.75, 1.5]);
    }

    #[test]
    fn constants_out_of_range_are_refused_by_name() {
        let error = OptimizerConfig::adam(1.0, 0.9).check().unwrap_err();
        assert_eq!(error, OptimizerError::Decay { name: "beta1", value: 1.0 });
    }
}
