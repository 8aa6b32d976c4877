//! The engine.
mod event;
pub use event::{Event, Finish, Observer, Tick, Timing, Warning};
