//! One thing that a check found: where, what, and what to do about it.

use std::fmt;

/// A place with something wrong about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) severity: Severity,
    /// Relative to the root of the repository, with `/`.
    path: String,
    /// Counted from 1; none when the file as a whole is meant.
    line: Option<usize>,
    what: String,
    remedy: String,
}

/// Whether a finding fails the check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Severity {
    /// Tidy fails.
    Failure,
    /// Tidy passes, and says so all the same.
    Warning,
}

impl Finding {
    pub(super) fn failure(path: &str, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            severity: Severity::Failure,
            path: path.to_owned(),
            line: None,
            what: what.into(),
            remedy: remedy.into(),
        }
    }

    pub(super) fn at(mut self, line: usize) -> Self {
        self.line = Some(line);
        self
    }

    pub(super) fn warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.severity {
            Severity::Failure => "failure",
            Severity::Warning => "warning",
        };
        write!(f, "{word}: {}", self.path)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}\n    {}", self.what, self.remedy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_says_where_what_and_what_to_do() {
        let finding = Finding::failure("a/b.rs", "it is long", "split it").at(7);
        assert_eq!(finding.to_string(), "failure: a/b.rs:7: it is long\n    split it");
        let warning = Finding::failure("a", "b", "c").warning();
        assert!(warning.to_string().starts_with("warning: a: b"));
    }
}
