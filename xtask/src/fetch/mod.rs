//! Pictures that are not in the box, fetched by the system's own programs: no crate of ours speaks to
//! the network.

mod archive;
mod digits;
mod drums;
mod emoji;
mod photographs;
mod styles;
mod verb;

pub(crate) use verb::{Options, run};
