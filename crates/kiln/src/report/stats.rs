//! `stats.jsonl`: one line of JSON an event, the same after a resume as without the stop.
//!
//! A checkpoint stores how long the file was; a resume cuts the file back to that length, so
//! rounds that are played again are not recorded twice.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use kiln_train::Event;
use serde_json::Value;

use super::At;

/// The open `stats.jsonl` of a run.
#[derive(Debug)]
pub(crate) struct StatsFile {
    path: PathBuf,
    file: File,
    length: u64,
}

impl StatsFile {
    /// Opens `path`, made if it is not there, and keeps the whole lines among its first
    /// `keep_bytes` bytes: zero for a new run, what [`len_synced`](Self::len_synced) said for a
    /// resumed one. A file that is already shorter is kept as it is, less a torn last line.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened, read or cut; the message has the path.
    pub(crate) fn open(path: &Path, keep_bytes: u64) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(path).at(path)?;
        let length = cut(&mut file, keep_bytes).at(path)?;
        let path = path.to_owned();
        Ok(Self { path, file, length })
    }

    /// Appends `event` as a line if it [is recorded](Event::is_recorded); a line is handed to the
    /// system whole, so a killed process tears none.
    ///
    /// # Errors
    ///
    /// When the line cannot be written, as on a full disk; the message has the path.
    pub(crate) fn record(&mut self, event: &Event) -> io::Result<()> {
        if !event.is_recorded() {
            return Ok(());
        }
        let mut line = serde_json::to_vec(event)?;
        line.push(b'\n');
        self.file.write_all(&line).at(&self.path)?;
        self.length += line.len() as u64;
        Ok(())
    }

    /// Waits until every line is on disk, and returns the length to keep in a checkpoint, in
    /// bytes.
    ///
    /// # Errors
    ///
    /// When the system cannot write; the message has the path.
    pub(crate) fn len_synced(&mut self) -> io::Result<u64> {
        self.file.sync_all().at(&self.path)?;
        Ok(self.length)
    }
}

/// Cuts the file after the last whole line within `keep_bytes`; returns its length.
fn cut(file: &mut File, keep_bytes: u64) -> io::Result<u64> {
    let mut kept = Vec::new();
    Read::take(&mut *file, keep_bytes).read_to_end(&mut kept)?;
    let length = whole_lines(&kept).len() as u64;
    file.set_len(length)?;
    file.seek(SeekFrom::Start(length))
}

/// The bytes up to the last line break: what comes after is a torn line.
pub(super) fn whole_lines(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|byte| *byte == b'\n');
    &bytes[..end.map_or(0, |newline| newline + 1)]
}

/// The events of a `stats.jsonl`, oldest first; none if there is no such file.
///
/// A torn last line is left out. JSON writes a number that is not finite as `null`: that mean is
/// left out of its tick, and a sheet or warning without its number is left out; a curve has a gap
/// there.
///
/// # Errors
///
/// When the file cannot be read, or a whole line is not an event; the message has the path and
/// the line number.
pub(crate) fn read(path: &Path) -> io::Result<Vec<Event>> {
    let bytes = match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        bytes => bytes.at(path)?,
    };
    let mut events = Vec::new();
    for (idx, line) in whole_lines(&bytes).split(|byte| *byte == b'\n').enumerate() {
        match parse(line) {
            Ok(event) => events.extend(event),
            Err(error) => {
                let message = format!("line {} is not an event: {error}", idx + 1);
                return Err(io::Error::new(io::ErrorKind::InvalidData, message)).at(path);
            }
        }
    }
    Ok(events)
}

/// The event of a line; nothing for an empty line or one that lacks a number.
fn parse(line: &[u8]) -> serde_json::Result<Option<Event>> {
    if line.is_empty() {
        return Ok(None);
    }
    serde_json::from_slice(line).map(Some).or_else(|error| {
        let mut value: Value = serde_json::from_slice(line)?;
        if !drop_nulls(&mut value) {
            return Err(error);
        }
        Ok(serde_json::from_value(value).ok())
    })
}

/// Takes the nulls out of an object and the objects in it; says whether there were any.
fn drop_nulls(value: &mut Value) -> bool {
    let Value::Object(fields) = value else {
        return false;
    };
    let before = fields.len();
    fields.retain(|_, field| !field.is_null());
    let within = fields.values_mut().map(drop_nulls).filter(|found| *found).count();
    fields.len() < before || within > 0
}

