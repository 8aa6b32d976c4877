//! The table of single operations.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::duel::Table;
use super::player::Player;
use super::ratio::{Ratio, median};

/// What one operation gave: medians in milliseconds.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct OperationRow {
    pub(super) name: String,
    pub(super) batch: usize,
    pub(super) forward: Duel,
    /// With the gradients of input and weights.
    pub(super) both: Duel,
}

/// One thing timed by both.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(super) struct Duel {
    pub(super) kiln_ms: f64,
    pub(super) torch_ms: Option<f64>,
    /// Of speeds: above 1 where Kiln is faster.
    pub(super) ratio: Option<Ratio>,
}

/// About how long one block of calls lasts.
const BLOCK_SECONDS: f64 = 0.2;

/// Every operation that is timed: its name, and kiln's order without batch and times.
fn operations() -> Vec<(&'static str, Value)> {
    let conv = |kind: &str, channels: [usize; 2], side: usize, kernel: usize, stride: usize| {
        let [inputs, outputs] = channels;
        let padding = if kernel == 4 { 1 } else { kernel / 2 };
        json!({ "kind": kind, "inputs": inputs, "outputs": outputs, "side": side,
            "kernel": kernel, "stride": stride, "padding": padding })
    };
    let (onto, up) = ("conv2d", "conv-transpose2d");
    vec![
        ("conv 1 to 64, 32 x 32, 4 x 4 / 2", conv(onto, [1, 64], 32, 4, 2)),
        ("conv 64 to 128, 16 x 16, 4 x 4 / 2", conv(onto, [64, 128], 16, 4, 2)),
        ("conv 128 to 256, 8 x 8, 4 x 4 / 2", conv(onto, [128, 256], 8, 4, 2)),
        ("conv 64 to 64, 32 x 32, 3 x 3", conv(onto, [64, 64], 32, 3, 1)),
        ("conv 64 to 64, 16 x 16, 5 x 5 / 2", conv(onto, [64, 64], 16, 5, 2)),
        ("conv 64 to 64, 32 x 32, 1 x 1", conv(onto, [64, 64], 32, 1, 1)),
        ("transposed 256 to 128, 4 x 4, 4 x 4 / 2", conv(up, [256, 128], 4, 4, 2)),
        ("transposed 128 to 64, 8 x 8, 4 x 4 / 2", conv(up, [128, 64], 8, 4, 2)),
        ("transposed 64 to 1, 16 x 16, 4 x 4 / 2", conv(up, [64, 1], 16, 4, 2)),
        (
            "batch norm and leaky ReLU, 64 channels, 16 x 16",
            json!({ "kind": "batch-norm", "inputs": 64, "side": 16 }),
        ),
        ("linear 1024 to 784", json!({ "kind": "linear", "inputs": 1024, "outputs": 784 })),
        ("Adam, 1 M weights", json!({ "kind": "adam", "inputs": 1_000_000 })),
    ]
}

impl Table<'_> {
    /// Times every operation with batches of this size.
    ///
    /// # Errors
    ///
    /// When a player fails.
    pub(super) fn operations(&self, batch: usize) -> Result<Vec<OperationRow>> {
        let mut kiln = Player::start("kiln", self.kiln_operations(), 0)?;
        let rival = self.torch.map(|torch| torch.operations(self.threads));
        let mut rival = rival.map(|command| Player::start("PyTorch", command, 0)).transpose()?;
        let mut rows = Vec::new();
        for (name, order) in operations() {
            let mut blocks = Vec::new();
            let n = (times(&mut kiln, &order, batch)?, rival.as_mut());
            let n = (n.0, n.1.map(|rival| times(rival, &order, batch)).transpose()?);
            for _ in 0..self.pairs {
                let of_kiln = ask(&mut kiln, &order, batch, n.0)?;
                let of_rival = match (rival.as_mut(), n.1) {
                    (Some(rival), Some(n)) => Some(ask(rival, &order, batch, n)?),
                    _ => None,
                };
                blocks.push((of_kiln, of_rival));
            }
            let duel = |part: fn(&[f64; 2]) -> f64| {
                let pairs: Vec<(f64, f64)> = blocks
                    .iter()
                    .filter_map(|(one, other)| Some((part(other.as_ref()?), part(one))))
                    .collect();
                let torch_ms = 1e3 * median(pairs.iter().map(|(torch, _)| *torch));
                Duel {
                    kiln_ms: 1e3 * median(blocks.iter().map(|(one, _)| part(one))),
                    torch_ms: (!pairs.is_empty()).then_some(torch_ms),
                    ratio: Ratio::of(&pairs),
                }
            };
            let (forward, both) = (duel(|[forward, _]| *forward), duel(|[_, both]| *both));
            let row = OperationRow { name: name.to_owned(), batch, forward, both };
            println!("{}", row.line());
            rows.push(row);
        }
        Ok(rows)
    }
}

/// Seconds of one call forward, and of one forward and backward.
fn ask(player: &mut Player, order: &Value, batch: usize, times: usize) -> Result<[f64; 2]> {
    let mut order = order.clone();
    order["batch"] = batch.into();
    order["times"] = times.into();
    let answer = player.ask(&order)?;
    let number = |key: &str| answer.get(key).and_then(Value::as_f64);
    let numbers = number("forward").zip(number("both"));
    let (forward, both) = numbers.with_context(|| format!("a player said {answer}"))?;
    Ok([forward, both])
}

/// Calls that last a block's time.
fn times(player: &mut Player, order: &Value, batch: usize) -> Result<usize> {
    let [forward, both] = ask(player, order, batch, 5)?;
    Ok(((BLOCK_SECONDS / (forward + both)).ceil() as usize).max(3))
}

impl OperationRow {
    /// Its line of the table.
    pub(super) fn line(&self) -> String {
        let cells = |duel: &Duel| {
            let torch = duel.torch_ms.map_or("-".to_owned(), |ms| format!("{ms:.2}"));
            let ratio = super::report::interval(duel.ratio);
            format!("{:.2} | {torch} | {ratio}", duel.kiln_ms)
        };
        format!(
            "| {} | {} | {} | {} |",
            self.name,
            self.batch,
            cells(&self.forward),
            cells(&self.both)
        )
    }
}

/// The heading of the table.
pub(super) const HEADING: &str = "\
| operation | batch | forward, ms | PyTorch | ratio (95 %) | and gradients, ms | PyTorch | ratio (95 %) |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_the_columns_of_its_heading() {
        let ratio = Some(Ratio { low: 1.0, mean: 2.0, high: 4.0 });
        let forward = Duel { kiln_ms: 1.5, torch_ms: Some(3.0), ratio };
        let both = Duel { kiln_ms: 4.0, torch_ms: None, ratio: None };
        let row = OperationRow { name: "x".into(), batch: 64, forward, both };
        let expected = "| x | 64 | 1.50 | 3.00 | 2.00 (1.00 to 4.00) | 4.00 | - | - |";
        assert_eq!(row.line(), expected);
        assert_eq!(
            expected.matches('|').count(),
            HEADING.lines().next().unwrap().matches('|').count()
        );
    }

    #[test]
    fn operations_have_names_of_their_own() {
        let names: Vec<_> = operations().into_iter().map(|(name, _)| name).collect();
        for (idx, name) in names.iter().enumerate() {
            assert!(!names[..idx].contains(name), "{name}");
        }
    }
}
