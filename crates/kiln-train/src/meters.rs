//! Means of the readings of many rounds, added up on the device and read once a tick.

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};

use crate::readback;
use crate::state::{State, StateError};

/// Sums of readings since the last tick.
///
/// Rounds that leave the same readings share one accumulator, so a round costs a handful of
/// operations on a row of numbers, however many readings it leaves. A reading that is not finite
/// is left out of its mean and counted.
#[derive(Debug, Default)]
pub struct Meters {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    names: Vec<String>,
    sums: Tensor<1>,
    finite: Tensor<1>,
    rounds: u64,
}

/// What the meters show.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Means {
    /// Mean of the finite readings by name; NaN when a name had no finite one.
    pub by_name: BTreeMap<String, f64>,
    /// How many readings were not finite.
    pub non_finite: u64,
}

impl Meters {
    /// Adds the readings of one round.
    pub fn add(&mut self, readings: &[(&'static str, Tensor<1>)]) {
        if readings.is_empty() {
            return;
        }
        let (names, values): (Vec<_>, Vec<_>) = readings.iter().cloned().unzip();
        let values = Tensor::cat(values, 0);
        let finite = values.clone().is_finite();
        let count = finite.clone().float();
        let kept = values.mask_fill(finite.bool_not(), 0.0);
        match self.rows.iter_mut().find(|row| row.names == names) {
            Some(row) => {
                row.sums = row.sums.clone() + kept;
                row.finite = row.finite.clone() + count;
                row.rounds += 1;
            }
            None => {
                let names = names.into_iter().map(str::to_owned).collect();
                self.rows.push(Row { names, sums: kept, finite: count, rounds: 1 });
            }
        }
    }

    /// Reads all means in one transfer and starts anew.
    ///
    /// # Errors
    ///
    /// When the device failed.
    pub fn read(&mut self) -> Result<Means, StateError> {
        let rows = std::mem::take(&mut self.rows);
        let tensors = rows.iter().flat_map(|row| [row.sums.clone(), row.finite.clone()]).collect();
        let numbers = readback::tensors(tensors)?;
        let mut totals: BTreeMap<String, (f64, f64)> = BTreeMap::new();
        let mut non_finite = 0;
        for (row, pair) in rows.iter().zip(numbers.chunks_exact(2)) {
            for (name, (sum, finite)) in row.names.iter().zip(pair[0].iter().zip(&pair[1])) {
                let total = totals.entry(name.clone()).or_default();
                total.0 += f64::from(*sum);
                total.1 += f64::from(*finite);
                non_finite += row.rounds - *finite as u64;
            }
        }
        let by_name = totals.into_iter().map(|(name, (sum, n))| (name, sum / n)).collect();
        Ok(Means { by_name, non_finite })
    }

    /// Puts the sums into `state` under `name`, so that a run stopped in the middle of a tick
    /// reports the same means as one that was not.
    pub fn save(&self, name: &str, state: &mut State) {
        let labels: Vec<_> = self.rows.iter().map(|row| (&row.names, row.rounds)).collect();
        state.put(name, &labels);
        for (idx, row) in self.rows.iter().enumerate() {
            state.put_tensor(&format!("{name}/{idx}/sums"), row.sums.clone());
            state.put_tensor(&format!("{name}/{idx}/finite"), row.finite.clone());
        }
    }

    /// Takes what [`save`](Self::save) put in.
    ///
    /// # Errors
    ///
    /// When something is missing.
    pub fn load(name: &str, state: &mut State, device: &Device) -> Result<Self, StateError> {
        let labels: Vec<(Vec<String>, u64)> = state.take(name)?;
        let rows = labels
            .into_iter()
            .enumerate()
            .map(|(idx, (names, rounds))| {
                let sums = state.take_tensor(&format!("{name}/{idx}/sums"), device)?;
                let finite = state.take_tensor(&format!("{name}/{idx}/finite"), device)?;
                Ok(Row { names, sums, finite, rounds })
            })
            .collect::<Result<_, StateError>>()?;
        Ok(Self { rows })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(value: f32) -> Tensor<1> {
        Tensor::from_floats([value], &Device::flex())
    }

    #[test]
    fn a_mean_is_over_the_rounds_that_left_the_reading() {
        let mut meters = Meters::default();
        meters.add(&[("loss", reading(1.0))]);
        meters.add(&[("loss", reading(2.0)), ("penalty", reading(5.0))]);
        meters.add(&[("loss", reading(6.0))]);
        let means = meters.read().unwrap();
        assert_eq!(means.by_name, BTreeMap::from([("loss".into(), 3.0), ("penalty".into(), 5.0)]));
        assert_eq!(means.non_finite, 0);
    }

    #[test]
    fn what_is_not_finite_is_counted_and_left_out() {
        let mut meters = Meters::default();
        for value in [2.0, f32::NAN, f32::INFINITY, 4.0] {
            meters.add(&[("loss", reading(value))]);
        }
        let means = meters.read().unwrap();
        assert_eq!(means.by_name["loss"], 3.0);
        assert_eq!(means.non_finite, 2);
    }

    #[test]
    fn reading_starts_anew_and_is_one_transfer() {
        let mut meters = Meters::default();
        meters.add(&[("a", reading(1.0)), ("b", reading(2.0))]);
        let before = readback::reads();
        meters.read().unwrap();
        // Other tests read in parallel threads, so the count is only a lower bound here; the
        // exact count is held in tests/tests/engine.rs, alone in its process.
        assert!(readback::reads() > before);
        assert_eq!(meters.read().unwrap(), Means::default());
    }

    #[test]
    fn sums_survive_a_stop_in_the_middle_of_a_tick() {
        let device = Device::flex();
        let mut meters = Meters::default();
        meters.add(&[("loss", reading(1.0))]);
        let mut state = State::new();
        meters.save("meters", &mut state);
        state.read().unwrap();
        let mut meters = Meters::load("meters", &mut state, &device).unwrap();
        meters.add(&[("loss", reading(2.0))]);
        assert_eq!(meters.read().unwrap().by_name["loss"], 1.5);
    }
}
