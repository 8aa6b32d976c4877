//! What a run leaves behind and what the user sees of it.
//!
//! Everything here is made from [`Event`](kiln_train::Event)s: `stats.jsonl` ([`stats`]),
//! TensorBoard event files ([`tensorboard`]), pictures of samples ([`picture`]), the plot of the
//! curves ([`curves`]), the text of `log.txt` ([`log`]) and the terminal ([`terminal`]).
//! [`RunReports`] puts them together for a run folder; from that folder, or while the run goes on,
//! the page ([`page`]) is made.

#[cfg(feature = "cli")]
mod album;
pub(crate) mod curves;
mod failure;
mod folder;
mod legend;
pub(crate) mod log;
#[cfg(feature = "cli")]
mod mesh;
pub(crate) mod numerals;
#[cfg(feature = "cli")]
pub(crate) mod page;
pub(crate) mod picture;
mod protobuf;
#[cfg(test)]
mod sample;
mod scatter;
mod series;
mod solid;
mod spectrogram;
pub(crate) mod stats;
pub(crate) mod tensorboard;
#[cfg(feature = "cli")]
pub(crate) mod terminal;
#[cfg(feature = "cli")]
mod wave;

pub(crate) use failure::At;
pub(crate) use folder::RunReports;
