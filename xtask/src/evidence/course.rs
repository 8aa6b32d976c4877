//! The Markdown table of how measures moved in the course of runs: samples seen down, runs across.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::record::Row;
use super::table::{cells, show};

/// What kiln calls the list of measures of a run's snapshots, and when each was taken.
const COURSE: &str = "course";
const SAMPLES: &str = "samples";
/// How many samples were judged: the same everywhere.
const COUNT: &str = "n";

/// Renders the courses of those rows that have one, if any has; `name` says what a row is called.
pub(super) fn render(rows: &[Row], name: impl Fn(&Row) -> String) -> Option<String> {
    let runs: Vec<(String, &Vec<Value>)> = rows
        .iter()
        .filter_map(|row| Some((name(row), row.result.get(COURSE)?.as_array()?)))
        .collect();
    let points = || runs.iter().flat_map(|(_, course)| course.iter());
    let times: BTreeSet<u64> = points().filter_map(time).collect();
    let measures: BTreeSet<&String> =
        points().filter_map(Value::as_object).flat_map(Map::keys).collect();
    let measures: Vec<_> =
        measures.into_iter().filter(|key| ![SAMPLES, COUNT].contains(&key.as_str())).collect();
    if times.is_empty() {
        return None;
    }
    let columns: Vec<(&str, &Vec<Value>, &String)> = runs
        .iter()
        .flat_map(|(name, course)| measures.iter().map(|key| (name.as_str(), *course, *key)))
        .collect();
    let titles = columns.iter().map(|(name, _, key)| format!("{name}: {key}"));
    let mut lines = vec![cells("samples seen", titles)];
    lines.push(cells("---:", columns.iter().map(|_| "---:".to_owned())));
    for now in times {
        let cell = |(_, course, key): &(&str, &Vec<Value>, &String)| {
            let point = course.iter().find(|point| time(point) == Some(now));
            point.and_then(|point| point.get(key.as_str())).map_or(String::new(), show)
        };
        lines.push(cells(&now.to_string(), columns.iter().map(cell)));
    }
    Some(lines.concat())
}

fn time(point: &Value) -> Option<u64> {
    point.get(SAMPLES)?.as_u64()
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
}
