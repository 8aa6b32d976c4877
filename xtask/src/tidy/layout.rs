//! What the top level may hold, and how no file may be called.

use std::collections::BTreeSet;

use super::finding::Finding;
use super::tree::Tree;

const TOP_LEVEL: [&str; 9] = [
    "Cargo.lock",
    "Cargo.toml",
    "README.md",
    "assets",
    "clippy.toml",
    "crates",
    "rustfmt.toml",
    "tests",
    "xtask",
];

/// Names that fit any content say nothing about theirs.
const EMPTY_NAMES: [&str; 6] =
    ["base.rs", "common.rs", "helpers.rs", "misc.rs", "types.rs", "utils.rs"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = top_level(tree);
    findings.extend(tree.files().filter_map(empty_name));
    findings
}

fn top_level(tree: &Tree) -> Vec<Finding> {
    let entries: BTreeSet<&str> = tree.files().filter_map(|p| p.split('/').next()).collect();
    let strangers = entries.into_iter().filter(|entry| !belongs(entry));
    let finding = |entry| {
        Finding::failure(
            entry,
            "does not belong at the top level",
            "move it into crates/, assets/, tests/ or xtask/, or have .gitignore name it",
        )
    };
    strangers.map(finding).collect()
}

fn belongs(entry: &str) -> bool {
    TOP_LEVEL.contains(&entry)
        || ["LICENSE-", "NOTICE", "."].iter().any(|start| entry.starts_with(start))
}

fn empty_name(path: &str) -> Option<Finding> {
    let name = path.rsplit('/').next()?;
    EMPTY_NAMES.contains(&name).then(|| {
        Finding::failure(
            path,
            format!("the name `{name}` fits any content"),
            "name the file after the thing of the domain that it holds",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_one(path: &str, n_findings: usize) {
        let findings = check(&Tree::new([(path, None)]));
        assert_eq!(findings.len(), n_findings, "{findings:?}");
    }

    #[test]
    fn the_top_level_holds_what_the_design_names() {
        check_one("README.md", 0);
        check_one("LICENSE-MIT", 0);
        check_one("NOTICE.md", 0);
        check_one(".ci/run", 0);
        check_one("crates/kiln/src/lib.rs", 0);
    }

    #[test]
    fn a_stranger_at_the_top_level_is_found() {
        check_one("notes.txt", 1);
        check_one("scripts/go.sh", 1);
    }

    #[test]
    fn an_empty_name_is_found_at_any_depth() {
        check_one("crates/kiln/src/recipe/utils.rs", 1);
        check_one("crates/kiln/src/recipe/database.rs", 0);
    }
}
