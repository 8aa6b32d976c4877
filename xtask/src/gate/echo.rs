//! Shows what a command prints as it comes, and keeps it.

use std::io::{self, BufRead, BufReader, IsTerminal, Read, Write};
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context, Result};

/// The stream in which a test runner reports; the other one is left alone.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reports {
    /// `cargo test`.
    Stdout,
    /// `cargo nextest`.
    Stderr,
}

/// Runs `command` to its end and returns the lines of its report, without their line ends.
///
/// # Errors
///
/// When the command does not start or its output cannot be passed on.
pub(super) fn run(command: &mut Command, reports: Reports) -> Result<(ExitStatus, Vec<String>)> {
    let name = command.get_program().to_string_lossy().into_owned();
    let starting = || format!("cannot start {name}");
    let (status, lines) = match reports {
        Reports::Stdout => {
            keep_colours(command, io::stdout().is_terminal());
            let mut child = command.stdout(Stdio::piped()).spawn().with_context(starting)?;
            let stream = child.stdout.take().with_context(starting)?;
            let lines = tee(stream, &mut io::stdout().lock())?;
            (child.wait()?, lines)
        }
        Reports::Stderr => {
            keep_colours(command, io::stderr().is_terminal());
            let mut child = command.stderr(Stdio::piped()).spawn().with_context(starting)?;
            let stream = child.stderr.take().with_context(starting)?;
            let lines = tee(stream, &mut io::stderr().lock())?;
            (child.wait()?, lines)
        }
    };
    Ok((status, lines))
}

/// A pipe hides the terminal from the command, which would then drop its colours.
fn keep_colours(command: &mut Command, terminal: bool) {
    if terminal && std::env::var_os("CARGO_TERM_COLOR").is_none() {
        command.env("CARGO_TERM_COLOR", "always");
    }
}

fn tee(from: impl Read, to: &mut impl Write) -> Result<Vec<String>> {
    let mut from = BufReader::new(from);
    let mut lines = Vec::new();
    let mut line = Vec::new();
    while from.read_until(b'\n', &mut line)? > 0 {
        to.write_all(&line)?;
        to.flush()?;
        let text = String::from_utf8_lossy(&line);
        lines.push(text.trim_end_matches(['\r', '\n']).to_owned());
        line.clear();
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_passed_on_and_kept_even_the_unfinished_last() {
        let mut shown = Vec::new();
        let lines = tee(&b"one\r\n\ntw\xffo"[..], &mut shown).unwrap();
        assert_eq!(shown, b"one\r\n\ntw\xffo");
        assert_eq!(lines, ["one", "", "tw\u{fffd}o"]);
    }
}
