//! The encoder: who moves before and after the game is over.

use burn::tensor::Device;
use kiln_core::{Purpose, SamplesSeen, Updates};

use super::*;
use crate::recipe::{Encoding, remake};

fn encoding(from: u64) -> GanConfig {
    let encoder = Encoding { from: SamplesSeen(from), ..Encoding::default() };
    GanConfig { encoder: Some(encoder), ..plain() }
}

/// Plays a round at this time; gives which of generator, critic, average and encoder changed, the
/// names of what was read and the updates of the encoder.
fn played(game: Gan, samples: u64) -> (Gan, [bool; 4], Vec<&'static str>, Updates) {
    let device = Device::flex().autodiff();
    let state = |game: &Gan| {
        let encoder = game.encoder.as_ref().unwrap();
        [
            bits(game.generator.network()),
            bits(game.critic.network()),
            bits(game.averaged.network()),
            bits(encoder.network()),
        ]
    };
    let before = state(&game);
    let clock = Clock { samples: SamplesSeen(samples), ..Clock::default() };
    let mut round = Round::new(clock, 1, &device);
    let game = game.play(batch(), &mut round);
    let after = state(&game);
    let moved = [0, 1, 2, 3].map(|who| before[who] != after[who]);
    let updates = round.clock.encoder;
    let names = round.into_readings().into_iter().map(|(name, _)| name).collect();
    (game, moved, names, updates)
}

#[test]
fn the_game_comes_first_and_then_the_encoder_alone_learns() {
    let (game, moved, names, updates) = played(game(encoding(64)), 60);
    assert_eq!((moved, updates), ([true, true, true, false], Updates(0)));
    assert!(names.contains(&"critic/loss") && !names.contains(&"encoder/loss"));
    assert_eq!(game.rates(&Clock::default()).len(), 2);

    let (game, moved, names, updates) = played(game, 64);
    assert_eq!((moved, updates), ([false, false, false, true], Updates(1)));
    assert!(names.contains(&"encoder/loss") && !names.contains(&"critic/loss"));
    let clock = Clock { samples: SamplesSeen(64), ..Clock::default() };
    assert_eq!((game.batches(&clock), game.rates(&clock)), (1, vec![("encoder", 5e-5)]));
}

#[test]
fn every_weight_of_the_encoder_learns_by_pixels_and_by_features() {
    for kappa in [0.0, 1.0] {
        let mut config = encoding(0);
        config.encoder = config.encoder.map(|encoder| Encoding { kappa, ..encoder });
        let start = game(config);
        let of = |game: &Gan| parameters(game.encoder.as_ref().unwrap().network());
        let before = of(&start);
        let (after, ..) = played(start, 0);
        for (before, after) in before.into_iter().zip(of(&after)).filter(|(b, _)| b.trained) {
            let [old, new] = [before.values, after.values].map(|v| v.into_data());
            assert_ne!(old, new, "{}", before.path);
        }
    }
}

#[test]
fn it_learns_to_bring_back_what_the_averaged_generator_makes() {
    let mut config = encoding(0);
    let rate = Schedule::constant(1e-2);
    config.encoder = config.encoder.map(|encoder| Encoding { rate, ..encoder });
    let (mut game, device) = (game(config), Device::flex().autodiff());
    let mut losses: Vec<f32> = Vec::new();
    for n in 0..30 {
        let clock = Clock { samples: SamplesSeen(4 * n), ..Clock::default() };
        let mut round = Round::new(clock, 1, &device);
        let latents = round.normals(Purpose::Latents, 0, [4, 5]);
        let made = game.averaged.network().forward(latents.without_autodiff(), &Pass::keeping());
        let batch = Images { pixels: made.autodiff(), labels: None };
        game = game.play(vec![batch], &mut round);
        let readings = round.into_readings().into_iter();
        let loss = readings.filter(|(name, _)| *name == "encoder/loss").map(|(_, loss)| loss);
        losses.extend(loss.map(|loss| loss.into_scalar::<f32>()));
    }
    assert!(losses[29] < losses[0], "{losses:?}");
}

#[test]
fn a_snapshot_scores_pictures_by_pixels_and_features() {
    let config = GanConfig { latents: 5, ..encoding(0) };
    let mut state = State::default();
    game(config.clone()).snapshot(&mut state);
    state.read().unwrap();
    let subject = Subject {
        medium: kiln_core::Medium::Image,
        picture: [1, 16, 16],
        classes: None,
        input: None,
    };
    let mut painter = config.painter(&subject, &Device::flex()).unwrap();
    painter.load(&mut state).unwrap();
    state.finish().unwrap();
    let (medium, values) = (kiln_core::Medium::Image, vec![0.5; 3 * 256]);
    let sheet = kiln_core::Sheet { medium, shape: vec![1, 16, 16], values, columns: None };
    let apart = remake(&*painter, painter.encoder().unwrap(), &sheet).unwrap().apart;
    let (difference, weight) = apart[0].features.unwrap();
    assert!(apart.len() == 3 && apart[0].residual > 0.0 && difference > 0.0 && weight == 1.0);
}

#[test]
fn what_cannot_be_encoded_is_told() {
    let subject = || Subject {
        medium: kiln_core::Medium::Image,
        picture: [1, 16, 16],
        classes: None,
        input: None,
    };
    let refused = |config: GanConfig| start(config, subject()).unwrap_err();
    assert!(matches!(
        refused(GanConfig { pack: 2, ..encoding(0) }),
        RecipeError::EncoderBeside("pack")
    ));
    let mut config = encoding(0);
    config.encoder = config.encoder.map(|encoder| Encoding { kappa: -1.0, ..encoder });
    assert!(matches!(refused(config), RecipeError::Weight("encoder.kappa", _)));
}
