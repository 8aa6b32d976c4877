//! The reports in a run folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use kiln_core::{Clock, Sheet};
use kiln_train::{Event, Observer, Tick};

use super::At;
use super::curves::{self, History};
use super::log::{LogFile, Narrator};
use super::picture::{self, Window};
use super::stats::{self, StatsFile};
use super::tensorboard::EventFile;

/// The observer that keeps `stats.jsonl`, `log.txt`, `tensorboard/`, `sheets/` and `curves.svg`
/// of a run folder.
#[derive(Debug)]
pub(crate) struct RunReports {
    folder: PathBuf,
    title: String,
    stats: StatsFile,
    log: LogFile,
    events: EventFile,
    narrator: Narrator,
    history: History,
    window: Window,
}

impl RunReports {
    /// Opens the reports of the run in `folder`, which must be there, and keeps what is in them;
    /// [`rewind`](Observer::rewind) says from where on the run goes.
    ///
    /// `title` heads the curves. The reals are drawn as `sheets/reals.png`; they also fix which
    /// part of the plane every sheet of points shows.
    ///
    /// # Errors
    ///
    /// When a file cannot be read or written; the message has the path.
    pub(crate) fn open(folder: &Path, title: &str, reals: &Sheet) -> io::Result<Self> {
        let (stats, history) = read_stats(folder, u64::MAX)?;
        let sheets = folder.join("sheets");
        fs::create_dir_all(&sheets).at(&sheets)?;
        let window = Window::around(reals);
        picture::write_grid(&sheets.join("reals.png"), reals, window)?;
        Ok(Self {
            folder: folder.to_owned(),
            title: title.to_owned(),
            stats,
            log: LogFile::open(&folder.join("log.txt"))?,
            events: EventFile::create(&folder.join("tensorboard"))?,
            narrator: Narrator::default(),
            history,
            window,
        })
    }

    fn add_tick(&mut self, tick: &Tick) -> io::Result<()> {
        let rates = tick.rates.iter().map(|(side, rate)| (format!("{side}/rate"), *rate));
        let timing = [
            ("timing/samples-per-second", tick.timing.samples_per_second),
            ("timing/peak-memory-bytes", tick.timing.peak_memory_bytes as f64),
            ("watch/non-finite", tick.non_finite as f64),
        ];
        let timing = timing.map(|(name, value)| (name.to_owned(), value));
        let means = tick.means.iter().map(|(name, value)| (name.clone(), *value));
        let values: Vec<(String, f64)> = means.chain(rates).chain(timing).collect();
        let values = values.iter().map(|(name, value)| (name.as_str(), *value));
        self.events.scalars(tick.clock.samples, values)
    }

    fn add_sheet(&mut self, clock: &Clock, spreads: [f64; 2], sheet: &Sheet) -> io::Result<()> {
        let name = format!("sheets/fakes-{:09}.png", clock.samples.0);
        let path = self.folder.join(name);
        let png = picture::grid(sheet, self.window).at(&path)?;
        kiln_core::atomic::write(&path, &png.bytes).at(&path)?;
        self.events.image(clock.samples, "sheet/fakes", &png)?;
        let spreads = ["sheet/spread-fakes", "sheet/spread-reals"].into_iter().zip(spreads);
        self.events.scalars(clock.samples, spreads)?;
        self.draw_curves()
    }

    fn draw_curves(&self) -> io::Result<()> {
        curves::write(&self.folder.join("curves.svg"), &self.title, &self.history)
    }
}

/// Opens a folder's `stats.jsonl`, cut to its first `keep_bytes` bytes, and the history in it.
fn read_stats(folder: &Path, keep_bytes: u64) -> io::Result<(StatsFile, History)> {
    let path = folder.join("stats.jsonl");
    let stats = StatsFile::open(&path, keep_bytes)?;
    let mut history = History::default();
    stats::read(&path)?.iter().for_each(|event| history.add(event));
    Ok((stats, history))
}

impl Observer for RunReports {
    fn mark(&mut self) -> io::Result<u64> {
        self.stats.len_synced()
    }

