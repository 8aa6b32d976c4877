//! Looks at the numbers of a run for collapse, a critic that wins, equilibrium and plateau.
//!
//! It sees what the meters and sheets show, nothing more, so its verdicts replay.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::event::Warning;
use crate::meters::Means;
use crate::plan::StopWhen;

/// When the watchdog speaks and what it may do.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Policy {
    /// Two sheets in a row whose spread is under this share of the reals' are a collapse.
    pub collapse_under: f64,
    /// A mean critic accuracy over this during the whole window means that the critic wins.
    pub critic_wins_over: f64,
    /// Ticks that "stays" and "during" look back on.
    pub window: usize,
    /// Roll-backs before the run gives up.
    pub retries: u32,
    /// What every learning rate is multiplied by at a roll-back.
    pub rate_factor: f64,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            collapse_under: 0.25,
            critic_wins_over: 0.998,
            window: 10,
            retries: 3,
            rate_factor: 0.5,
        }
    }
}

/// How far from 0.5 the critic's accuracy may be at equilibrium.
const EQUILIBRIUM_MARGIN: f64 = 0.03;
/// What counts as samples as varied as the reals: spread of the sheet over that of the reals.
const HEALTHY_SPREAD: std::ops::RangeInclusive<f64> = 0.75..=1.33;
/// What counts as no change between two windows: the relative difference of their means.
const PLATEAU_CHANGE: f64 = 0.01;

/// What the watchdog remembers; saved with the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Watchdog {
    policy: Policy,
    ticks: VecDeque<Seen>,
    spread_ratios: VecDeque<f64>,
    collapse_told: bool,
    critic_wins_told: bool,
}

/// One tick, reduced to what matters here.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Seen {
    accuracy: Option<f64>,
    losses: Option<(f64, f64)>,
}

impl Watchdog {
    /// A watchdog that has seen nothing.
    pub fn new(policy: Policy) -> Self {
        Self {
            policy,
            ticks: VecDeque::new(),
            spread_ratios: VecDeque::new(),
            collapse_told: false,
            critic_wins_told: false,
        }
    }

    /// Looks at a tick. A warning is given once, and again only after things were well.
    pub fn see_tick(&mut self, means: &Means) -> Option<Warning> {
        let mean = |name: &str| means.by_name.get(name).copied().filter(|m| m.is_finite());
        let accuracy = mean("critic/accuracy-real")
            .zip(mean("critic/accuracy-fake"))
            .map(|(real, fake)| (real + fake) / 2.0);
        let losses = mean("critic/loss").zip(mean("generator/loss"));
        remember(&mut self.ticks, Seen { accuracy, losses }, 2 * self.policy.window);
        let accuracies = self.accuracies(self.policy.window)?;
        let wins = accuracies.iter().all(|a| *a > self.policy.critic_wins_over);
        let news = wins && !self.critic_wins_told;
        self.critic_wins_told = wins;
        news.then(|| Warning::CriticWins { accuracy: average(&accuracies) })
    }

    /// Looks at a sheet: the spread of its samples and that of the reals.
    pub fn see_sheet(&mut self, spread: f64, real_spread: f64) -> Option<Warning> {
        let ratio = spread / real_spread.max(f64::MIN_POSITIVE);
        remember(&mut self.spread_ratios, ratio, 4);
        let last_two = self.spread_ratios.iter().rev().take(2);
        let collapsed = self.spread_ratios.len() >= 2
            && last_two.into_iter().all(|ratio| *ratio < self.policy.collapse_under);
        let news = collapsed && !self.collapse_told;
        self.collapse_told = collapsed;
        news.then_some(Warning::Collapse { spread_ratio: ratio })
    }

    /// Whether what the user waits for is reached.
    pub fn reached(&self, goal: StopWhen) -> bool {
        match goal {
            StopWhen::Equilibrium => self.at_equilibrium(),
            StopWhen::Plateau => self.on_plateau(),
        }
    }

    /// A critic that guesses proves equilibrium only if the samples are varied: a collapsed
    /// generator can leave a critic guessing too.
    fn at_equilibrium(&self) -> bool {
        let Some(accuracies) = self.accuracies(self.policy.window) else {
            return false;
        };
        let guessing = accuracies.iter().all(|a| (a - 0.5).abs() <= EQUILIBRIUM_MARGIN);
        guessing && self.spread_ratios.back().is_some_and(|ratio| HEALTHY_SPREAD.contains(ratio))
    }

