//! Rust with comments and the contents of strings blanked out, so that what is left is code.
//!
//! Every character keeps its line. This is no parser: it knows comments, strings and characters,
//! which is enough to count braces and lines.

/// Blanks out comments, strings and character literals.
pub(super) fn mask(source: &str) -> String {
    let mut masked = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let in_word = masked.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        match opaque_length(rest, in_word) {
            0 => {
                masked.push(first);
                rest = &rest[first.len_utf8()..];
            }
            length => {
                let blank = |c| if c == '\n' { '\n' } else { ' ' };
                masked.extend(rest[..length].chars().map(blank));
                rest = &rest[length..];
            }
        }
    }
    masked
}

/// The bytes of the comment or literal that `rest` starts with, 0 if it starts with code.
fn opaque_length(rest: &str, in_word: bool) -> usize {
    if rest.starts_with("//") {
        rest.find('\n').unwrap_or(rest.len())
    } else if rest.starts_with("/*") {
        block_comment(rest)
    } else if rest.starts_with('"') {
        quoted(rest, '"')
    } else if rest.starts_with('\'') {
        character(rest)
    } else if in_word {
        0
    } else {
        raw_string(rest).unwrap_or(0)
    }
}

fn block_comment(rest: &str) -> usize {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// A literal that ends with `quote` and in which a backslash escapes.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            _ => {}
        }
    }
    rest.len()
}

/// A character literal; a lifetime is code.
fn character(rest: &str) -> usize {
    let mut following = rest.chars().skip(1);
    match (following.next(), following.next()) {
        (Some('\\'), _) | (Some(_), Some('\'')) => quoted(rest, '\''),
        _ => 0,
    }
}

/// `r"..."`, `br#"..."#` and the like.
fn raw_string(rest: &str) -> Option<usize> {
    let prefix = ["r", "br", "cr"].iter().find_map(|prefix| {
        let hashes = rest.strip_prefix(prefix)?;
        hashes.trim_start_matches('#').starts_with('"').then_some(hashes)
    })?;
    let n_hashes = prefix.len() - prefix.trim_start_matches('#').len();
    let opening = rest.len() - prefix.len() + n_hashes + 1;
    let end = format!("\"{}", "#".repeat(n_hashes));
    let length = rest[opening..].find(&end).map(|at| opening + at + end.len());
    Some(length.unwrap_or(rest.len()))
}

/// The byte after the bracket that closes the first `open` of `masked`.
pub(super) fn closing(masked: &str, open: char, close: char) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in masked.char_indices() {
        if c == open {
            depth += 1;
        } else if c == close {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return Some(at + c.len_utf8());
            }
        }
    }
    None
}

/// The line of a byte, counted from 1.
pub(super) fn line_of(text: &str, byte: usize) -> usize {
    1 + text[..byte].matches('\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(source: &str, expected: &str) {
        assert_eq!(mask(source), expected);
    }

    #[test]
    fn comments_go_and_lines_stay() {
        check("a // {\nb", "a     \nb");
        check("a /* { /* \n */ } */ b", "a         \n         b");
    }

    #[test]
    fn strings_go_with_their_escapes() {
        check(r#"f("{\"{")}"#, "f(      )}");
        check(r##"r#"{"}"#;"##, "        ;");
        check("br\"\\\" }", "      }");
    }

    #[test]
    fn a_word_that_ends_in_r_starts_no_raw_string() {
        check(r#"var"x""#, "var   ");
    }

    #[test]
    fn characters_go_and_lifetimes_stay() {
        check("'{' '\\'' 'a", "         'a");
        check("fn f<'a>(x: &'a str) {}", "fn f<'a>(x: &'a str) {}");
    }

    #[test]
    fn brackets_are_matched_by_depth() {
        assert_eq!(closing("f { { } } }", '{', '}'), Some(9));
        assert_eq!(closing("f { {", '{', '}'), None);
    }

    #[test]
    fn what_never_ends_is_opaque_to_the_end() {
        check("a /* {", "a     ");
        check("a \"{", "a   ");
    }
}