#[cfg(test)]
mod tests {
    use kiln_train::Finish;

    use super::super::sample::{self, clock};
    use super::*;

    fn tick(samples: u64) -> Event {
        sample::ticked(samples, &[("critic/loss", 0.1 + 0.2)])
    }

    fn sheet(spread: f64) -> Event {
        Event::Sheet { clock: clock(0), spread, real_spread: 0.4, sheet: None }
    }

    fn new_file() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("stats.jsonl");
        (folder, path)
    }

    #[test]
    fn what_is_recorded_is_read_back_and_nothing_else_is_recorded() {
        let (_folder, path) = new_file();
        let mut stats = StatsFile::open(&path, 0).unwrap();
        let finished = Event::Finished { clock: clock(0), finish: Finish::Budget };
        for event in [tick(64), finished, sheet(0.3)] {
            stats.record(&event).unwrap();
        }
        assert_eq!(read(&path).unwrap(), [tick(64), sheet(0.3)]);
        assert_eq!(stats.len_synced().unwrap(), fs::metadata(&path).unwrap().len());
    }

    #[test]
    fn a_resume_forgets_what_came_after_the_checkpoint() {
        let (_folder, path) = new_file();
        let mut stats = StatsFile::open(&path, 0).unwrap();
        stats.record(&tick(64)).unwrap();
        let kept = stats.len_synced().unwrap();
        stats.record(&tick(128)).unwrap();
        let uninterrupted = fs::read(&path).unwrap();
        stats.file.write_all(b"{\"event\":\"ti").unwrap();
        drop(stats);

        let mut stats = StatsFile::open(&path, kept).unwrap();
        assert_eq!(read(&path).unwrap(), [tick(64)]);
        stats.record(&tick(128)).unwrap();
        assert_eq!(fs::read(&path).unwrap(), uninterrupted);
    }

    #[test]
    fn a_torn_last_line_goes_even_if_the_checkpoint_counted_it() {
        let (_folder, path) = new_file();
        let line = serde_json::to_string(&tick(64)).unwrap();
        fs::write(&path, format!("{line}\n{line}")).unwrap();
        assert_eq!(read(&path).unwrap(), [tick(64)]);
        let mut stats = StatsFile::open(&path, u64::MAX).unwrap();
        assert_eq!(stats.len_synced().unwrap(), line.len() as u64 + 1);
    }

    #[test]
    fn a_new_run_starts_an_empty_file() {
        let (_folder, path) = new_file();
        fs::write(&path, "old\n").unwrap();
        StatsFile::open(&path, 0).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"");
    }

    #[test]
    fn a_spread_that_is_not_a_number_leaves_a_gap() {
        let (_folder, path) = new_file();
        let mut stats = StatsFile::open(&path, 0).unwrap();
        stats.record(&sheet(f64::NAN)).unwrap();
        stats.record(&tick(64)).unwrap();
        assert_eq!(read(&path).unwrap(), [tick(64)]);
    }

    #[test]
    fn a_mean_that_is_not_a_number_is_left_out_of_its_tick() {
        let (_folder, path) = new_file();
        let mut stats = StatsFile::open(&path, 0).unwrap();
        let means = [("critic/loss", f64::NAN), ("generator/loss", 1.0)];
        stats.record(&sample::ticked(64, &means)).unwrap();
        assert_eq!(read(&path).unwrap(), [sample::ticked(64, &means[1..])]);
    }

    #[test]
    fn a_line_that_is_no_event_is_named() {
        let (_folder, path) = new_file();
        fs::write(&path, "{\"event\":\"tock\"}\n").unwrap();
        let message = read(&path).unwrap_err().to_string();
        assert!(message.contains("stats.jsonl: line 1 is not an event"), "{message}");
    }

    #[test]
    fn errors_name_the_file() {
        let missing = Path::new("/nowhere/stats.jsonl");
        let error = StatsFile::open(missing, 0).unwrap_err();
        assert!(error.to_string().starts_with("/nowhere/stats.jsonl: "));
        assert_eq!(read(missing).unwrap(), []);
    }
}
