//! The one turn: Kingma and Welling 2014, algorithm 1, with one draw a picture (`L = 1`).

use burn::tensor::Device;
use kiln_core::{Clock, Medium, Purpose, Sheet};
use kiln_models::Pass;
use kiln_train::{Average, Game, Learner, Round, State, StateError};

use super::config::VaeConfig;
use super::model::VaeModel;
use super::painter::VaePainter;
use crate::recipe::painter::paint_sheet;
use crate::recipe::{Images, Origins};

/// The auto-encoder while it learns.
#[derive(Debug)]
pub struct Vae {
    pub(super) config: VaeConfig,
    pub(super) model: Learner<VaeModel>,
    pub(super) averaged: Average<VaeModel>,
    pub(super) medium: Medium,
    pub(super) device: Device,
    pub(super) preview: Origins,
}

impl Vae {
    /// Both networks learn to make the pictures again from latents that are near the prior.
    fn turn(mut self, batch: &Images, round: &mut Round<'_>) -> Self {
        let [n, ..] = batch.pixels.dims();
        let model = self.model.network();
        let masks = round.address(Purpose::Dropout);
        let pass = Pass::train(Some(masks)).iterating_power();
        let posterior = model.encode(batch.pixels.clone(), &pass);
        let noise = round.normals(Purpose::Latents, 0, [n, self.config.latents]);
        let again = model.decode(posterior.at(noise), &Pass::train(None));
        let misfit = self.config.likelihood.misfit(batch.pixels.clone(), again);
        let divergence = posterior.divergence();
        round.record("generator/misfit", misfit.clone());
        round.record("generator/divergence", divergence.clone());
        let loss = misfit + divergence * self.config.beta.at(round.clock.samples);
        round.record("generator/loss", loss.clone());
        self.model = self.model.learn(&loss, round);
        self
    }
}

impl Game for Vae {
    type Batch = Images;

    fn play(self, batches: Vec<Images>, round: &mut Round<'_>) -> Self {
        let mut game = self;
        for batch in &batches {
            let shown = batch.pixels.dims()[0] as u64;
            game = game.turn(batch, round);
            let now = round.clock.samples + shown;
            game.averaged = game.averaged.follow(game.model.network(), now, shown);
        }
        game
    }

    fn rates(&self, clock: &Clock) -> Vec<(&'static str, f64)> {
        vec![("generator", self.model.rate(clock))]
    }

    fn preview(&self) -> Result<Sheet, StateError> {
        let painter = VaePainter {
            model: self.averaged.network().clone(),
            medium: self.medium,
            space: self.config.latent_space(),
            device: self.device.clone().without_autodiff(),
        };
        paint_sheet(&painter, &self.preview)
    }

    fn save(&self, state: &mut State) {
        self.model.save("model", state);
        self.averaged.save("averaged", state);
    }

    fn load(mut self, state: &mut State) -> Result<Self, StateError> {
        self.model = self.model.load("model", state, &self.device)?;
        self.averaged = self.averaged.load("averaged", state, &self.device)?;
        Ok(self)
    }

    fn snapshot(&self, state: &mut State) {
        self.averaged.save("generator", state);
    }
}
