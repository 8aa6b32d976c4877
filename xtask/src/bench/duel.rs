//! One game, played in turns by both.

use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::game::Game;
use super::player::Player;
use super::ratio::{Ratio, median};
use super::report::Row;
use super::torch::Torch;

/// Rounds that both play from the same numbers, and how far their losses may be apart: relative, or
/// absolute where a loss is small, since Wasserstein's start near zero.
const FIRST_ROUNDS: usize = 3;
const TOLERANCE: f64 = 1e-3;
/// About how long a block lasts, and the pause after it, in which the other's threads come to rest.
const BLOCK_SECONDS: f64 = 2.0;
const PAUSE: Duration = Duration::from_millis(200);

/// Who plays, and how long.
#[derive(Debug)]
pub(super) struct Table<'a> {
    pub(super) kiln: &'a Path,
    /// Kiln without its own kernels.
    pub(super) plain: Option<&'a Path>,
    pub(super) torch: Option<&'a Torch>,
    pub(super) scratch: &'a Path,
    pub(super) threads: usize,
    pub(super) pairs: usize,
}

impl Table<'_> {
    /// Plays a game with batches of this size.
    ///
    /// # Errors
    ///
    /// When a player fails, or they do not play the same game.
    pub(super) fn play(&self, game: &Game, batch: usize) -> Result<Row> {
        let stage = self.scratch.join(format!("{}-{batch}.safetensors", game.name));
        if self.torch.is_some() {
            // By a program of its own: what is kept for the file is not the game's memory.
            self.kiln(self.kiln, game, batch, Some(&stage))?.leave()?;
        }
        let mut kiln = self.kiln(self.kiln, game, batch, None)?;
        let mut blocks = Vec::new();
        let mut row = Row { game: game.name.to_owned(), batch, ..Row::default() };
        match self.torch {
            None => {
                let n = block(&mut kiln, batch)?;
                for _ in 0..self.pairs {
                    blocks.push((kiln.play(n)?, f64::NAN));
                }
            }
            Some(torch) => {
                let mut rival = self.rival(torch, &stage, &kiln)?;
                row.losses_apart = Some(apart(&kiln.losses, &rival.losses)?);
                let n = (block(&mut kiln, batch)?, block(&mut rival, batch)?);
                for idx in 0..self.pairs {
                    blocks.push(pair(idx, n, &mut kiln, &mut rival)?);
                }
                row.torch_per_second = Some(median(blocks.iter().map(|(_, torch)| *torch)));
                row.ratio = Ratio::of(&blocks);
                row.torch_seconds_to_first_round = Some(rival.seconds_to_first_round);
                row.torch_peak_mib = Some(rival.leave()?);
            }
        }
        row.kiln_per_second = median(blocks.iter().map(|(kiln, _)| *kiln));
        if let Some(plain) = self.plain {
            let mut rival = self.kiln(plain, game, batch, None)?;
            let n = (block(&mut kiln, batch)?, block(&mut rival, batch)?);
            // Half as many: this ratio is far from its bar of 1.
            let pairs = (0..self.pairs.div_ceil(2)).map(|idx| pair(idx, n, &mut kiln, &mut rival));
            row.ratio_to_plain = Ratio::of(&pairs.collect::<Result<Vec<_>>>()?);
            rival.leave()?;
        }
        row.kiln_seconds_to_first_round = kiln.seconds_to_first_round;
        row.kiln_peak_mib = kiln.leave()?;
        Ok(row)
    }

    /// The program that times single operations.
    pub(super) fn kiln_operations(&self) -> Command {
        let mut command = Command::new(self.kiln);
        command.arg("operations").env("RAYON_NUM_THREADS", self.threads.to_string());
        command
    }

    fn kiln(
        &self,
        binary: &Path,
        game: &Game,
        batch: usize,
        stage: Option<&Path>,
    ) -> Result<Player> {
        let mut command = Command::new(binary);
        game.tell(&mut command, (batch, self.threads), FIRST_ROUNDS);
        if let Some(stage) = stage {
            command.arg("--stage").arg(stage);
        }
        let mut player = Player::start("kiln", command, FIRST_ROUNDS)?;
        if stage.is_some() {
            player.wait()?;
        }
        Ok(player)
    }

    /// PyTorch with the better of its two layouts.
    fn rival(&self, torch: &Torch, stage: &Path, kiln: &Player) -> Result<Player> {
        let mut rivals = Vec::new();
        for channels_last in [false, true] {
            let command = torch.rounds(stage, channels_last, self.threads);
            let mut rival = Player::start("PyTorch", command, kiln.losses.len())?;
            rival.play(2)?;
            let speeds = (0..3).map(|_| rival.play(3)).collect::<Result<Vec<_>>>()?;
            rivals.push((median(speeds.into_iter()), rival));
        }
        rivals.sort_by(|(one, _), (other, _)| one.total_cmp(other));
        let (_, best) = rivals.pop().context("no layout")?;
        Ok(best)
    }
}

/// Rounds that last a block's time.
fn block(player: &mut Player, batch: usize) -> Result<usize> {
    player.play(2)?;
    let rounds_per_second = player.play(3)? / batch as f64;
    Ok(((BLOCK_SECONDS * rounds_per_second).ceil() as usize).max(1))
}

/// A block of each; who begins alternates.
fn pair(
    idx: usize,
    n: (usize, usize),
    kiln: &mut Player,
    rival: &mut Player,
) -> Result<(f64, f64)> {
    let block = |player: &mut Player, n| {
        let speed = player.play(n);
        sleep(PAUSE);
        speed
    };
    if idx.is_multiple_of(2) {
        let first = block(kiln, n.0)?;
        Ok((first, block(rival, n.1)?))
    } else {
        let first = block(rival, n.1)?;
        Ok((block(kiln, n.0)?, first))
    }
}

/// The largest distance of two losses of the first rounds.
fn apart(kiln: &[Vec<f64>], torch: &[Vec<f64>]) -> Result<f64> {
    let losses = kiln.iter().flatten().zip(torch.iter().flatten());
    let distances = losses.map(|(one, other)| (one - other).abs() / other.abs().max(1.0));
    // A loss that is no number is no agreement either.
    let further = |worst: f64, one: f64| if one > worst || one.is_nan() { one } else { worst };
    let worst = distances.fold(0.0, further);
    if worst <= TOLERANCE && !kiln.is_empty() {
        return Ok(worst);
    }
    bail!("the players do not play the same game: losses {kiln:?} and {torch:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn players_of_different_games_are_found_out() {
        let losses = |x: f64| vec![vec![x, 4.0]];
        assert!(apart(&losses(2.0), &losses(2.0002)).unwrap() < 1.1e-4);
        assert!(apart(&losses(2.0), &losses(2.01)).is_err());
        assert!(apart(&losses(f64::NAN), &losses(2.0)).is_err());
        assert!(apart(&[], &[]).is_err());
    }
}
