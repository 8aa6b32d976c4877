//! Drum samples: those of Hydrogen's drum kits, sorted by instrument, those of one maker held out.
//!
//! From Debian's package `hydrogen-drumkits`, whose kits are free software; its copyright file names the
//! licence of each. Loops of several instruments are left out.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// Where the package puts its kits.
const KITS: &str = "/usr/share/hydrogen/data/drumkits";
/// Kits whose names begin so are held out: neighbours in a kit are strokes on one drum.
const HELD_OUT: &str = "Millo";

/// What the kits call their instruments: the first name that a file's begins with, or holds as a word,
/// decides.
const INSTRUMENTS: [(&str, &[&str]); 5] = [
    ("cymbal", &["crash", "ride", "splash", "china", "cc", "rc"]),
    ("hat", &["hihat", "hhat", "hhclosed", "hhopen", "openhat", "hat", "hh", "chh", "ho"]),
    ("kick", &["kick", "bd", "bassdrum"]),
    ("snare", &["snare", "jsnare", "rsnare", "sd", "sn"]),
    ("tom", &["tom", "floortom", "ft", "t1", "t2", "t3"]),
];

/// Makers that some kits name before the instrument.
const MAKERS: [&str; 3] = ["paiste", "pearl", "sabian"];

/// Copies them into `into`; says how many there are to learn from, and how many are held out.
///
/// # Errors
///
/// When the package is not installed, or a file cannot be copied.
pub(super) fn fetch(into: &Path) -> Result<[usize; 2]> {
    let kits = Path::new(KITS);
    if !kits.is_dir() {
        bail!("{KITS} is not there: apt-get install -y hydrogen-drumkits");
    }
    let mut by_instrument: BTreeMap<&str, Vec<PathBuf>> = BTreeMap::new();
    for kit in sorted(kits)? {
        let files = if kit.is_dir() { sorted(&kit)? } else { Vec::new() };
        for file in files {
            let instrument = file.file_name().and_then(|name| instrument(name.to_str()?));
            if let Some(instrument) = instrument.filter(|_| is_sound(&file)) {
                by_instrument.entry(instrument).or_default().push(file);
            }
        }
    }
    let mut counts = [0; 2];
    for (instrument, files) in by_instrument {
        for (idx, file) in files.iter().enumerate() {
            let part = usize::from(is_held_out(file));
            let folder = into.join(["train", "test"][part]).join(instrument);
            fs::create_dir_all(&folder)?;
            let extension = file.extension().unwrap_or_default();
            let to = folder.join(format!("{idx:03}")).with_extension(extension);
            fs::copy(file, to).with_context(|| format!("cannot copy {}", file.display()))?;
            counts[part] += 1;
        }
    }
    fs::write(into.join(super::emoji::NOTICE), CREDIT)?;
    Ok(counts)
}

const CREDIT: &str = "\
Drum samples from the kits of Debian's package hydrogen-drumkits, unchanged, sorted by instrument; the
licences are in /usr/share/doc/hydrogen-drumkits/copyright.
";

/// Whether a file is of a kit that is held out.
fn is_held_out(file: &Path) -> bool {
    let kit = file.parent().and_then(Path::file_name).and_then(|name| name.to_str());
    kit.is_some_and(|kit| kit.starts_with(HELD_OUT))
}

/// What is in a folder, by name.
fn sorted(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
    let mut paths = entries.collect::<Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

/// Whether it is WAV or FLAC, as its name says: one in a kit is AIFF.
fn is_sound(file: &Path) -> bool {
    let mut magic = [0; 4];
    let read = File::open(file).and_then(|mut file| file.read_exact(&mut magic));
    read.is_ok() && [b"RIFF", b"fLaC"].contains(&&magic)
}

/// The instrument that a sound file is of, by its name.
fn instrument(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    let (stem, extension) = name.rsplit_once('.')?;
    if !["wav", "flac"].contains(&extension) {
        return None;
    }
    let words = stem.split(|c: char| !c.is_ascii_alphanumeric());
    let called = |word: &str| {
        let word = MAKERS.iter().find_map(|maker| word.strip_prefix(maker)).unwrap_or(word);
        let plain = word.trim_end_matches(|c: char| c.is_ascii_digit());
        let is = |known: &&str| {
            word == *known || plain == *known || (known.len() > 2 && word.starts_with(*known))
        };
        INSTRUMENTS.iter().find(|(_, names)| names.iter().any(is))
    };
    words.filter_map(called).map(|(instrument, _)| *instrument).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instrument_is_found_in_the_names_of_every_kit() {
        for (name, expected) in [
            ("Kick-3.wav", Some("kick")),
            ("bd_03.flac", Some("kick")),
            ("EE_Kick_Lite_2.flac", Some("kick")),
            ("124382__cubix__8bit-snare.wav", Some("snare")),
            ("SnareOffRim-2.wav", Some("snare")),
            ("sd_04.flac", Some("snare")),
            ("hhclosed_03.flac", Some("hat")),
            ("hh_01.flac", Some("hat")),
            ("HiHatClosed-4.wav", Some("hat")),
            ("Hard_CHH_01.flac", Some("hat")),
            ("CrashRide18Bow-1.wav", Some("cymbal")),
            ("crash16i__crash1.flac", Some("cymbal")),
            ("TomHigh-3.wav", Some("tom")),
            ("PearlTomFloor-Soft.wav", Some("tom")),
            ("SabianCrash-Med.wav", Some("cymbal")),
            ("PearlSideStick-Hard.wav", None),
            ("t1_01.flac", Some("tom")),
            ("floortom_01.flac", Some("tom")),
            ("beats_01-10.flac", None),
            ("EE_Clap.flac", None),
            ("Kick-3.txt", None),
        ] {
            assert_eq!(instrument(name), expected, "{name}");
        }
    }

    #[test]
    fn whole_kits_are_held_out() {
        assert!(is_held_out(Path::new("kits/Millo_MultiLayered2/Kick-1.flac")));
        assert!(!is_held_out(Path::new("kits/ForzeeStereo/Millo.flac")));
    }
}
