//! Where batches come from.

use kiln_core::SamplesSeen;
use thiserror::Error;

/// A failure to draw a batch, in the words of the source.
#[derive(Debug, Error)]
#[error("{0}")]
pub struct SourceError(
    /// What happened, to which file, and what to do.
    pub String,
);

/// An endless sequence of batches that is a function of the position alone.
pub trait Source {
    /// What it gives.
    type Batch;

    /// Goes to the position after `samples` samples.
    ///
    /// # Errors
    ///
    /// When the source cannot go there.
    fn seek(&mut self, samples: SamplesSeen) -> Result<(), SourceError>;

    /// The next batch.
    ///
    /// # Errors
    ///
    /// When the data cannot be read.
    fn draw(&mut self) -> Result<Self::Batch, SourceError>;
}
