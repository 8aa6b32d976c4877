//! What of a configuration may change when a run goes on.

use std::collections::BTreeMap;

use serde_json::Value;

use super::run_config::RunConfig;

/// A setting that differs between a saved run and the command that would go on with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Its dotted key.
    pub key: String,
    /// Its value in the saved run.
    pub saved: String,
    /// Its value now.
    pub now: String,
}

/// What may change when a run goes on: how long, how often it reports, where it is computed.
fn is_free(key: &str) -> bool {
    const FREE: [&str; 5] = ["workers", "backend", "device", "data.source", "data.bad-files"];
    FREE.contains(&key) || key.starts_with("plan.") || key.starts_with("evaluation.")
}

/// The settings in which a run may not differ from its saved self, and does.
pub fn differences(saved: &RunConfig, now: &RunConfig) -> Vec<Difference> {
    let (saved, now) = (flat(saved), flat(now));
    let text = |value: Option<&Value>| value.map_or("none".to_owned(), Value::to_string);
    saved
        .keys()
        .chain(now.keys().filter(|key| !saved.contains_key(*key)))
        .filter(|key| !is_free(key) && saved.get(*key) != now.get(*key))
        .map(|key| Difference {
            key: key.clone(),
            saved: text(saved.get(key)),
            now: text(now.get(key)),
        })
        .collect()
}

/// Every leaf by its dotted key.
fn flat(config: &RunConfig) -> BTreeMap<String, Value> {
    fn walk(prefix: &str, value: Value, leaves: &mut BTreeMap<String, Value>) {
        match value {
            Value::Object(map) => map.into_iter().for_each(|(key, value)| {
                let dot = if prefix.is_empty() { "" } else { "." };
                walk(&format!("{prefix}{dot}{key}"), value, leaves);
            }),
            Value::Null => {}
            leaf => drop(leaves.insert(prefix.to_owned(), leaf)),
        }
    }
    let mut leaves = BTreeMap::new();
    // A configuration that was read from JSON can be written as JSON.
    walk("", serde_json::to_value(config).unwrap_or_default(), &mut leaves);
    leaves
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::Backend;

    #[test]
    fn only_what_changes_the_numbers_may_not_change() {
        let saved = RunConfig::default();
        let mut now = saved.clone();
        now.plan.until = kiln_core::SamplesSeen(7);
        now.workers = 5;
        now.backend = Backend::Wgpu;
        assert_eq!(differences(&saved, &now), []);
        now.seed = 2;
        now.batch_size = 32;
        let keys: Vec<_> = differences(&saved, &now).into_iter().map(|d| d.key).collect();
        assert_eq!(keys, ["batch-size", "seed"]);
    }
}
