//! What there is to tell of one run, from its folder and from what it tells while it goes on.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;
use thiserror::Error;

use super::super::At;
use super::super::stats::whole_lines;
use super::chronicle::{Chronicle, Columns, Cursor, Happening, Standing};
use super::embedding::Pictures;
use super::gallery::Gallery;

/// Lines of `log.txt` that are shown.
const LOG_LINES: usize = 300;

/// A run that can be told of.
#[derive(Debug)]
pub(crate) struct Account {
    /// What it is called on the page.
    pub(crate) name: String,
    folder: PathBuf,
    config: Value,
    chronicle: Chronicle,
    gallery: Gallery,
    log: Vec<String>,
    notes: Vec<String>,
}

/// Why a run cannot be told of.
#[derive(Debug, Error)]
pub(crate) enum AccountError {
    /// There is nothing at that path.
    #[error("there is no run at {0}: give the folder of a run, such as runs/dcgan-mnist")]
    Nothing(PathBuf),
    /// There is something else.
    #[error("{0} is no run: it has no config.json. Give the folder of a run{1}")]
    NoRun(PathBuf, String),
    /// The configuration is no JSON.
    #[error("{0} is not the configuration of a run: {1}")]
    Config(PathBuf, serde_json::Error),
    /// The run has just begun.
    #[error(
        "{0} has nothing to show yet: no line in stats.jsonl and no sheet. Let it train for a while"
    )]
    Empty(PathBuf),
    /// A file cannot be read.
    #[error("cannot read {0}")]
    Disk(#[from] io::Error),
}

/// A run as the page reads it, or what is new of it.
#[derive(Debug, Serialize)]
pub(crate) struct RunData<'a> {
    name: &'a str,
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    config: Option<&'a Value>,
    state: &'a Standing,
    curves: BTreeMap<&'a str, Columns>,
    events: &'a [Happening],
    sheets: Vec<SheetData>,
    reals: Option<String>,
    pictures: Vec<PictureData<'a>>,
    log: &'a [String],
    notes: Vec<String>,
}

#[derive(Debug, Serialize)]
struct SheetData {
    samples: u64,
    src: String,
}

#[derive(Debug, Serialize)]
struct PictureData<'a> {
    name: &'a str,
    words: &'static str,
    src: String,
}

impl Account {
    /// Reads a run's folder: what is missing is left out, and so is a torn last line. `epoch` is
    /// where the [`Cursor`] begins.
    ///
    /// # Errors
    ///
    /// When the folder is none of a run, or a file that is there cannot be read.
    pub(crate) fn read(folder: &Path, epoch: u64) -> Result<Self, AccountError> {
        let config = read_config(folder)?;
        let until = config["plan"]["until"].as_u64().unwrap_or_default();
        let real = fs::canonicalize(folder).at(folder)?;
        let name = real.file_name().unwrap_or(real.as_os_str()).to_string_lossy().into_owned();
        let mut account = Self {
            name,
            folder: folder.to_owned(),
            config,
            chronicle: Chronicle::new(until, epoch),
            gallery: Gallery::list(&folder.join("sheets"))?,
            log: Vec::new(),
            notes: Vec::new(),
        };
        account.read_stats()?;
        account.read_log()?;
        Ok(account)
    }

    /// Refuses a run of which nothing can be shown.
    ///
    /// # Errors
    ///
    /// When there is neither a curve nor a picture.
    pub(crate) fn not_empty(self) -> Result<Self, AccountError> {
        let told = self.chronicle.points().next().is_some() || !self.gallery.sheets.is_empty();
        if told { Ok(self) } else { Err(AccountError::Empty(self.folder)) }
    }

    /// What was trained on what: `dcgan on mnist`.
    pub(crate) fn title(&self) -> String {
        let word = |value: &Value| value.as_str().unwrap_or("?").to_owned();
        let data = word(&self.config["data"]["source"]);
        let data = data.trim_end_matches('/').rsplit('/').next().unwrap_or(&data);
        format!("{} on {data}", word(&self.config["recipe"]["name"]))
    }

    /// Where its files are.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its curves and what happened.
    pub(crate) fn chronicle(&self) -> &Chronicle {
        &self.chronicle
    }

    /// How far it is told.
    pub(crate) fn cursor(&self) -> Cursor {
        self.chronicle.cursor
    }

