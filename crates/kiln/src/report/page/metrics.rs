//! Numbers in a line of `stats.jsonl` that this version has no name for: drawn as metrics.

use serde_json::Value;

/// What a line has beside its numbers, or what is drawn as a curve of its own kind.
const TOLD_OTHERWISE: [&str; 3] = ["event", "clock", "timing"];

/// Every number in the line by its name, but in the fields `known`: `{"fid": 9.5}` is `fid`, and
/// `{"values": {"kid": {"mean": 0.1}}}` is `kid/mean`: an outermost object is a wrapping.
pub(super) fn metrics(line: &Value, known: &[&str]) -> Vec<(String, f64)> {
    let mut found = Vec::new();
    let fields = line.as_object().into_iter().flatten();
    for (key, value) in fields {
        if TOLD_OTHERWISE.contains(&key.as_str()) || known.contains(&key.as_str()) {
            continue;
        }
        match value {
            Value::Object(inner) => {
                inner.iter().for_each(|(key, value)| collect(key.clone(), value, &mut found));
            }
            plain => collect(key.clone(), plain, &mut found),
        }
    }
    found
}

fn collect(name: String, value: &Value, found: &mut Vec<(String, f64)>) {
    match value {
        Value::Number(number) => found.extend(number.as_f64().map(|number| (name, number))),
        Value::Object(inner) => {
            for (key, value) in inner {
                collect(format!("{name}/{key}"), value, found);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_found_however_they_are_wrapped() {
        let line = json!({
            "event": "evaluated", "clock": {"samples": 64}, "fid": 9.5, "extractor": "inception",
            "values": {"kid": {"mean": 0.25, "deviation": 0.5}, "precision": 1},
        });
        let expected =
            [("fid", 9.5), ("kid/mean", 0.25), ("kid/deviation", 0.5), ("precision", 1.0)];
        assert_eq!(metrics(&line, &[]), expected.map(|(name, value)| (name.to_owned(), value)));
    }

    #[test]
    fn what_is_known_is_left_alone() {
        let line = json!({"event": "tick", "non_finite": 0, "means": {"critic/loss": 1.0}});
        assert_eq!(metrics(&line, &["non_finite", "means"]), []);
        assert_eq!(metrics(&json!(5), &[]), []);
    }
}
