//! TensorBoard event files.
//!
//! A file is a sequence of records (length, its checksum, data, its checksum; the checksum is a
//! masked CRC-32C), each a Protocol Buffers `Event` of TensorFlow's `event.proto` and
//! `summary.proto`. The step of every event is the number of samples seen.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use kiln_core::SamplesSeen;

use super::At;
use super::picture::Png;
use super::protobuf::Message;

/// An event file that grows; records are handed to the system whole.
#[derive(Debug)]
pub(crate) struct EventFile {
    path: PathBuf,
    file: File,
}

impl EventFile {
    /// Starts a new file `events.out.tfevents.<seconds>.<host>.<process>` in `folder`, which is
    /// made if it is not there.
    ///
    /// # Errors
    ///
    /// When it cannot be written; the message has the path.
    pub(crate) fn create(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder).at(folder)?;
        let (path, file) = create_new(folder)?;
        let mut events = Self { path, file };
        events.write(event(SamplesSeen(0)).bytes(3, b"brain.Event:2"))?;
        Ok(events)
    }

    /// Adds a point to each of the named curves.
    ///
    /// # Errors
    ///
    /// When it cannot be written; the message has the path.
    pub(crate) fn scalars<'a>(
        &mut self,
        step: SamplesSeen,
        values: impl IntoIterator<Item = (&'a str, f64)>,
    ) -> io::Result<()> {
        let summary = values
            .into_iter()
            .map(|(tag, value)| scalar(tag, value as f32))
            .fold(Message::default(), |summary, value| summary.message(1, &value));
        self.write(event(step).message(5, &summary))
    }

    /// Adds a picture to the named row.
    ///
    /// # Errors
    ///
    /// When it cannot be written; the message has the path.
    pub(crate) fn image(&mut self, step: SamplesSeen, tag: &str, png: &Png) -> io::Result<()> {
        let summary = Message::default().message(1, &image(tag, png));
        self.write(event(step).message(5, &summary))
    }

    /// Says that the run plays again from `first` on: TensorBoard then drops the points from
    /// there on that an earlier file holds.
    ///
    /// # Errors
    ///
    /// When it cannot be written; the message has the path.
    pub(crate) fn restart(&mut self, first: SamplesSeen) -> io::Result<()> {
        const START: u64 = 1;
        let session = Message::default().integer(1, START);
        self.write(event(first).message(7, &session))
    }

    fn write(&mut self, event: Message) -> io::Result<()> {
        self.file.write_all(&record(event.as_bytes())).at(&self.path)
    }
}

/// A file of a name that no other has: a run may restart within a second.
fn create_new(folder: &Path) -> io::Result<(PathBuf, File)> {
    let seconds = unix_time() as u64;
    let name = format!("events.out.tfevents.{seconds:010}.{}.{}", host(), std::process::id());
    let mut path = folder.join(&name);
    for attempt in 1.. {
        match OpenOptions::new().append(true).create_new(true).open(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                path = folder.join(format!("{name}.{attempt}"));
            }
            file => return file.at(&path).map(|file| (path, file)),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

fn event(step: SamplesSeen) -> Message {
    Message::default().double(1, unix_time()).integer(2, step.0)
}

fn scalar(tag: &str, value: f32) -> Message {
    Message::default().bytes(1, tag.as_bytes()).float(2, value)
}

fn image(tag: &str, png: &Png) -> Message {
    let image = Message::default()
        .integer(1, png.height.into())
        .integer(2, png.width.into())
        .bytes(4, &png.bytes);
    Message::default().bytes(1, tag.as_bytes()).message(4, &image)
}

/// TFRecord: `u64` length, `u32` checksum of it, data, `u32` checksum of it; little-endian.
fn record(data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u64).to_le_bytes();
    [&length[..], &masked_crc(&length).to_le_bytes(), data, &masked_crc(data).to_le_bytes()]
        .concat()
}

/// The checksum turned by 15 bits plus a constant: a checksum of data that holds checksums is
/// then still a good one.
fn masked_crc(data: &[u8]) -> u32 {
    crc32c::crc32c(data).rotate_right(15).wrapping_add(0xa282_ead8)
}

/// Seconds since 1970.
fn unix_time() -> f64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap_or_default().as_secs_f64()
}

