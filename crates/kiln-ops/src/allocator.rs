//! How long mimalloc keeps memory that nobody uses.
//!
//! After 10 ms, its default, it gives back in the course of a round what the same round asks for again,
//! and the system clears every page anew (crates/ARCHITECTURE.md, 2026-11-23).

use std::ffi::c_long;

use libmimalloc_sys::{mi_option_get, mi_option_set_default};

/// `mi_option_purge_delay`, in milliseconds. mimalloc has no constants for its options, in whose list
/// new ones come last.
const PURGE_DELAY: i32 = 15;
/// What it is unless `MIMALLOC_PURGE_DELAY` says something else.
const DEFAULT: c_long = 10;
/// Longer than a round of what two cores train.
const KEPT: c_long = 500;

/// Lets mimalloc keep freed memory for half a second. For a program that allocates with it, before it
/// starts a thread; `MIMALLOC_PURGE_DELAY` in its environment still decides.
pub fn keep_freed_memory() {
    // SAFETY: both only read and write one number in mimalloc's own table, and check that there is
    // such an option; nothing else runs yet that could do the same.
    #[expect(unsafe_code, reason = "mimalloc has no safe way")]
    unsafe {
        if mi_option_get(PURGE_DELAY) == DEFAULT {
            mi_option_set_default(PURGE_DELAY, KEPT);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_option_is_where_it_is_looked_for() {
        #[expect(unsafe_code, reason = "mimalloc has no safe way")]
        // SAFETY: as above.
        let read = || unsafe { mi_option_get(PURGE_DELAY) };
        assert_eq!(read(), DEFAULT, "another option now, or MIMALLOC_PURGE_DELAY is set");
        keep_freed_memory();
        assert_eq!(read(), KEPT);
    }
}
