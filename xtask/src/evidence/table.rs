//! The Markdown table of an entry: a row a trial, then mean and spread.

use std::fmt::Write;

use serde_json::Value;

use super::course;
use super::entry::{Entry, Trial};
use super::record::Row;

/// Renders the whole page.
pub(super) fn render(entry: &Entry, rows: &[Row]) -> String {
    let mut page = format!("# {}\n\n{}\n\nFor each row:\n\n", entry.name, entry.what);
    for command in entry.commands {
        page.push_str(&format!("    kiln {command}\n"));
    }
    if !entry.cases.is_empty() {
        page.push_str("\nwith, in the place of `CASE`:\n\n");
        for case in entry.cases {
            page.push_str(&format!("- {}: `{}`\n", case.name, case.words));
        }
    }
    page.push_str(&format!("\nAgain: `cargo xtask evidence {}`.\n\n", entry.name));
    page.push_str(&grid(&entry.trials(), rows));
    let name = |row: &Row| Trial { case: &row.case, words: "", seed: row.seed }.name();
    if let Some(course) = course::render(rows, name) {
        page.push_str("\nIn the course of the runs, or by truncation:\n\n");
        page.push_str(&course);
    }
    let mut machines: Vec<String> = rows.iter().map(|row| row.machine.to_string()).collect();
    machines.dedup();
    for machine in machines {
        // Writing to a string cannot fail.
        let _ = writeln!(page, "\nMachine: {machine}.");
    }
    page
}

fn grid(trials: &[Trial<'_>], rows: &[Row]) -> String {
    let columns = columns(rows);
    let alone = trials.iter().all(|trial| trial.case.is_empty());
    let first = if alone { "seed" } else { "case, seed" };
    let ending = |last: &str| [last.to_owned()];
    let titles = columns.iter().map(|c| c.title.clone());
    let mut lines = vec![cells(first, titles.chain(ending("commit")))];
    let rule = columns.iter().map(|_| "---:".to_owned());
    lines.push(cells("---", rule.chain(ending("---"))));
    for of_case in trials.chunk_by(|a, b| a.case == b.case) {
        let places = of_case.iter().map(|trial| rows.iter().position(|row| row.is_of(trial)));
        let places: Vec<_> = places.collect();
        for (trial, place) in of_case.iter().zip(&places) {
            let shown = columns.iter().map(|c| match *place {
                Some(at) => c.cells[at].as_ref().map_or("none".to_owned(), show),
                None => String::new(),
            });
            let commit = place.map_or("not run".to_owned(), |at| rows[at].source.short());
            lines.push(cells(&trial.name(), shown.chain([commit])));
        }
        let complete: Vec<usize> = places.into_iter().flatten().collect();
        if complete.len() > 1 {
            let spreads = columns.iter().map(|column| column.spread(&complete));
            lines.push(cells(&spread_name(of_case[0].case), spreads.chain(ending(""))));
        }
    }
    lines.concat()
}

/// What the mean of a case's rows is called.
fn spread_name(case: &str) -> String {
    let comma = if case.is_empty() { "" } else { ", " };
    format!("{case}{comma}mean ± s.d.")
}

/// A line of a table.
pub(super) fn cells(first: &str, others: impl Iterator<Item = String>) -> String {
    let mut line = format!("| {first} |");
    for cell in others {
        line.push_str(&format!(" {cell} |"));
    }
    line.push('\n');
    line
}

/// A measured quantity, a cell a row.
#[derive(Debug)]
struct Column {
    title: String,
    cells: Vec<Option<Value>>,
}

impl Column {
    /// Mean and sample standard deviation of the numbers at `rows`; empty for anything else.
    fn spread(&self, rows: &[usize]) -> String {
        let number = |row: &usize| self.cells[*row].as_ref()?.as_f64();
        let numbers: Option<Vec<f64>> = rows.iter().map(number).collect();
        let Some(numbers) = numbers.filter(|numbers| numbers.len() > 1) else {
            return String::new();
        };
        let n_numbers = numbers.len() as f64;
        let mean = numbers.iter().sum::<f64>() / n_numbers;
        let squares: f64 = numbers.iter().map(|x| (x - mean).powi(2)).sum();
        let deviation = (squares / (n_numbers - 1.0)).sqrt();
        format!("{} ± {}", show(&mean.into()), show(&deviation.into()))
    }
}

fn columns(rows: &[Row]) -> Vec<Column> {
    let quantities: Vec<Vec<(String, Value)>> = rows.iter().map(quantities).collect();
    let mut titles: Vec<&String> = Vec::new();
    for (title, _) in quantities.iter().flatten() {
        if !titles.contains(&title) {
            titles.push(title);
        }
    }
    let cell = |title: &String, row: &[(String, Value)]| {
        row.iter().find(|(other, _)| other == title).map(|(_, value)| value.clone())
    };
    titles
        .into_iter()
        .map(|title| Column {
            title: title.clone(),
            cells: quantities.iter().map(|row| cell(title, row)).collect(),
        })
        .collect()
}

/// Times and memory of each command, then the scalars of the result.
fn quantities(row: &Row) -> Vec<(String, Value)> {
    let mut quantities = Vec::new();
    for measured in &row.commands {
        let verb = measured.command.split(' ').nth(1).unwrap_or_default();
        quantities.push((format!("{verb}, s"), measured.usage.wall_seconds.into()));
        if let Some(peak) = measured.usage.peak_rss_mib {
            quantities.push((format!("{verb}, MiB at most"), peak.into()));
        }
        if measured.usage.n_interruptions > 0 {
            quantities.push((format!("{verb}, stops"), measured.usage.n_interruptions.into()));
        }
    }
    flatten("", &Value::Object(row.result.clone()), &mut quantities);
    quantities
}

/// The scalars in a value, under names joined by dots; lists stay in the JSON file.
fn flatten(name: &str, value: &Value, into: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(fields) => {
            for (field, value) in fields {
                let dot = if name.is_empty() { "" } else { "." };
                flatten(&format!("{name}{dot}{field}"), value, into);
            }
        }
        Value::Array(_) | Value::Null => {}
        scalar => into.push((name.to_owned(), scalar.clone())),
    }
}

