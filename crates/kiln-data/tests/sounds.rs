//! Folders of sounds: rates, depths, channels, lengths, and files that are of no use.

#![expect(clippy::unwrap_used, reason = "the helpers of tests fail as tests do")]

use std::f64::consts::TAU;
use std::fs;
use std::path::Path;

use hound::{SampleFormat, WavSpec, WavWriter};
use kiln_data::{
    DataError, OpenOptions, Pairing, Reason, Sounds, Source, Split, check, open, open_sounds,
};
use proptest::prelude::*;

fn spec(rate: u32, bits: u16, channels: u16) -> WavSpec {
    let sample_format = if bits == 32 { SampleFormat::Float } else { SampleFormat::Int };
    WavSpec { channels, sample_rate: rate, bits_per_sample: bits, sample_format }
}

/// Writes a sine of so many periods a second, of 0.5 at most, in every channel.
fn write_sine(path: &Path, spec: WavSpec, hertz: f64, seconds: f64) {
    let mut file = WavWriter::create(path, spec).unwrap();
    let rate = f64::from(spec.sample_rate);
    for at in 0..(seconds * rate) as usize {
        let value = 0.5 * (TAU * hertz * at as f64 / rate).sin();
        for _ in 0..spec.channels {
            match spec.sample_format {
                SampleFormat::Float => file.write_sample(value as f32).unwrap(),
                SampleFormat::Int => {
                    let full = 2f64.powi(i32::from(spec.bits_per_sample) - 1);
                    file.write_sample((value * full).round() as i32).unwrap();
                }
            }
        }
    }
    file.finalize().unwrap();
}

fn opened(folder: &Path, rate: u32, length: usize) -> Result<Sounds, DataError> {
    let options = OpenOptions { rate: Some(rate), size: Some(length), ..OpenOptions::default() };
    open_sounds(&Source::Path(folder.into()), Split::Train, &options)
}

fn read(sounds: &Sounds, index: usize) -> Vec<f32> {
    let mut samples = Vec::new();
    sounds.append(index, &mut samples);
    samples
}

/// The greatest difference from the sine, away from the ends.
fn apart(found: &[f32], hertz: f64, rate: u32) -> f64 {
    let sine = |at: usize| 0.5 * (TAU * hertz * at as f64 / f64::from(rate)).sin();
    let inner = 100..found.len() - 100;
    inner.map(|at| (f64::from(found[at]) - sine(at)).abs()).fold(0.0, f64::max)
}

#[test]
fn every_depth_and_number_of_channels_gives_the_same_sound() {
    let folder = tempfile::tempdir().unwrap();
    for (bits, channels, near) in
        [(8, 1, 5e-3), (16, 1, 1e-4), (24, 2, 1e-4), (32, 1, 1e-4), (16, 6, 1e-4)]
    {
        let path = folder.path().join("a.wav");
        write_sine(&path, spec(8000, bits, channels), 440.0, 0.25);
        let sounds = opened(folder.path(), 8000, 2000).unwrap();
        let far = apart(&read(&sounds, 0), 440.0, 8000);
        assert!(far < near, "{bits} bits, {channels} channels: {far}");
    }
}

/// Written by `flac` 1.4 from 0.1 seconds of a sine of 440 periods a second, 16 bits, two channels.
#[test]
fn flac_is_read_too_and_a_part_of_it_is_not() {
    let (folder, file) = (tempfile::tempdir().unwrap(), include_bytes!("sine.flac"));
    let path = folder.path().join("a.flac");
    fs::write(&path, file).unwrap();
    let sounds = opened(folder.path(), 8000, 800).unwrap();
    assert!(apart(&read(&sounds, 0), 440.0, 8000) < 1e-4);
    fs::write(&path, &file[..file.len() / 2]).unwrap();
    assert!(matches!(opened(folder.path(), 8000, 800), Err(DataError::BadFiles { .. })));
}

#[test]
fn another_rate_keeps_what_it_can_hold_and_nothing_is_folded_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    for (from, to) in [(44_100, 8000), (8000, 22_050), (16_000, 8000)] {
        write_sine(&path, spec(from, 16, 1), 440.0, 0.25);
        let sounds = opened(folder.path(), to, to as usize / 4).unwrap();
        let far = apart(&read(&sounds, 0), 440.0, to);
        assert!(far < 2e-3, "{from} to {to}: {far}");
    }
    // 7 kHz is above what 8000 samples a second hold, and would come back as 1 kHz.
    write_sine(&path, spec(44_100, 16, 1), 7000.0, 0.25);
    let left = read(&opened(folder.path(), 8000, 2000).unwrap(), 0);
    assert!(left[100..1900].iter().all(|sample| sample.abs() < 0.01));
}

