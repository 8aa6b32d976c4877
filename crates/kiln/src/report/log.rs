//! Events as lines of text, for `log.txt` and the terminal.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use kiln_core::SamplesSeen;
use kiln_train::{Event, Finish, Tick, Warning};

use super::At;
use super::numerals::{count, duration, grouped, measure, percent};

/// Tells the events of a run in words; remembers what the time left needs.
#[derive(Debug, Default, Clone)]
pub(crate) struct Narrator {
    until: SamplesSeen,
}

impl Narrator {
    /// The event as one line, without a line break:
    /// `  64 k samples  critic 0.61  generator 1.93  real 78 %  fake 81 %  1 210/s  2:05 left`.
    pub(crate) fn line(&mut self, event: &Event) -> String {
        if let Event::Started { until, .. } = event {
            self.until = *until;
        }
        let text = match event {
            Event::Tick(tick) => {
                let parts = [at(tick.clock.samples), readings(tick), self.pace(tick)];
                parts.join("  ").trim_end().to_owned()
            }
            other => happening(other),
        };
        text.replace(['\n', '\r'], " ")
    }

    /// How fast the run goes and how long it still will: `1 210/s  2:05 left`; nothing if no
    /// time was measured, no time left if no start was told.
    pub(crate) fn pace(&self, tick: &Tick) -> String {
        let rate = tick.timing.samples_per_second;
        if rate <= 0.0 {
            return String::new();
        }
        let pace = format!("{}/s", grouped(rate));
        if self.until == SamplesSeen(0) {
            return pace;
        }
        let left = self.until.0.saturating_sub(tick.clock.samples.0);
        format!("{pace}  {} left", duration(left as f64 / rate))
    }
}

/// The losses and accuracies of a tick: `critic 0.61  generator 1.93  real 78 %  fake 81 %`.
pub(crate) fn readings(tick: &Tick) -> String {
    let losses = tick.means.iter().filter_map(|(name, value)| {
        let side = name.strip_suffix("/loss")?;
        Some(format!("{side} {}", measure(*value)))
    });
    let accuracies = ["real", "fake"].into_iter().filter_map(|kind| {
        let share = tick.means.get(&format!("critic/accuracy-{kind}"))?;
        Some(format!("{kind} {}", percent(*share)))
    });
    let lost = (tick.non_finite > 0).then(|| format!("{} not finite", tick.non_finite));
    let parts: Vec<String> = losses.chain(accuracies).chain(lost).collect();
    parts.join("  ")
}

/// The head of a line: `  64 k samples`, as wide as the widest.
fn at(samples: SamplesSeen) -> String {
    format!("{:>6} samples", count(samples.as_f64()))
}

fn happening(event: &Event) -> String {
    match event {
        Event::Started { clock, until, resumed } => {
            let (from, until) = (count(clock.samples.as_f64()), count(until.as_f64()));
            match resumed {
                true => format!("goes on from {from} of {until} samples"),
                false => format!("starts; {until} samples to show"),
            }
        }
        Event::Sheet { clock, spread, real_spread, .. } => {
            let (fakes, reals) = (measure(*spread), measure(*real_spread));
            format!("{}  sheet drawn, spread {fakes} (reals {reals})", at(clock.samples))
        }
        Event::Evaluation { clock, values } => {
            let values = values.iter().map(|(name, value)| format!("{name} {}", measure(*value)));
            let values: Vec<String> = values.collect();
            format!("{}  {}", at(clock.samples), values.join("  "))
        }
        Event::Warning { clock, .. } => {
            format!("{}  warning: {}", at(clock.samples), words(event))
        }
        Event::RolledBack { from, .. } => format!("{}  {}", at(from.samples), words(event)),
        Event::Finished { clock, .. } => {
            format!("{}  finished: {}", at(clock.samples), words(event))
        }
        other => saving(other),
    }
}

/// What an event says, without its time and kind.
pub(super) fn words(event: &Event) -> String {
    match event {
        Event::Warning { warning, .. } => caution(warning),
        Event::RolledBack { to, attempt, rate_factor, reason, .. } => format!(
            "{reason}: back to {} samples (attempt {attempt}, learning rates x {rate_factor})",
            count(to.samples.as_f64()),
        ),
        Event::Finished { finish, .. } => ending(*finish),
        other => happening(other),
    }
}

fn saving(event: &Event) -> String {
    match event {
        Event::Checkpoint { clock } => format!("{}  checkpoint saved", at(clock.samples)),
        Event::Snapshot { clock, file } => {
            format!("{}  snapshot saved: snapshots/{file}", at(clock.samples))
        }
        Event::DamagedCheckpoint { checkpoint, reason } => {
            format!("checkpoint {checkpoint} is damaged ({reason}); using the one before")
        }
        other => format!("{other:?}"),
    }
}

fn caution(warning: &Warning) -> String {
    match warning {
        Warning::Collapse { spread_ratio } => format!(
            "the samples are nearly alike (their spread is {} of the reals'): the generator has \
             collapsed",
            percent(*spread_ratio)
        ),
        Warning::CriticWins { accuracy } => format!(
            "the critic is right {} of the time: the generator learns little",
            percent(*accuracy)
        ),
        other => format!("{other:?}"),
    }
}

