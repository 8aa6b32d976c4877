//! A program that plays rounds when it is told to: `kiln rounds`, or `rounds.py`.

use std::fmt::Display;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// A player at the table.
#[derive(Debug)]
pub(super) struct Player {
    name: &'static str,
    child: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    /// Losses of the first rounds, the critic's and the generator's.
    pub(super) losses: Vec<Vec<f64>>,
    /// From the start of the program to the end of its first round.
    pub(super) seconds_to_first_round: f64,
}

impl Player {
    /// Starts the program and waits for its first `n_rounds` rounds.
    ///
    /// # Errors
    ///
    /// When it does not start or ends too early; it has then said why.
    pub(super) fn start(name: &'static str, mut command: Command, n_rounds: usize) -> Result<Self> {
        let began = Instant::now();
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().with_context(|| format!("cannot start {name}"))?;
        let orders = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().context("no output")?);
        let (losses, seconds_to_first_round) = (Vec::new(), 0.0);
        let mut player = Self { name, child, orders, answers, losses, seconds_to_first_round };
        for idx in 0..n_rounds {
            let answer = player.answer()?;
            if idx == 0 {
                player.seconds_to_first_round = began.elapsed().as_secs_f64();
            }
            player.losses.push(losses_in(&answer).with_context(|| player.nonsense(&answer))?);
        }
        Ok(player)
    }

    /// Waits for a line that is no number, such as the news that a file has been written.
    ///
    /// # Errors
    ///
    /// When the program has ended.
    pub(super) fn wait(&mut self) -> Result<()> {
        self.answer().map(drop)
    }

    /// Plays `n` rounds; gives the images a second.
    ///
    /// # Errors
    ///
    /// When the program has ended.
    pub(super) fn play(&mut self, n: usize) -> Result<f64> {
        let answer = self.ask(&n)?;
        let number = |key: &str| answer.get(key).and_then(Value::as_f64);
        match (number("samples"), number("seconds")) {
            (Some(samples), Some(seconds)) if seconds > 0.0 => Ok(samples / seconds),
            _ => bail!(self.nonsense(&answer)),
        }
    }

    /// Gives an order, a line, and waits for the answer.
    ///
    /// # Errors
    ///
    /// When the program has ended.
    pub(super) fn ask(&mut self, order: &dyn Display) -> Result<Value> {
        let orders = self.orders.as_mut().context("the player has left")?;
        let sent = writeln!(orders, "{order}").and_then(|()| orders.flush());
        sent.with_context(|| format!("{} has ended", self.name))?;
        self.answer()
    }

    /// Ends the program; gives the most memory that it held, in MiB.
    ///
    /// # Errors
    ///
    /// When it does not say so.
    pub(super) fn leave(mut self) -> Result<f64> {
        self.orders = None;
        let answer = self.answer()?;
        let peak = answer.get("peak-bytes").and_then(Value::as_f64);
        let peak = peak.with_context(|| self.nonsense(&answer))?;
        self.child.wait()?;
        Ok(peak / f64::from(1 << 20))
    }

    fn answer(&mut self) -> Result<Value> {
        let mut line = String::new();
        if self.answers.read_line(&mut line)? == 0 {
            bail!("{} has ended: what it said is above", self.name);
        }
        serde_json::from_str(&line).with_context(|| format!("{} said: {line}", self.name))
    }

    fn nonsense(&self, answer: &Value) -> String {
        format!("{} said {answer}", self.name)
    }
}

impl Drop for Player {
    /// A benchmark that fails leaves no program behind.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn losses_in(answer: &Value) -> Option<Vec<f64>> {
    let losses = answer.get("losses")?.as_array()?;
    losses.iter().map(Value::as_f64).collect()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_player_plays_what_it_is_told_and_leaves() {
        let script = r#"
            echo '{"losses": [0.5, 1.5]}'
            read n; echo "{\"samples\": $n, \"seconds\": 2}"
            read n; echo '{"peak-bytes": 1048576}'"#;
        let mut player = Player::start("sh", shell(script), 1).unwrap();
        assert_eq!(player.losses, [[0.5, 1.5]]);
        assert_eq!(player.play(10).unwrap(), 5.0);
        assert_eq!(player.leave().unwrap(), 1.0);
    }

    #[test]
    fn a_player_that_leaves_too_early_is_named() {
        let error = Player::start("sh", shell("exit 1"), 1).unwrap_err().to_string();
        assert!(error.contains("sh has ended"), "{error}");
    }
}
