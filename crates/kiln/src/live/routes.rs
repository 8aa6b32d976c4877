//! Which path is answered with what.

use std::fs::{self, File};
use std::io::{self, Read};

use super::answer::{Answer, Status};
use super::feed::Feed;
use super::guard::Guard;
use super::request::{Request, Unread};
use crate::report::page::Picture;

/// Largest picture that is served, in bytes.
const LARGEST_PICTURE: u64 = 64 << 20;

/// What a browser sees that is there before the run begins: it asks again by itself.
const NOT_YET: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
    <meta name=\"color-scheme\" content=\"light dark\"><meta http-equiv=\"refresh\" content=\"1\">\
    <title>kiln</title><link rel=\"icon\" href=\"data:,\"><p>The run is about to begin.";

/// The answer to a request that could be read.
pub(super) fn answer(request: &Request, guard: Guard, feed: &Feed) -> Answer {
    if !guard.admits(request.host.as_deref()) {
        let words = "This page is for this machine alone: ask for http://localhost. To serve \
                     others, give `kiln train --serve` an address.";
        return Answer::refusal(Status::Foreign, words);
    }
    if !matches!(request.method.as_str(), "GET" | "HEAD") {
        return Answer::refusal(Status::ReadOnly, "This server can only be read.");
    }
    let answered = match request.path.as_str() {
        "/" => feed.page().map(|page| Some(Answer::page(page.unwrap_or(NOT_YET.to_owned())))),
        "/data" => {
            let since = request.query.strip_prefix("since=").unwrap_or_default();
            feed.increment(since).map(|data| data.map(Answer::json))
        }
        path => match path.strip_prefix("/sheet/") {
            Some(name) => picture(name, feed),
            None => Ok(None),
        },
    };
    match answered {
        Ok(Some(answer)) => answer,
        Ok(None) => Answer::refusal(Status::Absent, "There is nothing here. The page is at /."),
        Err(error) => Answer::refusal(Status::Broken, &error.to_string()),
    }
}

/// The answer to one that could not; nothing if nobody is there to read it.
pub(super) fn refusal(unread: &Unread) -> Option<Answer> {
    match unread {
        Unread::Gone => None,
        Unread::Malformed => Some(Answer::refusal(Status::Malformed, "This is no HTTP request.")),
        Unread::TooLong => Some(Answer::refusal(Status::TooLong, "The request is too long.")),
    }
}

/// A picture of the run, by a name that only its pictures have; links are not followed.
fn picture(name: &str, feed: &Feed) -> io::Result<Option<Answer>> {
    if Picture::of(name).is_none() {
        return Ok(None);
    }
    let path = feed.sheets().join(name);
    match fs::symlink_metadata(&path) {
        Ok(found) if found.is_file() && found.len() <= LARGEST_PICTURE => {}
        _ => return Ok(None),
    }
    let mut bytes = Vec::new();
    File::open(&path)?.take(LARGEST_PICTURE).read_to_end(&mut bytes)?;
    let kind = if name.ends_with(".gif") { "image/gif" } else { "image/png" };
    Ok(Some(Answer::picture(kind, bytes)))
}
