//! What a source file must open with, and what it must not hold.

use super::finding::Finding;
use super::mask::{closing, line_of};

/// Checks the opening of a file, `mod.rs`, and attributes that silence the compiler for good.
pub(super) fn check(path: &str, source: &str, masked: &str) -> Vec<Finding> {
    let mut findings: Vec<_> = opening(path, source).into_iter().collect();
    findings.extend(silencers(path, masked));
    if path.ends_with("/mod.rs") {
        findings.extend(module_list(path, masked));
    }
    findings
}

fn opening(path: &str, source: &str) -> Option<Finding> {
    (!source.starts_with("//!")).then(|| {
        Finding::failure(
            path,
            "does not open with what it is",
            "start it with a `//!` sentence: the thing, the formula, the source",
        )
        .at(1)
    })
}

fn silencers<'a>(path: &'a str, masked: &'a str) -> impl Iterator<Item = Finding> + 'a {
    let attributes = ["#[allow(", "#![allow("];
    let places = attributes.into_iter().flat_map(|a| masked.match_indices(a));
    places.map(move |(at, attribute)| {
        Finding::failure(
            path,
            format!("`{attribute}..)]` stays silent when its reason is gone"),
            "use `#[expect(.., reason = \"..\")]`",
        )
        .at(line_of(masked, at))
    })
}

/// `mod.rs` holds `mod` and `pub use` only.
fn module_list(path: &str, masked: &str) -> Option<Finding> {
    let mut rest = without_attributes(masked);
    while !rest.is_empty() {
        let end = rest.find(';').unwrap_or(rest.len());
        if !is_listing(&rest[..end]) {
            let line = line_of(masked, masked.len() - rest.len());
            let finding = Finding::failure(
                path,
                "holds more than docs, `mod` and `pub use`",
                "move the code into a file with a name of its own",
            );
            return Some(finding.at(line));
        }
        rest = without_attributes(rest.get(end + 1..).unwrap_or_default());
    }
    None
}

fn without_attributes(code: &str) -> &str {
    let mut code = code.trim_start();
    while code.starts_with("#[") || code.starts_with("#![") {
        let end = closing(code, '[', ']').unwrap_or(code.len());
        code = code[end..].trim_start();
    }
    code
}

fn is_listing(statement: &str) -> bool {
    let visible = statement.starts_with("pub");
    let item = match statement.strip_prefix("pub") {
        Some(restricted) if restricted.starts_with('(') => {
            restricted.split_once(')').map_or("", |(_, item)| item)
        }
        Some(item) => item,
        None => statement,
    };
    let item = item.trim_start();
    (item.starts_with("mod ") && !item.contains('{')) || (visible && item.starts_with("use "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::mask::mask;

    fn check_file(path: &str, source: &str, expected: &[&str]) {
        let findings = check(path, source, &mask(source));
        let places: Vec<_> = findings
            .iter()
            .map(|f| f.to_string().lines().next().unwrap_or_default().to_owned())
            .collect();
        assert_eq!(places.len(), expected.len(), "{places:?}");
        for (place, start) in places.iter().zip(expected) {
            assert!(place.starts_with(start), "{place}");
        }
    }

    #[test]
    fn a_file_opens_with_what_it_is() {
        check_file("x.rs", "//! X.\n", &[]);
        check_file("x.rs", "\n//! X.\n", &["failure: x.rs:1:"]);
        check_file("x.rs", "use y;\n", &["failure: x.rs:1:"]);
    }

    #[test]
    fn silencing_attributes_are_found_in_code_only() {
        let silent = format!("//! X.\n{}dead_code)]\nfn f() {{}}\n", "#[allow(");
        check_file("x.rs", &silent, &["failure: x.rs:2:"]);
        check_file("x.rs", &format!("//! X, as `{}y)]`.\n", "#[allow("), &[]);
        check_file("x.rs", "//! X.\n#[expect(dead_code, reason = \"y\")]\n", &[]);
    }

    #[test]
    fn a_module_file_lists_modules() {
        let good =
            "//! X.\n\nmod a;\n#[cfg(test)]\nmod b;\npub mod c;\npub use a::{\n  A, B,\n};\n";
        check_file("x/mod.rs", good, &[]);
        check_file("x/mod.rs", "//! X.\npub(crate) use a::A;\npub(super) mod b;\n", &[]);
    }

    #[test]
    fn a_module_file_holds_no_code() {
        let refused = &["failure: x/mod.rs:3:"];
        check_file("x/mod.rs", "//! X.\nmod a;\nfn f() {}\n", refused);
        check_file("x/mod.rs", "//! X.\nmod a;\nuse a::A;\n", refused);
        check_file("x/mod.rs", "//! X.\nmod a;\nmod tests { fn f() {} }\n", refused);
        check_file("x/model.rs", "//! X.\nfn f() {}\n", &[]);
    }
}
