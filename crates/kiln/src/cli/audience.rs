//! Who listens to a run beside its records: the terminal, and the live page.

use std::io;
use std::path::Path;
use std::sync::Arc;

use kiln_train::{Event, Observer};

use crate::live::{Feed, LiveObserver};
use crate::report::terminal::Terminal;

/// The terminal and the live page.
#[derive(Debug)]
pub(super) struct Audience {
    /// Gone when the reader of a pipe has left.
    terminal: Option<Terminal>,
    live: LiveObserver,
}

impl Audience {
    /// Those who listen to the run in `folder`.
    pub(super) fn new(terminal: Terminal, folder: &Path) -> Self {
        Self { terminal: Some(terminal), live: LiveObserver::new(folder) }
    }

    /// What the live page reads.
    pub(super) fn feed(&self) -> Arc<Feed> {
        self.live.feed()
    }
}

impl Observer for Audience {
    fn observe(&mut self, event: &Event) -> io::Result<()> {
        self.live.observe(event)?;
        let Some(terminal) = &mut self.terminal else {
            return Ok(());
        };
        match terminal.observe(event) {
            // The page's readers still listen.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.terminal = None,
            told => told?,
        }
        Ok(())
    }
}
