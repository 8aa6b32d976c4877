//! An encoder that is taught once the game is over: f-AnoGAN's (Schlegl, Seeböck, Waldstein, Langs and
//! Schmidt-Erfurth 2019, "f-AnoGAN: Fast unsupervised anomaly detection with generative adversarial
//! networks", section 2.2, `izi_f`).
//!
//! Generator and critic stand still. The encoder learns to find latents of which the generator makes the
//! picture again, so that neither the pixels nor what the critic judges by differ. Both differences
//! together are the score of an anomaly (section 2.3): of what the generator has never learned to make
//! they stay large.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use kiln_core::{Address, Clock, Purpose, SamplesSeen, Schedule, Side};
use kiln_models::{Activation, Initial, Pass, initialise};
use kiln_train::{Learner, LearnerConfig, OptimizerConfig, Round, parameters, replace};
use serde::{Deserialize, Serialize};

use super::config::GanConfig;
use super::game::Gan;
use super::networks::{CriticBody, CriticNetwork, Generator};
use super::painter::Tellers;
use crate::recipe::{Images, RecipeError, Subject, World};

/// When and how the encoder is taught.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Encoding {
    /// Samples after which the game is over and the encoder is taught.
    pub from: SamplesSeen,
    /// What the mean squared difference of the critic's features counts beside that of the pixels.
    pub kappa: f64,
    /// At the encoder's end.
    pub output: Activation,
    /// The update rule.
    pub optimizer: OptimizerConfig,
    /// The learning rate over time, counted from the start of the run.
    pub rate: Schedule,
}

impl Default for Encoding {
    /// The authors' constants.
    fn default() -> Self {
        Self {
            from: SamplesSeen(0),
            kappa: 1.0,
            output: Activation::Tanh,
            optimizer: OptimizerConfig::RmsProp { alpha: 0.9, epsilon: 1e-10 },
            rate: Schedule::constant(5e-5),
        }
    }
}

/// From pictures to latents: the critic's body with as many outputs as a latent has numbers.
#[derive(Module, Debug)]
pub struct GanEncoder {
    /// From pictures.
    pub body: CriticBody,
    /// At its end.
    #[module(skip)]
    pub output: Activation,
}

impl GanEncoder {
    /// Shape: `[batch, channels, height, width]` to `[batch, latents]`.
    pub fn forward(&self, pictures: Tensor<4>, pass: &Pass) -> Tensor<2> {
        self.output.forward(self.body.forward(pictures.into(), pass)).value
    }
}

impl Encoding {
    /// The encoder beside such a critic, without weights.
    pub(super) fn network(
        &self,
        critic: &CriticNetwork,
        picture: [usize; 3],
        latents: usize,
        device: &Device,
    ) -> Result<GanEncoder, RecipeError> {
        Ok(GanEncoder { body: critic.init(picture, latents, device)?, output: self.output })
    }

    /// The encoder with its first weights.
    pub(super) fn start(
        &self,
        network: GanEncoder,
        initial: &Initial,
        world: &World,
    ) -> Learner<GanEncoder> {
        let weights = Address::new(world.seed, Purpose::Weights).named("encoder");
        self.learner().init(Side::Encoder, initialise(network, initial, weights))
    }

    fn learner(&self) -> LearnerConfig {
        LearnerConfig { optimizer: self.optimizer, rate: self.rate, clip_norm: None }
    }

    pub(super) fn validate(&self) -> Result<(), RecipeError> {
        self.learner().check()?;
        if self.kappa >= 0.0 && self.kappa.is_finite() {
            Ok(())
        } else {
            Err(RecipeError::Weight("encoder.kappa", self.kappa))
        }
    }
}

impl GanConfig {
    /// The encoder, without weights, where there is one.
    pub(super) fn init_encoder(
        &self,
        subject: &Subject,
        device: &Device,
    ) -> Result<Option<GanEncoder>, RecipeError> {
        let (critic, picture) = (&self.networks.critic, subject.picture);
        let network = |how: Encoding| how.network(critic, picture, self.latents, device);
        self.encoder.map(network).transpose()
    }

    /// What tells pictures from what is made of them, to be given saved weights.
    pub(super) fn init_tellers(
        &self,
        subject: &Subject,
        device: &Device,
    ) -> Result<Option<Tellers>, RecipeError> {
        let encoder = self.init_encoder(subject, device)?;
        let both = self.encoder.zip(encoder).map(|(how, encoder)| {
            let critic = self.init_critic(subject, device)?;
            Ok(Tellers { encoder, critic, kappa: how.kappa })
        });
        both.transpose()
    }

    pub(super) fn validate_encoder(&self) -> Result<(), RecipeError> {
        let Some(encoder) = &self.encoder else { return Ok(()) };
        match (&self.condition, self.pack) {
            (Some(_), _) => Err(RecipeError::EncoderBeside("condition")),
            (None, 1) => encoder.validate(),
            _ => Err(RecipeError::EncoderBeside("pack")),
        }
    }
}

impl Gan {
    /// Whether the game is over and the encoder is taught.
    pub(super) fn is_encoding(&self, clock: &Clock) -> bool {
        self.config.encoder.is_some_and(|encoding| clock.samples >= encoding.from)
    }

    /// The encoder learns to find what the pictures are made of; nobody else is moved.
    pub(super) fn encoder_turn(mut self, batch: &Images, round: &mut Round<'_>) -> Self {
        let (Some(encoding), Some(encoder)) = (self.config.encoder, self.encoder.take()) else {
            return self;
        };
        let (generator, critic) = (self.settled(), self.critic.frozen());
        let pictures = batch.pixels.clone();
        let masks = round.address(Purpose::Dropout);
        let pass = Pass::train(Some(masks)).iterating_power();
        let latents = encoder.network().forward(pictures.clone(), &pass);
        let again = generator.forward(latents, &Pass::eval());
        let features = |x: &Tensor<4>| critic.features(x.clone().into(), &Pass::eval()).value;
        let apart = (features(&pictures) - features(&again)).square().mean();
        let residual = (pictures - again).square().mean();
        round.record("encoder/residual", residual.clone());
        round.record("encoder/features", apart.clone());
        let loss = residual + apart * encoding.kappa;
        round.record("encoder/loss", loss.clone());
        self.encoder = Some(encoder.learn(&loss, round));
        self
    }

    /// The generator with its averaged weights, which samples are made with; it passes gradients on
    /// and gathers none.
    fn settled(&self) -> Generator {
        let averaged = parameters(self.averaged.network()).into_iter();
        let mut averaged = averaged.map(|parameter| parameter.values);
        // Both have the same parameters in the same order.
        replace(self.generator.frozen(), |_, live| averaged.next().unwrap_or(live))
    }
}
