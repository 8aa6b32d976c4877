//! What a run has told so far: its curves, and what happened.
//!
//! Events are taken as JSON, the lines of `stats.jsonl`, so that a line of a later version is read
//! as far as it can be: an event of an unknown kind gives its numbers as metrics.

use std::collections::BTreeMap;
use std::fmt;

use kiln_train::Event;
use serde::Serialize;
use serde_json::Value;

use super::super::log::words;
use super::metrics::metrics;

/// Most readings of a curve that are kept; then neighbours are put together.
const MOST_READINGS: usize = 4000;

/// How far a reader has read: what is newer has a larger revision. When the past changes (the run
/// goes back, or curves are thinned) a new epoch begins and all must be read again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) epoch: u64,
    pub(crate) revision: u64,
}

impl Cursor {
    /// The cursor that was written as this text.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (epoch, revision) = text.split_once('.')?;
        Some(Self { epoch: epoch.parse().ok()?, revision: revision.parse().ok()? })
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.epoch, self.revision)
    }
}

/// A point of a curve.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Reading {
    samples: u64,
    value: f32,
    revision: u64,
}

/// Something that the user should know of.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Happening {
    /// When.
    samples: u64,
    /// Where the run went on, if elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<u64>,
    /// `start`, `warning`, `roll-back`, `damage` or `end`.
    kind: &'static str,
    words: String,
    #[serde(skip)]
    revision: u64,
}

/// The readings of a curve as two columns.
#[derive(Debug, Default, PartialEq, Serialize)]
pub(crate) struct Columns {
    /// Samples shown.
    x: Vec<u64>,
    y: Vec<f32>,
}

/// How far the run is.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(crate) struct Standing {
    pub(crate) samples: u64,
    /// Samples to show in all.
    pub(crate) until: u64,
    /// Seconds of training.
    pub(crate) seconds: f64,
    /// Why it ended, in words.
    pub(crate) ending: Option<String>,
}

/// The curves of a run and what happened in it.
#[derive(Debug)]
pub(crate) struct Chronicle {
    curves: BTreeMap<String, Vec<Reading>>,
    happenings: Vec<Happening>,
    pub(crate) standing: Standing,
    pub(crate) cursor: Cursor,
}

impl Chronicle {
    /// Nothing yet, of a run of `until` samples.
    pub(crate) fn new(until: u64, epoch: u64) -> Self {
        Self {
            curves: BTreeMap::new(),
            happenings: Vec::new(),
            standing: Standing { until, ..Standing::default() },
            cursor: Cursor { epoch, revision: 0 },
        }
    }

    /// Takes note of an event.
    pub(crate) fn hear(&mut self, event: &Value) {
        self.cursor.revision += 1;
        let shown = event["clock"]["samples"].as_u64().or(event["samples"].as_u64());
        let samples = shown.unwrap_or(self.standing.samples);
        match event["event"].as_str() {
            Some("tick") => self.add_tick(samples, event),
            Some("sheet") => {
                self.add(samples, "sheet/spread-fakes", event["spread"].as_f64());
                self.add(samples, "sheet/spread-reals", event["real_spread"].as_f64());
                self.add_metrics(samples, event, &["spread", "real_spread"]);
            }
            Some("rolled-back") => {
                let (from, to) = (&event["from"]["samples"], &event["to"]["samples"]);
                let (from, to) = (from.as_u64(), to.as_u64().unwrap_or_default());
                self.happen(from.unwrap_or(to), Some(to), "roll-back", event);
                return self.go_back(to);
            }
            Some("started") => {
                self.standing.until = event["until"].as_u64().unwrap_or(self.standing.until);
                self.standing.ending = None;
                self.happen(samples, None, "start", event);
            }
            Some("warning") => self.happen(samples, None, "warning", event),
            Some("damaged-checkpoint") => self.happen(samples, None, "damage", event),
            Some("finished") => {
                self.happen(samples, None, "end", event);
                self.standing.ending = self.happenings.last().map(|ending| ending.words.clone());
            }
            Some("checkpoint" | "snapshot") => {}
            _ => self.add_metrics(samples, event, &["samples"]),
        }
        self.standing.samples = self.standing.samples.max(samples);
    }

