//! An HTTP answer, written within a bound of time.

use std::io::{self, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::report::page::policy;

/// How long a client may take to read an answer.
const PATIENCE: Duration = Duration::from_secs(20);
/// Bytes that are handed to the system at once.
const PIECE: usize = 64 * 1024;

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: Status,
    kind: &'static str,
    keep: &'static str,
    body: Vec<u8>,
}

/// The statuses that occur.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Fine,
    Malformed,
    Foreign,
    Absent,
    ReadOnly,
    TooLong,
    Broken,
}

impl Status {
    fn line(self) -> &'static str {
        match self {
            Self::Fine => "200 OK",
            Self::Malformed => "400 Bad Request",
            Self::Foreign => "403 Forbidden",
            Self::Absent => "404 Not Found",
            Self::ReadOnly => "405 Method Not Allowed",
            Self::TooLong => "431 Request Header Fields Too Large",
            Self::Broken => "500 Internal Server Error",
        }
    }
}

impl Answer {
    /// The page.
    pub(super) fn page(text: String) -> Self {
        Self::fine("text/html; charset=utf-8", text.into_bytes())
    }

    /// Data for the page.
    pub(super) fn json(text: String) -> Self {
        Self::fine("application/json", text.into_bytes())
    }

    /// A picture, which the browser may keep: its address changes when it does.
    pub(super) fn picture(kind: &'static str, bytes: Vec<u8>) -> Self {
        Self { keep: "private, max-age=3600", ..Self::fine(kind, bytes) }
    }

    /// A refusal in words.
    pub(super) fn refusal(status: Status, words: &str) -> Self {
        let body = format!("{words}\n").into_bytes();
        Self { status, ..Self::fine("text/plain; charset=utf-8", body) }
    }

    fn fine(kind: &'static str, body: Vec<u8>) -> Self {
        Self { status: Status::Fine, kind, keep: "no-store", body }
    }

    /// Writes the answer; without its body if only the head was asked for.
    ///
    /// # Errors
    ///
    /// When the client has gone or is too slow.
    pub(super) fn write(&self, stream: &mut TcpStream, with_body: bool) -> io::Result<()> {
        let mut bytes = self.head().into_bytes();
        if with_body {
            bytes.extend_from_slice(&self.body);
        }
        let deadline = Instant::now() + PATIENCE;
        for piece in bytes.chunks(PIECE) {
            let mut piece = piece;
            while !piece.is_empty() {
                let left = deadline.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return Err(io::ErrorKind::TimedOut.into());
                }
                stream.set_write_timeout(Some(left))?;
                let n = stream.write(piece)?;
                if n == 0 {
                    return Err(io::ErrorKind::WriteZero.into());
                }
                piece = &piece[n..];
            }
        }
        stream.flush()
    }

    fn head(&self) -> String {
        let Self { status, kind, keep, body } = self;
        let allow = if *status == Status::ReadOnly { "Allow: GET, HEAD\r\n" } else { "" };
        format!(
            "HTTP/1.1 {}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nCache-Control: {keep}\r\n\
             {allow}Connection: close\r\nX-Content-Type-Options: nosniff\r\n\
             Content-Security-Policy: {}; frame-ancestors 'none'\r\n\
             Cross-Origin-Resource-Policy: same-origin\r\nCross-Origin-Opener-Policy: same-origin\r\n\
             Referrer-Policy: no-referrer\r\n\r\n",
            status.line(),
            body.len(),
            policy(true),
        )
    }
}
