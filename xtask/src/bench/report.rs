//! The result: JSON for the next comparison, and a table.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::game::find;
use super::operations::{HEADING, OperationRow};
use super::ratio::Ratio;
use crate::machine::Machine;
use crate::source::Source;

/// What one game gave.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(default)]
pub(super) struct Row {
    pub(super) game: String,
    pub(super) batch: usize,
    /// Images a second: the median of the blocks.
    pub(super) kiln_per_second: f64,
    pub(super) torch_per_second: Option<f64>,
    pub(super) ratio: Option<Ratio>,
    /// To Kiln without its own kernels.
    pub(super) ratio_to_plain: Option<Ratio>,
    /// The largest distance of two losses of the first rounds.
    pub(super) losses_apart: Option<f64>,
    pub(super) kiln_peak_mib: f64,
    pub(super) torch_peak_mib: Option<f64>,
    pub(super) kiln_seconds_to_first_round: f64,
    pub(super) torch_seconds_to_first_round: Option<f64>,
}

/// A whole run of the benchmark.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Report {
    #[serde(flatten)]
    pub(super) source: Source,
    pub(super) machine: Machine,
    pub(super) threads: usize,
    pub(super) pairs: usize,
    /// None if it did not play.
    pub(super) torch: Option<String>,
    pub(super) rows: Vec<Row>,
    #[serde(default)]
    pub(super) operations: Vec<OperationRow>,
}

impl Report {
    /// Reads an earlier result.
    ///
    /// # Errors
    ///
    /// When it cannot be read or is something else.
    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path);
        let text = text.with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_str(&text)
            .with_context(|| format!("{} is no result of `cargo xtask bench`", path.display()))
    }

    /// The row of a game.
    fn row(&self, game: &str, batch: usize) -> Option<&Row> {
        self.rows.iter().find(|row| (row.game.as_str(), row.batch) == (game, batch))
    }

    /// The table, with what has changed since `before`.
    pub(super) fn table(&self, before: Option<&Self>) -> String {
        let mut page = String::from(
            "| game | batch | images/s | PyTorch | ratio (95 %) | bar / aim | to plain \
             Flex | MiB | PyTorch | first \
             round, s | PyTorch | losses apart |",
        );
        if before.is_some() {
            page.push_str(" images/s before | ratio before |");
        }
        let n_columns = if before.is_some() { 13 } else { 11 };
        page.push_str(&format!("\n| --- |{}\n", " ---: |".repeat(n_columns)));
        for row in &self.rows {
            page.push_str(&row.line());
            if let Some(before) = before {
                let earlier = before.row(&row.game, row.batch);
                let speed = earlier.map(|row| row.kiln_per_second);
                let ratio = earlier.and_then(|row| row.ratio);
                page.push_str(&format!(" {} | {} |", number(speed, 0), interval(ratio)));
            }
            page.push('\n');
        }
        page
    }

    /// What the command is told of batches of other sizes than its own.
    fn sizes(&self) -> String {
        let sizes: BTreeSet<usize> = self.rows.iter().map(|row| row.batch).collect();
        if sizes.iter().all(|size| *size == 64) {
            return String::new();
        }
        let sizes: Vec<String> = sizes.iter().map(usize::to_string).collect();
        format!(" --batch-size {}", sizes.join(","))
    }

    /// The page that is committed.
    pub(super) fn page(&self, before: Option<&Self>) -> String {
        let torch = self.torch.as_deref().unwrap_or("none");
        let mut page = String::from("# bench\n\n");
        // Writing to a string cannot fail.
        let _ = writeln!(
            page,
            "Rounds of training, Kiln's and PyTorch's in turns, {} pairs of blocks of two seconds \
             on {} threads: the same first weights, samples and losses; PyTorch eager with fused \
             Adam and the better of its two memory layouts. The ratio is of images a second, above \
             1 where Kiln is faster, with its 95 % interval; `plain Flex` is \
             Kiln without its own kernels. `first round` counts from the start of \
             the program.\n\nAgain: `cargo xtask bench{}`.\n",
            self.pairs,
            self.threads,
            self.sizes()
        );
        page.push_str(&self.table(before));
        if !self.operations.is_empty() {
            page.push_str("\nSingle operations; `gradients` are those of input and weights:\n\n");
            page.push_str(HEADING);
            for row in &self.operations {
                page.push_str(&row.line());
                page.push('\n');
            }
        }
        page.push('\n');
        for game in self.rows.iter().filter_map(|row| find(&row.game)) {
            let line = format!("- `{}`: {}\n", game.name, game.what);
            if !page.contains(&line) {
                page.push_str(&line);
            }
        }
        let (machine, commit) = (&self.machine, self.source.short());
        let _ = writeln!(page, "\nMachine: {machine}; PyTorch {torch}; commit {commit}.");
        page
    }
}

