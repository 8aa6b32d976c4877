//! What every crate of Kiln shares, and nothing that needs a tensor: the [`Clock`], addressed
//! [random streams](Stream), [schedules](Schedule) and [files that appear whole or not at
//! all](atomic).
//!
//! ```
//! use kiln_core::{Address, Purpose, SamplesSeen, Schedule, Stream};
//!
//! // Every random number has an address, so it can be drawn again after a restart.
//! let address = Address::new(7, Purpose::Latents).at(SamplesSeen(640));
//! let mut latents = Stream::new(address);
//! assert_eq!(latents.normals(3), Stream::new(address).normals(3));
//!
//! let rate = Schedule::Linear { from: 2e-4, to: 0.0, until: SamplesSeen(1000) };
//! assert_eq!(rate.at(SamplesSeen(500)), 1e-4);
//! ```

pub mod atomic;
mod checksum;
mod clock;
mod lock;
mod parameter_path;
mod random;
mod schedule;
mod sheet;

pub use checksum::Checksum;
pub use clock::{Clock, Rounds, SamplesSeen, Side, Updates};
pub use lock::{FolderLock, LockError};
pub use parameter_path::ParameterPath;
pub use random::{Address, Purpose, Stream, permutation};
pub use schedule::{Schedule, ScheduleError};
pub use sheet::{Medium, Sheet, pixel_byte};
