//! Runs a command and watches its time and memory.

use std::fs;
use std::process::{Child, Command, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use signal_hook::consts::{SIGINT, SIGTERM};

/// What a command took so far.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Serialize)]
pub(super) struct Usage {
    pub(super) wall_seconds: f64,
    /// The most memory that was resident at once; none where the system does not tell.
    pub(super) peak_rss_mib: Option<f64>,
    /// How often the command was stopped and went on.
    pub(super) n_interruptions: u32,
}

impl Usage {
    /// What this and a later part of the same command took together.
    pub(super) fn and(self, later: Self) -> Self {
        let peaks = [self.peak_rss_mib, later.peak_rss_mib];
        Self {
            wall_seconds: self.wall_seconds + later.wall_seconds,
            peak_rss_mib: peaks.into_iter().flatten().reduce(f64::max),
            n_interruptions: self.n_interruptions + later.n_interruptions,
        }
    }
}

const POLL: Duration = Duration::from_millis(20);
const SAVE: Duration = Duration::from_secs(5);

/// Ctrl-C and SIGTERM, which the command answers in its own time: it saves first.
#[derive(Debug)]
pub(super) struct Stops {
    interrupted: Arc<AtomicBool>,
    terminated: Arc<AtomicBool>,
}

impl Stops {
    /// Keeps this process alive through both signals from here on.
    ///
    /// # Errors
    ///
    /// When the system refuses.
    pub(super) fn listen() -> Result<Self> {
        let stops = Self { interrupted: Arc::default(), terminated: Arc::default() };
        signal_hook::flag::register(SIGINT, Arc::clone(&stops.interrupted))?;
        signal_hook::flag::register(SIGTERM, Arc::clone(&stops.terminated))?;
        Ok(stops)
    }

    /// Whether someone asked to stop.
    pub(super) fn any(&self) -> bool {
        [&self.interrupted, &self.terminated].iter().any(|flag| flag.load(Ordering::Relaxed))
    }

    /// A terminal sends Ctrl-C to the command too; a SIGTERM is ours to pass on.
    fn pass_on(&self, child: &Child, passed: &mut bool) {
        if self.terminated.load(Ordering::Relaxed) && !*passed {
            *passed = true;
            let kill = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
            if let Err(error) = kill {
                eprintln!("cannot pass the signal on to kiln: {error}");
            }
        }
    }
}

/// Runs `command` to its end. `save` is told what it took so far, every few seconds.
///
/// # Errors
///
/// When the command does not start, or `save` fails.
pub(super) fn measure(
    command: &mut Command,
    stops: &Stops,
    mut save: impl FnMut(Usage) -> Result<()>,
) -> Result<(ExitStatus, Usage)> {
    let start = Instant::now();
    let mut child = command
        .spawn()
        .with_context(|| format!("cannot start {}", command.get_program().display()))?;
    let mut usage = Usage::default();
    let mut saved = start;
    let mut passed = false;
    loop {
        // The memory first: a process that has been waited for has none.
        usage.peak_rss_mib = peak_rss_mib(child.id()).or(usage.peak_rss_mib);
        let ended = child.try_wait()?;
        usage.wall_seconds = start.elapsed().as_secs_f64();
        if let Some(status) = ended {
            return Ok((status, usage));
        }
        if saved.elapsed() > SAVE {
            save(usage)?;
            saved = Instant::now();
        }
        stops.pass_on(&child, &mut passed);
        std::thread::sleep(POLL);
    }
}

/// The high-water mark of a process's resident memory, from Linux.
fn peak_rss_mib(process: u32) -> Option<f64> {
    high_water(&fs::read_to_string(format!("/proc/{process}/status")).ok()?)
}

fn high_water(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: f64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some((kibibytes / 1024.0 * 10.0).round() / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_high_water_mark_is_read_in_mebibytes() {
        assert_eq!(high_water("Name:\tkiln\nVmHWM:\t  204800 kB\n"), Some(200.0));
        assert_eq!(high_water("Name:\tkiln\n"), None);
    }

    #[test]
    fn parts_of_a_command_add_up_and_the_higher_peak_stays() {
        let part =
            |wall_seconds, peak_rss_mib| Usage { wall_seconds, peak_rss_mib, n_interruptions: 1 };
        let whole = part(2.0, Some(9.0)).and(part(3.0, Some(7.0)));
        assert_eq!((whole.wall_seconds, whole.n_interruptions), (5.0, 2));
        assert_eq!(whole.peak_rss_mib, Some(9.0));
        assert_eq!(part(0.0, None).and(part(0.0, Some(1.0))).peak_rss_mib, Some(1.0));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_command_is_timed_and_weighed() {
        let stops = Stops { interrupted: Arc::default(), terminated: Arc::default() };
        let mut sleep = Command::new("sleep");
        let (status, usage) = measure(sleep.arg("0.2"), &stops, |_| Ok(())).unwrap();
        assert!(status.success());
        assert!(usage.wall_seconds >= 0.2);
        assert!(usage.peak_rss_mib.unwrap() > 0.1);
    }
}