    fn rewind(&mut self, mark: u64) -> io::Result<()> {
        (self.stats, self.history) = read_stats(&self.folder, mark)?;
        Ok(())
    }

    fn observe(&mut self, event: &Event) -> io::Result<()> {
        self.stats.record(event)?;
        self.history.add(event);
        self.log.add(&self.narrator.line(event))?;
        match event {
            // What was reported at a checkpoint's own clock was reported before it was saved.
            Event::Started { clock, resumed: true, .. } => self.events.restart(clock.samples + 1),
            Event::Started { clock, .. } => self.events.restart(clock.samples),
            Event::RolledBack { to, .. } => self.events.restart(to.samples + 1),
            Event::Tick(tick) => self.add_tick(tick),
            Event::Sheet { clock, spread, real_spread, sheet: Some(sheet) } => {
                self.add_sheet(clock, [*spread, *real_spread], sheet)
            }
            Event::Evaluation { clock, values } => {
                let values = values.iter().map(|(name, value)| (name.as_str(), *value));
                self.events.scalars(clock.samples, values)
            }
            Event::Finished { .. } => self.draw_curves(),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use kiln_core::Medium;
    use kiln_train::Finish;

    use super::super::sample::{clock, ticked};
    use super::*;

    fn tick(samples: u64) -> Event {
        ticked(samples, &[("critic/loss", 0.5)])
    }

    fn faces() -> Sheet {
        Sheet { medium: Medium::Image, shape: vec![1, 2, 2], values: vec![0.5; 16], columns: None }
    }

    fn sheet(samples: u64) -> Event {
        Event::Sheet { clock: clock(samples), spread: 0.1, real_spread: 0.4, sheet: Some(faces()) }
    }

    fn open(folder: &Path, mark: u64) -> RunReports {
        let mut reports = RunReports::open(folder, "dcgan-mnist", &faces()).unwrap();
        reports.rewind(mark).unwrap();
        reports
    }

    fn observe(reports: &mut RunReports, events: &[Event]) {
        for event in events {
            reports.observe(event).unwrap();
        }
    }

    #[test]
    fn a_run_leaves_every_report() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let mut reports = open(folder, 0);
        let finish = Finish::Budget;
        let end = Event::Finished { clock: clock(64), finish };
        observe(&mut reports, &[sheet(0), tick(64), end]);
        assert_eq!(stats::read(&folder.join("stats.jsonl")).unwrap().len(), 2);
        assert_eq!(fs::read_to_string(folder.join("log.txt")).unwrap().lines().count(), 3);
        assert!(folder.join("sheets/reals.png").is_file());
        assert!(folder.join("sheets/fakes-000000000.png").is_file());
        assert!(fs::read_to_string(folder.join("curves.svg")).unwrap().contains("dcgan-mnist"));
        assert_eq!(fs::read_dir(folder.join("tensorboard")).unwrap().count(), 1);
    }

    #[test]
    fn a_resumed_run_has_the_stats_and_curves_of_one_without_a_stop() {
        let [straight, stopped] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        observe(&mut open(straight.path(), 0), &[tick(64), tick(128), sheet(128)]);

        let mut reports = open(stopped.path(), 0);
        observe(&mut reports, &[tick(64)]);
        let kept = reports.mark().unwrap();
        observe(&mut reports, &[tick(128)]);
        drop(reports);
        observe(&mut open(stopped.path(), kept), &[tick(128), sheet(128)]);

        for name in ["stats.jsonl", "curves.svg", "sheets/fakes-000000128.png"] {
            let read = |folder: &tempfile::TempDir| fs::read(folder.path().join(name)).unwrap();
            assert_eq!(read(&straight), read(&stopped), "{name}");
        }
    }

    #[test]
    fn an_error_names_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let mut reports = open(folder.path(), 0);
        fs::remove_dir_all(folder.path().join("sheets")).unwrap();
        let error = reports.observe(&sheet(64)).unwrap_err();
        assert!(error.to_string().contains("fakes-000000064.png: "));
    }
}
