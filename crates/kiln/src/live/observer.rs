//! Hears the run and hands on what it hears.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Sender;

use kiln_train::{Event, Observer};

use super::feed::{Feed, News, past};

/// Feeds the live page. It must hear an event after the records have it: the past of a run that
/// goes on is what they hold when it starts.
#[derive(Debug)]
pub(crate) struct LiveObserver {
    folder: PathBuf,
    feed: Arc<Feed>,
    news: Sender<News>,
    /// What is told before the run begins, such as a checkpoint that is damaged.
    early: Option<Vec<Event>>,
}

impl LiveObserver {
    /// The observer of the run in `folder`, which may not be there yet.
    pub(crate) fn new(folder: &Path) -> Self {
        let (feed, news) = Feed::new(folder);
        Self { folder: folder.to_owned(), feed: Arc::new(feed), news, early: Some(Vec::new()) }
    }

    /// What it feeds.
    pub(crate) fn feed(&self) -> Arc<Feed> {
        self.feed.clone()
    }

    fn tell(&self, news: News) {
        // The feed holds the other end as long as this observer lives.
        drop(self.news.send(news));
    }
}

impl Observer for LiveObserver {
    fn observe(&mut self, event: &Event) -> io::Result<()> {
        if let Event::Started { .. } = event {
            self.tell(past(&self.folder).map_err(io::Error::other)?);
            for event in self.early.take().unwrap_or_default() {
                self.tell(News::Heard(serde_json::to_value(event)?));
            }
        }
        match &mut self.early {
            Some(early) => early.push(event.clone()),
            None => self.tell(News::Heard(serde_json::to_value(event)?)),
        }
        self.feed.catch_up();
        Ok(())
    }
}
