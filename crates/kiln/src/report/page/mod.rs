//! The report of a run as one page: `kiln report` writes it to a file, `kiln train --serve` serves
//! it while the run goes on.
//!
//! [`Account`] is what there is to tell of a run: its configuration, its [`Chronicle`] (curves and
//! what happened), its [`Gallery`]. [`Document`] puts accounts into the page, which is `page.html`,
//! `page.css` and `script/`: no part of it comes from anywhere else, and its policy forbids any.

mod account;
mod base64;
mod chronicle;
mod document;
mod embedding;
mod gallery;
mod metrics;
#[cfg(test)]
mod tests;

pub(crate) use account::{Account, AccountError, RunData};
pub(crate) use chronicle::{Chronicle, Cursor};
pub(crate) use document::{Document, policy};
pub(crate) use embedding::Pictures;
pub(crate) use gallery::Picture;
