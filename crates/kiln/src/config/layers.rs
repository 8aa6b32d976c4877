//! Preset, then file, then flags, each over the one before.

use serde_json::{Map, Value};

use super::error::ConfigError;
use super::preset::Preset;
use super::run_config::{RunConfig, SCHEMA};

/// A configuration under construction.
#[derive(Debug, Clone)]
pub struct Layers {
    tree: Value,
}

impl Layers {
    /// Starts from a preset.
    ///
    /// # Errors
    ///
    /// When there is none of that name.
    pub fn preset(name: &str) -> Result<Self, ConfigError> {
        let preset = Preset::find(name)?;
        Self::file(preset.text, &format!("the preset `{name}`"), false)
    }

    /// Starts from a file's text: TOML, or JSON such as a run's `config.json`. A file that names
    /// a recipe stands over that recipe's preset.
    ///
    /// # Errors
    ///
    /// When the text is neither, or does not fit.
    pub fn file(text: &str, path: &str, json: bool) -> Result<Self, ConfigError> {
        let syntax = |reason: String| ConfigError::Syntax { what: path.to_owned(), reason };
        let over: Value = if json {
            serde_json::from_str(text).map_err(|e| syntax(e.to_string()))?
        } else {
            toml::from_str(text).map_err(|e| syntax(e.to_string()))?
        };
        let name = over.pointer("/recipe/name").and_then(Value::as_str).unwrap_or("dcgan");
        let mut tree = defaults(name)?;
        merge(&mut tree, over);
        let layers = Self { tree };
        layers.resolve()?;
        Ok(layers)
    }

    /// Sets the value at a dotted key, in which a number counts the items of a list from 0; the
    /// value is read as TOML, or as text if it is none. Tables on the way that are not there yet,
    /// such as that of an optional term, are begun.
    ///
    /// # Errors
    ///
    /// When the key leads nowhere or the value does not fit; then nothing has changed.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), ConfigError> {
        let mut tree = self.tree.clone();
        let mut at = &mut tree;
        let mut parents: Vec<&str> = Vec::new();
        for part in key.split('.') {
            if at.is_null() {
                *at = Value::Object(Map::new());
            }
            let nowhere = |found| ConfigError::UnknownKey {
                key: key.to_owned(),
                parent: parents.join("."),
                found,
            };
            at = match at {
                Value::Object(map) => map.entry(part.replace('_', "-")).or_insert(Value::Null),
                Value::Array(items) => {
                    let n = items.len();
                    let item = part.parse().ok().and_then(|i: usize| items.get_mut(i));
                    item.ok_or_else(|| nowhere(format!("a list of {n}, counted from 0")))?
                }
                leaf => return Err(nowhere(format!("{leaf}, not a table"))),
            };
            parents.push(part);
        }
        *at = parse_value(value);
        let layers = Self { tree };
        layers.resolve().map_err(|error| match error {
            ConfigError::Misfit(reason) => ConfigError::Setting { key: key.to_owned(), reason },
            error => error,
        })?;
        *self = layers;
        Ok(())
    }

    /// Sets from `key=value`.
    ///
    /// # Errors
    ///
    /// As [`set`](Self::set), and when there is no `=`.
    pub fn assign(&mut self, assignment: &str) -> Result<(), ConfigError> {
        let (key, value) =
            assignment.split_once('=').ok_or_else(|| ConfigError::BadSet(assignment.to_owned()))?;
        self.set(key.trim(), value.trim())
    }

    /// Whether there is a value at a dotted key.
    pub(crate) fn has(&self, key: &str) -> bool {
        key.split('.').try_fold(&self.tree, |at, part| at.get(part)).is_some()
    }

    /// The configuration as it stands.
    ///
    /// # Errors
    ///
    /// When a key or value does not fit.
    pub fn resolve(&self) -> Result<RunConfig, ConfigError> {
        // Before all else: what another format says may not be read at all.
        let schema = self.tree.get("schema").and_then(Value::as_u64);
        if let Some(schema) = schema.filter(|schema| *schema != u64::from(SCHEMA)) {
            return Err(ConfigError::Misfit(format!(
                "it has format {schema}, this kiln reads {SCHEMA}: use the kiln that wrote it, or start \
                 the run anew"
            )));
        }
        let config: RunConfig = serde_json::from_value(self.tree.clone())
            .map_err(|e| ConfigError::Misfit(e.to_string()))?;
        if config.batch_size == 0 || config.sheet == 0 {
            let key = if config.batch_size == 0 { "batch-size" } else { "sheet" };
            return Err(ConfigError::Misfit(format!("`{key}` is 0; it must be at least 1")));
        }
        config.plan.check().map_err(|e| ConfigError::Misfit(e.to_string()))?;
        Ok(config)
    }
}

/// The defaults of the recipe of this name, as a tree with every key.
fn defaults(name: &str) -> Result<Value, ConfigError> {
    Preset::find(name)?;
    let misfit = |e: serde_json::Error| ConfigError::Misfit(e.to_string());
    let recipe = serde_json::from_value(serde_json::json!({ "name": name })).map_err(misfit)?;
    serde_json::to_value(RunConfig { recipe, ..RunConfig::default() }).map_err(misfit)
}

