//! File errors that say which file.

use std::io;
use std::path::Path;

/// Adds the path to an I/O error, whose kind is kept.
pub(crate) trait At<T> {
    /// The same result; an error's message starts with `path`.
    ///
    /// # Errors
    ///
    /// When `self` is one.
    fn at(self, path: &Path) -> io::Result<T>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, path: &Path) -> io::Result<T> {
        self.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_its_file_and_keeps_its_kind() {
        let path = Path::new("/nowhere/stats.jsonl");
        let error = std::fs::File::open(path).at(path).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
        assert!(error.to_string().starts_with("/nowhere/stats.jsonl: "));
    }
}