    /// What came after `revision`; everything for 0.
    pub(crate) fn curves_since(&self, revision: u64) -> BTreeMap<&str, Columns> {
        let newer = |readings: &[Reading]| {
            let start = readings.partition_point(|reading| reading.revision <= revision);
            let newer = &readings[start..];
            let x = newer.iter().map(|reading| reading.samples).collect();
            Columns { x, y: newer.iter().map(|reading| reading.value).collect() }
        };
        let curves = self.curves.iter().map(|(name, readings)| (name.as_str(), newer(readings)));
        curves.filter(|(_, columns)| !columns.x.is_empty()).collect()
    }

    /// What happened after `revision`; everything for 0.
    pub(crate) fn happenings_since(&self, revision: u64) -> &[Happening] {
        let start = self.happenings.partition_point(|one| one.revision <= revision);
        &self.happenings[start..]
    }

    /// Every curve by name: samples shown, value.
    pub(crate) fn points(&self) -> impl Iterator<Item = (&str, Vec<(f64, f64)>)> {
        let point = |reading: &Reading| (reading.samples as f64, f64::from(reading.value));
        self.curves.iter().map(move |(name, all)| (name.as_str(), all.iter().map(point).collect()))
    }

    /// Samples seen to which the run went back, one for each time.
    pub(crate) fn roll_backs(&self) -> Vec<f64> {
        self.happenings.iter().filter_map(|one| one.to).map(|to| to as f64).collect()
    }

    fn add_tick(&mut self, samples: u64, tick: &Value) {
        for (name, value) in tick["means"].as_object().into_iter().flatten() {
            self.add(samples, name, value.as_f64());
        }
        for (side, rate) in tick["rates"].as_object().into_iter().flatten() {
            self.add(samples, &format!("{side}/rate"), rate.as_f64());
        }
        let timing = &tick["timing"];
        self.add(samples, "timing/samples-per-second", timing["samples_per_second"].as_f64());
        let memory = timing["peak_memory_bytes"].as_f64().filter(|bytes| *bytes > 0.0);
        self.add(samples, "timing/peak-memory-bytes", memory);
        self.add(samples, "watch/non-finite", tick["non_finite"].as_f64());
        self.standing.seconds = timing["seconds"].as_f64().unwrap_or(self.standing.seconds);
        self.add_metrics(samples, tick, &["means", "rates", "non_finite"]);
    }

    fn add_metrics(&mut self, samples: u64, event: &Value, known: &[&str]) {
        for (name, value) in metrics(event, known) {
            self.add(samples, &format!("metric/{name}"), Some(value));
        }
    }

    fn add(&mut self, samples: u64, name: &str, value: Option<f64>) {
        // A number that is not finite is null in JSON: a gap.
        let Some(value) = value else {
            return;
        };
        // Single precision is plenty to look at, and half as long to write.
        let value = value.clamp(f64::from(f32::MIN), f64::from(f32::MAX)) as f32;
        let curve = self.curves.entry(name.to_owned()).or_default();
        if curve.len() >= MOST_READINGS {
            *curve = halved(curve);
            self.cursor.epoch += 1;
        }
        curve.push(Reading { samples, value, revision: self.cursor.revision });
    }

    fn happen(&mut self, samples: u64, to: Option<u64>, kind: &'static str, event: &Value) {
        let words = match serde_json::from_value::<Event>(event.clone()) {
            Ok(event) => words(&event),
            Err(_) => event.to_string(),
        };
        let revision = self.cursor.revision;
        self.happenings.push(Happening { samples, to, kind, words, revision });
    }

    fn go_back(&mut self, to: u64) {
        for curve in self.curves.values_mut() {
            curve.retain(|reading| reading.samples <= to);
        }
        self.curves.retain(|_, curve| !curve.is_empty());
        self.standing.samples = to;
        self.cursor.epoch += 1;
    }
}

/// Means of pairs.
fn halved(readings: &[Reading]) -> Vec<Reading> {
    let mean = |pair: &[Reading]| {
        let n = pair.len();
        let samples = pair.iter().map(|reading| reading.samples).sum::<u64>() / n as u64;
        let value = pair.iter().map(|reading| reading.value / n as f32).sum();
        Reading { samples, value, revision: pair[n - 1].revision }
    };
    readings.chunks(2).map(mean).collect()
}
