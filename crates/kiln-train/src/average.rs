//! Averaged weights: an exponential moving average whose memory is counted in samples.
//!
//! `average = beta * average + (1 - beta) * live` with `beta = 0.5^(batch / half_life)`; during
//! the ramp the half-life is a share of the samples seen (Karras et al. 2020, StyleGAN2-ADA).

use std::collections::BTreeMap;

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use kiln_core::SamplesSeen;
use kiln_ops::approach;
use serde::{Deserialize, Serialize};

use crate::parameters::{parameters, replace};
use crate::state::{State, StateError};

/// How weights are averaged.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AverageConfig {
    /// Samples after which a weight's share in the average has halved; zero copies the live
    /// weights.
    pub half_life: SamplesSeen,
    /// Early on, the half-life is at most this share of the samples seen; zero for no ramp.
    pub ramp: f64,
    /// Before it the average is a copy of the live weights, as in BigGAN's code.
    #[serde(default, skip_serializing_if = "never")]
    pub start: SamplesSeen,
}

/// The start of most averages, which files need not name.
fn never(start: &SamplesSeen) -> bool {
    start.0 == 0
}

impl AverageConfig {
    /// From the first sample on.
    pub fn new(half_life: SamplesSeen, ramp: f64) -> Self {
        Self { half_life, ramp, start: SamplesSeen(0) }
    }

    /// The share of the old average that a batch of `samples` leaves at time `now`.
    pub fn beta(&self, now: SamplesSeen, samples: u64) -> f64 {
        if now < self.start {
            return 0.0;
        }
        let half_life = self.half_life.as_f64();
        let half_life =
            if self.ramp > 0.0 { half_life.min(now.as_f64() * self.ramp) } else { half_life };
        0.5_f64.powf(samples as f64 / half_life.max(1e-8))
    }
}

/// A network that trails behind another. It has no autodiff.
#[derive(Debug, Clone)]
pub struct Average<M> {
    module: M,
    config: AverageConfig,
}

impl<M: Module> Average<M> {
    /// Starts at the live weights.
    pub fn of(live: &M, config: AverageConfig) -> Self {
        Self { module: live.valid(), config }
    }

    /// The averaged network, for drawing samples.
    pub fn network(&self) -> &M {
        &self.module
    }

    /// Moves towards `live` after a round that showed `samples` samples, `now` in all. Running
    /// statistics are averaged like weights, since they belong to weights of the same age.
    pub fn follow(self, live: &M, now: SamplesSeen, samples: u64) -> Self {
        let beta = self.config.beta(now, samples);
        let mut live: BTreeMap<String, Tensor<1>> =
            parameters(live).into_iter().map(|p| (p.path, p.values)).collect();
        let module = replace(self.module, |path, average| {
            let Some(target) = live.remove(path) else { return average };
            approach(average, target, 1.0 - beta)
        });
        Self { module, ..self }
    }

    /// Puts the averaged network into `state` under `name`.
    pub fn save(&self, name: &str, state: &mut State) {
        state.put_module(name, &self.module);
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
        self.module = state.take_module(name, self.module, device)?;
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_half_life_of_samples_halves_the_old_average() {
        let config = AverageConfig::new(SamplesSeen(100), 0.0);
        assert_eq!(config.beta(SamplesSeen(10_000), 100), 0.5);
        assert_eq!(config.beta(SamplesSeen(10_000), 50).powi(2), 0.5_f64.sqrt().powi(2));
    }

    #[test]
    fn the_ramp_forgets_faster_at_the_start() {
        let config = AverageConfig::new(SamplesSeen(1000), 0.05);
        assert_eq!(config.beta(SamplesSeen(2000), 100), 0.5);
        assert_eq!(config.beta(SamplesSeen(0), 64), 0.0);
    }

    #[test]
    fn no_half_life_copies_the_live_weights() {
        let config = AverageConfig::new(SamplesSeen(0), 0.0);
        assert_eq!(config.beta(SamplesSeen(64), 64), 0.0);
    }

    #[test]
    fn before_its_start_an_average_copies_the_live_weights() {
        let start = SamplesSeen(1000);
        let config = AverageConfig { start, ..AverageConfig::new(SamplesSeen(100), 0.0) };
        assert_eq!(config.beta(SamplesSeen(999), 100), 0.0);
        assert_eq!(config.beta(start, 100), 0.5);
    }
}
