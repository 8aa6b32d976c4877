//! `cargo xtask bench --launches`: how many kernels a GPU is given in a round, and which.
//!
//! A launch costs a GPU's driver some microseconds whatever it computes, so small games live by
//! their number. CubeCL writes down every launch when a file beside the program tells it to; software
//! Vulkan launches what a card does. The first rounds tune, so two blocks are played and the second
//! counts.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::game::Game;
use super::player::Player;
use crate::machine::Machine;
use crate::source::Source;

/// Rounds of a block.
const ROUNDS: usize = 4;
/// The file is complete when it has not grown for so long: CubeCL writes behind.
const QUIET: Duration = Duration::from_secs(2);
/// Kernels that are named.
const NAMED: usize = 12;

/// Launches of a round by the kernel's name.
type Launches = BTreeMap<String, f64>;

/// Counts the launches of each game on wgpu and writes the page to `path`.
///
/// # Errors
///
/// When a game is not played, or CubeCL writes nothing down.
pub(super) fn launches(
    kiln: &Path,
    games: &[&Game],
    batch: usize,
    scratch: &Path,
    path: &Path,
) -> Result<()> {
    let mut counted = Vec::new();
    for game in games {
        let launches = count(kiln, game, batch, scratch).context(game.name)?;
        println!("{}: {:.0} launches a round", game.name, launches.values().sum::<f64>());
        counted.push((game.name, launches));
    }
    let page = format!(
        "# launches\n\nKernels that wgpu is given in a round (the critic's turn and the generator's), with \
         batches of {batch}, after {} rounds in which it tuned. What a convolution becomes is CubeCL's \
         choice for the device.\n\nAgain: `cargo xtask bench --launches --batch-size {batch}`.\n\n\
         {}\nMachine: {}; commit {}.\n",
        ROUNDS + 1,
        tables(&counted),
        Machine::here(),
        Source::here()?.short()
    );
    print!("\n{page}");
    fs::write(path, page).with_context(|| format!("cannot write {}", path.display()))
}

fn count(kiln: &Path, game: &Game, batch: usize, scratch: &Path) -> Result<Launches> {
    let folder = scratch.join("launches");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let log = folder.join(format!("{}.log", game.name));
    fs::write(&log, "").with_context(|| format!("cannot write {}", log.display()))?;
    let settings = format!("[profiling.logger]\nlevel = \"minimal\"\nfile = {log:?}\n");
    fs::write(folder.join("cubecl.toml"), settings).context("cannot write cubecl.toml")?;
    let mut command = Command::new(kiln);
    game.tell(&mut command, (batch, 1), 1);
    command.args(["--backend", "wgpu"]).current_dir(&folder);
    let mut player = Player::start("kiln", command, 1)?;
    player.play(ROUNDS)?;
    let before = written(&log)?.len();
    player.play(ROUNDS)?;
    let launches = named(&written(&log)?[before..]);
    player.leave()?;
    if launches.is_empty() {
        bail!("CubeCL wrote no launch into {}", log.display());
    }
    Ok(launches)
}

/// What the file holds when no more comes.
fn written(log: &Path) -> Result<String> {
    let read = || fs::read_to_string(log).with_context(|| format!("cannot read {}", log.display()));
    let mut text = read()?;
    loop {
        sleep(QUIET);
        let now = read()?;
        if now.len() == text.len() {
            return Ok(now);
        }
        text = now;
    }
}

/// Launches of a round in the lines of a block.
fn named(lines: &str) -> Launches {
    let mut launches = Launches::new();
    for line in lines.lines() {
        if let Some((_, name)) = line.split_once("Executing ") {
            let name = name.split(['(', '<', ' ']).next().unwrap_or(name);
            *launches.entry(name.to_owned()).or_insert(0.0) += 1.0 / ROUNDS as f64;
        }
    }
    launches
}

fn tables(counted: &[(&str, Launches)]) -> String {
    let mut page = "| game | launches a round | kernels |\n| --- | ---: | ---: |\n".to_owned();
    for (name, launches) in counted {
        // Writing to a string cannot fail.
        let _ = writeln!(
            page,
            "| {name} | {:.0} | {} |",
            launches.values().sum::<f64>(),
            launches.len()
        );
    }
    page.push_str("\nThe kernels that are launched most:\n");
    for (name, launches) in counted {
        let mut sorted: Vec<_> = launches.iter().collect();
        sorted.sort_by(|a, b| b.1.total_cmp(a.1));
        let _ = writeln!(page, "\n{name}:\n");
        for (kernel, times) in sorted.into_iter().take(NAMED) {
            let _ = writeln!(page, "- {times:.1} `{kernel}`");
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn launches_are_counted_by_kernel_and_round() {
        let line = |name: &str| format!("[12:00] Executing {name}<f32>(id)\n");
        let block =
            line("matmul").repeat(2 * ROUNDS) + &line("fill").repeat(ROUNDS) + "| 3 us | x\n";
        let launches = named(&block);
        assert_eq!(launches, [("fill".into(), 1.0), ("matmul".into(), 2.0)].into());
        let page = tables(&[("mlp", launches)]);
        assert!(page.contains("| mlp | 3 | 2 |\n"), "{page}");
        assert!(page.contains("mlp:\n\n- 2.0 `matmul`\n- 1.0 `fill`\n"), "{page}");
    }
}
