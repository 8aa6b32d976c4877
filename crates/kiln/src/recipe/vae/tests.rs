//! The turn: who learns, from what.

use burn::tensor::{Device, Tensor};
use kiln_core::{Address, Clock, Purpose, SamplesSeen, Schedule, Stream};
use kiln_models::{CriticHeadConfig, Norm, PixelError};
use kiln_objective::Likelihood;
use kiln_train::{Game, Round, parameters};

use super::*;
use crate::recipe::{CriticNetwork, Family, GeneratorNetwork, Images, RecipeError, Subject, World};

fn world(picture: [usize; 3]) -> World {
    let subject = Subject { medium: kiln_core::Medium::Image, picture, classes: None, input: None };
    let device = Device::flex().autodiff();
    World { subject, seed: 1, batch_size: 2, sheet: 6, examples: None, device }
}

fn small() -> VaeConfig {
    let (width, extra_layers, norm) = (2, 1, Norm::Batch);
    let head = CriticHeadConfig::default();
    let networks = VaeNetworks {
        encoder: CriticNetwork::Dcgan { width, extra_layers, norm, head },
        decoder: GeneratorNetwork::Dcgan { width, extra_layers },
    };
    VaeConfig { latents: 3, networks, ..VaeConfig::default() }
}

fn batch() -> Vec<Images> {
    let values = Stream::new(Address::new(1, Purpose::Data)).uniforms(2 * 256, -1.0, 1.0);
    let device = Device::flex().autodiff();
    let pixels = Tensor::<1>::from_floats(values.as_slice(), &device).reshape([2, 1, 16, 16]);
    vec![Images { pixels, labels: None }]
}

/// What was read, by name.
type Readings = Vec<(&'static str, f32)>;

/// Plays the round at a time; says which weights moved, by path, and what was read.
fn played(config: &VaeConfig, samples: u64) -> (Vec<(String, bool)>, Readings) {
    let device = Device::flex().autodiff();
    let game = config.start(&world([1, 16, 16])).unwrap();
    let weights = |game: &Vae| -> Vec<(String, Vec<f32>)> {
        let trained = parameters(game.model.network()).into_iter().filter(|p| p.trained);
        trained.map(|p| (p.path, p.values.into_data().iter().collect())).collect()
    };
    let before = weights(&game);
    let clock = Clock { samples: SamplesSeen(samples), ..Clock::default() };
    let mut round = Round::new(clock, 1, &device);
    let after = weights(&game.play(batch(), &mut round));
    let moved = before.into_iter().zip(after).map(|(a, b)| (a.0, a.1 != b.1)).collect();
    let readings = round.into_readings().into_iter();
    (moved, readings.map(|(name, value)| (name, value.into_scalar())).collect())
}

fn reading(readings: &[(&'static str, f32)], name: &str) -> f32 {
    readings.iter().find(|(known, _)| *known == name).unwrap().1
}

#[test]
fn a_round_moves_every_weight_of_both_networks() {
    for likelihood in [Likelihood::Bernoulli, Likelihood::Gaussian] {
        let (moved, readings) = played(&VaeConfig { likelihood, ..small() }, 0);
        assert!(moved.iter().all(|(_, moved)| *moved), "{moved:?}");
        for network in ["encoder", "decoder"] {
            assert!(moved.iter().any(|(path, _)| path.starts_with(network)), "{moved:?}");
        }
        let sum =
            reading(&readings, "generator/misfit") + reading(&readings, "generator/divergence");
        assert_eq!(reading(&readings, "generator/loss"), sum);
    }
}

#[test]
fn the_divergence_counts_as_its_schedule_says() {
    let beta = Schedule::Linear { from: 0.0, to: 4.0, until: SamplesSeen(100) };
    let config = VaeConfig { beta, ..small() };
    for (now, beta) in [(0, 0.0), (50, 2.0)] {
        let (_, readings) = played(&config, now);
        let [loss, misfit, divergence] =
            ["loss", "misfit", "divergence"].map(|n| reading(&readings, &format!("generator/{n}")));
        assert!((loss - misfit - beta * divergence).abs() < 1e-4 * loss, "{readings:?}");
    }
}

#[test]
fn any_networks_go_together() {
    let encoders = [
        small().networks.encoder,
        CriticNetwork::Resnet {
            width: 2,
            widest: 4,
            flat_blocks: 1,
            attention: 0,
            norm: Norm::Layer,
            head: CriticHeadConfig::default(),
        },
        CriticNetwork::PlainResnet {
            width: 2,
            widest: 4,
            blocks: 1,
            bottleneck: Default::default(),
            head: CriticHeadConfig::default(),
        },
        VaeConfig::default().networks.encoder,
    ];
    let decoders = [
        GeneratorNetwork::Resnet {
            width: 2,
            widest: 4,
            shared: 0,
            hierarchical: false,
            attention: 0,
            spectral_norm: false,
        },
        GeneratorNetwork::Decoder { width: 2 },
        VaeConfig::default().networks.decoder,
        small().networks.decoder,
    ];
    for (encoder, decoder) in encoders.into_iter().zip(decoders) {
        let likelihood = Likelihood::Gaussian;
        let config =
            VaeConfig { networks: VaeNetworks { encoder, decoder }, likelihood, ..small() };
        let (_, readings) = played(&config, 0);
        assert!(reading(&readings, "generator/loss").is_finite(), "{config:?}");
    }
}

#[test]
fn a_sheet_is_drawn_and_pictures_come_back_in_their_shape() {
    let config = small();
    let world = world([1, 16, 16]);
    let sheet = config.start(&world).unwrap().preview().unwrap();
    assert_eq!((sheet.len(), sheet.shape.as_slice()), (6, &[1, 16, 16][..]));
    let painter = config.painter(&world.subject, &Device::flex()).unwrap();
    let pictures = Tensor::zeros([2, 1, 16, 16], &Device::flex());
    assert_eq!(painter.encoder().unwrap().encode(pictures).dims(), [2, 3]);
}

#[test]
fn what_cannot_be_learned_is_told() {
    let refused = |config: &VaeConfig, picture| config.start(&world(picture)).unwrap_err();
    let square = [1, 16, 16];
    let beta = Schedule::constant(-1.0);
    let error = refused(&VaeConfig { beta, ..small() }, square);
    assert!(matches!(error, RecipeError::Weight("beta", _)), "{error}");
    let mut energy = small();
    energy.networks.encoder =
        CriticNetwork::AutoEncoder { width: 2, codes: 2, error: PixelError::Absolute };
    assert!(matches!(refused(&energy, square), RecipeError::NoEncoder));
    let error = refused(&VaeConfig { latents: 0, ..small() }, square);
    assert!(error.to_string().contains("is 0: give at least 1"), "{error}");
    assert!(matches!(refused(&small(), [1, 16, 20]), RecipeError::Picture(_)));
    let mut unbounded = small();
    unbounded.networks.decoder = GeneratorNetwork::Decoder { width: 2 };
    assert!(matches!(refused(&unbounded, square), RecipeError::Unbounded));
    let points = [2, 1, 1];
    let error = refused(&VaeConfig::default(), points).to_string();
    assert!(error.contains("likelihood=gaussian"), "{error}");
    let gaussian = VaeConfig { likelihood: Likelihood::Gaussian, ..VaeConfig::default() };
    gaussian.start(&world(points)).unwrap();
}
