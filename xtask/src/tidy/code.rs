//! The checks on each Rust file.

use super::finding::Finding;
use super::mask::mask;
use super::tree::Tree;
use super::{length, shape};

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, source) in tree.sources() {
        let masked = mask(source);
        findings.extend(shape::check(path, source, &masked));
        if !is_test(path) {
            findings.extend(length::check(path, source, &masked));
        }
    }
    findings
}

/// Whether a whole file is tests; those may be long.
fn is_test(path: &str) -> bool {
    let folders = ["tests", "benches"];
    path.ends_with("/tests.rs") || path.split('/').any(|part| folders.contains(&part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn n_findings(path: &str) -> usize {
        let long = format!("//! X.\n{}", "x;\n".repeat(600));
        check(&Tree::new([(path, Some(long))])).len()
    }

    #[test]
    fn long_files_are_found_tests_aside() {
        assert_eq!(n_findings("crates/kiln/src/x.rs"), 1);
        assert_eq!(n_findings("crates/kiln/src/x/tests.rs"), 0);
        assert_eq!(n_findings("tests/tests/resume.rs"), 0);
        assert_eq!(n_findings("crates/kiln/src/x.txt"), 0);
    }
}
