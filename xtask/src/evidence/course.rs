//! The Markdown table of how measures moved in the course of runs, or with a threshold of truncation:
//! samples seen, or thresholds, down; runs across.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::record::Row;
use super::table::{cells, show};

/// What kiln calls the list of measures of a run's snapshots or of several truncations, and where each
/// was taken.
const COURSE: &str = "course";
const SAMPLES: &str = "samples";
const TRUNCATION: &str = "truncation";
/// How many samples were judged and what they follow from: the same everywhere.
const SAME: [&str; 2] = ["n", "seed"];

/// Renders the courses of those rows that have one, if any has; `name` says what a row is called.
pub(super) fn render(rows: &[Row], name: impl Fn(&Row) -> String) -> Option<String> {
    let runs: Vec<(String, &Vec<Value>)> = rows
        .iter()
        .filter_map(|row| Some((name(row), row.result.get(COURSE)?.as_array()?)))
        .collect();
    let points = || runs.iter().flat_map(|(_, course)| course.iter());
    let truncated = points().any(|point| point.get(TRUNCATION).is_some());
    let along = if truncated { TRUNCATION } else { SAMPLES };
    let place = |point: &Value| point.get(along).and_then(Value::as_f64);
    let mut places: Vec<f64> = points().filter_map(place).collect();
    places.sort_by(f64::total_cmp);
    places.dedup();
    let number = |(key, value): (&String, &Value)| value.is_number().then(|| key.clone());
    let measures: BTreeSet<String> =
        points().filter_map(Value::as_object).flat_map(Map::iter).filter_map(number).collect();
    let told = |key: &String| ![SAMPLES, TRUNCATION].iter().chain(&SAME).any(|other| key == other);
    let measures: Vec<_> = measures.into_iter().filter(told).collect();
    if places.is_empty() {
        return None;
    }
    let columns: Vec<(&str, &Vec<Value>, &String)> = runs
        .iter()
        .flat_map(|(name, course)| measures.iter().map(|key| (name.as_str(), *course, key)))
        .collect();
    let titles = columns.iter().map(|(name, _, key)| format!("{name}: {key}"));
    let first = if truncated { "truncated at" } else { "samples seen" };
    let mut lines = vec![cells(first, titles)];
    lines.push(cells("---:", columns.iter().map(|_| "---:".to_owned())));
    for at in places {
        let cell = |(_, course, key): &(&str, &Vec<Value>, &String)| {
            let point = course.iter().find(|point| place(point) == Some(at));
            point.and_then(|point| point.get(key.as_str())).map_or(String::new(), show)
        };
        // A threshold is a number of single precision.
        let at = if truncated { (at as f32).to_string() } else { at.to_string() };
        lines.push(cells(&at, columns.iter().map(cell)));
    }
    Some(lines.concat())
}

#[cfg(test)]
mod tests {
    use super::super::record::tests::row;
    use super::*;
    use serde_json::json;

    #[test]
    fn runs_stand_side_by_side() {
        let point = |samples, modes| json!({"samples": samples, "n": 9, "modes": modes});
        let rows = [
            row(1, 0.1, json!({"course": [point(10, 3), point(20, 5)]})),
            row(2, 0.1, json!({"course": [point(20, 8)]})),
            row(3, 0.1, json!({"modes": 4})),
        ];
        let expected = "\
| samples seen | 1: modes | 2: modes |
| ---: | ---: | ---: |
| 10 | 3 |  |
| 20 | 5 | 8 |
";
        assert_eq!(render(&rows, |row| row.seed.to_string()).unwrap(), expected);
        assert_eq!(render(&rows[2..], |_| String::new()), None);
    }

    #[test]
    fn thresholds_stand_in_their_order_and_words_nowhere() {
        let point = |truncation: f32, recall| json!({"samples": 9, "truncation": truncation, "recall": recall, "layer": "features"});
        let rows = [row(1, 0.1, json!({"course": [point(4.0, 0.5), point(0.3, 0.25)]}))];
        let expected = "\
| truncated at | 1: recall |
| ---: | ---: |
| 0.3 | 0.2500 |
| 4 | 0.5000 |
";
        assert_eq!(render(&rows, |row| row.seed.to_string()).unwrap(), expected);
    }
}
