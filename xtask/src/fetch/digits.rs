//! Spoken digits: `zero` to `nine` by espeak-ng in many voices, accents, speeds and pitches, a folder a
//! digit; every fifth voice is held out.
//!
//! Debian's `espeak-ng` speaks by rules, so nobody's voice is in what it makes.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

const WORDS: [&str; 10] =
    ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
/// Those whose voices differ: espeak-ng 1.51 speaks `en-gb` in one voice, whatever it is asked for.
const ACCENTS: [&str; 6] =
    ["en-us", "en-029", "en-gb-scotland", "en-gb-x-rp", "en-gb-x-gbclan", "en-gb-x-gbcwmd"];
const VOICES: [&str; 15] = [
    "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "f1", "f2", "f3", "f4", "f5", "klatt", "klatt2",
];
/// Words a minute.
const SPEEDS: [&str; 2] = ["150", "190"];
/// From 0 to 99, of which 50 is the voice's own.
const PITCHES: [&str; 2] = ["35", "60"];
/// One voice in so many is held out.
const HELD_OUT: usize = 5;

/// Has them spoken into `into`; says how many there are to learn from, and how many are held out.
///
/// # Errors
///
/// When espeak-ng is not installed or fails.
pub(super) fn fetch(into: &Path) -> Result<[usize; 2]> {
    let mut counts = [0; 2];
    for (digit, word) in WORDS.into_iter().enumerate() {
        for (number, manner) in manners().enumerate() {
            let part = usize::from(manner.held_out);
            let folder = into.join(["train", "test"][part]).join(digit.to_string());
            fs::create_dir_all(&folder)?;
            manner.speak(word, &folder.join(format!("{number:03}.wav")))?;
            counts[part] += 1;
        }
    }
    fs::write(into.join(super::emoji::NOTICE), CREDIT)?;
    Ok(counts)
}

const CREDIT: &str = "\
The digits zero to nine, spoken by espeak-ng (https://github.com/espeak-ng/espeak-ng, GPL-3.0-or-later)
in several accents and voices.
";

/// How a word is spoken.
struct Manner {
    voice: String,
    speed: &'static str,
    pitch: &'static str,
    held_out: bool,
}

/// Every accent in every voice at every speed and pitch.
fn manners() -> impl Iterator<Item = Manner> {
    let voices = ACCENTS.iter().flat_map(|accent| VOICES.iter().map(move |voice| (accent, voice)));
    voices.enumerate().flat_map(|(number, (accent, voice))| {
        let voice = format!("{accent}+{voice}");
        let held_out = number % HELD_OUT == HELD_OUT - 1;
        SPEEDS.into_iter().flat_map(move |speed| {
            let voice = voice.clone();
            PITCHES.map(|pitch| Manner { voice: voice.clone(), speed, pitch, held_out })
        })
    })
}

impl Manner {
    fn speak(&self, word: &str, to: &Path) -> Result<()> {
        let Self { voice, speed, pitch, .. } = self;
        let mut espeak = Command::new("espeak-ng");
        espeak.args(["-v", voice, "-s", speed, "-p", pitch, "-w"]).arg(to).arg(word);
        let done = espeak.status().context("espeak-ng is needed: apt-get install -y espeak-ng")?;
        if !done.success() {
            bail!("espeak-ng failed with the voice {voice}");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn held_out_voices_are_heard_in_no_other_part() {
        let all: Vec<_> = manners().collect();
        assert_eq!(all.len(), 360);
        let of = |held_out| -> Vec<&String> {
            let some = all.iter().filter(move |manner| manner.held_out == held_out);
            some.map(|manner| &manner.voice).collect()
        };
        assert_eq!((of(true).len(), of(false).len()), (72, 288));
        assert!(of(true).iter().all(|voice| !of(false).contains(voice)));
    }
}
