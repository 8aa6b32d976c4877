//! What the integration tests share: tiny data, the command under test, and what a run left.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use kiln::data::Pictures;
use serde_json::Value;

/// Pictures of 8 x 8 with a bright square in one of four corners: the miniature that tests learn.
pub const SIDE: usize = 8;

/// The pixels of the miniature's `n` pictures, one after another.
pub fn corner_pixels(n: usize) -> Vec<u8> {
    (0..n).flat_map(corner).collect()
}

fn corner(idx: usize) -> Vec<u8> {
    let (top, left) = (idx % 2 * 4, idx / 2 % 2 * 4);
    let shade = 200 + (idx / 4 * 7 % 50) as u8;
    let inside = |y: usize, x: usize| (top..top + 4).contains(&y) && (left..left + 4).contains(&x);
    let pixel = |at: usize| if inside(at / SIDE, at % SIDE) { shade } else { 10 };
    (0..SIDE * SIDE).map(pixel).collect()
}

/// The miniature in memory.
///
/// # Panics
///
/// Never: the pixels are whole pictures.
#[expect(clippy::expect_used, reason = "tests")]
pub fn corners(n: usize) -> Pictures {
    Pictures::new("corners", [1, SIDE, SIDE], corner_pixels(n), None).expect("whole pictures")
}

/// The miniature as an IDX folder.
///
/// # Errors
///
/// When the folder cannot be written.
pub fn write_corners(folder: &Path, n: usize) -> io::Result<PathBuf> {
    let path = folder.join("corners");
    fs::create_dir_all(&path)?;
    let mut images = vec![0, 0, 8, 3];
    for length in [n, SIDE, SIDE] {
        images.extend((length as u32).to_be_bytes());
    }
    images.extend(corner_pixels(n));
    fs::write(path.join("train-images-idx3-ubyte"), images)?;
    let mut labels = vec![0, 0, 8, 1];
    labels.extend((n as u32).to_be_bytes());
    labels.extend((0..n).map(|idx| (idx % 4) as u8));
    fs::write(path.join("train-labels-idx1-ubyte"), labels)?;
    Ok(path)
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
