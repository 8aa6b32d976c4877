//! The turns: who learns, from what.

use burn::tensor::{Device, Tensor};
use kiln_core::{Address, Clock, Purpose, Schedule, Stream};
use kiln_models::Norm;
use kiln_objective::penalty::{GradientPenalty, PenaltyKind};
use kiln_objective::{Adversarial, ImageHistory};
use kiln_train::{Game, Round, State, parameters};

use super::*;
use crate::recipe::{
    Conditions, Examples, Family, Images, RecipeError, Subject, TranslationCriticShape,
    TranslatorShape, World,
};

const SHAPE: [usize; 3] = [1, 16, 16];

fn world(input: Option<[usize; 3]>) -> World {
    let subject =
        Subject { medium: kiln_core::Medium::Image, picture: SHAPE, classes: None, input };
    let device = Device::flex().autodiff();
    World { subject, seed: 1, batch_size: 2, sheet: 6, examples: None, device }
}

fn small() -> CycleConfig {
    let mut config = CycleConfig::default();
    let norm = Norm::Instance;
    config.networks.generator = TranslatorShape::Resnet { width: 2, blocks: 1, norm };
    config.networks.critic =
        TranslationCriticShape::Patch { width: 2, widest: 512, field: 16, norm };
    config
}

fn started(config: &CycleConfig) -> Cycle {
    config.start(&world(Some(SHAPE))).unwrap()
}

fn batch(lane: u64) -> Images {
    let address = Address::new(1, Purpose::Data).lane(lane);
    let values = Stream::new(address).uniforms(2 * 2 * 256, -1.0, 1.0);
    let device = Device::flex().autodiff();
    let pixels = Tensor::<1>::from_floats(values.as_slice(), &device).reshape([2, 2, 16, 16]);
    Images { pixels, labels: None }
}

/// Every trained parameter of the translators and of either critic.
fn weights(game: &Cycle) -> [Vec<Vec<f32>>; 3] {
    let values = |all: Vec<kiln_train::Parameter>| -> Vec<Vec<f32>> {
        let trained = all.into_iter().filter(|parameter| parameter.trained);
        trained.map(|parameter| parameter.values.into_data().iter().collect()).collect()
    };
    let [of_forth, of_back] = &game.critics;
    [
        values(parameters(game.translators.network())),
        values(parameters(of_forth.network())),
        values(parameters(of_back.network())),
    ]
}

/// Whether all, or none, of the parameters of each have moved.
fn moved(before: &[Vec<Vec<f32>>; 3], after: &[Vec<Vec<f32>>; 3]) -> [Option<bool>; 3] {
    [0, 1, 2].map(|idx| {
        let moved: Vec<bool> = before[idx].iter().zip(&after[idx]).map(|(b, a)| b != a).collect();
        let all = moved.iter().all(|moved| *moved);
        let none = moved.iter().all(|moved| !moved);
        if all || none { Some(all) } else { None }
    })
}

