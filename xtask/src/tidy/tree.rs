//! The files of the repository: those that git knows, and new ones that it does not ignore.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::Result;

use crate::cargo::{git, root};

/// The files, by path.
#[derive(Debug, Default)]
pub(super) struct Tree {
    documents: Vec<Document>,
    /// Every file and every folder above one.
    paths: BTreeSet<String>,
}

/// One file.
#[derive(Debug)]
pub(super) struct Document {
    /// Relative to the root, with `/`.
    pub(super) path: String,
    /// None for a binary file, and for one too large to have been written by hand.
    pub(super) text: Option<String>,
}

const LARGEST_TEXT: u64 = 1 << 20;

impl Tree {
    /// Reads the repository.
    ///
    /// # Errors
    ///
    /// When this is not a clone, or git is absent.
    pub(super) fn read() -> Result<Self> {
        let listed = git(&["ls-files", "-z", "--cached", "--others", "--exclude-standard"])?;
        let paths: BTreeSet<&str> = listed.split_terminator('\0').collect();
        let root = root();
        let present = paths.into_iter().filter(|path| root.join(path).is_file());
        Ok(Self::new(present.map(|path| (path, text(&root.join(path))))))
    }

    pub(super) fn new<'a>(files: impl IntoIterator<Item = (&'a str, Option<String>)>) -> Self {
        let mut tree = Self::default();
        for (path, text) in files {
            let ends = path.match_indices('/').map(|(end, _)| end);
            let folders = ends.map(|end| path[..end].to_owned());
            tree.paths.extend(folders.chain([path.to_owned()]));
            tree.documents.push(Document { path: path.to_owned(), text });
        }
        tree
    }

    pub(super) fn n_files(&self) -> usize {
        self.documents.len()
    }

    /// Every path of a file.
    pub(super) fn files(&self) -> impl Iterator<Item = &str> {
        self.documents.iter().map(|document| document.path.as_str())
    }

    /// The path and text of every text file.
    pub(super) fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        let documents = self.documents.iter();
        documents.filter_map(|document| Some((document.path.as_str(), document.text.as_deref()?)))
    }

    /// The path and text of every Rust file.
    pub(super) fn sources(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts().filter(|(path, _)| path.ends_with(".rs"))
    }

    /// Whether a file or a folder of that path is there.
    pub(super) fn holds(&self, path: &str) -> bool {
        path.is_empty() || self.paths.contains(path)
    }
}

fn text(path: &Path) -> Option<String> {
    let small = fs::metadata(path).is_ok_and(|meta| meta.len() <= LARGEST_TEXT);
    // A file that is not text, or is gone by now, has no text to check.
    small.then(|| fs::read_to_string(path).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_holds_its_files_and_the_folders_above_them() {
        let tree = Tree::new([("crates/kiln/src/lib.rs", None)]);
        assert!(tree.holds("crates/kiln/src/lib.rs"));
        assert!(tree.holds("crates/kiln") && tree.holds(""));
        assert!(!tree.holds("crates/kil") && !tree.holds("src"));
    }
}
