//! Ctrl-C and SIGTERM: the first asks the run to stop after its round, the second leaves at once.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use kiln_train::Stop;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// What the process answers to signals.
#[derive(Debug)]
pub(super) struct Signals {
    caught: Arc<AtomicUsize>,
}

impl Signals {
    /// Makes both signals raise `stop`.
    pub(super) fn raise(stop: &Stop) -> io::Result<Self> {
        let caught = Arc::new(AtomicUsize::new(0));
        for signal in [SIGINT, SIGTERM] {
            // In this order the first signal finds the flag down, and the second finds it up.
            flag::register_conditional_shutdown(signal, 128 + signal, stop.flag())?;
            flag::register_usize(signal, caught.clone(), signal as usize)?;
            flag::register(signal, stop.flag())?;
        }
        Ok(Self { caught })
    }

    /// The exit status that tells which signal stopped the run: 130 or 143.
    pub(super) fn exit_code(&self) -> u8 {
        match self.caught.load(Ordering::Relaxed) as i32 {
            SIGTERM => 143,
            _ => 130,
        }
    }
}
