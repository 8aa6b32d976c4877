//! Links and paths in the docs lead to files that are there.
//!
//! Looked at: link targets and images in Markdown, paths in `code` of Markdown and of Rust docs,
//! and every mention of a file under `assets/results/`.

use super::finding::Finding;
use super::tree::Tree;

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.texts() {
        let mentions = match path.rsplit('.').next() {
            Some("md") => markdown(text),
            Some("rs") => rust_docs(text),
            _ => Vec::new(),
        };
        let broken = mentions.iter().filter(|mention| !mention.resolves(path, tree));
        findings.extend(broken.map(|mention| mention.finding(path)));
    }
    findings
}

/// A path that a document mentions.
#[derive(Debug, PartialEq, Eq)]
struct Mention {
    line: usize,
    target: String,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Relative to the file that holds it, as Markdown has it.
    Link,
    /// Relative to the root, to the file or to its crate; other words look like this too.
    Code,
    /// Relative to the root, and nothing else.
    Result,
}

impl Mention {
    fn resolves(&self, path: &str, tree: &Tree) -> bool {
        let folder = parent(path);
        let holds = |base: &str| join(base, &self.target).is_some_and(|p| tree.holds(&p));
        match self.kind {
            Kind::Link => holds(folder),
            Kind::Result => holds(""),
            Kind::Code => {
                let bases = ["", folder, crate_of(path, tree)];
                !bases.iter().any(|base| self.begins_in(base, tree))
                    || bases.iter().any(|b| holds(b))
            }
        }
    }

    /// Whether the first folder of the mention exists, and the rest claims to be a file or folder.
    fn begins_in(&self, base: &str, tree: &Tree) -> bool {
        let mut parts = self.target.split('/');
        let first = parts.next().unwrap_or_default();
        let last = parts.next_back().unwrap_or_default();
        let is_path = base.is_empty() || last.is_empty() || last.contains('.');
        is_path && join(base, first).is_some_and(|folder| tree.holds(&folder))
    }

    fn finding(&self, path: &str) -> Finding {
        let what = format!("mentions `{}`, which is not there", self.target);
        Finding::failure(path, what, "correct the path, or add the file to git").at(self.line)
    }
}

fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The folder of the crate that a file belongs to.
fn crate_of<'a>(path: &'a str, tree: &Tree) -> &'a str {
    let mut folder = parent(path);
    while !folder.is_empty() && !tree.holds(&format!("{folder}/Cargo.toml")) {
        folder = parent(folder);
    }
    folder
}

/// Resolves `.` and `..`; none when the target leaves the repository.
fn join(base: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = base.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

fn markdown(text: &str) -> Vec<Mention> {
    let mut mentions = Vec::new();
    let mut in_listing = false;
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim_start().starts_with("```") {
            in_listing = !in_listing;
        }
        let mut add = |target: &str, kind| {
            mentions.push(Mention { line: number, target: target.to_owned(), kind })
        };
        results(line).for_each(|target| add(target, Kind::Result));
        if !in_listing {
            link_targets(line).for_each(|target| add(target, Kind::Link));
            code_paths(line).for_each(|target| add(target, Kind::Code));
        }
    }
    mentions
}

fn rust_docs(text: &str) -> Vec<Mention> {
    let is_doc =
        |line: &str| ["//!", "///"].iter().any(|start| line.trim_start().starts_with(start));
    let lines = (1..).zip(text.lines()).filter(|(_, line)| is_doc(line));
    let mention = |(line, text)| {
        code_paths(text).map(move |target| Mention {
            line,
            target: target.to_owned(),
            kind: Kind::Code,
        })
    };
    lines.flat_map(mention).collect()
}

