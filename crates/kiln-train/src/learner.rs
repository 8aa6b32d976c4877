//! A side of the game: a network, the optimiser that moves it, and how fast.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use kiln_core::{Clock, Schedule, Side};
use serde::{Deserialize, Serialize};

use crate::gradients::Gradients;
use crate::optimizer::{Optimizer, OptimizerConfig, OptimizerError, Rule};
use crate::round::Round;
use crate::state::{State, StateError};

/// How a side learns.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LearnerConfig {
    /// The update rule.
    pub optimizer: OptimizerConfig,
    /// The learning rate over time.
    pub rate: Schedule,
    /// Largest norm of all gradients together; larger ones are scaled down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clip_norm: Option<f64>,
}

impl LearnerConfig {
    /// Checks the constants.
    ///
    /// # Errors
    ///
    /// When the optimiser or the schedule cannot work.
    pub fn check(&self) -> Result<(), OptimizerError> {
        self.rate.check()?;
        self.optimizer.check()
    }

    /// Gives `module` to a learner that plays `side`.
    pub fn init<M: Module>(&self, side: Side, module: M) -> Learner<M> {
        Learner { module, optimizer: self.optimizer.init(), config: *self, side }
    }
}

/// A network that learns.
#[derive(Debug, Clone)]
pub struct Learner<M> {
    module: M,
    optimizer: Optimizer,
    config: LearnerConfig,
    side: Side,
}

impl<M: Module> Learner<M> {
    /// The network.
    pub fn network(&self) -> &M {
        &self.module
    }

    /// A copy whose parameters pass gradients on and gather none: the critic in the generator's
    /// turn. Cheap, since values are shared.
    pub fn frozen(&self) -> M {
        self.module.clone().no_grad()
    }

    /// The learning rate at this clock.
    pub fn rate(&self, clock: &Clock) -> f64 {
        self.config.rate.at(clock.samples)
    }

    /// Replaces the network, as for weight clipping.
    pub fn map(self, change: impl FnOnce(M) -> M) -> Self {
        Self { module: change(self.module), ..self }
    }

    /// One update towards a smaller `loss`, `[1]`; records the gradient norm.
    pub fn learn(self, loss: &Tensor<1>, round: &mut Round<'_>) -> Self {
        let gradients = Gradients::of(&self.module, loss);
        self.step(gradients, round)
    }

    /// One update along gradients that were gathered before, as over several small batches.
    pub fn step(mut self, gradients: Gradients, round: &mut Round<'_>) -> Self {
        let gradients = match gradients.norm() {
            None => gradients,
            Some(norm) => {
                round.record(self.norm_name(), norm.clone());
                match self.config.clip_norm {
                    Some(largest) => gradients.clipped(&norm, largest),
                    None => gradients,
                }
            }
        };
        let rate = self.rate(&round.clock) * round.rate_factor();
        let rule = Rule { rate, now: round.clock.samples };
        self.module = self.optimizer.step(self.module, gradients, rule);
        round.count_update(self.side);
        self
    }

    fn norm_name(&self) -> &'static str {
        match self.side {
            Side::Critic => "critic/gradient-norm",
            Side::Generator => "generator/gradient-norm",
            Side::Encoder => "encoder/gradient-norm",
        }
    }

    /// Puts network and optimiser into `state` under `name`.
    pub fn save(&self, name: &str, state: &mut State) {
        state.put_module(&format!("{name}/network"), &self.module);
        self.optimizer.save(&format!("{name}/optimizer"), state);
    }

    /// Takes what [`save`](Self::save) put in.
    ///
    /// # Errors
    ///
    /// When something is missing or does not fit.
    pub fn load(
        mut self,
        name: &str,
        state: &mut State,
        device: &Device,
    ) -> Result<Self, StateError> {
        self.module = state.take_module(&format!("{name}/network"), self.module, device)?;
        self.optimizer.load(&format!("{name}/optimizer"), state, device)?;
        Ok(self)
    }
}