/// Lays `over` on `tree`. A table with another `kind` replaces the whole table below it.
fn merge(tree: &mut Value, over: Value) {
    match (tree, over) {
        (Value::Object(tree), Value::Object(over)) => {
            if over.get("kind").is_some_and(|kind| Some(kind) != tree.get("kind")) {
                tree.clear();
            }
            for (key, value) in over {
                merge(tree.entry(key).or_insert(Value::Null), value);
            }
        }
        (tree, over) => *tree = over,
    }
}

fn parse_value(text: &str) -> Value {
    let document = format!("value = {text}");
    let parsed = toml::from_str::<Map<String, Value>>(&document).ok();
    let value = parsed.and_then(|mut map| map.remove("value"));
    value.unwrap_or_else(|| match text {
        "" => Value::Null,
        _ => Value::String(text.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recipe::RecipeConfig;

    #[test]
    fn a_setting_is_found_by_its_dotted_key() {
        let mut layers = Layers::preset("vanilla").unwrap();
        layers.assign("recipe.critic.rate=1e-3").unwrap();
        layers.assign("data.source=some/where").unwrap();
        layers.assign("batch_size = 16").unwrap();
        let config = layers.resolve().unwrap();
        assert_eq!(config.batch_size, 16);
        assert_eq!(config.data.source.to_string(), "some/where");
        let RecipeConfig::Vanilla(vanilla) = config.recipe else { panic!() };
        assert_eq!(vanilla.critic.rate.at(kiln_core::SamplesSeen(0)), 1e-3);
    }

    #[test]
    fn an_empty_value_clears_a_setting_and_none_is_a_name_like_others() {
        let mut layers = Layers::preset("dcgan").unwrap();
        layers.assign("data.size=").unwrap();
        layers.assign("recipe.networks.critic.norm=none").unwrap();
        let config = layers.resolve().unwrap();
        assert_eq!(config.data.size, None);
        let critic = serde_json::to_value(&config).unwrap()["recipe"]["networks"]["critic"].take();
        assert_eq!(critic["norm"], "none");
    }

    #[test]
    fn penalties_are_listed_by_name_and_an_item_is_found_by_its_number() {
        let mut layers = Layers::preset("dcgan").unwrap();
        let two =
            "recipe.penalties=[{kind=\"r1\", weight=1, every=4}, {kind=\"wgan-gp\", weight=10}]";
        layers.assign(two).unwrap();
        layers.assign("recipe.penalties.1.weight=5").unwrap();
        let RecipeConfig::Dcgan(dcgan) = layers.resolve().unwrap().recipe else { panic!() };
        assert_eq!(dcgan.penalties.len(), 2);
        let penalty = dcgan.penalties[1];
        assert_eq!((penalty.weight, penalty.every), (kiln_core::Schedule::constant(5.0), 1));

        let error = layers.assign("recipe.penalties.2.weight=5").unwrap_err().to_string();
        assert!(error.contains("recipe.penalties"), "{error}");
        let error = layers.assign("recipe.penalties=[{kind=\"r3\", weight=1}]").unwrap_err();
        assert!(error.to_string().contains("wgan-gp"), "{error}");
    }

    #[test]
    fn a_wrong_key_is_told_the_right_ones() {
        let mut layers = Layers::preset("dcgan").unwrap();
        let error = layers.assign("recipe.critc.rate=1").unwrap_err().to_string();
        assert!(error.contains("recipe.critc.rate") && error.contains("critic"), "{error}");
        let error = layers.assign("recipe.latent=3").unwrap_err().to_string();
        assert!(error.contains("latent") && error.contains("latents"), "{error}");
        let error = layers.assign("recipe.latents.mean=3").unwrap_err().to_string();
        assert!(error.contains("`recipe.latents` is"), "{error}");
        let same = Layers::preset("dcgan").unwrap();
        assert_eq!(layers.resolve().unwrap(), same.resolve().unwrap(), "nothing has changed");
    }

    #[test]
    fn setting_a_key_of_an_optional_table_begins_it() {
        let mut layers = Layers::preset("stylegan2").unwrap();
        layers.assign("recipe.regularisers.path-length.every=2").unwrap();
        assert!(layers.has("recipe.regularisers.path-length.every"));
        let error = layers.assign("recipe.regularisers.path.every=2").unwrap_err().to_string();
        assert!(
            error.contains("path-length") && error.contains("regularisers.path.every"),
            "{error}"
        );
    }

    #[test]
    fn another_kind_of_schedule_replaces_the_whole_table() {
        let text = "recipe = { name = \"dcgan\", critic = { rate = { kind = \"linear\", \
                    from = 1e-3, to = 0.0, until = 100 } } }";
        let config = Layers::file(text, "x.toml", false).unwrap().resolve().unwrap();
        let RecipeConfig::Dcgan(dcgan) = config.recipe else { panic!() };
        assert_eq!(dcgan.critic.rate.at(kiln_core::SamplesSeen(50)), 5e-4);
    }
}
