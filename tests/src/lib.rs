//! What the integration tests share: tiny data, the command under test, and what a run left.

#[cfg(unix)]
pub mod browser;
pub mod golden;

use std::f32::consts::TAU;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use burn::tensor::{Device, Tensor, TensorData};
use kiln::data::{Labels, Pictures};
use kiln_core::{Address, Purpose, Stream};
use serde_json::Value;

/// Pictures of 16 x 16 with a bright square in one of four corners: the miniature that tests learn.
pub const SIDE: usize = 16;

/// The pixels of the miniature's `n` pictures, one after another.
pub fn corner_pixels(n: usize) -> Vec<u8> {
    (0..n).flat_map(corner).collect()
}

fn corner(idx: usize) -> Vec<u8> {
    const HALF: usize = SIDE / 2;
    let (top, left) = (idx % 2 * HALF, idx / 2 % 2 * HALF);
    let shade = 200 + (idx / 4 * 7 % 50) as u8;
    let inside =
        |y: usize, x: usize| (top..top + HALF).contains(&y) && (left..left + HALF).contains(&x);
    let pixel = |at: usize| {
        if inside(at / SIDE, at % SIDE) { shade } else { 10 }
    };
    (0..SIDE * SIDE).map(pixel).collect()
}

/// The miniature in memory.
///
/// # Panics
///
/// Never: the pixels are whole pictures.
pub fn corners(n: usize) -> Pictures {
    Pictures::new("corners", [1, SIDE, SIDE], corner_pixels(n), None).expect("whole pictures")
}

/// The same, each picture labelled with its corner.
///
/// # Panics
///
/// Never: the pixels are whole pictures, each with a label.
pub fn labelled_corners(n: usize) -> Pictures {
    let labels = Labels::numbered((0..n).map(|idx| (idx % 4) as u8).collect());
    Pictures::new("corners", [1, SIDE, SIDE], corner_pixels(n), Some(labels))
        .expect("whole pictures")
}

/// Pictures of stripes, level ones (class 0) and upright ones (class 1), eight pixels from one to the
/// next: a miniature for critics that add up their features over all places, to which corners are
/// nearly alike.
///
/// # Panics
///
/// Never: the pixels are whole pictures, each with a label.
pub fn labelled_stripes(n: usize) -> Pictures {
    let pixel = |idx: usize, at: usize| {
        let across = if idx.is_multiple_of(2) { at / SIDE } else { at % SIDE };
        if (across + idx / 2) % 8 < 4 { 230 } else { 10 }
    };
    let pixels = (0..n).flat_map(|idx| (0..SIDE * SIDE).map(move |at| pixel(idx, at))).collect();
    let labels = Labels::numbered((0..n).map(|idx| (idx % 2) as u8).collect());
    Pictures::new("stripes", [1, SIDE, SIDE], pixels, Some(labels)).expect("whole pictures")
}

/// How much of a picture's variance is between its rows, and how much between its columns: of level
/// stripes all and nothing, of upright ones nothing and all.
pub fn stripes(picture: &[f32]) -> [f32; 2] {
    let mean = |values: &[f32]| values.iter().sum::<f32>() / values.len() as f32;
    let of_all = mean(picture);
    let variance =
        |values: &[f32]| mean(&values.iter().map(|x| (x - of_all).powi(2)).collect::<Vec<_>>());
    let rows: Vec<f32> = picture.chunks(SIDE).map(mean).collect();
    let column =
        |x: usize| mean(&picture.iter().skip(x).step_by(SIDE).copied().collect::<Vec<_>>());
    let columns: Vec<f32> = (0..SIDE).map(column).collect();
    [variance(&rows), variance(&columns)].map(|between| between / variance(picture).max(1e-9))
}

/// Voxels along a side of the miniature of volumes.
pub const VOXELS: usize = 8;

/// Volumes of a bar along one of three axes: the miniature that recipes of volumes learn.
///
/// # Panics
///
/// Never: the voxels are whole volumes.
pub fn bars(n: usize) -> Pictures {
    let bytes = (0..n).flat_map(|idx| bar(idx % 3).map(|solid| if solid { 255 } else { 0 }));
    Pictures::volumes("bars", VOXELS, bytes.collect(), None).expect("whole volumes")
}

/// Whether each voxel of a bar along this axis is solid.
fn bar(axis: usize) -> impl Iterator<Item = bool> {
    let within = |at: usize| (2..6).contains(&at);
    (0..VOXELS.pow(3)).map(move |idx| {
        let place = [idx / (VOXELS * VOXELS), idx / VOXELS % VOXELS, idx % VOXELS];
        (0..3).all(|other| other == axis || within(place[other]))
    })
}