/// Four significant digits for fractions, whole numbers as they are.
pub(super) fn show(value: &Value) -> String {
    match (value.as_i64(), value.as_f64()) {
        (None, Some(number)) => {
            let number = if number.abs() < 1e-9 { 0.0 } else { number };
            let magnitude = number.abs().log10().floor();
            let decimals =
                if magnitude.is_finite() { (3.0 - magnitude).clamp(0.0, 8.0) } else { 0.0 };
            format!("{number:.0$}", decimals as usize)
        }
        _ => value.as_str().map_or_else(|| value.to_string(), str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::tests::row;
    use super::*;
    use serde_json::json;

    #[test]
    fn a_seed_that_has_not_run_says_so_and_the_others_have_a_mean() {
        let rows = [
            row(1, 500.0, json!({"sure": 0.9, "classes": [1, 2]})),
            row(2, 520.0, json!({"sure": 0.94})),
        ];
        // Sample deviations: sqrt(2 * 10^2 / 1) = 14.14 and sqrt(2 * 0.02^2 / 1) = 0.02828.
        let expected = "\
| seed | train, s | train, MiB at most | sure | commit |
| --- | ---: | ---: | ---: | --- |
| 1 | 500.0 | 812.0 | 0.9000 | 0123456789 |
| 2 | 520.0 | 812.0 | 0.9400 | 0123456789 |
| 3 |  |  |  | not run |
| mean ± s.d. | 510.0 ± 14.14 | 812.0 ± 0 | 0.9200 ± 0.02828 |  |
";
        let trials = [1, 2, 3].map(|seed| Trial { case: "", words: "", seed });
        assert_eq!(grid(&trials, &rows), expected);
    }

    #[test]
    fn each_case_of_several_seeds_has_a_mean_of_its_own() {
        let of = |case: &str, seed, sure| {
            let case = case.to_owned();
            Row { case, ..row(seed, 500.0, json!({ "sure": sure })) }
        };
        let rows = [of("a", 1, 0.9), of("a", 2, 0.94), of("b", 1, 0.5)];
        let trials = [("a", 1), ("a", 2), ("b", 1)];
        let trials = trials.map(|(case, seed)| Trial { case, words: "", seed });
        let table = grid(&trials, &rows);
        let named = |name: &str| table.lines().find(|line| line.starts_with(name));
        assert!(named("| a, mean ± s.d. |").unwrap().contains("| 0.9200 ± 0.02828 |"), "{table}");
        assert_eq!(named("| b, mean"), None);
    }

    #[test]
    fn an_entry_that_has_never_run_has_a_table_all_the_same() {
        let entry = super::super::entry::find("default").unwrap();
        let page = render(entry, &[]);
        assert!(page.contains("| 3 | not run |"), "{page}");
        assert!(page.contains("    kiln train --backend cpu --seed SEED --run-dir RUN\n"));
        assert!(!page.contains("`CASE`"), "{page}");
        let page = render(super::super::entry::find("vae").unwrap(), &[]);
        assert!(
            page.contains("with, in the place of `CASE`:\n\n- vae: `vae`\n- dcgan: `dcgan --set ")
        );
    }

    #[test]
    fn nested_results_get_dotted_names() {
        let mut found = Vec::new();
        flatten("", &json!({"a": {"b": 1, "c": null}, "d": "x"}), &mut found);
        assert_eq!(found, [("a.b".to_owned(), json!(1)), ("d".to_owned(), json!("x"))]);
    }

    #[test]
    fn numbers_keep_four_digits() {
        assert_eq!(show(&json!(1234.5678)), "1235");
        assert_eq!(show(&json!(0.0012345)), "0.001234");
        assert_eq!(show(&json!(1000)), "1000");
        assert_eq!(show(&json!(0.0)), "0");
    }
}
