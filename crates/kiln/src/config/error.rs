//! What is wrong with a configuration.

use thiserror::Error;

use super::preset::Preset;

/// A configuration that cannot be used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// There is no such preset.
    #[error("there is no recipe `{name}`; there are {}", Preset::names().join(", "))]
    UnknownRecipe {
        /// The name that was given.
        name: String,
    },
    /// A text that is no TOML or JSON.
    #[error("{what} cannot be read: {reason}")]
    Syntax {
        /// Which text.
        what: String,
        /// What the parser said.
        reason: String,
    },
    /// A key or value that does not fit.
    #[error("the configuration does not fit: {0} (`kiln train --dry-run` shows every key)")]
    Misfit(String),
    /// A `--set` that is not `key=value`.
    #[error("`--set {0}` is not of the form key=value, such as --set recipe.latents=64")]
    BadSet(String),
    /// A key that leads nowhere.
    #[error("there is no setting `{key}`: `{parent}` is {found}")]
    UnknownKey {
        /// The key that was given.
        key: String,
        /// The part of it that exists.
        parent: String,
        /// What is there.
        found: String,
    },
    /// A setting whose key or value does not fit.
    #[error("`{key}` cannot be set so: {reason} (`kiln train --dry-run` shows every key)")]
    Setting {
        /// The key that was given.
        key: String,
        /// What the configuration said.
        reason: String,
    },
}