/// Which bar a volume in `[-1, 1]` is like, and how far from it: the root mean square difference of a
/// voxel.
pub fn nearest_bar(volume: &[f32]) -> (usize, f32) {
    let distance = |axis: usize| {
        let ideal = bar(axis).map(|solid| if solid { 1.0 } else { -1.0_f32 });
        let squares: f32 = ideal.zip(volume).map(|(a, b)| (a - b).powi(2)).sum();
        (squares / volume.len() as f32).sqrt()
    };
    let nearest = (0..3).min_by(|a, b| distance(*a).total_cmp(&distance(*b))).unwrap_or(0);
    (nearest, distance(nearest))
}

/// A WAV file of one channel and 16 bits, as any program writes it.
pub fn wav(samples: &[f32], rate: u32) -> Vec<u8> {
    let n_bytes = 2 * samples.len() as u32;
    let words =
        |words: &[u32]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>();
    let format = words(&[16, 1 << 16 | 1, rate, 2 * rate, 16 << 16 | 2]);
    let shorts = samples.iter().flat_map(|s| ((s * 32_767.0).round() as i16).to_le_bytes());
    let samples: Vec<u8> = shorts.collect();
    let head = [&b"RIFF"[..], &words(&[36 + n_bytes]), b"WAVEfmt ", &format].concat();
    [&head[..], b"data", &words(&[n_bytes]), &samples].concat()
}

/// A folder of two classes of tones, `high` (800 periods a second) and `low` (200), with `n` sounds of an
/// eighth of a second in each for both parts, at rates and phases of their own: the miniature that
/// recipes of sounds learn.
///
/// # Errors
///
/// When the folder cannot be written.
pub fn write_tones(folder: &Path, n: u16) -> io::Result<()> {
    for (part, first) in [("train", 0), ("test", n)] {
        for (class, hertz) in [("high", TONES[1]), ("low", TONES[0])] {
            let folder = folder.join(part).join(class);
            fs::create_dir_all(&folder)?;
            for idx in first..first + n {
                let rate: u16 = if idx % 2 == 0 { 4000 } else { 8000 };
                let (step, phase) = (TAU * hertz / f32::from(rate), f32::from(idx));
                let samples = (0..rate / 8).map(|at| 0.8 * (step * f32::from(at) + phase).sin());
                let bytes = wav(&samples.collect::<Vec<_>>(), rate.into());
                fs::write(folder.join(format!("{idx}.wav")), bytes)?;
            }
        }
    }
    Ok(())
}

/// Periods a second of both tones.
const TONES: [f32; 2] = [200.0, 800.0];

/// Which of both tones a sound of 4,000 samples a second is like, and the share of its power that is in
/// it: 1 of the tone itself, near 0 of noise and of silence.
pub fn nearest_tone(sound: &[f32]) -> (usize, f32) {
    let power = sound.iter().map(|sample| sample * sample).sum::<f32>();
    let share = |hertz: f32| {
        let part = |wave: fn(f32) -> f32| {
            let at = |idx: usize| wave(TAU * hertz * idx as f32 / 4000.0);
            sound.iter().enumerate().map(|(idx, sample)| sample * at(idx)).sum::<f32>()
        };
        2.0 * (part(f32::sin).powi(2) + part(f32::cos).powi(2))
            / (sound.len() as f32 * power + 1e-6)
    };
    let [low, high] = TONES.map(share);
    if low > high { (0, low) } else { (1, high) }
}

/// The miniature as an IDX folder.
///
/// # Errors
///
/// When the folder cannot be written.
pub fn write_corners(folder: &Path, n: usize) -> io::Result<PathBuf> {
    write_part(folder, "train", n)
}

/// Pictures beside them that are not trained on.
///
/// # Errors
///
/// When the folder cannot be written.
pub fn write_held_out_corners(folder: &Path, n: usize) -> io::Result<PathBuf> {
    write_part(folder, "t10k", n)
}

fn write_part(folder: &Path, part: &str, n: usize) -> io::Result<PathBuf> {
    let path = folder.join("corners");
    write_images(&path, part, &corner_pixels(n))?;
    let mut labels = vec![0, 0, 8, 1];
    labels.extend((n as u32).to_be_bytes());
    labels.extend((0..n).map(|idx| (idx % 4) as u8));
    fs::write(path.join(format!("{part}-labels-idx1-ubyte")), labels)?;
    Ok(path)
}