    fn on_plateau(&self) -> bool {
        let window = self.policy.window;
        if self.ticks.len() < 2 * window || self.spread_ratios.len() < 4 {
            return false;
        }
        let part = |pick: fn((f64, f64)) -> f64, range: std::ops::Range<usize>| {
            let values: Option<Vec<f64>> =
                self.ticks.range(range).map(|seen| seen.losses.map(pick)).collect();
            values.map(|values| average(&values))
        };
        let still = |pick: fn((f64, f64)) -> f64| match (
            part(pick, 0..window),
            part(pick, window..2 * window),
        ) {
            (Some(before), Some(after)) => unchanged(before, after),
            _ => false,
        };
        let spreads: Vec<f64> = self.spread_ratios.iter().copied().collect();
        still(|(critic, _)| critic)
            && still(|(_, generator)| generator)
            && unchanged(average(&spreads[..2]), average(&spreads[2..]))
    }

    /// The last `n` accuracies, if there are so many.
    fn accuracies(&self, n: usize) -> Option<Vec<f64>> {
        let start = self.ticks.len().checked_sub(n)?;
        self.ticks.range(start..).map(|seen| seen.accuracy).collect()
    }
}

fn remember<T>(queue: &mut VecDeque<T>, value: T, limit: usize) {
    queue.push_back(value);
    while queue.len() > limit {
        queue.pop_front();
    }
}

fn average(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn unchanged(before: f64, after: f64) -> bool {
    (after - before).abs() <= PLATEAU_CHANGE * before.abs().max(after.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn means(accuracy: f64, loss: f64) -> Means {
        let by_name = [
            ("critic/accuracy-real", accuracy),
            ("critic/accuracy-fake", accuracy),
            ("critic/loss", loss),
            ("generator/loss", loss),
        ];
        let by_name = by_name.map(|(name, value)| (name.to_owned(), value)).into();
        Means { by_name, non_finite: 0 }
    }

    fn watch(accuracy: f64, ratio: f64) -> Watchdog {
        let mut dog = Watchdog::new(Policy::default());
        for _ in 0..20 {
            dog.see_tick(&means(accuracy, 1.0));
            dog.see_sheet(ratio, 1.0);
        }
        dog
    }

    #[test]
    fn equal_samples_are_a_collapse_told_once() {
        let mut dog = Watchdog::new(Policy::default());
        assert_eq!(dog.see_sheet(0.01, 0.5), None, "one sheet may be a bad moment");
        assert_eq!(dog.see_sheet(0.01, 0.5), Some(Warning::Collapse { spread_ratio: 0.02 }));
        assert_eq!(dog.see_sheet(0.01, 0.5), None);
        assert_eq!(dog.see_sheet(0.5, 0.5), None);
        dog.see_sheet(0.01, 0.5);
        assert!(dog.see_sheet(0.01, 0.5).is_some(), "a second collapse is news again");
    }

    #[test]
    fn a_critic_that_is_always_right_is_told_after_the_window() {
        let mut dog = Watchdog::new(Policy::default());
        let told: Vec<bool> = (0..12).map(|_| dog.see_tick(&means(1.0, 1.0)).is_some()).collect();
        assert_eq!(told.iter().position(|told| *told), Some(9));
        assert_eq!(told.iter().filter(|told| **told).count(), 1);
    }

    #[test]
    fn a_guessing_critic_and_varied_samples_are_equilibrium() {
        assert!(watch(0.51, 0.95).reached(StopWhen::Equilibrium));
        assert!(!watch(0.58, 0.95).reached(StopWhen::Equilibrium));
    }

    #[test]
    fn a_guessing_critic_and_equal_samples_are_not() {
        assert!(!watch(0.5, 0.1).reached(StopWhen::Equilibrium));
    }

    #[test]
    fn one_tick_at_one_half_proves_nothing() {
        let mut dog = Watchdog::new(Policy::default());
        dog.see_tick(&means(0.5, 1.0));
        dog.see_sheet(1.0, 1.0);
        assert!(!dog.reached(StopWhen::Equilibrium));
    }

    #[test]
    fn a_plateau_needs_still_losses_and_a_still_sheet() {
        assert!(watch(0.8, 0.9).reached(StopWhen::Plateau));
        let mut dog = watch(0.8, 0.9);
        for _ in 0..10 {
            dog.see_tick(&means(0.8, 1.2));
        }
        assert!(!dog.reached(StopWhen::Plateau));
    }
}
