//! `kiln rounds`: plays rounds when it is told to and says how long they took, so that another
//! program can play the same game in turn and be compared (`cargo xtask bench`).
//!
//! It answers in lines of JSON. `{"losses": [critic, generator]}` for each of the first rounds, which
//! others can repeat from the file `--stage`. Then to each line with a number `n`: `{"seconds": ..,
//! "samples": ..}` for `n` more rounds. At the end of the input: `{"peak-bytes": ..}`.

use std::io::{BufRead, stdin};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use burn::tensor::Tensor;
use kiln_core::{Clock, Purpose, atomic};
use kiln_train::{Batch, Game, Round, Source, State, peak_resident_bytes, read_tensors};
use serde_json::json;

use super::args::RoundsArgs;
use super::{say, train};
use crate::recipe::{Family, Gan, GanConfig, Images, Playable};
use crate::sample_source::SampleSource;
use crate::session::Session;

pub(super) fn rounds(args: &RoundsArgs) -> Result<ExitCode> {
    let session = Session::open(train::layers(&args.train)?.resolve()?)?;
    let Playable::Gan(config) = session.config().recipe.family() else {
        bail!("`rounds` plays the game that most recipes share, and this is another");
    };
    let game = config.start(session.world())?;
    let mut table = Table { session: &session, source: session.source()?, clock: Clock::default() };
    let mut staged = args.stage.is_some().then(State::new);
    let mut game = table.first_rounds(game, config, args.rounds, staged.as_mut())?;
    if let Some((path, mut staged)) = args.stage.as_ref().zip(staged) {
        staged.read()?;
        let metadata = [("kiln.config", serde_json::to_string(session.config())?)];
        let bytes = staged.to_safetensors(&metadata)?;
        atomic::write(path, &bytes).with_context(|| format!("cannot write {}", path.display()))?;
        say::line(json!({ "staged": path }))?;
    }
    for line in stdin().lock().lines() {
        let line = line?;
        let n: u64 = line.trim().parse().with_context(|| format!("`{line}` is no number"))?;
        let (began, before) = (Instant::now(), table.clock.samples);
        for _ in 0..n {
            let batches = table.draw(&game)?;
            game = table.play(game, batches, |_| {});
        }
        table.settle()?;
        let (seconds, samples) = (began.elapsed().as_secs_f64(), table.clock.samples.0 - before.0);
        say::line(json!({ "seconds": seconds, "samples": samples }))?;
    }
    say::line(json!({ "peak-bytes": peak_resident_bytes() }))?;
    Ok(ExitCode::SUCCESS)
}

/// Where the game is played.
struct Table<'a> {
    session: &'a Session,
    source: SampleSource,
    clock: Clock,
}

impl Table<'_> {
    /// Plays `n` rounds and puts what another program needs to play them too into `staged`: the
    /// first weights, the samples, the latents, the places between samples.
    fn first_rounds(
        &mut self,
        mut game: Gan,
        config: &GanConfig,
        n: usize,
        mut staged: Option<&mut State>,
    ) -> Result<Gan> {
        if let Some(staged) = &mut staged {
            game.save(staged);
        }
        for idx in 0..n {
            let batches = self.draw(&game)?;
            if let Some(staged) = &mut staged {
                self.stage(&batches, config, idx, staged);
            }
            let mut told = Vec::new();
            game = self.play(game, batches, |round| {
                let readings = round.into_readings().into_iter();
                told = readings.filter(|(name, _)| name.ends_with("/loss")).collect();
            });
            let told: Vec<Tensor<1>> = told.into_iter().map(|(_, loss)| loss).collect();
            say::line(json!({ "losses": read_tensors(told)?.concat() }))?;
        }
        Ok(game)
    }

    /// What round `idx` is played with.
    fn stage(&self, batches: &[Images], config: &GanConfig, idx: usize, staged: &mut State) {
        let size = self.session.world().batch_size;
        let round = self.round();
        for (lane, batch) in batches.iter().enumerate() {
            staged.put_tensor(&format!("rounds/{idx}/real.{lane}"), batch.pixels.clone());
            let between = round.uniforms(Purpose::Penalty, 2 * lane as u64, [size], (0.0, 1.0));
            staged.put_tensor(&format!("rounds/{idx}/between.{lane}"), between);
        }
        // The generator's own turn may have latents of its own.
        for lane in 0..=batches.len() {
            let address = round.address(Purpose::Latents).lane(lane as u64);
            let latents = config.latent_space().tensor(size, address, round.device());
            staged.put_tensor(&format!("rounds/{idx}/latents.{lane}"), latents);
        }
    }

    fn draw(&mut self, game: &Gan) -> Result<Vec<Images>> {
        (0..game.batches(&self.clock)).map(|_| Ok(self.source.draw()?)).collect()
    }

    fn round(&self) -> Round<'_> {
        Round::new(self.clock, self.session.config().seed, &self.session.world().device)
    }

    fn play(&mut self, game: Gan, batches: Vec<Images>, look: impl FnOnce(Round<'_>)) -> Gan {
        let shown: usize = batches.iter().map(Batch::samples).sum();
        let mut round = self.round();
        let game = game.play(batches, &mut round);
        let mut clock = round.clock;
        look(round);
        clock.count_round(shown as u64);
        self.clock = clock;
        game
    }

    /// Waits for the device.
    fn settle(&self) -> Result<()> {
        let synced = self.session.world().device.sync();
        synced.map_err(|error| anyhow::anyhow!("the device failed: {error}"))
    }
}
