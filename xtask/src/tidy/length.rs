//! How long files and functions are, tests aside.

use std::ops::RangeInclusive;

use super::finding::Finding;
use super::mask::{closing, line_of};

const LONG_FILE: usize = 300;
const LONGEST_FILE: usize = 500;
const LONG_FUNCTION: usize = 40;

/// Checks a file's length and that of its functions. `masked` is the file without comments.
pub(super) fn check(path: &str, source: &str, masked: &str) -> Vec<Finding> {
    let tests = test_items(masked);
    let n_lines = source.lines().count() - tests.iter().map(|t| t.clone().count()).sum::<usize>();
    let mut findings: Vec<_> = file_length(path, n_lines).into_iter().collect();
    for function in functions(masked) {
        let in_tests = tests.iter().any(|test| test.contains(&function.line));
        if function.n_lines > LONG_FUNCTION && !in_tests {
            findings.push(function_length(path, &function));
        }
    }
    findings
}

fn file_length(path: &str, n_lines: usize) -> Option<Finding> {
    let what = format!("{n_lines} lines, tests aside");
    let remedy = "split it by what its parts are about; files aim at 150 lines";
    let finding = Finding::failure(path, what, remedy);
    if n_lines > LONGEST_FILE {
        Some(finding)
    } else {
        (n_lines > LONG_FILE).then(|| finding.warning())
    }
}

fn function_length(path: &str, function: &Function) -> Finding {
    let what = format!("`{}` has {} lines", function.name, function.n_lines);
    Finding::failure(path, what, "take the parts that have a name out; functions aim at 10 lines")
        .at(function.line)
        .warning()
}

/// A function with a body.
#[derive(Debug, PartialEq, Eq)]
struct Function {
    name: String,
    line: usize,
    /// From the line of `fn` to that of the closing brace.
    n_lines: usize,
}

fn functions(masked: &str) -> Vec<Function> {
    let starts = masked.match_indices("fn ").map(|(at, _)| at);
    starts.filter_map(|at| function_at(masked, at)).collect()
}

fn function_at(masked: &str, at: usize) -> Option<Function> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    if masked[..at].ends_with(is_word) {
        return None;
    }
    let rest = &masked[at..];
    let after = rest[3..].trim_start();
    let name: String = after.chars().take_while(|c| is_word(*c)).collect();
    let body = body_of(rest)?;
    let end = body + closing(&rest[body..], '{', '}')?;
    (!name.is_empty()).then(|| Function {
        name,
        line: line_of(masked, at),
        n_lines: line_of(rest, end),
    })
}

/// Where the body of an item opens; none when a semicolon ends it first.
fn body_of(item: &str) -> Option<usize> {
    let mut depth = 0_i32;
    for (at, c) in item.char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            '{' if depth == 0 => return Some(at),
            ';' if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

/// The lines of the items that exist only in tests.
fn test_items(masked: &str) -> Vec<RangeInclusive<usize>> {
    let mut items = Vec::new();
    let mut from = 0;
    while let Some(start) = next_test_attribute(masked, from) {
        let rest = &masked[start..];
        let attribute = closing(rest, '[', ']').unwrap_or(rest.len());
        let item = &rest[attribute..];
        let length = body_of(item)
            .and_then(|body| Some(body + closing(&item[body..], '{', '}')?))
            .or_else(|| item.find(';'))
            .unwrap_or(item.len());
        from = start + attribute + length;
        items.push(line_of(masked, start)..=line_of(masked, from));
    }
    items
}

fn next_test_attribute(masked: &str, from: usize) -> Option<usize> {
    let attributes = ["#[cfg(test)]", "#[cfg(all(test"];
    let starts = attributes.iter().filter_map(|a| masked[from..].find(a));
    starts.min().map(|at| from + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(source: &str) -> Vec<(String, usize, usize)> {
        let functions = functions(source).into_iter();
        functions.map(|f| (f.name, f.line, f.n_lines)).collect()
    }

    #[test]
    fn a_function_is_counted_from_its_name_to_its_last_brace() {
        let source = "\nimpl X {\n  pub fn long<T>(\n    x: [u8; 4],\n  ) -> T {\n    {}\n  }\n}\n";
        assert_eq!(lengths(source), [("long".into(), 3, 5)]);
    }

    #[test]
    fn a_declaration_and_a_pointer_are_no_functions() {
        assert_eq!(lengths("trait T { fn f(&self); }\n"), []);
        assert_eq!(lengths("let often = 1; defn x {}"), []);
        assert_eq!(lengths("type F = fn (u8) -> u8;"), []);
    }

    #[test]
    fn tests_do_not_count() {
        let source = "fn f() {}\n#[cfg(test)]\nmod tests {\n  fn g() {\n  }\n}\nfn h() {}\n";
        assert_eq!(test_items(source), [2..=6]);
        assert_eq!(test_items("#[cfg(test)]\nmod tests;\nfn f() {}\n"), [1..=2]);
        assert_eq!(test_items("fn f() {}\n"), []);
    }

    #[test]
    fn files_are_warned_of_and_then_refused() {
        let check_file = |n_lines| check("x.rs", &"//\n".repeat(n_lines), &"\n".repeat(n_lines));
        assert_eq!(check_file(300), []);
        assert!(check_file(301)[0].to_string().starts_with("warning: x.rs: 301 lines"));
        assert!(check_file(500)[0].to_string().starts_with("warning"));
        assert!(check_file(501)[0].to_string().starts_with("failure"));
    }

    #[test]
    fn a_long_function_is_warned_of_unless_it_is_a_test() {
        let long = format!("fn f() {{\n{}}}\n", "x;\n".repeat(39));
        assert_eq!(check("x.rs", &long, &long).len(), 1);
        let in_tests = format!("#[cfg(test)]\nmod tests {{\n{long}}}\n");
        assert_eq!(check("x.rs", &in_tests, &in_tests), []);
    }
}
