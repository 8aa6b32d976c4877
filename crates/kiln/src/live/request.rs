//! The head of an HTTP request, read within bounds of size and time.

use std::io::{self, Read};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// Longest head, in bytes.
const LONGEST_HEAD: usize = 8 * 1024;
/// How long a client may take for it, however it spreads its bytes.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) method: String,
    /// The path, without the query.
    pub(super) path: String,
    /// What stands behind `?`.
    pub(super) query: String,
    /// The header `Host`.
    pub(super) host: Option<String>,
}

/// Why there is no request.
#[derive(Debug)]
pub(super) enum Unread {
    /// The client has gone, or is too slow: there is nobody to tell.
    Gone,
    /// It is no HTTP request.
    Malformed,
    /// The head is too long.
    TooLong,
}

impl From<io::Error> for Unread {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}

/// Reads the head; a body, which nobody should send, stays unread.
pub(super) fn read(stream: &mut TcpStream) -> Result<Request, Unread> {
    let deadline = Instant::now() + PATIENCE;
    let mut head = Vec::new();
    let mut buffer = [0; 1024];
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Unread::Gone);
        }
        stream.set_read_timeout(Some(left))?;
        let n = stream.read(&mut buffer)?;
        if n == 0 {
            return Err(Unread::Gone);
        }
        head.extend_from_slice(&buffer[..n]);
        if let Some(end) = head.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            let text = std::str::from_utf8(&head[..end]).map_err(|_| Unread::Malformed)?;
            return parse(text).ok_or(Unread::Malformed);
        }
        if head.len() > LONGEST_HEAD {
            return Err(Unread::TooLong);
        }
    }
}

/// The request in a head without its empty line.
fn parse(head: &str) -> Option<Request> {
    let mut lines = head.split("\r\n");
    let mut words = lines.next()?.split(' ');
    let (method, target, version) = (words.next()?, words.next()?, words.next()?);
    let is_whole = words.next().is_none() && matches!(version, "HTTP/1.0" | "HTTP/1.1");
    if !is_whole || !target.starts_with('/') || !method.bytes().all(|b| b.is_ascii_uppercase()) {
        return None;
    }
    let mut host = None;
    for line in lines {
        let (name, value) = line.split_once(':')?;
        // Two hosts are a trick: which one would count?
        if name.eq_ignore_ascii_case("host") && host.replace(value.trim().to_owned()).is_some() {
            return None;
        }
    }
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let [method, path, query] = [method, path, query].map(str::to_owned);
    Some(Request { method, path, query, host })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_taken_apart() {
        let request =
            parse("GET /data?since=5.1 HTTP/1.1\r\nHOST: localhost:7860\r\nA: b").unwrap();
        let [method, path, query] = ["GET", "/data", "since=5.1"].map(str::to_owned);
        let host = Some("localhost:7860".to_owned());
        assert_eq!(request, Request { method, path, query, host });
    }

    #[test]
    fn what_is_no_request_is_refused() {
        let heads = [
            "",
            "GET /",
            "GET  / HTTP/1.1",
            "GET / HTTP/2",
            "GET http://127.0.0.1/ HTTP/1.1",
            "get / HTTP/1.1",
            "GET / HTTP/1.1 x",
            "GET / HTTP/1.1\r\nHost: a\r\nHost: localhost",
            "GET / HTTP/1.1\r\nno header",
        ];
        for head in heads {
            assert_eq!(parse(head), None, "{head}");
        }
    }
}