fn ending(finish: Finish) -> String {
    match finish {
        Finish::Budget => "all samples were shown".into(),
        Finish::Equilibrium => "the critic can no longer tell real from fake".into(),
        Finish::Plateau => "the sheet and the losses no longer change".into(),
        Finish::Interrupted => "stopped as asked; the same command goes on from here".into(),
        other => format!("{other:?}"),
    }
}

/// The growing `log.txt` of a run.
#[derive(Debug)]
pub(crate) struct LogFile {
    path: PathBuf,
    file: File,
}

impl LogFile {
    /// Opens `path` to add lines at its end; it is made if it is not there.
    ///
    /// # Errors
    ///
    /// When it cannot be opened; the message has the path.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).append(true).open(path).at(path)?;
        let path = path.to_owned();
        Ok(Self { path, file })
    }

    /// Adds a line.
    ///
    /// # Errors
    ///
    /// When it cannot be written; the message has the path.
    pub(crate) fn add(&mut self, line: &str) -> io::Result<()> {
        self.file.write_all(format!("{line}\n").as_bytes()).at(&self.path)
    }
}

#[cfg(test)]
mod tests {
    use kiln_train::Timing;

    use super::super::sample::{self, clock};
    use super::*;

    fn tick() -> Tick {
        let means = [
            ("critic/accuracy-fake", 0.81),
            ("critic/accuracy-real", 0.78),
            ("critic/gradient-norm", 3.0),
            ("critic/loss", 0.61),
            ("generator/loss", 1.934),
        ];
        Tick {
            timing: Timing { samples_per_second: 1210.0, ..Timing::default() },
            ..sample::tick(64_000, &means)
        }
    }

    fn narrator() -> Narrator {
        let until = SamplesSeen(64_000 + 125 * 1210);
        let mut narrator = Narrator::default();
        narrator.line(&Event::Started { clock: clock(0), until, resumed: false });
        narrator
    }

    #[track_caller]
    fn check(event: Event, line: &str) {
        assert_eq!(narrator().line(&event), line);
    }

    #[test]
    fn a_tick_says_losses_accuracies_rate_and_time_left() {
        check(
            Event::Tick(tick()),
            "  64 k samples  critic 0.61  generator 1.93  real 78 %  fake 81 %  1 210/s  2:05 left",
        );
    }

    #[test]
    fn a_tick_without_a_start_has_no_time_left() {
        let line = Narrator::default().line(&Event::Tick(tick()));
        assert!(line.ends_with("  fake 81 %  1 210/s"), "{line}");
    }

    #[test]
    fn readings_that_are_not_finite_are_said() {
        let mut tick = tick();
        tick.non_finite = 3;
        assert!(narrator().line(&Event::Tick(tick)).contains("  3 not finite  "));
    }

    #[test]
    fn a_tick_of_nothing_is_a_line_all_the_same() {
        let tick = Tick { means: [].into(), timing: Timing::default(), ..tick() };
        assert_eq!(narrator().line(&Event::Tick(tick)), "  64 k samples");
    }

    #[test]
    fn start_and_resume_differ() {
        let started =
            |resumed| Event::Started { clock: clock(6400), until: SamplesSeen(600_000), resumed };
        check(started(false), "starts; 600 k samples to show");
        check(started(true), "goes on from 6.4 k of 600 k samples");
    }

    #[test]
    fn warnings_say_what_was_seen() {
        let warning = |warning| Event::Warning { clock: clock(64), warning };
        check(
            warning(Warning::Collapse { spread_ratio: 0.04 }),
            "    64 samples  warning: the samples are nearly alike (their spread is 4 % of the \
             reals'): the generator has collapsed",
        );
        check(
            warning(Warning::CriticWins { accuracy: 0.998 }),
            "    64 samples  warning: the critic is right > 99 % of the time: the generator \
             learns little",
        );
    }

    #[test]
    fn a_roll_back_is_one_line_whatever_its_reason() {
        let event = Event::RolledBack {
            from: clock(64_000),
            to: clock(60_000),
            attempt: 1,
            rate_factor: 0.5,
            reason: "not finite:\ncritic/loss".into(),
        };
        let line = "  64 k samples  not finite: critic/loss: back to 60 k samples (attempt 1, \
                    learning rates x 0.5)";
        check(event, line);
    }

    #[test]
    fn what_was_saved_and_how_it_ended_is_said() {
        let clock = clock(64_000);
        check(Event::Checkpoint { clock }, "  64 k samples  checkpoint saved");
        let file = "000064000.safetensors".to_owned();
        check(
            Event::Snapshot { clock, file },
            "  64 k samples  snapshot saved: snapshots/000064000.safetensors",
        );
        let finish = Finish::Interrupted;
        check(
            Event::Finished { clock, finish },
            "  64 k samples  finished: stopped as asked; the same command goes on from here",
        );
    }

    #[test]
    fn a_log_grows_over_restarts() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.txt");
        for line in ["one", "two"] {
            LogFile::open(&path).unwrap().add(line).unwrap();
        }
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one\ntwo\n");
    }
}