/// `](target)`, `src="target"` and `href="target"`, those that are no addresses or anchors.
fn link_targets(line: &str) -> impl Iterator<Item = &str> {
    let marks = [("](", ')'), ("src=\"", '"'), ("href=\"", '"')];
    let targets = marks.into_iter().flat_map(move |(start, end)| {
        let rests = line.split(start).skip(1);
        rests.filter_map(move |rest| rest.split_once(end).map(|(target, _)| target))
    });
    targets.filter_map(|target| {
        let path = target.split(['#', ' ']).next()?;
        (!path.is_empty() && !path.contains(':')).then_some(path)
    })
}

/// Pieces of `code` that could be paths: two or more plain names between slashes.
fn code_paths(line: &str) -> impl Iterator<Item = &str> {
    let spans = line.split('`').skip(1).step_by(2);
    spans.map(|span| span.split("::").next().unwrap_or(span)).filter(|span| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
        span.contains('/') && !span.starts_with('/') && span.chars().all(plain)
    })
}

/// Files under `assets/results/`, wherever in the line.
fn results(line: &str) -> impl Iterator<Item = &str> {
    const FOLDER: &str = "assets/results/";
    line.match_indices(FOLDER).filter_map(move |(at, _)| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
        let rest = &line[at..];
        let end = rest.find(|c| !plain(c)).unwrap_or(rest.len());
        let names_more = rest[end..].starts_with(['<', '*', '{', '$']);
        let target = rest[..end].trim_end_matches('.');
        (target.len() > FOLDER.len() && !names_more).then_some(target)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The targets in `text` at `path` that are not there.
    fn broken(path: &str, text: &str) -> Vec<String> {
        let files = [
            "assets/results/default.md",
            "crates/kiln/Cargo.toml",
            "crates/kiln/src/lib.rs",
            "tests/resume.rs",
        ];
        let others = files.into_iter().map(|file| (file, None));
        let tree = Tree::new(others.chain([(path, Some(text.to_owned()))]));
        check(&tree)
            .iter()
            .map(ToString::to_string)
            .map(|f| f.split('`').nth(1).unwrap().to_owned())
            .collect()
    }

    fn check_text(path: &str, text: &str, expected: &[&str]) {
        assert_eq!(broken(path, text), expected, "{text}");
    }

    #[test]
    fn links_resolve_from_their_file() {
        check_text(
            "README.md",
            "[a](crates/kiln) [b](gone.md#x) [c](#x) [d](https://x.y/z)",
            &["gone.md"],
        );
        check_text(
            "crates/ARCHITECTURE.md",
            "[a](kiln/src/lib.rs) ![b](../tests) [c](../../out)",
            &["../../out"],
        );
        check_text("README.md", "<img src=\"assets/gone.png\">", &["assets/gone.png"]);
    }

    #[test]
    fn paths_in_code_resolve_from_the_root_the_file_or_its_crate() {
        check_text("README.md", "`crates/kiln/src/lib.rs` `crates/gone.rs`", &["crates/gone.rs"]);
        check_text(
            "crates/ARCHITECTURE.md",
            "`kiln/src/lib.rs` `kiln/src/gone.rs` `tests/resume.rs::kill`",
            &["kiln/src/gone.rs"],
        );
        check_text(
            "crates/kiln/src/a.rs",
            "//! See `src/lib.rs` and `src/gone.rs`.\nlet x = \"`src/gone.rs`\";",
            &["src/gone.rs"],
        );
    }

    #[test]
    fn words_with_slashes_are_no_paths() {
        check_text(
            "README.md",
            "`runs/<name>` `burn/wgpu` `and/or` `/usr/share` `crates/*/src`",
            &[],
        );
        check_text("crates/ARCHITECTURE.md", "`kiln/wgpu`", &[]);
    }

    #[test]
    fn listings_may_name_what_a_command_will_make_but_results_must_be_there() {
        let listing =
            "```\n`crates/gone.rs` assets/results/default.md\nassets/results/gone.json.\n```\n";
        check_text("README.md", listing, &["assets/results/gone.json"]);
        check_text("README.md", "in assets/results/ and assets/results/<name>.json", &[]);
    }
}
