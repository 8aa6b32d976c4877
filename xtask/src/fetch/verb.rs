//! The verb: fetches a set of pictures or sounds into a folder outside git.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, ValueEnum};

use super::{digits, drums, emoji, photographs, styles};
use crate::cargo::root;

/// What to fetch.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Which data
    #[arg(value_enum)]
    what: Data,
    /// Where they go [default: target/data/NAME]
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
}

/// What can be fetched.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum Data {
    /// Twitter's emoji, 64 x 64 in colour, a folder a category; 62 MB, CC-BY 4.0
    Emoji,
    /// Half of Twitter's emoji and the other half of Google's, 64 x 64 in colour, as two sets without
    /// pairs; 136 MB, CC-BY 4.0 and Apache 2.0
    EmojiStyles,
    /// Squares of 64 x 64 cut from 33 photographs in Debian's packages of desktop backgrounds
    Photographs,
    /// Drum samples of Debian's hydrogen-drumkits, a folder an instrument
    Drums,
    /// Digits spoken by Debian's espeak-ng in ninety voices, a folder a digit
    SpokenDigits,
}

impl Data {
    /// The folder that they go to.
    fn name(self) -> &'static str {
        match self {
            Self::Emoji => "emoji",
            Self::EmojiStyles => "emoji-styles",
            Self::Photographs => "photographs",
            Self::Drums => "drums",
            Self::SpokenDigits => "spoken-digits",
        }
    }
}

/// Fetches it, unless it is there.
///
/// # Errors
///
/// When a program is missing, or what came is not what was expected.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    let default = || root().join("target/data").join(options.what.name());
    let into = options.into.clone().unwrap_or_else(default);
    if into.join(emoji::NOTICE).is_file() {
        println!("They are in {} already.", into.display());
        return Ok(ExitCode::SUCCESS);
    }
    let [train, test] = match options.what {
        Data::Emoji => emoji::fetch(&into)?,
        Data::EmojiStyles => styles::fetch(&into)?,
        Data::Photographs => photographs::fetch(&into)?,
        Data::Drums => drums::fetch(&into)?,
        Data::SpokenDigits => digits::fetch(&into)?,
    };
    println!(
        "{train} to learn from and {test} held-out ones are in {}.\n\
         Train on them with --data {0}",
        into.display()
    );
    Ok(ExitCode::SUCCESS)
}
