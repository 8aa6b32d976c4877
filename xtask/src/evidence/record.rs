//! The rows of an entry: one JSON file and the table made from it.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::entry::{Entry, Trial};
use super::measure::Usage;
use super::table;
use crate::cargo::root;
use crate::machine::Machine;
use crate::source::Source;

/// Every row of an entry that is complete.
#[derive(Debug, Default, Deserialize, PartialEq, Serialize)]
pub(super) struct Record {
    pub(super) rows: Vec<Row>,
}

/// What one trial gave.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Row {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) case: String,
    pub(super) seed: u64,
    #[serde(flatten)]
    pub(super) source: Source,
    pub(super) machine: Machine,
    pub(super) commands: Vec<Measured>,
    /// What kiln measured, as it printed it.
    pub(super) result: Map<String, Value>,
}

/// A command and what it took.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Measured {
    /// With `RUN` for the run folder.
    pub(super) command: String,
    #[serde(flatten)]
    pub(super) usage: Usage,
}

impl Record {
    /// Reads the committed rows; an entry that was never run has none.
    ///
    /// # Errors
    ///
    /// When the file is damaged.
    pub(super) fn load(entry: &Entry) -> Result<Self> {
        let path = results().join(format!("{}.json", entry.name));
        match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).with_context(|| {
                let path = path.display();
                format!("{path} is damaged: restore it with git, or delete it to measure again")
            }),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    /// Writes the rows and the table.
    ///
    /// # Errors
    ///
    /// When `assets/results` cannot be written.
    pub(super) fn save(&self, entry: &Entry) -> Result<()> {
        let folder = results();
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let json = serde_json::to_string_pretty(self)? + "\n";
        write_whole(&folder.join(format!("{}.json", entry.name)), &json)?;
        let table = table::render(entry, &self.rows);
        write_whole(&folder.join(format!("{}.md", entry.name)), &table)
    }

    /// The row of a trial.
    pub(super) fn row(&self, trial: &Trial<'_>) -> Option<&Row> {
        self.rows.iter().find(|row| row.is_of(trial))
    }

    /// Adds a row in the place of the trial's earlier one.
    pub(super) fn put(&mut self, row: Row) {
        self.rows.retain(|other| (&other.case, other.seed) != (&row.case, row.seed));
        self.rows.push(row);
        self.rows.sort_by(|a, b| (&a.case, a.seed).cmp(&(&b.case, b.seed)));
    }
}

impl Row {
    /// Whether it is what this trial gave.
    pub(super) fn is_of(&self, trial: &Trial<'_>) -> bool {
        (self.case.as_str(), self.seed) == (trial.case, trial.seed)
    }
}

/// Where evidence is committed.
fn results() -> PathBuf {
    root().join("assets/results")
}

/// Writes a file that is there whole or not at all.
///
/// # Errors
///
/// Whatever the file system says, with the path.
pub(super) fn write_whole(path: &Path, text: &str) -> Result<()> {
    let scratch = path.with_extension("tmp");
    fs::write(&scratch, text)
        .and_then(|()| fs::rename(&scratch, path))
        .with_context(|| format!("cannot write {}", path.display()))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A complete row of a machine with two cores.
    pub(in crate::evidence) fn row(seed: u64, seconds: f64, result: Value) -> Row {
        let usage = Usage { wall_seconds: seconds, peak_rss_mib: Some(812.0), n_interruptions: 0 };
        Row {
            case: String::new(),
            seed,
            source: Source { commit: "0123456789abcdef".into(), dirty: false },
            machine: Machine {
                cpu: "CPU".into(),
                cores: 2,
                memory_gib: Some(23.5),
                os: "Debian".into(),
                rustc: "rustc 1.95".into(),
            },
            commands: vec![Measured { command: "kiln train --seed SEED".into(), usage }],
            result: serde_json::from_value(result).unwrap(),
        }
    }

    #[test]
    fn a_row_replaces_that_of_its_seed_and_rows_stay_in_order() {
        let mut record = Record::default();
        for (seed, seconds) in [(2, 1.0), (1, 1.0), (2, 5.0)] {
            record.put(row(seed, seconds, serde_json::json!({})));
        }
        let found: Vec<_> =
            record.rows.iter().map(|row| (row.seed, row.commands[0].usage.wall_seconds)).collect();
        assert_eq!(found, [(1, 1.0), (2, 5.0)]);
    }

    #[test]
    fn a_record_reads_back_as_it_was_written() {
        let mut record = Record::default();
        record.put(row(1, 0.1, serde_json::json!({"sure": 0.9, "classes": [1, 2]})));
        let text = serde_json::to_string(&record).unwrap();
        assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), record);
    }
}