fn played(
    config: &CycleConfig,
    turn: impl Fn(Cycle, &mut Round<'_>) -> Cycle,
) -> (Vec<&'static str>, [Option<bool>; 3]) {
    let (game, device) = (started(config), Device::flex().autodiff());
    let before = weights(&game);
    let mut round = Round::new(Clock::default(), 1, &device);
    let after = weights(&turn(game, &mut round));
    let names = round.into_readings().into_iter().map(|(name, _)| name).collect();
    (names, moved(&before, &after))
}

#[test]
fn a_round_moves_every_weight_of_both_ways() {
    let round = |game: Cycle, round: &mut Round<'_>| game.play(vec![batch(0)], round);
    let (readings, moved) = played(&small(), round);
    assert_eq!(moved, [Some(true); 3]);
    for name in ["critic/loss", "generator/loss", "generator/cycle", "generator/identity"] {
        let times = readings.iter().filter(|reading| **reading == name).count();
        assert_eq!(times, 2, "{name}, once for each way: {readings:?}");
    }
    let (readings, moved) = played(&CycleConfig { identity: 0.0, ..small() }, round);
    assert_eq!(moved, [Some(true); 3]);
    assert!(!readings.contains(&"generator/identity"));
}

#[test]
fn each_turn_leaves_the_other_side_as_it_is() {
    let (_, moved) = played(&small(), |game, round| game.critics_alone(&batch(0), round));
    assert_eq!(moved, [Some(false), Some(true), Some(true)]);
    let (_, moved) = played(&small(), |game, round| game.translators_alone(&batch(0), round));
    assert_eq!(moved, [Some(true), Some(false), Some(false)]);
}

#[test]
fn what_a_critic_remembers_is_saved_and_goes_on() {
    let config = CycleConfig { pool: ImageHistory { images: 3 }, ..small() };
    let device = Device::flex().autodiff();
    let round = |game: Cycle, lane: u64| {
        let mut clock = Clock::default();
        clock.count_round(2 * lane);
        game.play(vec![batch(lane)], &mut Round::new(clock, 1, &device))
    };
    let game = (0..3).fold(started(&config), round);
    assert_eq!(game.pools.forth.images.len(), 3);
    let mut state = State::new();
    game.save(&mut state);
    state.read().unwrap();
    let loaded = started(&config).load(&mut state).unwrap();
    state.finish().unwrap();
    assert_eq!(weights(&round(loaded, 3)), weights(&round(game, 3)));
}

#[test]
fn every_objective_penalty_and_translator_plays() {
    let norm = Norm::Instance;
    let unet = TranslatorShape::Unet { width: 2, widest: 4, norm, dropout: 0.5 };
    let resnet = small().networks.generator;
    for (idx, objective) in Adversarial::ALL.into_iter().enumerate() {
        let kind = PenaltyKind::R1;
        let penalties = vec![GradientPenalty { weight: Schedule::constant(1.0), every: 1, kind }];
        let mut config = CycleConfig { objective, penalties, ..small() };
        config.networks.generator = if idx % 2 == 0 { unet.clone() } else { resnet.clone() };
        let (readings, _) = played(&config, |game, round| game.play(vec![batch(0)], round));
        assert!(readings.contains(&PenaltyKind::R1.reading()), "{objective:?}: {readings:?}");
    }
}

#[test]
fn a_sheet_shows_both_ways_there_and_back() {
    let mut world = world(Some(SHAPE));
    let values = [vec![0.25; 256], vec![0.5; 256]].concat();
    world.examples = Some(Examples { shape: [2, 16, 16], channels: 1, values });
    let sheet = small().start(&world).unwrap().preview().unwrap();
    assert_eq!((sheet.len(), sheet.columns, sheet.shape.as_slice()), (6, Some(6), &SHAPE[..]));
    let pictures: Vec<_> = sheet.samples().collect();
    let is = |idx: usize, value: f32| pictures[idx].iter().all(|pixel| *pixel == value);
    assert!(is(0, 0.25) && is(3, 0.5));
    assert!([1, 2, 4, 5].iter().all(|idx| !is(*idx, 0.25) && !is(*idx, 0.5)));
}

#[test]
fn a_painter_goes_the_other_way_with_the_other_translator() {
    let device = Device::flex();
    let game = started(&small());
    let mut state = State::new();
    game.snapshot(&mut state);
    state.read().unwrap();
    let subject = world(Some(SHAPE)).subject;
    let mut forth = small().painter(&subject, &device).unwrap();
    forth.load(&mut state).unwrap();
    let back = forth.back().unwrap();
    let values = Stream::new(Address::new(2, Purpose::Data)).uniforms(256, -1.0, 1.0);
    let picture = || Tensor::<1>::from_floats(values.as_slice(), &device).reshape([1, 256]);
    let made = |painter: &dyn crate::recipe::Painter| -> Vec<f32> {
        painter.paint(picture(), None).into_data().iter().collect()
    };
    assert_ne!(made(&*forth), made(&*back));
    assert_eq!(made(&*forth), made(&*back.back().unwrap()));
}

#[test]
fn what_cannot_be_learned_is_told() {
    let refused = |config: &CycleConfig, input| config.start(&world(input)).unwrap_err();
    assert!(matches!(refused(&small(), None), RecipeError::NoSets));
    assert!(matches!(refused(&small(), Some([3, 16, 16])), RecipeError::NoSets));
    let negative = CycleConfig { cycle: -1.0, ..small() };
    assert!(matches!(refused(&negative, Some(SHAPE)), RecipeError::Weight("cycle", _)));
    let mut wide = small();
    wide.networks.critic = TranslationCriticShape::default();
    assert!(refused(&wide, Some(SHAPE)).to_string().contains("at least 24 pixels"));
    let conditions = small().conditions(&world(Some(SHAPE)).subject).unwrap();
    assert_eq!(conditions, Conditions::Input(SHAPE));
}