/// The machine's name, for the file name only.
fn host() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname")
        .or_else(|_| std::env::var("HOSTNAME"))
        .or_else(|_| std::env::var("COMPUTERNAME"))
        .unwrap_or_default();
    let plain = |letter: &char| letter.is_ascii_alphanumeric() || *letter == '-';
    let name: String = name.chars().filter(plain).collect();
    if name.is_empty() { "localhost".into() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes a file apart; a wrong checksum or length fails.
    fn records(mut bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut records = Vec::new();
        while !bytes.is_empty() {
            let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
            assert_eq!(bytes[8..12], masked_crc(&bytes[..8]).to_le_bytes());
            let (data, rest) = bytes[12..].split_at(length);
            assert_eq!(rest[..4], masked_crc(data).to_le_bytes());
            records.push(data.to_vec());
            bytes = &rest[4..];
        }
        records
    }

    fn written(write: impl FnOnce(&mut EventFile)) -> Vec<Vec<u8>> {
        let folder = tempfile::tempdir().unwrap();
        let mut file = EventFile::create(folder.path()).unwrap();
        write(&mut file);
        records(&fs::read(&file.path).unwrap())
    }

    /// What follows the wall time: tag and eight bytes.
    fn after_time(record: &[u8]) -> &[u8] {
        assert_eq!(record[0], 0x09);
        &record[9..]
    }

    #[test]
    fn the_checksum_is_crc_32c_and_masked() {
        // RFC 3720, B.4: 32 bytes of zeros have 0x8a9136aa.
        assert_eq!(crc32c::crc32c(&[0; 32]), 0x8a91_36aa);
        // (0x8a9136aa >> 15 | 0x8a9136aa << 17) + 0xa282ead8 = 0x6d551522 + 0xa282ead8, by hand.
        assert_eq!(masked_crc(&[0; 32]), 0x0fd7_fffa);
    }

    #[test]
    fn a_file_starts_with_its_version() {
        let records = written(|_| ());
        assert_eq!(after_time(&records[0]), b"\x10\x00\x1a\x0dbrain.Event:2");
    }

    #[test]
    fn scalars_carry_samples_as_step() {
        let values = [("a", 1.0), ("b", -2.0)];
        let records = written(|file| file.scalars(SamplesSeen(300), values).unwrap());
        let expected = [
            b"\x10\xac\x02\x2a\x14".as_slice(),
            b"\x0a\x08\x0a\x01a\x15\x00\x00\x80\x3f",
            b"\x0a\x08\x0a\x01b\x15\x00\x00\x00\xc0",
        ];
        assert_eq!(after_time(&records[1]), expected.concat());
    }

    #[test]
    fn an_image_carries_its_size_and_its_bytes() {
        let png = Png { width: 7, height: 5, bytes: b"PNG".to_vec() };
        let records = written(|file| file.image(SamplesSeen(1), "s", &png).unwrap());
        let image = b"\x10\x01\x2a\x10\x0a\x0e\x0a\x01s\x22\x09\x08\x05\x10\x07\x22\x03PNG";
        assert_eq!(after_time(&records[1]), image);
    }

    #[test]
    fn a_restart_is_a_session_that_starts_at_its_step() {
        let records = written(|file| file.restart(SamplesSeen(65)).unwrap());
        assert_eq!(after_time(&records[1]), b"\x10\x41\x3a\x02\x08\x01");
    }

    #[test]
    fn two_files_of_one_second_have_two_names() {
        let folder = tempfile::tempdir().unwrap();
        let first = EventFile::create(folder.path()).unwrap();
        let second = EventFile::create(folder.path()).unwrap();
        assert_ne!(first.path, second.path);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn errors_name_the_path() {
        let error = EventFile::create(Path::new("/dev/null/tensorboard")).unwrap_err();
        assert!(error.to_string().starts_with("/dev/null/tensorboard: "));
    }
}
