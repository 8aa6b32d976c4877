//! The page of a run while it goes on: `kiln train --serve`.
//!
//! A [`LiveObserver`] hears the same events as `stats.jsonl` and hands them to the [`Feed`]; it
//! reads nothing from the device and never waits for a reader. A [`Server`] answers from the feed,
//! and from the run's own sheets, by the standard library's sockets and a few threads. It reads
//! requests only, of bounded size and time, and writes nothing but answers.

mod address;
mod answer;
mod feed;
mod guard;
mod observer;
mod request;
mod routes;
mod server;
#[cfg(test)]
mod tests;

pub(crate) use address::Address;
pub(crate) use feed::Feed;
pub(crate) use observer::LiveObserver;
pub(crate) use server::Server;