#[test]
fn a_sound_is_cut_or_ends_in_silence_and_subfolders_are_classes() {
    let folder = tempfile::tempdir().unwrap();
    for (class, seconds) in [("long", 0.5), ("short", 0.1)] {
        fs::create_dir(folder.path().join(class)).unwrap();
        write_sine(&folder.path().join(class).join("a.wav"), spec(8000, 16, 1), 440.0, seconds);
    }
    let sounds = opened(folder.path(), 8000, 1000).unwrap();
    assert_eq!((sounds.len(), sounds.length()), (2, 1000));
    assert_eq!(sounds.labels().unwrap().classes, ["long", "short"]);
    let mut samples = Vec::new();
    assert_eq!([0, 1].map(|index| sounds.append(index, &mut samples)), [Some(0), Some(1)]);
    assert_eq!(samples.len(), 2000);
    assert!(samples[900..1000].iter().any(|sample| *sample != 0.0));
    assert!(samples[1800..].iter().all(|sample| *sample == 0.0));
}

#[test]
fn what_is_no_sound_is_named_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    let reason = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        match opened(folder.path(), 8000, 64).unwrap_err() {
            DataError::BadFiles { bad, .. } => bad[0].reason.clone(),
            other => Reason::Unreadable { detail: other.to_string() },
        }
    };
    assert!(matches!(reason(b""), Reason::Empty));
    assert!(matches!(reason(b"nothing"), Reason::WrongMagic { .. }));
    let broken =
        |bytes: &[u8]| matches!(reason(bytes), Reason::Truncated { .. } | Reason::Damaged { .. });
    assert!(broken(b"RIFF") && broken(b"fLaC") && broken(b"RIFF1234WAVE"));
    write_sine(&path, spec(8000, 16, 1), 440.0, 0.0);
    let empty = fs::read(&path).unwrap();
    assert!(matches!(reason(&empty), Reason::ZeroSize { .. }));
    let refused = open(&Source::Path(folder.path().into()), Split::Train, &OpenOptions::default());
    assert!(matches!(refused, Err(DataError::Sounds { .. })));
    assert!(opened(folder.path(), 1, 64).is_err() && opened(folder.path(), 8000, 0).is_err());
}

/// Why a file with these bytes is of no use; none if it is.
fn reason(name: &str, bytes: &[u8]) -> Option<Reason> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), bytes).unwrap();
    match opened(folder.path(), 8000, 1024) {
        Err(DataError::BadFiles { bad, .. }) => Some(bad[0].reason.clone()),
        other => {
            other.unwrap();
            None
        }
    }
}

fn sine_bytes() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    write_sine(&path, spec(8000, 16, 1), 440.0, 0.05);
    fs::read(&path).unwrap()
}

#[test]
fn what_a_header_claims_takes_no_memory_and_is_not_believed() {
    let (wave, flac) = (sine_bytes(), include_bytes!("sine.flac"));
    let changed = |file: &[u8], at: usize, bytes: &[u8]| {
        let mut file = file.to_vec();
        file[at..at + bytes.len()].copy_from_slice(bytes);
        file
    };
    assert_eq!((reason("a.wav", &wave), reason("a.flac", flac)), (None, None));
    // Four gigabytes of samples, and no channel.
    let claim = changed(&wave, 40, &[0xfe, 0xff, 0xff, 0xff]);
    assert!(matches!(reason("a.wav", &claim), Some(Reason::Truncated { .. })));
    let silent = reason("a.wav", &changed(&wave, 22, &[0, 0]));
    assert!(matches!(silent, Some(Reason::Damaged { .. })), "{silent:?}");
    let crowded = reason("a.wav", &changed(&wave, 22, &[0xff, 0xff]));
    assert!(matches!(crowded, Some(Reason::Damaged { .. })), "{crowded:?}");
    // The last 36 of 64 bits that begin at byte 18 are the number of samples.
    let claim = changed(flac, 21, &[flac[21] | 0x0f, 0xff, 0xff, 0xff, 0xff]);
    assert!(matches!(reason("a.flac", &claim), Some(Reason::Truncated { .. })));
    // A rate of 0, of which there are no samples a second.
    let timeless = changed(&wave, 24, &[0; 4]);
    assert!(matches!(reason("a.wav", &timeless), Some(Reason::Damaged { .. })));
}

