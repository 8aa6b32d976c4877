//! What the user sees while a run goes on.
//!
//! In a terminal a progress bar with the latest numbers below the lines that matter; elsewhere
//! plain lines; on request JSON for other programs, or nothing but what must be looked at.

use std::fmt;
use std::io::{self, IsTerminal, Write};

use indicatif::{ProgressBar, ProgressStyle};
use kiln_train::{Event, Observer, Tick};

use super::log::{Narrator, readings};
use super::numerals::count;

/// Seconds of training between two plain lines of numbers, at least.
const CADENCE: f64 = 10.0;

/// How much is said, and how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Talk {
    /// A progress bar in a terminal, plain lines elsewhere.
    #[default]
    Text,
    /// `--quiet`: only what the user must look at, on standard error.
    Quiet,
    /// `--json`: every event as a line of JSON on standard output.
    Json,
}

/// The observer that talks to the user.
#[derive(Debug)]
pub(crate) struct Terminal {
    narrator: Narrator,
    voice: Voice,
}

enum Voice {
    Bar { bar: ProgressBar, last: Option<Tick> },
    Lines { out: Box<dyn Write + Send>, due: f64 },
    Quiet { out: Box<dyn Write + Send> },
    Json { out: Box<dyn Write + Send> },
}

impl Terminal {
    /// The observer for the process's own output.
    ///
    /// # Errors
    ///
    /// Never but by a mistake in the progress bar's template.
    pub(crate) fn new(talk: Talk) -> io::Result<Self> {
        let seen = io::stdout().is_terminal() && io::stderr().is_terminal();
        Ok(Self::with(match talk {
            Talk::Quiet => Voice::Quiet { out: Box::new(io::stderr()) },
            Talk::Json => Voice::Json { out: Box::new(io::stdout()) },
            Talk::Text if seen => Voice::Bar { bar: progress_bar()?, last: None },
            Talk::Text => Voice::Lines { out: Box::new(io::stdout()), due: 0.0 },
        }))
    }

    fn with(voice: Voice) -> Self {
        let narrator = Narrator::default();
        Self { narrator, voice }
    }
}

impl Observer for Terminal {
    fn observe(&mut self, event: &Event) -> io::Result<()> {
        let line = self.narrator.line(event);
        match &mut self.voice {
            Voice::Bar { bar, last } => {
                move_bar(bar, last, &self.narrator, event);
                if matters(event) {
                    bar.println(line);
                }
                if let Event::Finished { .. } = event {
                    bar.finish_and_clear();
                }
                Ok(())
            }
            Voice::Lines { out, due } => say_if(is_due(event, due), out, &line),
            Voice::Quiet { out } => say_if(is_caution(event), out, &line),
            Voice::Json { out } => say_if(true, out, &serde_json::to_string(event)?),
        }
    }
}

/// Writes a line, if it is to be said, and hands it on at once: a reader at the other end waits for it.
fn say_if(said: bool, out: &mut impl Write, line: &str) -> io::Result<()> {
    if !said {
        return Ok(());
    }
    out.write_all(format!("{line}\n").as_bytes())?;
    out.flush()
}

/// Something is wrong and the run goes on.
fn is_caution(event: &Event) -> bool {
    matches!(
        event,
        Event::Warning { .. } | Event::RolledBack { .. } | Event::DamagedCheckpoint { .. }
    )
}

/// Whether a line stays above the progress bar: numbers, sheets and checkpoints would drown
/// the rest.
fn matters(event: &Event) -> bool {
    !matches!(
        event,
        Event::Tick(_) | Event::Sheet { .. } | Event::Checkpoint { .. } | Event::Snapshot { .. }
    )
}

/// Whether a plain line is written; `due` is when the next numbers are, in seconds of training.
fn is_due(event: &Event, due: &mut f64) -> bool {
    let Event::Tick(tick) = event else {
        return matters(event);
    };
    let now = tick.timing.seconds;
    let is_due = now >= *due;
    if is_due {
        *due = now + CADENCE;
    }
    is_due
}

fn progress_bar() -> io::Result<ProgressBar> {
    let template = "{bar:30.cyan} {percent:>3} %  {prefix}\n{wide_msg}";
    let style = ProgressStyle::with_template(template).map_err(io::Error::other)?;
    let bar = ProgressBar::new(0).with_style(style.progress_chars("━╸ "));
    Ok(bar)
}

