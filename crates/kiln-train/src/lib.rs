//! The engine: it knows rounds and never families.
//!
//! A family implements [`Game`]; a [`Run`] plays it: it draws batches, plays the turns, moves the
//! clock, and, between rounds, reports, watches, and saves everything needed to go on bit for
//! bit. See `crates/ARCHITECTURE.md` for one round in slow motion.
//!
//! ```
//! use kiln_core::{SamplesSeen, Schedule};
//! use kiln_train::{OptimizerConfig, Plan};
//!
//! let plan = Plan { until: SamplesSeen(60_000), ..Plan::default() };
//! assert!(plan.check().is_ok());
//! // Adam as DCGAN has it (Radford, Metz and Chintala 2016, section 4).
//! let adam = OptimizerConfig::adam(0.5, 0.999);
//! assert!(adam.check().is_ok());
//! # let _ = Schedule::constant(2e-4);
//! ```

mod average;
mod checkpoint;
mod evaluator;
mod event;
mod game;
mod gradients;
mod learner;
mod memory;
mod meters;
mod optimizer;
mod parameters;
mod plan;
mod readback;
mod readings;
mod round;
mod run;
mod source;
mod state;
mod stop;
mod watchdog;

pub use average::{Average, AverageConfig};
pub use checkpoint::{CheckpointError, Checkpoints, Damage, Retention, SavedRun};
pub use evaluator::{EvaluationError, Evaluator};
pub use event::{Event, Finish, Measured, Observer, Tick, Timing, Warning};
pub use game::{Batch, Game};
pub use gradients::Gradients;
pub use learner::{Learner, LearnerConfig};
pub use memory::peak_resident_bytes;
pub use meters::{Means, Meters};
pub use optimizer::{Optimizer, OptimizerConfig, OptimizerError, Rule};
pub use parameters::{Parameter, clip_weights, parameters, replace};
pub use plan::{Plan, PlanError, StopWhen};
pub use readback::{reads, tensors as read_tensors};
pub use round::Round;
pub use run::{Outcome, Run, RunError};
pub use source::{Source, SourceError};
pub use state::{State, StateError};
pub use stop::Stop;
pub use watchdog::{Policy, Watchdog};
