//! The page itself: the template with its style, script and data.

use std::sync::LazyLock;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::account::RunData;
use super::base64::base64;
use super::chronicle::Cursor;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
/// The parts of the script; they share one scope.
const PARTS: [&str; 8] = [
    include_str!("script/dom.js"),
    include_str!("script/numbers.js"),
    include_str!("script/series.js"),
    include_str!("script/chart.js"),
    include_str!("script/samples.js"),
    include_str!("script/tables.js"),
    include_str!("script/live.js"),
    include_str!("script/main.js"),
];
static SCRIPT: LazyLock<String> =
    LazyLock::new(|| format!("(() => {{\n\"use strict\";\n{}}})();\n", PARTS.join("\n")));

/// A page of one run or several.
#[derive(Debug, Serialize)]
pub(crate) struct Document<'a> {
    /// Says how to read what follows.
    format: u32,
    kiln: &'static str,
    live: bool,
    cursor: String,
    runs: Vec<RunData<'a>>,
    #[serde(skip)]
    title: String,
}

impl<'a> Document<'a> {
    /// A page that stands by itself.
    pub(crate) fn of(title: String, runs: Vec<RunData<'a>>) -> Self {
        let (format, kiln) = (1, env!("CARGO_PKG_VERSION"));
        Self { format, kiln, live: false, cursor: String::new(), runs, title }
    }

    /// The page of a run that goes on, told up to `cursor`.
    pub(crate) fn live(title: String, run: RunData<'a>, cursor: Cursor) -> Self {
        let cursor = cursor.to_string();
        Self { live: true, cursor, ..Self::of(title, vec![run]) }
    }

    /// The page's text.
    ///
    /// # Errors
    ///
    /// Never for what a run holds.
    pub(crate) fn render(&self) -> serde_json::Result<String> {
        let data = in_script(&serde_json::to_string(self)?);
        let (title, policy) = (in_markup(&self.title), policy(self.live));
        let mut text = String::with_capacity(PAGE.len() + STYLE.len() + SCRIPT.len() + data.len());
        for part in PAGE.split("{{") {
            let Some((name, rest)) = part.split_once("}}") else {
                text.push_str(part);
                continue;
            };
            text.push_str(match name {
                "policy" => &policy,
                "title" => &title,
                "style" => STYLE,
                "data" => &data,
                _ => &SCRIPT,
            });
            text.push_str(rest);
        }
        Ok(text)
    }
}

/// What the page may load: its own style and script, and pictures within it. A live one may also
/// ask the server that gave it.
pub(crate) fn policy(live: bool) -> String {
    let hash = |text: &str| base64(&Sha256::digest(text));
    let (style, script) = (hash(STYLE), hash(&SCRIPT));
    let own = if live { "; connect-src 'self'; img-src 'self' data:" } else { "; img-src data:" };
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'{own}; \
         base-uri 'none'; form-action 'none'"
    )
}

/// JSON that cannot end the script element it stands in: `<` occurs within strings only.
fn in_script(json: &str) -> String {
    json.replace('<', "\\u003c")
}

fn in_markup(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
