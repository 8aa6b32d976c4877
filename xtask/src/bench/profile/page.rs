//! The profile as a page.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::kind::Kind;
use super::sample::{Profile, profile as of_game};
use crate::bench::game::Game;
use crate::machine::Machine;
use crate::product::build_with_long_names;
use crate::source::Source;

/// Profiles `games` with batches of `batch` and writes the page to `path`.
///
/// # Errors
///
/// When Kiln cannot be built, or a game cannot be looked at.
pub(in crate::bench) fn profile(
    games: &[&Game],
    (batch, threads): (usize, usize),
    scratch: &Path,
    path: &Path,
) -> Result<()> {
    let kiln = build_with_long_names(&scratch.join("long-names"))?;
    let mut profiles = Vec::new();
    for game in games {
        let profile = of_game(&kiln, game, (batch, threads), scratch).context(game.name)?;
        println!("{}: {:.1} ms a round", game.name, profile.milliseconds_a_round);
        profiles.push((game.name, profile));
    }
    let source = Source::here()?;
    let page = format!(
        "# profile\n\nWhere the time of a round goes: the share of each kind of work in the processor \
         time of {threads} threads, batches of {batch}, sampled a thousand times a second.\n\n\
         Again: `cargo xtask bench --profile`.\n\n{}\nMachine: {}; commit {}.\n",
        tables(&profiles),
        Machine::here(),
        source.short()
    );
    print!("\n{page}");
    fs::write(path, page).with_context(|| format!("cannot write {}", path.display()))
}

fn tables(profiles: &[(&str, Profile)]) -> String {
    let names: String = profiles.iter().map(|(name, _)| format!(" {name} |")).collect();
    let mut page = format!("| of a round |{names}\n| --- |{}\n", " ---: |".repeat(profiles.len()));
    let mut line = |name: &str, cell: &dyn Fn(&Profile) -> String| {
        let cells: String = profiles.iter().map(|(_, of)| format!(" {} |", cell(of))).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(page, "| {name} |{cells}");
    };
    line("ms", &|of| format!("{:.1}", of.milliseconds_a_round));
    for kind in Kind::all() {
        let share = |of: &Profile| of.shares.get(&kind).copied().unwrap_or(0.0);
        if profiles.iter().any(|(_, of)| share(of) >= 0.0005) {
            line(kind.name(), &|of| format!("{:.1} %", 100.0 * share(of)));
        }
    }
    page.push_str("\nThe functions that take most:\n");
    for (name, of) in profiles {
        page.push_str(&format!("\n{name}:\n\n"));
        for (function, share) in &of.functions {
            page.push_str(&format!("- {:.1} % `{function}`\n", 100.0 * share));
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_that_no_game_has_are_left_out() {
        let shares = [(Kind::Products, 0.75), (Kind::Rest, 0.25)].into();
        let functions = vec![("f".to_owned(), 0.75)];
        let profile = Profile { milliseconds_a_round: 12.34, shares, functions };
        let page = tables(&[("mlp", profile)]);
        assert!(
            page.starts_with("| of a round | mlp |\n| --- | ---: |\n| ms | 12.3 |\n"),
            "{page}"
        );
        assert!(
            page.contains("| products of matrices | 75.0 % |\n| the rest | 25.0 % |"),
            "{page}"
        );
        assert!(page.contains("- 75.0 % `f`") && !page.contains("Winograd"), "{page}");
    }
}
