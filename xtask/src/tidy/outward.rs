//! Nothing points at the machine on which it was written: a clone is all that there is.

use super::finding::Finding;
use super::tree::Tree;

/// Folders that exist on our machines only; split, so that this file does not hold them.
const OUTSIDE: [(&str, &str); 3] = [("/wo", "rk/"), ("../sha", "red"), ("/ro", "ot/")];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.texts() {
        for (number, line) in (1..).zip(text.lines()) {
            if let Some(folder) = outside(line) {
                let what = format!("points at `{folder}`, which a clone does not have");
                let remedy = "bring what is needed into the repository, or name a path inside it";
                findings.push(Finding::failure(path, what, remedy).at(number));
            }
        }
    }
    findings
}

fn outside(line: &str) -> Option<String> {
    let folders = OUTSIDE.iter().map(|(start, end)| format!("{start}{end}"));
    folders.into_iter().find(|folder| {
        let mut places = line.match_indices(folder).map(|(at, _)| &line[..at]);
        // `runs/work/` goes on from somewhere else; a path of its own starts after a space or mark.
        places.any(|before| !before.ends_with(|c: char| c.is_alphanumeric() || "._-~".contains(c)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_folders_are_found() {
        assert!(outside(concat!("see /wo", "rk/notes.md")).is_some());
        assert!(outside(concat!("include!(\"../sha", "red/x\")")).is_some());
        assert!(outside(concat!("`/ro", "ot/.cargo`")).is_some());
    }

    #[test]
    fn folders_of_the_same_name_further_down_are_not() {
        assert_eq!(outside(concat!("runs/wo", "rk/x")), None);
        assert_eq!(outside(concat!("build.ro", "ot")), None);
        assert_eq!(outside(concat!("~/ro", "ot/")), None);
    }
}