/// Writes `n` pictures of noise to learn from and `n` others that are held out to `folder`/noise.
///
/// # Errors
///
/// When the folder cannot be written.
pub fn write_noise(folder: &Path, n: usize) -> io::Result<()> {
    let mut stream = Stream::new(Address::new(1, Purpose::Data));
    ["train", "t10k"].into_iter().try_for_each(|part| {
        let pixels: Vec<u8> = (0..n * SIDE * SIDE).map(|_| stream.below(256) as u8).collect();
        write_images(&folder.join("noise"), part, &pixels)
    })
}

fn write_images(path: &Path, part: &str, pixels: &[u8]) -> io::Result<()> {
    fs::create_dir_all(path)?;
    let mut images = vec![0, 0, 8, 3];
    for length in [pixels.len() / (SIDE * SIDE), SIDE, SIDE] {
        images.extend((length as u32).to_be_bytes());
    }
    images.extend(pixels);
    fs::write(path.join(format!("{part}-images-idx3-ubyte")), images)
}

/// The command, in a folder.
pub fn kiln(program: &str, folder: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(folder).env("RUST_BACKTRACE", "1");
    command
}

/// The lines of a run's `stats.jsonl` without what differs from try to try.
///
/// # Errors
///
/// When the file cannot be read or a line is no JSON.
pub fn stats_without_times(run: &Path) -> io::Result<Vec<Value>> {
    let text = fs::read_to_string(run.join("stats.jsonl"))?;
    text.lines()
        .map(|line| {
            let mut value: Value = serde_json::from_str(line)?;
            if let Some(object) = value.as_object_mut() {
                object.remove("timing");
            }
            Ok(value)
        })
        .collect()
}

/// The bytes of the newest checkpoint's tensors: networks, optimisers, averages, meters.
///
/// # Errors
///
/// When there is none.
pub fn newest_state(run: &Path) -> io::Result<Vec<u8>> {
    let folder = run.join("checkpoints");
    let mut names: Vec<_> = fs::read_dir(&folder)?
        .flatten()
        .map(|entry| entry.file_name())
        .filter(|name| name.to_str().is_some_and(|name| name.parse::<u64>().is_ok()))
        .collect();
    names.sort();
    let newest = names.pop().ok_or_else(|| io::Error::other("no checkpoint"))?;
    fs::read(folder.join(newest).join("state.safetensors"))
}

/// Which corner a picture in `[-1, 1]` is bright in, and how far it is from that corner's ideal:
/// the root mean square difference of a pixel.
pub fn nearest_corner(picture: &[f32]) -> (usize, f32) {
    let distance = |idx: usize| {
        let ideal = corner(idx).into_iter().map(|byte| f32::from(byte) / 127.5 - 1.0);
        let squares: f32 = ideal.zip(picture).map(|(a, b)| (a - b).powi(2)).sum();
        (squares / picture.len() as f32).sqrt()
    };
    let nearest = (0..4).min_by(|a, b| distance(*a).total_cmp(&distance(*b))).unwrap_or(0);
    (nearest, distance(nearest))
}

/// What the command tells in a folder.
///
/// # Panics
///
/// When it fails.
#[track_caller]
pub fn told(program: &str, folder: &Path, arguments: &str) -> String {
    let output = kiln(program, folder).args(arguments.split_whitespace()).output();
    let output = output.expect("the command starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// What the command says as it fails in a folder.
///
/// # Panics
///
/// When it does not.
#[track_caller]
pub fn refused(program: &str, folder: &Path, arguments: &str) -> String {
    let output = kiln(program, folder).args(arguments.split_whitespace()).output();
    let output = output.expect("the command starts");
    assert!(!output.status.success(), "{arguments}");
    String::from_utf8(output.stderr).expect("text")
}

/// The numbers of a golden file's tensor, `{"shape": [...], "values": [...]}`.
///
/// # Panics
///
/// When it is none.
pub fn golden_values(json: &Value) -> Vec<f32> {
    let numbers = json["values"].as_array().expect("a list of values");
    numbers.iter().map(|n| n.as_f64().expect("a number") as f32).collect()
}

/// The tensor itself.
///
/// # Panics
///
/// When it is none.
pub fn golden_tensor<const D: usize>(json: &Value, device: &Device) -> Tensor<D> {
    let shape = json["shape"].as_array().expect("a shape").iter();
    let shape: Vec<_> = shape.map(|n| n.as_u64().expect("a size") as usize).collect();
    Tensor::from_data(TensorData::new(golden_values(json), shape), device)
}