/// Moves the bar; at the end its last numbers are left standing as a line.
fn move_bar(bar: &ProgressBar, last: &mut Option<Tick>, narrator: &Narrator, event: &Event) {
    match event {
        Event::Started { clock, until, .. } => {
            bar.set_length(until.0);
            bar.set_position(clock.samples.0);
        }
        Event::Tick(tick) => {
            bar.set_position(tick.clock.samples.0);
            let all = bar.length().unwrap_or_default();
            let (done, all) = (count(tick.clock.samples.as_f64()), count(all as f64));
            bar.set_prefix(format!("{done} of {all} samples  {}", narrator.pace(tick)));
            bar.set_message(readings(tick));
            *last = Some(tick.clone());
        }
        Event::RolledBack { to, .. } => bar.set_position(to.samples.0),
        Event::Finished { .. } => {
            if let Some(tick) = last.take() {
                bar.println(narrator.clone().line(&Event::Tick(tick)));
            }
        }
        _ => {}
    }
}

impl fmt::Debug for Voice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bar { .. } => "Bar",
            Self::Lines { .. } => "Lines",
            Self::Quiet { .. } => "Quiet",
            Self::Json { .. } => "Json",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use kiln_core::SamplesSeen;
    use kiln_train::{Finish, Warning};

    use super::super::sample::{self, clock};
    use super::*;

    /// What was written, in the test's hands.
    #[derive(Clone, Default)]
    struct Paper(Arc<Mutex<Vec<u8>>>);

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn tick(samples: u64, seconds: f64) -> Event {
        let mut tick = sample::tick(samples, &[("critic/loss", 0.5)]);
        tick.timing.seconds = seconds;
        Event::Tick(tick)
    }

    /// A run with a tick every four seconds and a warning.
    fn run() -> Vec<Event> {
        let warning = Warning::CriticWins { accuracy: 1.0 };
        let mut events =
            vec![Event::Started { clock: clock(0), until: SamplesSeen(600), resumed: false }];
        events.extend((1..=6).map(|idx| tick(idx * 100, idx as f64 * 4.0)));
        events.push(Event::Checkpoint { clock: clock(600) });
        events.push(Event::Warning { clock: clock(600), warning });
        let finish = Finish::Budget;
        events.push(Event::Finished { clock: clock(600), finish });
        events
    }

    fn heard(voice: impl FnOnce(Box<dyn Write + Send>) -> Voice) -> Vec<String> {
        let paper = Paper::default();
        let mut terminal = Terminal::with(voice(Box::new(paper.clone())));
        for event in run() {
            terminal.observe(&event).unwrap();
        }
        let bytes = paper.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect()
    }

    #[test]
    fn plain_lines_come_at_a_calm_pace() {
        let lines = heard(|out| Voice::Lines { out, due: 0.0 });
        let expected = [
            "starts; 600 samples to show",
            "   100 samples  critic 0.50",
            "   400 samples  critic 0.50",
            "   600 samples  warning: the critic is right 100 % of the time: the generator learns \
             little",
            "   600 samples  finished: all samples were shown",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn quiet_says_warnings_only() {
        let lines = heard(|out| Voice::Quiet { out });
        assert_eq!(lines.len(), 1);
        assert!(lines[0].contains("warning: "));
    }

    #[test]
    fn json_is_every_event_a_line() {
        let lines = heard(|out| Voice::Json { out });
        let events: Vec<Event> =
            lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(events, run());
    }

    #[test]
    fn the_bar_stands_where_the_run_does() {
        let bar = progress_bar().unwrap();
        bar.set_draw_target(indicatif::ProgressDrawTarget::hidden());
        let mut terminal = Terminal::with(Voice::Bar { bar: bar.clone(), last: None });
        for event in &run()[..3] {
            terminal.observe(event).unwrap();
        }
        assert_eq!((bar.position(), bar.length()), (200, Some(600)));
        assert_eq!(bar.message(), "critic 0.50");
        assert_eq!(bar.prefix().trim_end(), "200 of 600 samples");
        terminal.observe(&run().pop().unwrap()).unwrap();
        assert!(bar.is_finished());
    }

    #[test]
    fn a_closed_pipe_is_an_error() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut terminal = Terminal::with(Voice::Json { out: Box::new(Closed) });
        let error = terminal.observe(&tick(1, 1.0)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    }
}
