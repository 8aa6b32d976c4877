//! How evaluation is plugged into a run.

use kiln_core::Clock;

use crate::event::Measured;
use crate::state::State;

/// Whatever went wrong; the engine knows no metric.
pub type EvaluationError = Box<dyn std::error::Error + Send + Sync>;

/// Measures the averaged generator between rounds. It decides nothing: a run with it plays the same
/// game as one without.
pub trait Evaluator {
    /// Measures what the generator in `state` draws; equal weights at an equal clock give equal
    /// values.
    ///
    /// # Errors
    ///
    /// When nothing can be measured; the run then ends, and goes on later from its last
    /// checkpoint.
    fn evaluate(&mut self, clock: Clock, state: State) -> Result<Measured, EvaluationError>;
}