#[test]
fn a_check_counts_sounds_and_names_copies_and_bad_files() {
    let folder = tempfile::tempdir().unwrap();
    for class in ["high", "low"] {
        fs::create_dir(folder.path().join(class)).unwrap();
        fs::write(folder.path().join(class).join("a.wav"), sine_bytes()).unwrap();
    }
    fs::write(folder.path().join("low/b.flac"), b"fLaC").unwrap();
    let options = OpenOptions { rate: Some(8000), size: Some(256), ..OpenOptions::default() };
    let source = Source::Path(folder.path().into());
    let report = check(&source, Split::Train, &options);
    let told = report.to_string();
    for part in ["unfit", "sounds     2, of up to 256 samples", "b.flac", "high/a.wav = low/a.wav"]
    {
        assert!(told.contains(part), "{part:?} is not in {told}");
    }
    fs::remove_file(folder.path().join("low/b.flac")).unwrap();
    assert!(check(&source, Split::Train, &options).fit());
}

#[test]
fn options_of_pictures_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.wav"), sine_bytes()).unwrap();
    let source = Source::Path(folder.path().into());
    let grey = OpenOptions { channels: Some(1), ..OpenOptions::default() };
    let refused = open_sounds(&source, Split::Train, &grey);
    assert!(
        matches!(refused, Err(DataError::BadOption(message)) if message.contains("`channels`"))
    );
}

/// A WAV of numbers with a point.
fn write_numbers(path: &Path, numbers: &[f32]) {
    let mut file = WavWriter::create(path, spec(8000, 32, 1)).unwrap();
    numbers.iter().for_each(|number| file.write_sample(*number).unwrap());
    file.finalize().unwrap();
}

#[test]
fn numbers_a_little_over_full_scale_are_cut_and_those_on_another_scale_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.wav");
    write_numbers(&path, &[1.5, -1.25, 0.5]);
    assert_eq!(read(&opened(folder.path(), 8000, 4).unwrap(), 0), [1.0, -1.0, 0.5, 0.0]);
    write_numbers(&path, &[32_767.0, 0.0]);
    match opened(folder.path(), 8000, 4) {
        Err(DataError::BadFiles { bad, .. }) => {
            assert!(matches!(bad[0].reason, Reason::Unsupported { .. }), "{}", bad[0]);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn one_picture_among_sounds_does_not_make_a_folder_of_pictures() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.wav", "b.wav"] {
        write_sine(&folder.path().join(name), spec(8000, 16, 1), 440.0, 0.1);
    }
    fs::write(folder.path().join("cover.png"), "a picture").unwrap();
    assert_eq!(opened(folder.path(), 8000, 64).unwrap().len(), 2);
    let source = Source::Path(folder.path().into());
    for pairs in [None, Some(Pairing::SideBySide)] {
        let options = OpenOptions { pairs, ..OpenOptions::default() };
        let error = open(&source, Split::Train, &options).unwrap_err();
        assert!(matches!(error, DataError::Sounds { .. }), "{error}");
    }
}

#[test]
fn lengths_and_memory_have_bounds_of_their_own_and_pictures_have_no_rate() {
    let folder = tempfile::tempdir().unwrap();
    write_sine(&folder.path().join("a.wav"), spec(8000, 16, 1), 440.0, 0.1);
    assert_eq!(opened(folder.path(), 8000, 65_536).unwrap().length(), 65_536);
    assert!(matches!(opened(folder.path(), 8000, 1 << 21), Err(DataError::BadOption(_))));
    let source = Source::Path(folder.path().into());
    let little = OpenOptions { memory: 1000, ..OpenOptions::default() };
    let error = open_sounds(&source, Split::Train, &little).unwrap_err();
    assert!(matches!(error, DataError::TooLarge { bytes: 1600.., .. }), "{error}");
    let rated = OpenOptions { rate: Some(8000), ..OpenOptions::default() };
    let error = open(&Source::Mnist, Split::Train, &rated).unwrap_err().to_string();
    assert!(error.contains("data.rate"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// A change of any byte, or an early end, makes a sound or a reason, and no panic.
    #[test]
    fn hostile_files_make_no_panic(at: usize, value: u8, end in 0usize..900, flac: bool) {
        let (name, mut file) =
            if flac { ("a.flac", include_bytes!("sine.flac").to_vec()) } else { ("a.wav", sine_bytes()) };
        let at = at % file.len();
        file[at] = value;
        file.truncate(end);
        let found = reason(name, &file);
        prop_assert!(!matches!(found, Some(Reason::Panicked { .. })), "{found:?}");
    }
}
