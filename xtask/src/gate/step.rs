//! Named steps and how long each took.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// The steps so far, in order.
#[derive(Debug, Default)]
pub(super) struct Steps {
    done: Vec<(&'static str, Duration)>,
}

impl Steps {
    /// Announces a step, plays it, and says how long it took.
    ///
    /// # Errors
    ///
    /// What the step says, under the step's name.
    pub(super) fn time<T>(
        &mut self,
        name: &'static str,
        step: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        eprintln!("== {name}");
        let start = Instant::now();
        let outcome = step();
        let took = start.elapsed();
        let verdict = if outcome.is_ok() { "passed" } else { "failed" };
        eprintln!("== {name}: {verdict} in {}\n", readable(took));
        self.done.push((name, took));
        outcome.context(name)
    }

    /// Prints a line a step.
    pub(super) fn print(&self) {
        println!("What took how long:");
        for (name, took) in &self.done {
            println!("{:>10}  {name}", readable(*took));
        }
        println!();
    }
}

/// Seconds under two minutes, whole minutes and seconds above.
fn readable(took: Duration) -> String {
    let seconds = took.as_secs();
    if seconds < 120 {
        format!("{:.1} s", took.as_secs_f64())
    } else {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::bail;

    #[test]
    fn durations_read_well() {
        assert_eq!(readable(Duration::from_millis(1_240)), "1.2 s");
        assert_eq!(readable(Duration::from_secs(605)), "10 min 05 s");
    }

    #[test]
    fn a_failed_step_is_named_in_its_error() {
        let mut steps = Steps::default();
        steps.time("first", || Ok(())).unwrap();
        let error = steps.time("second", || -> Result<()> { bail!("boom") }).unwrap_err();
        assert_eq!(format!("{error:#}"), "second: boom");
        assert_eq!(steps.done.len(), 2);
    }
}
