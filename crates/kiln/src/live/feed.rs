//! What the live page is made from: the run's account, kept up to date in memory.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde::Serialize;
use serde_json::Value;

use crate::report::page::{Account, AccountError, Cursor, Document, Pictures, RunData};

/// A client that has not asked for so long has gone.
const ATTENTION: Duration = Duration::from_secs(6);

/// The run as it stands, for every reader.
#[derive(Debug)]
pub(crate) struct Feed {
    folder: PathBuf,
    kept: Mutex<Kept>,
}

#[derive(Debug)]
struct Kept {
    /// Nothing before the run begins.
    account: Option<Account>,
    news: Receiver<News>,
    /// How far the last reader got, and when.
    read: Option<(Cursor, Instant)>,
}

/// What the observer hands over.
#[derive(Debug)]
pub(super) enum News {
    /// The run begins, or goes on: what its folder tells of the past.
    Begun(Box<Account>),
    Heard(Value),
}

#[derive(Serialize)]
struct Increment<'a> {
    cursor: String,
    /// Whether this is everything, instead of what is new.
    reset: bool,
    run: RunData<'a>,
}

impl Feed {
    /// The feed of the run in `folder`, and where its news go in.
    pub(super) fn new(folder: &Path) -> (Self, Sender<News>) {
        let (sender, news) = channel();
        let kept = Mutex::new(Kept { account: None, news, read: None });
        (Self { folder: folder.to_owned(), kept }, sender)
    }

    /// Takes in the news unless a reader is at it: then the reader, or the next news, does.
    pub(super) fn catch_up(&self) {
        if let Ok(mut kept) = self.kept.try_lock() {
            kept.catch_up();
        }
    }

    /// The page; nothing before the run begins.
    pub(super) fn page(&self) -> io::Result<Option<String>> {
        let mut kept = self.lock();
        let Some(account) = &kept.account else {
            return Ok(None);
        };
        let cursor = account.cursor();
        let title = format!("{}, {}", account.title(), account.name);
        let run = account.data(None, &pictures(cursor))?;
        let page = Document::live(title, run, cursor).render()?;
        kept.read = Some((cursor, Instant::now()));
        Ok(Some(page))
    }

    /// What is new since the cursor that a reader had, as JSON: everything if the past has changed
    /// since, or if it had none.
    pub(super) fn increment(&self, since: &str) -> io::Result<Option<String>> {
        let mut kept = self.lock();
        let Some(account) = &kept.account else {
            return Ok(None);
        };
        let cursor = account.cursor();
        let before = Cursor::parse(since).filter(|before| before.epoch == cursor.epoch);
        let run = account.data(before.map(|before| before.revision), &pictures(cursor))?;
        let increment = Increment { cursor: cursor.to_string(), reset: before.is_none(), run };
        let text = serde_json::to_string(&increment)?;
        kept.read = Some((cursor, Instant::now()));
        Ok(Some(text))
    }

    /// Where the run's pictures are.
    pub(super) fn sheets(&self) -> PathBuf {
        self.folder.join("sheets")
    }

    /// Whether there is a reader who has not yet read to the end.
    pub(super) fn is_awaited(&self) -> bool {
        let kept = self.lock();
        let now = kept.account.as_ref().map(Account::cursor);
        kept.read.is_some_and(|(cursor, when)| Some(cursor) != now && when.elapsed() < ATTENTION)
    }

    /// The feed with all news taken in. A reader that panicked left nothing half done: it only
    /// reads.
    fn lock(&self) -> MutexGuard<'_, Kept> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.catch_up();
        kept
    }
}

impl Kept {
    fn catch_up(&mut self) {
        while let Ok(news) = self.news.try_recv() {
            match news {
                News::Begun(account) => self.account = Some(*account),
                News::Heard(event) => {
                    if let Some(account) = &mut self.account {
                        account.hear(&event);
                    }
                }
            }
        }
    }
}

/// A sheet that is drawn again after a roll-back has another address.
fn pictures(cursor: Cursor) -> Pictures {
    Pictures::Beside { version: cursor.epoch }
}

/// Reads the past of the run from its folder.
///
/// # Errors
///
/// When a file of it cannot be read.
pub(super) fn past(folder: &Path) -> Result<News, AccountError> {
    // A reader of an earlier process of this run must not take its cursor for one of this.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Account::read(folder, now.as_secs()).map(|account| News::Begun(Box::new(account)))
}