impl Row {
    /// Its line, without an end.
    pub(super) fn line(&self) -> String {
        let game = find(&self.game);
        let bars = game.map_or(String::new(), |game| format!("{} / {}", game.bar, game.aim));
        let cells = [
            self.batch.to_string(),
            number(Some(self.kiln_per_second), 0),
            number(self.torch_per_second, 0),
            interval(self.ratio),
            bars,
            interval(self.ratio_to_plain),
            number(Some(self.kiln_peak_mib), 0),
            number(self.torch_peak_mib, 0),
            number(Some(self.kiln_seconds_to_first_round), 2),
            number(self.torch_seconds_to_first_round, 2),
            self.losses_apart.map_or("-".to_owned(), |apart| format!("{apart:.0e}")),
        ];
        format!("| {} | {} |", self.game, cells.join(" | "))
    }
}

fn number(number: Option<f64>, decimals: usize) -> String {
    number.map_or("-".to_owned(), |number| format!("{number:.decimals$}"))
}

pub(super) fn interval(ratio: Option<Ratio>) -> String {
    let text = |Ratio { low, mean, high }| format!("{mean:.2} ({low:.2} to {high:.2})");
    ratio.map_or("-".to_owned(), text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(kiln_per_second: f64) -> Report {
        let ratio = Some(Ratio { low: 1.4, mean: 1.5, high: 1.6 });
        let row = Row {
            game: "mlp".into(),
            batch: 64,
            kiln_per_second,
            torch_per_second: Some(1000.0),
            ratio,
            ratio_to_plain: Some(Ratio { low: 2.0, mean: 2.5, high: 3.0 }),
            losses_apart: Some(2e-5),
            kiln_peak_mib: 100.0,
            torch_peak_mib: None,
            kiln_seconds_to_first_round: 0.25,
            torch_seconds_to_first_round: Some(4.0),
        };
        Report {
            source: Source { commit: "0123456789abcdef".into(), dirty: false },
            machine: Machine {
                cpu: "CPU".into(),
                cores: 2,
                memory_gib: None,
                os: "Debian".into(),
                rustc: "rustc 1.95".into(),
            },
            threads: 2,
            pairs: 10,
            torch: Some("2.15".into()),
            rows: vec![row],
            operations: vec![],
        }
    }

    #[test]
    fn a_row_reads_as_a_line_of_the_table() {
        let expected = "| mlp | 64 | 1500 | 1000 | 1.50 (1.40 to 1.60) | 1.4 / 2.5 | 2.50 \
                        (2.00 to 3.00) | 100 | - | 0.25 | 4.00 | 2e-5 |";
        assert_eq!(report(1500.0).rows[0].line(), expected);
    }

    #[test]
    fn an_earlier_result_stands_beside() {
        let table = report(1500.0).table(Some(&report(1200.0)));
        assert!(table.ends_with("| 2e-5 | 1200 | 1.50 (1.40 to 1.60) |\n"), "{table}");
        let columns = |line: &str| line.matches('|').count();
        let lines: Vec<&str> = table.lines().collect();
        assert!(lines.iter().all(|line| columns(line) == columns(lines[0])), "{table}");
    }

    #[test]
    fn a_report_reads_back_and_its_page_names_the_games() {
        let report = report(1500.0);
        let text = serde_json::to_string(&report).unwrap();
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
        let page = report.page(None);
        assert!(page.contains("- `mlp`: perceptrons") && page.contains("PyTorch 2.15"), "{page}");
        assert!(page.contains("Again: `cargo xtask bench`."), "{page}");
    }

    #[test]
    fn the_page_says_by_which_command_batches_of_other_sizes_are_timed() {
        let mut report = report(1500.0);
        report.rows.push(Row { batch: 16, ..report.rows[0].clone() });
        let page = report.page(None);
        assert!(page.contains("Again: `cargo xtask bench --batch-size 16,64`."), "{page}");
    }
}