    /// Takes note of an event of the run as it goes on.
    pub(crate) fn hear(&mut self, event: &Value) {
        self.chronicle.hear(event);
        match event["event"].as_str() {
            Some("sheet") => {
                let samples = event["clock"]["samples"].as_u64().unwrap_or_default();
                self.gallery.draw(samples, self.cursor().revision);
            }
            Some("rolled-back") => self.gallery.go_back(self.chronicle.standing.samples),
            _ => {}
        }
    }

    /// The run for the page: all of it, or what came after the revision `since`.
    ///
    /// # Errors
    ///
    /// When a picture that goes into the page cannot be read.
    pub(crate) fn data(&self, since: Option<u64>, pictures: &Pictures) -> io::Result<RunData<'_>> {
        let revision = since.unwrap_or_default();
        let mut notes = self.notes.clone();
        let is_new = |drawn: u64| since.is_none_or(|since| drawn > since);
        let drawn = self.gallery.sheets.iter().filter(|(_, (_, drawn))| is_new(*drawn));
        let drawn: Vec<_> = drawn.map(|(samples, (name, _))| (*samples, name.clone())).collect();
        let chosen = pictures.choose(&drawn);
        if chosen.len() < drawn.len() {
            let (chosen, all) = (chosen.len(), drawn.len());
            notes.push(format!("{chosen} of the run's {all} sheets are in this page"));
        }
        let sheet = |(samples, name): (u64, String)| {
            pictures.source(&name).map(|src| SheetData { samples, src })
        };
        Ok(RunData {
            name: &self.name,
            title: self.title(),
            config: since.is_none().then_some(&self.config),
            state: &self.chronicle.standing,
            curves: self.chronicle.curves_since(revision),
            events: self.chronicle.happenings_since(revision),
            sheets: chosen.into_iter().map(sheet).collect::<io::Result<_>>()?,
            reals: self.gallery.reals.as_deref().map(|name| pictures.source(name)).transpose()?,
            pictures: self.other_pictures(pictures)?,
            log: if since.is_none() { &self.log } else { &[] },
            notes,
        })
    }

    fn other_pictures(&self, pictures: &Pictures) -> io::Result<Vec<PictureData<'_>>> {
        let others = self.gallery.others.iter();
        let data = others.map(|(name, kind)| {
            let src = pictures.source(name)?;
            Ok(PictureData { name, words: kind.words(), src })
        });
        data.collect()
    }

    fn read_stats(&mut self) -> io::Result<()> {
        let Some(bytes) = read_if_there(&self.folder.join("stats.jsonl"))? else {
            self.notes.push("there is no stats.jsonl, so there are no curves".into());
            return Ok(());
        };
        let lines = whole_lines(&bytes).split(|byte| *byte == b'\n').enumerate();
        for (idx, line) in lines.filter(|(_, line)| !line.is_empty()) {
            match serde_json::from_slice(line) {
                Ok(event) => self.chronicle.hear(&event),
                Err(_) => self.notes.push(format!(
                    "line {} of stats.jsonl cannot be read and is left out",
                    idx + 1
                )),
            }
        }
        if self.chronicle.points().next().is_some() {
            self.gallery.go_back(self.chronicle.standing.samples);
        }
        Ok(())
    }

    fn read_log(&mut self) -> io::Result<()> {
        let bytes = read_if_there(&self.folder.join("log.txt"))?.unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text.lines().collect();
        let last = lines.last().and_then(|line| line.split_once("  finished: "));
        self.chronicle.standing.ending = last.map(|(_, words)| words.to_owned());
        let shown = &lines[lines.len().saturating_sub(LOG_LINES)..];
        self.log = shown.iter().map(|line| (*line).to_owned()).collect();
        Ok(())
    }
}

fn read_config(folder: &Path) -> Result<Value, AccountError> {
    if !folder.exists() {
        return Err(AccountError::Nothing(folder.to_owned()));
    }
    let path = folder.join("config.json");
    let Some(text) = read_if_there(&path)? else {
        return Err(AccountError::NoRun(folder.to_owned(), runs_in(folder)));
    };
    serde_json::from_slice(&text).map_err(|error| AccountError::Config(path, error))
}

/// Names the runs that are in a folder, for somebody who gave that instead of one of them.
fn runs_in(folder: &Path) -> String {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let runs = entries.map(|entry| entry.path()).filter(|path| path.join("config.json").is_file());
    let mut names: Vec<String> = runs.map(|path| path.display().to_string()).take(8).collect();
    names.sort();
    if names.is_empty() { String::new() } else { format!(": {}", names.join(", ")) }
}

fn read_if_there(path: &Path) -> io::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if is_absent(&error) => Ok(None),
        Err(error) => Err(error).at(path),
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
